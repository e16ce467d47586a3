"""What whoever opens a person's own page may not know: each fact comes to be through the verbs of the others.

Each fact says from which of the readers it is hidden; the others may know it.
"""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from cie import consent, events, identity, messaging, patient_tasks, people, privacy, referrals, retention, screening
from cie.access import Actor, Role
from cie.consent import Decision, Expiry, Method, SignerKind
from cie.consent.law import Stated
from cie.db import transaction
from cie.directory import Category, Service
from cie.errors import ConsentRequired, Invalid
from cie.people import AlertSource, ContactKind, Person, ProxyScope, Safety
from cie.privacy import Asked, Demanded, DemandKind, Finding, Happening, RequestKind
from cie.referrals import Reason, Referral, ReferralTask, Request, Urgency
from cie.retention import Ground
from cie.screening import GivenAnswer, SafetyGate
from tests.factories import NOON, make_consent, make_person, make_phone
from tests.loop_machine.machine import Dice
from tests.noninterference.hidden import CORRECTIONS, NAMES, WORDS, Act
from tests.noninterference.own_place import (
    EVERYBODY,
    FINDER,
    MINOR,
    OWN_NUMBER,
    PARENT,
    PERSON,
    PHONE,
    PROXY,
    SCOPES,
    SEES_SAID,
    SEES_SHARED,
    TURNED_ON,
    About,
    OwnPlace,
    let,
)
from tests.noninterference.place import BEFORE, TODAY

OTHERS = (*SCOPES, PARENT, FINDER)
"""Whoever is not the person."""
UNTOLD = tuple(name for name in EVERYBODY if name != TURNED_ON)
"""Who hears nothing of protected services: everybody, unless the person turned it on with staff."""


@dataclass
class Hand:
    """One who makes a fact about one person: in this session, with these dice, at this moment."""

    session: Session
    place: OwnPlace
    about: About
    dice: Dice

    def __post_init__(self) -> None:
        self.at = BEFORE + timedelta(minutes=self.dice.number(5, 2800))
        self.hidden, self.navigator = self.place.hidden, self.place.hidden.navigator
        self.person_id, self.text = self.about.person.id, self.dice.one_of(WORDS)
        self.is_minor = self.about is self.place.abouts[MINOR]

    def send(self, service: Service, need: str = "food", **fields: Any) -> tuple[Referral, ReferralTask]:
        """A referral of the person to one service."""
        request = Request(self.person_id, need, Urgency.WEEK, (service.id,), self.text, **fields)
        loop = referrals.send(self.session, self.navigator, request, previewed=None, at=self.at)
        (task,) = referrals.tasks_of(self.session, loop)
        return loop, task

    def say(self, decision: Decision, kinds: Iterable[Category], *places: Any, **fields: Any) -> Any:
        """What the person says about sharing, written down by staff; a young one signs for themselves."""
        if self.is_minor:
            fields = {"signer": SignerKind.MINOR, "entitled_categories": list(kinds), **fields}
        if decision is Decision.SHARE and "form" not in fields:
            fields = {"wording_version": consent.FORM_VERSION, **fields}
        how = {"method": Method.IN_PERSON, "expires_on": None, "at": self.at, **fields}
        return consent.record_consent(
            self.session, self.navigator, self.person_id, decision=decision, categories=list(kinds),
            recipient_ids=[each.id for each in places], **how,
        )  # fmt: skip


Fact = Callable[[Hand], Any]
HIDDEN_FROM: dict[str, Collection[str]] = {}
FACTS: dict[str, Fact] = {}


def hidden_from(readers: Collection[str]) -> Callable[[Fact], Fact]:
    """The fact may not be known to these readers."""

    def keep(fact: Fact) -> Fact:
        FACTS[fact.__name__], HIDDEN_FROM[fact.__name__] = fact, readers
        return fact

    return keep


def facts_hidden_from(reader: str) -> list[str]:
    """By name, in the order in which they stand here."""
    return [name for name, readers in HIDDEN_FROM.items() if reader in readers]


@hidden_from(EVERYBODY)
def noted(hand: Hand) -> None:
    """Staff of both sides write for themselves."""
    for _each in range(hand.dice.number(1, 3)):
        worker = hand.dice.one_of([hand.navigator, hand.hidden.pantry_worker])
        referrals.write_note(hand.session, worker, hand.about.sent.id, hand.text, at=hand.at)


@hidden_from(OTHERS)
def asked_to_sign_by_link(hand: Hand) -> None:
    """Something more waits for the person's signature on their page."""
    _ask(hand, Method.BY_LINK)


@hidden_from((*OTHERS, PHONE))
def asked_something(hand: Hand) -> None:
    """Something more is asked of the person on their page, and they answered or not."""
    asked = patient_tasks.Asked(patient_tasks.PatientTaskKind.QUESTION, hand.text)
    task = patient_tasks.ask(hand.session, hand.navigator, hand.person_id, asked, at=hand.at)
    if hand.dice.once_in(2):
        patient_tasks.answer(hand.session, hand.navigator, task.id, patient_tasks.Answer(hand.text), at=hand.at)


@hidden_from(EVERYBODY)
def asked_to_sign_on_a_screen(hand: Hand) -> None:
    """Something is shown to the person on the screen of a worker, and not signed."""
    _ask(hand, Method.ON_SCREEN)


def _ask(hand: Hand, method: Method) -> None:
    said = {"decision": Decision.DO_NOT_SHARE, "categories": [], "recipient_ids": [], "wording_version": ""}
    said |= {"signer": SignerKind.MINOR} if hand.is_minor else {}
    lines = [["", hand.text]]
    consent.ask_to_sign(
        hand.session, hand.navigator, hand.person_id, lines=lines, **said, method=method, expires_on=None, at=hand.at
    )


@hidden_from(EVERYBODY)
def kept_apart(hand: Hand) -> None:
    """A file of the sender with a referral, for its own eyes."""
    file = {"name": "letter.txt", "content": hand.text.encode(), "claimed": "text/plain", "shared": False}
    referrals.add_attachment(hand.session, hand.navigator, hand.about.task.id, **file, at=hand.at)


@hidden_from(EVERYBODY)
def in_charge(hand: Hand) -> None:
    referrals.assign(hand.session, hand.navigator, hand.about.sent.id, hand.navigator.id, at=hand.at)


@hidden_from(EVERYBODY)
def begun(hand: Hand) -> None:
    service = hand.dice.one_of([hand.hidden.third, hand.hidden.refuge])
    request = Request(hand.person_id, "food", Urgency.WEEK, (service.id,), hand.text)
    referrals.save_draft(hand.session, hand.navigator, request, at=hand.at)


@hidden_from(EVERYBODY)
def looked(hand: Hand) -> None:
    people.get_person(hand.session, hand.navigator, hand.person_id)


@hidden_from(EVERYBODY)
def screened(hand: Hand) -> None:
    """The person answers questions, also in private, and staff write down what they need."""
    instrument_id = hand.hidden.instrument.id
    begun = screening.start_screening(hand.session, hand.navigator, hand.person_id, instrument_id, at=hand.at)
    food = {"/88122-7": GivenAnswer((hand.dice.one_of(["LA28397-0", "LA28398-8"]),))}
    screening.save_section(hand.session, hand.navigator, begun.id, "food", food, at=hand.at)
    gate = hand.dice.one_of(list(SafetyGate))
    screening.answer_safety_gate(hand.session, hand.navigator, begun.id, gate, at=hand.at)
    need = hand.dice.one_of(["rent-help", "safety-from-abuse", "utilities"])
    screening.add_need(hand.session, hand.navigator, hand.person_id, need, None, at=hand.at)


@hidden_from([name for name in EVERYBODY if name != PHONE])
def in_danger(hand: Hand) -> None:
    """While somebody may be in danger their phones get no texts."""
    person = hand.session.get_one(Person, hand.person_id)
    source = hand.dice.one_of(list(AlertSource))
    people.raise_alert(hand.session, hand.navigator, person, source, "danger", None, at=hand.at)


@hidden_from(EVERYBODY)
def corrected(hand: Hand) -> None:
    _correct(hand, hand.dice.one_of([each for each in CORRECTIONS if "given_name" not in each]))


@hidden_from([*OTHERS, PHONE])
def renamed(hand: Hand) -> None:
    """What the person signs says whose records they are; nobody else reads a name."""
    _correct(hand, {"given_name": "Astrid"})


def _correct(hand: Hand, change: dict[str, Any]) -> None:
    person = hand.session.get_one(Person, hand.person_id)
    people.correct_person(hand.session, hand.navigator, person.id, change, seen_version=person.version, at=hand.at)


@hidden_from(EVERYBODY)
def privacy_cases(hand: Hand) -> None:
    """An incident that they were not told yet, a demand of a court, a request, and a hold."""
    officer = hand.hidden.officer
    incident = privacy.open_incident(hand.session, officer, Happening(hand.text, "Merlin", TODAY), at=NOON)
    privacy.add_person(hand.session, officer, incident.id, hand.person_id, at=NOON)
    demanded = Demanded(hand.dice.one_of(list(DemandKind)), hand.text, "All", TODAY)
    privacy.open_demand(hand.session, officer, demanded, at=NOON)
    asked = Asked(hand.dice.one_of(list(RequestKind)), hand.text, TODAY)
    privacy.open_request(hand.session, officer, hand.person_id, asked, at=NOON)
    retention.set_hold(hand.session, officer, hand.person_id, reason=hand.text, at=NOON)


@hidden_from(EVERYBODY)
def looked_back(hand: Hand) -> None:
    """What the privacy officer found of an emergency; that more was read then, the person is told."""
    finding, access = hand.dice.one_of(list(Finding)), hand.about.access
    privacy.review_emergency(hand.session, hand.hidden.officer, access.id, finding=finding, words=hand.text, at=NOON)


@hidden_from(EVERYBODY)
def somebody_else(hand: Hand) -> None:
    """The clinic serves another person, by chance with the same name or phone, who says, sends and links as much."""
    given, family = hand.dice.one_of(NAMES)
    person = make_person(hand.session, hand.hidden.clinic, given_name=given, family_name=family)
    make_phone(hand.session, person, OWN_NUMBER)
    make_consent(hand.session, person, given_at=hand.at)
    request = Request(person.id, "food", Urgency.WEEK, (hand.hidden.third.id,), hand.text)
    referrals.send(hand.session, hand.navigator, request, previewed=None, at=hand.at)
    hashed = hand.place.links[PERSON].pin_hash
    people.make_link(hand.session, hand.navigator, person.id, pin_hash=hashed, at=hand.at)
    let(hand.session, hand.place, person, frozenset(ProxyScope), hashed=hashed)


@hidden_from(EVERYBODY)
def another_record(hand: Hand) -> None:
    """The pantry keeps a record of its own of the same person, and shares it."""
    person = make_person(hand.session, hand.hidden.pantry, given_name=hand.about.person.given_name)
    make_phone(hand.session, person, OWN_NUMBER)
    make_consent(hand.session, person, given_at=hand.at)
    request = Request(person.id, "food", Urgency.WEEK, (hand.hidden.third.id,), hand.text)
    referrals.send(hand.session, hand.hidden.pantry_worker, request, previewed=None, at=hand.at)


@hidden_from(EVERYBODY)
def sheltered(hand: Hand) -> None:
    """A victim service serves the same person, and keeps what it is told."""
    own, worker = hand.about.person, hand.hidden.refuge_worker
    new = people.NewPerson(given_name=own.given_name, family_name=own.family_name, birth=people.birth_of(own))
    person = people.add_person(hand.session, worker, new, at=hand.at)
    people.add_contact(
        hand.session, worker, person.id, kind=ContactKind.SMS, value=OWN_NUMBER, may_text=True,
        wording_version=people.TEXT_PERMISSION_WORDING["version"], safety=Safety.SAFE, at=hand.at,
    )  # fmt: skip


@hidden_from(EVERYBODY)
def erased(hand: Hand) -> None:
    """Somebody else asked that all of theirs goes, and it does."""
    person, officer = make_person(hand.session, hand.hidden.clinic), hand.hidden.officer
    asked = Asked(RequestKind.DELETION, hand.text, TODAY)
    request = privacy.open_request(hand.session, officer, person.id, asked, at=NOON)
    granted = privacy.RequestState.GRANTED
    privacy.decide_request(hand.session, officer, request.id, granted, reason=hand.text, at=NOON)
    retention.erase(hand.session, officer, person.id, Ground.REQUEST, at=NOON)


@hidden_from(EVERYBODY)
def colleague(hand: Hand) -> None:
    identity.add_staff(
        hand.session, hand.hidden.administrator, hand.hidden.clinic.id, name=hand.text, email="new@example.org",
        roles=[Role.CASEWORKER], password_hash=None, totp_secret=None, at=hand.at,
    )  # fmt: skip


@hidden_from(UNTOLD)
def masked(hand: Hand) -> None:
    """At the person's wish a protected service is asked, which answers, writes and is written to."""
    service = hand.dice.one_of([hand.hidden.refuge, hand.hidden.marked])
    need = hand.dice.one_of(["food", "safety-from-abuse"])
    if hand.is_minor:  # who signs alone for such a service, by its name
        service, need = hand.hidden.refuge, "safety-from-abuse"
        hand.say(Decision.SHARE, [Category.GENERAL, Category.VICTIM_SERVICES], hand.hidden.harbor)
    loop, task = hand.send(service, need, at_person_request=True)
    worker = hand.hidden.house_worker if service is hand.hidden.marked else hand.hidden.refuge_worker
    if hand.dice.once_in(4):
        referrals.reject(hand.session, worker, task.id, reason=Reason.OUTSIDE_AREA, words=hand.text, at=hand.at)
        return
    referrals.accept(hand.session, worker, task.id, at=hand.at)
    for writer in (hand.navigator, worker):
        _write(hand, writer, task)
    if hand.dice.once_in(3):
        referrals.complete(hand.session, worker, task.id, words=hand.text, at=hand.at)
    elif hand.dice.once_in(2):
        referrals.mark_in_error(hand.session, hand.navigator, loop.id, at=hand.at)


def _write(hand: Hand, writer: Actor, task: ReferralTask) -> None:
    with suppress(ConsentRequired):  # whoever may not tell tells nothing; what was sent stays
        referrals.write_message(hand.session, writer, task.id, hand.text, at=hand.at)


@hidden_from(UNTOLD)
def said_of_protected(hand: Hand) -> None:
    """The person says yes or no to a victim service by name."""
    decision = hand.dice.one_of(list(Decision))
    kinds = hand.dice.one_of([[Category.GENERAL], [Category.VICTIM_SERVICES]])
    hand.say(decision, kinds if decision is Decision.SHARE else [], hand.hidden.harbor)


@hidden_from(OTHERS)
def turned_on(hand: Hand) -> None:
    """The person's own page tells of protected services from now on, and of one there is something to tell."""
    people.show_protected(hand.session, hand.navigator, hand.person_id, shows=True, at=hand.at)
    masked(hand)


@hidden_from(OTHERS)
def another_looks(hand: Hand) -> None:
    """Somebody else may look in the person's place, too."""
    let(hand.session, hand.place, hand.about.person, SCOPES[PROXY], hashed=hand.place.links[PERSON].pin_hash)


@hidden_from([name for name in OTHERS if name != FINDER])
def speaks(hand: Hand) -> None:
    """The person speaks another language; their own page does, too."""
    person = hand.session.get_one(Person, hand.person_id)
    people.set_language(hand.session, hand.navigator, person, "es", at=hand.at)


@hidden_from(OTHERS)
def in_hand(hand: Hand) -> None:
    """A worker has texts to the person in hand; the person alone is told how many."""
    events.claim(hand.session, [messaging.KIND], at=NOON, limit=3)


@hidden_from({SEES_SAID, FINDER})
def sent_elsewhere(hand: Hand) -> None:
    """What is sent to others shows to those alone who may see who saw it."""
    _loop, task = hand.send(hand.hidden.third)
    if hand.dice.once_in(2):
        referrals.accept(hand.session, hand.hidden.house_worker, task.id, at=hand.at)


@hidden_from({SEES_SHARED, FINDER})
def said_of_a_place(hand: Hand) -> None:
    """What is said of a place that was sent nothing shows to those alone who may see what was said."""
    hand.say(Decision.SHARE, [Category.GENERAL], hand.hidden.house)


@hidden_from({PARENT, PHONE})
def minors_own_word(hand: Hand) -> None:
    """The young person signs for counseling, which answers, is written to and ends, and says no to another place."""
    signed = {"form": "cmia", "method": Method.SIGNED_PAPER, "expiry": Expiry.EVENT, "stated": [*Stated]}
    hand.say(Decision.SHARE, [Category.GENERAL, Category.MENTAL_HEALTH], hand.hidden.house, **signed)
    _loop, task = hand.send(hand.hidden.counseling, "mental-health")
    referrals.accept(hand.session, hand.hidden.house_worker, task.id, at=hand.at)
    _write(hand, hand.navigator, task)
    if hand.dice.once_in(2):
        referrals.complete(hand.session, hand.hidden.house_worker, task.id, words=hand.text, at=hand.at)
    hand.say(Decision.DO_NOT_SHARE, [], hand.hidden.harbor)


def stopped_with_them(hand: Hand) -> None:
    place_id, method = hand.hidden.pantry.id, Method.IN_PERSON
    consent.stop_sharing_with(hand.session, hand.navigator, hand.person_id, place_id, method=method, at=NOON)


def said_no_to_all(hand: Hand) -> None:
    hand.say(Decision.DO_NOT_SHARE, [], at=NOON)


def said_no_to_them(hand: Hand) -> None:
    hand.say(Decision.DO_NOT_SHARE, [], hand.hidden.pantry, at=NOON)


ENDINGS: dict[str, tuple[Fact, ...]] = {
    SEES_SHARED: (stopped_with_them, said_no_to_all, said_no_to_them),
    PARENT: (said_no_to_all, said_no_to_them),
}
"""Ways in which a place could read no more. Who may see who saw the data is told that it ended, never why: neither who
may not see what was said, nor a parent where the young person said no for themselves.
"""


def make_true(place: OwnPlace, reader: str, acts: list[Act], ending: Fact | None = None) -> None:
    """Let the facts come to be about whom this reader reads, one after the other, each from the number drawn for it."""

    def hand(session: Session, seed: int = 0) -> Hand:
        return Hand(session, place, place.abouts[reader], Dice(seed))

    for name, seed in acts:
        # what was said or done before may forbid a later fact; that it was refused is hidden, too
        with suppress(ConsentRequired, Invalid), transaction() as session:
            FACTS[name](hand(session, seed))
    if ending is not None:
        with transaction() as session:
            ending(hand(session))
