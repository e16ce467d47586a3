"""What the readers may not know: each fact comes to be through verbs of the other side, with drawn values and times.

Two worlds are alike but for these facts, and for how one release to the readers ended.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import consent, identity, messaging, patient_tasks, people, privacy, referrals, retention, screening
from cie.access import SYSTEM, Actor, ActorKind, Role
from cie.consent import Decision, EmergencyKind, Method, Statement
from cie.db import match_key, transaction
from cie.directory import Category
from cie.errors import ConsentRequired
from cie.messaging.models import PhoneStop
from cie.people import AlertSource, ContactKind, NewPerson, Person, Safety
from cie.people.birth import parse_birth
from cie.privacy import Asked, Demanded, DemandKind, Finding, Happening, RequestKind, RequestState
from cie.referrals import Closing, Emergency, PersonWord, Reason, Referral, Request, Urgency
from cie.retention import Ground
from cie.screening import GivenAnswer, SafetyGate
from tests.factories import NOON
from tests.loop_machine.machine import Dice
from tests.noninterference.place import BEFORE, NEW_NUMBER, OWN_NUMBER, THEIR_NUMBER, TODAY, Place

WORDS = ("her sister has the key", "blue heron gate", "ask for the second door", "\N{LATIN SMALL LETTER N WITH TILDE}o")
CORRECTIONS = ({"given_name": "Astrid"}, {"street": "9 Fir St"}, {"pronouns": "they"}, {"zip": "95814"})
MANY = 24
NAMES = (("Briar", "Ashe"), ("Quilla", "Zabrin"), ("Aster", "Moreno"))
"""The first is the name of somebody whom the readers serve themselves."""


@dataclass
class Hand:
    """One who makes a fact: in this session, with these dice, at this moment."""

    session: Session
    place: Place
    dice: Dice

    def __post_init__(self) -> None:
        self.at = BEFORE + timedelta(minutes=self.dice.number(0, 2800))
        self.hidden, self.navigator = self.place.hidden, self.place.hidden.navigator
        self.text = self.dice.one_of(WORDS)

    def loop(self) -> Referral:
        """A referral that the readers were asked by."""
        found: Referral = self.dice.one_of([self.hidden.asked, self.hidden.offer])
        return found

    def request(self, person: Person, *services: Any, **fields: Any) -> Request:
        need, urgency = self.dice.one_of(["food", "rent-help"]), self.dice.one_of([Urgency.WEEK, Urgency.NOT_URGENT])
        ids = tuple(service.id for service in services)
        return Request(person.id, need, urgency, ids, self.text, **fields)


def somebody(hand: Hand) -> Person:
    """The other side begins to serve somebody, by chance one whom the readers serve too."""
    given, family = hand.dice.one_of(NAMES)
    birth = parse_birth("3", "27", "1992", today=TODAY)
    new = NewPerson(given_name=given, family_name=family, birth=birth, street=hand.text, zip="93702", language="es")
    person = people.add_person(hand.session, hand.navigator, new, at=hand.at)
    people.add_contact(
        hand.session, hand.navigator, person.id, kind=ContactKind.SMS, value=NEW_NUMBER, may_text=True,
        wording_version=people.TEXT_PERMISSION_WORDING["version"], safety=Safety.SAFE, at=hand.at,
    )  # fmt: skip
    people.add_identifier(hand.session, hand.navigator, person.id, "cin", f"9{person.id.int % 10**7:07d}A", at=hand.at)
    kinds = [Category.GENERAL, Category.HOUSING]
    said = {"decision": Decision.SHARE, "categories": kinds, "recipient_ids": [], "method": Method.IN_PERSON}
    consent.record_consent(
        hand.session, hand.navigator, person.id, **said, expires_on=None, wording_version=consent.FORM_VERSION,
        at=hand.at,
    )  # fmt: skip
    return person


def sent_elsewhere(hand: Hand) -> None:
    """A referral to a third place, perhaps answered there; so that person is shown there, too."""
    person = hand.dice.one_of([hand.hidden.person, somebody(hand)])
    asked = hand.request(person, hand.hidden.third)
    loop = referrals.send(hand.session, hand.navigator, asked, previewed=None, at=hand.at)
    (task,) = referrals.tasks_of(hand.session, loop)
    worker = hand.hidden.third_worker
    if hand.dice.once_in(2):
        referrals.accept(hand.session, worker, task.id, at=hand.at)
        referrals.complete(hand.session, worker, task.id, words=hand.text, at=hand.at)
        referrals.record_word(hand.session, hand.navigator, loop.id, hand.dice.one_of(list(PersonWord)), at=hand.at)
    elif hand.dice.once_in(2):
        referrals.reject(hand.session, worker, task.id, reason=Reason.OUTSIDE_AREA, words=hand.text, at=hand.at)
    else:
        referrals.close_loop(hand.session, hand.navigator, loop.id, closing=Closing.OTHER, at=hand.at)


def masked(hand: Hand) -> None:
    """At her own wish the person of a referral is referred to a victim service, which may say yes."""
    asked = hand.request(hand.hidden.person, hand.hidden.refuge, at_person_request=True)
    loop = referrals.send(hand.session, hand.navigator, asked, previewed=None, at=hand.at)
    (task,) = referrals.tasks_of(hand.session, loop)
    if hand.dice.once_in(2):
        referrals.accept(hand.session, hand.hidden.refuge_worker, task.id, at=hand.at)


def sheltered(hand: Hand) -> None:
    """A victim service begins to serve somebody, by chance one whom the readers serve, with the same phone."""
    given, family = hand.dice.one_of(NAMES)
    birth = parse_birth("3", "27", "1992", today=TODAY)
    new = NewPerson(given_name=given, family_name=family, birth=birth, zip="93702", language="es")
    worker = hand.hidden.refuge_worker
    person = people.add_person(hand.session, worker, new, at=hand.at)
    people.add_contact(
        hand.session, worker, person.id, kind=ContactKind.SMS, value=OWN_NUMBER, may_text=True,
        wording_version=people.TEXT_PERMISSION_WORDING["version"], safety=Safety.SAFE, at=hand.at,
    )  # fmt: skip
    people.add_identifier(hand.session, worker, person.id, "cin", f"9{hand.dice.number(10**6, 10**7)}A", at=hand.at)


def known_there(hand: Hand) -> None:
    """The other side begins to serve somebody whom the readers ask about, and keeps no permission that is for them."""
    person = _fern_there(hand)
    yes, no = Decision.SHARE, Decision.DO_NOT_SHARE
    said: list[list[tuple[Decision, list[UUID]]]] = [
        [], [(no, [])], [(yes, [hand.hidden.house.id])], [(yes, []), (no, [])],
        [(yes, []), (no, [hand.hidden.loop.pantry.id])],
    ]  # fmt: skip
    for decision, places in hand.dice.one_of(said):
        _say(hand, person, decision, places)
    if hand.dice.once_in(3):
        for record in consent.consents_of(hand.session, person.organization_id, person.id):
            consent.revoke(hand.session, hand.navigator, record.id, method=Method.SIGNED_PAPER, at=hand.at)


def _fern_there(hand: Hand) -> Person:
    birth = parse_birth("3", "27", "1992", today=TODAY)
    new = NewPerson(given_name="Fern", family_name="Ashe", birth=birth, street=hand.text, zip="93702", language="en")
    return people.add_person(hand.session, hand.navigator, new, at=hand.at)


def _say(hand: Hand, person: Person, decision: Decision, places: list[UUID]) -> None:
    kinds = [Category.GENERAL] if decision is Decision.SHARE else []
    consent.record_consent(
        hand.session, hand.navigator, person.id, decision=decision, categories=kinds, recipient_ids=places,
        method=Method.IN_PERSON, expires_on=None, wording_version=consent.FORM_VERSION if kinds else "", at=hand.at,
    )  # fmt: skip


def answered_there(hand: Hand) -> None:
    """The other place that has the same offer looks at it, or declines it."""
    worker, task = hand.hidden.third_worker, hand.hidden.offer_there
    if hand.dice.once_in(2):
        reason = hand.dice.one_of([Reason.OUTSIDE_AREA, Reason.LANGUAGE, Reason.CONFLICT])
        referrals.reject(hand.session, worker, task.id, reason=reason, words=hand.text, at=hand.at)
    else:
        referrals.write_note(hand.session, worker, hand.hidden.offer.id, hand.text, at=hand.at)


def left_to_others(hand: Hand) -> None:
    """The third place leaves an open request, which the readers could take, to others."""
    reason = hand.dice.one_of([Reason.NO_ROOM, Reason.CONFLICT, None])
    referrals.pass_by(hand.session, hand.hidden.third_worker, hand.hidden.open.open_task_id, at=hand.at, reason=reason)


def screened(hand: Hand) -> None:
    """The person of a referral answers questions, also in private."""
    begun = screening.start_screening(
        hand.session, hand.navigator, hand.hidden.person.id, hand.hidden.instrument.id, at=hand.at
    )
    food = {"/88122-7": GivenAnswer((hand.dice.one_of(["LA28397-0", "LA28398-8"]),))}
    screening.save_section(hand.session, hand.navigator, begun.id, "food", food, at=hand.at)
    gate = hand.dice.one_of(list(SafetyGate))
    screening.answer_safety_gate(hand.session, hand.navigator, begun.id, gate, at=hand.at)


def needing(hand: Hand) -> None:
    need = hand.dice.one_of(["rent-help", "transportation", "utilities"])
    screening.add_need(hand.session, hand.navigator, hand.hidden.person.id, need, None, at=hand.at)


def asked_something(hand: Hand) -> None:
    """The person is asked something on their page, and answers or not."""
    asked = patient_tasks.Asked(patient_tasks.PatientTaskKind.QUESTION, hand.text)
    task = patient_tasks.ask(hand.session, hand.navigator, hand.hidden.person.id, asked, at=hand.at)
    if hand.dice.once_in(2):
        patient_tasks.answer(hand.session, hand.navigator, task.id, patient_tasks.Answer(hand.text), at=hand.at)


def said_of_others(hand: Hand) -> None:
    """The person says yes or no to sharing with a third place."""
    decision = hand.dice.one_of(list(Decision))
    kinds = [Category.GENERAL] if decision is Decision.SHARE else []
    consent.record_consent(
        hand.session, hand.navigator, hand.hidden.person.id, decision=decision, categories=kinds,
        recipient_ids=[hand.hidden.house.id], method=Method.IN_PERSON, expires_on=None,
        wording_version=consent.FORM_VERSION if kinds else "", at=hand.at,
    )  # fmt: skip


def signed_on_paper(hand: Hand) -> None:
    """The paper that the person signed is kept with their permission."""
    records = consent.consents_of(hand.session, hand.hidden.clinic.id, hand.hidden.person.id)
    paper = {"name": f"{hand.text}.pdf", "content": b"%PDF-1.7\n" + hand.text.encode(), "claimed": "application/pdf"}
    consent.add_document(hand.session, hand.navigator, records[-1].id, **paper, at=hand.at)


def asked_to_sign(hand: Hand) -> None:
    """The person is asked to sign by a link, and answers or not."""
    said = {"decision": Decision.SHARE, "categories": [Category.GENERAL], "recipient_ids": [], "expires_on": None}
    lines = [["", hand.text]]
    request = consent.ask_to_sign(
        hand.session, hand.navigator, hand.hidden.person.id, lines=lines, **said, method=Method.BY_LINK, at=hand.at
    )
    me = Actor(ActorKind.PERSON, hand.hidden.person.id)
    answer = hand.dice.one_of(["none", "no", "withdrawn"])
    if answer == "no":
        consent.decline(hand.session, me, request.id, at=hand.at)
    elif answer == "withdrawn":
        consent.withdraw(hand.session, hand.navigator, request.id, at=hand.at)


def said_elsewhere(hand: Hand) -> None:
    """Another consent system says something of the person and a third place, perhaps another than is on record."""
    said = Statement(hand.text[:8], hand.dice.one_of(list(Decision)), TODAY, recipient_ids=(hand.hidden.house.id,))
    consent.take_statement(hand.session, SYSTEM, hand.hidden.person.id, "state", said, at=hand.at)


def corrected(hand: Hand) -> None:
    """What is kept of the person changes after it was sent; what was sent stays as it was."""
    change = hand.dice.one_of(CORRECTIONS)
    person = hand.session.get_one(Person, hand.hidden.person.id)
    people.correct_person(hand.session, hand.navigator, person.id, change, seen_version=person.version, at=hand.at)


def noted(hand: Hand) -> None:
    for _each in range(hand.dice.number(1, 3)):
        referrals.write_note(hand.session, hand.navigator, hand.loop().id, hand.text, at=hand.at)


def kept_apart(hand: Hand) -> None:
    """A file of the sender with a referral, for its own eyes."""
    task = hand.hidden.asked_task
    file = {"name": "letter.txt", "content": hand.text.encode(), "claimed": "text/plain", "shared": False}
    referrals.add_attachment(hand.session, hand.navigator, task.id, **file, at=hand.at)


def in_charge(hand: Hand) -> None:
    referrals.assign(hand.session, hand.navigator, hand.loop().id, hand.navigator.id, at=hand.at)


def words_of_the_person(hand: Hand) -> None:
    word = hand.dice.one_of(list(PersonWord))
    referrals.record_word(hand.session, hand.navigator, hand.hidden.asked.id, word, at=hand.at)


def looked(hand: Hand) -> None:
    people.get_person(hand.session, hand.navigator, hand.hidden.person.id)


def begun(hand: Hand) -> None:
    referrals.save_draft(hand.session, hand.navigator, hand.request(hand.hidden.person, hand.hidden.third), at=hand.at)


def in_danger(hand: Hand) -> None:
    person = hand.session.get_one(Person, hand.hidden.person.id)
    source = hand.dice.one_of(list(AlertSource))
    people.raise_alert(hand.session, hand.navigator, person, source, "danger", None, at=hand.at)


def wrote(hand: Hand) -> None:
    """The person answers by text, or writes something that must be read."""
    body = hand.dice.one_of(["they said friday", "he hit me again", "STOP", "wrong number"])
    messaging.receive(hand.session, phone=THEIR_NUMBER, body=body, gateway_id="SM9", at=hand.at)


def opened_there(hand: Hand) -> None:
    """The third place opens more of the person in an emergency."""
    asked = Request(hand.hidden.person.id, "substance-use", Urgency.WEEK, (hand.hidden.third.id,))
    loop = referrals.send(hand.session, hand.navigator, asked, previewed=None, at=hand.at)
    (task,) = referrals.tasks_of(hand.session, loop)
    said = Emergency(EmergencyKind.MEDICAL, hand.text, cannot_ask=True)
    referrals.open_emergency(hand.session, hand.hidden.third_worker, task.id, said, at=hand.at)


def looked_back(hand: Hand) -> None:
    """The other side's privacy officer says what they found of an emergency that the readers know."""
    finding = hand.dice.one_of(list(Finding))
    officer, access = hand.hidden.officer, hand.hidden.access
    privacy.review_emergency(hand.session, officer, access.id, finding=finding, words=hand.text, at=hand.at)


def privacy_cases(hand: Hand) -> None:
    officer, person_id = hand.hidden.officer, hand.hidden.person.id
    incident = privacy.open_incident(hand.session, officer, Happening(hand.text, "Merlin", TODAY), at=NOON)
    privacy.add_person(hand.session, officer, incident.id, person_id, at=NOON)
    demanded = Demanded(hand.dice.one_of(list(DemandKind)), hand.text, "All", TODAY)
    demand = privacy.open_demand(hand.session, officer, demanded, at=NOON)
    kept_out = privacy.AgencyStatement(hand.text, privacy.StatedHow.WRITTEN, TODAY, hand.text, until_on=TODAY)
    privacy.suspend(hand.session, officer, demand.id, kept_out, at=NOON)
    asked = Asked(hand.dice.one_of(list(RequestKind)), hand.text, TODAY)
    privacy.open_request(hand.session, officer, person_id, asked, at=NOON)


def held(hand: Hand) -> None:
    retention.set_hold(hand.session, hand.hidden.officer, hand.hidden.person.id, reason=hand.text, at=NOON)


def erased(hand: Hand) -> None:
    """Somebody whom the other side began to serve asks that all of it goes, and it does."""
    person, officer = somebody(hand), hand.hidden.officer
    asked = Asked(RequestKind.DELETION, hand.text, TODAY)
    request = privacy.open_request(hand.session, officer, person.id, asked, at=NOON)
    privacy.decide_request(hand.session, officer, request.id, RequestState.GRANTED, reason=hand.text, at=NOON)
    retention.erase(hand.session, officer, person.id, Ground.REQUEST, at=NOON)


def colleague(hand: Hand) -> None:
    identity.add_staff(
        hand.session, hand.hidden.administrator, hand.hidden.clinic.id, name=hand.text, email="new@example.org",
        roles=[Role.CASEWORKER], password_hash=None, totp_secret=None, at=hand.at,
    )  # fmt: skip


Fact = Callable[[Hand], Any]
FACTS: dict[str, Fact] = {
    fact.__name__: fact
    for fact in (
        somebody, known_there, opened_there, sent_elsewhere, masked, sheltered, answered_there, left_to_others,
        screened, needing, asked_something, said_of_others, signed_on_paper, asked_to_sign, said_elsewhere, corrected,
        noted, kept_apart, in_charge, words_of_the_person, looked, begun, in_danger, wrote, looked_back, privacy_cases,
        held, erased, colleague,
    )
}  # fmt: skip


def yes_taken_back(hand: Hand) -> None:
    consent.revoke(hand.session, hand.navigator, hand.hidden.leavers_yes.id, method=Method.SIGNED_PAPER, at=NOON)


def yes_taken_back_aloud(hand: Hand) -> None:
    consent.revoke(hand.session, hand.navigator, hand.hidden.leavers_yes.id, method=Method.IN_PERSON, at=NOON)


def stopped_with_them(hand: Hand) -> None:
    readers, person_id = hand.hidden.loop.pantry.id, hand.hidden.leaver.id
    consent.stop_sharing_with(hand.session, hand.navigator, person_id, readers, method=Method.IN_PERSON, at=NOON)


def said_no_to_all(hand: Hand) -> None:
    consent.record_consent(
        hand.session, hand.navigator, hand.hidden.leaver.id, decision=Decision.DO_NOT_SHARE, categories=[],
        recipient_ids=[], method=Method.IN_PERSON, expires_on=None, at=NOON,
    )  # fmt: skip


ENDINGS: tuple[Fact, ...] = (yes_taken_back, yes_taken_back_aloud, stopped_with_them, said_no_to_all)
"""Ways in which a release to the readers ended. That it ended they are told, never why."""


def room_is_gone(hand: Hand) -> None:
    task = hand.hidden.offer_there
    referrals.reject(hand.session, hand.hidden.third_worker, task.id, reason=Reason.NO_ROOM, at=hand.at)


def many_sent(hand: Hand) -> None:
    """More than the smallest count that may be shown, and as many of them answered as not."""
    for number in range(MANY):
        request = Request(hand.hidden.person.id, "food", Urgency.WEEK, (hand.hidden.third.id,))
        loop = referrals.send(hand.session, hand.navigator, request, previewed=None, at=hand.at)
        (task,) = referrals.tasks_of(hand.session, loop)
        if number % 2:
            worker = hand.hidden.third_worker
            referrals.reject(hand.session, worker, task.id, reason=Reason.OUTSIDE_AREA, at=hand.at)


def permitted_there(hand: Hand) -> None:
    """The other side keeps a permission for anybody who can help, of somebody whom the readers serve, too."""
    _say(hand, _fern_there(hand), Decision.SHARE, [])


def taken_there(hand: Hand) -> None:
    """The third place takes an open request that the readers could have taken."""
    referrals.claim(hand.session, hand.hidden.third_worker, hand.hidden.open.open_task_id, at=hand.at)


def stopped_there(hand: Hand) -> None:
    """Whoever has the phone of somebody whom the readers serve, too, wanted no more texts of the network."""
    hand.session.merge(PhoneStop(phone_key=match_key(f"phone:{OWN_NUMBER}"), stopped_at=hand.at))


FLOWS: dict[str, Fact] = {
    "full": room_is_gone, "many": many_sent, "permission": permitted_there, "taken": taken_there,
    "stopped": stopped_there,
}  # fmt: skip
"""Facts whose effect is declared, by the name of the flow; "late" is nobody's fact but what no worker did yet."""

Act = tuple[str, int]


def make_true(place: Place, acts: list[Act], ending: int = 0) -> None:
    """Let the facts come to be, one after the other, each from the number drawn for it."""
    for name, seed in acts:
        fact = FACTS.get(name) or FLOWS[name]
        # what the person said before may forbid a later fact; that it was refused is hidden, too
        with suppress(ConsentRequired), transaction() as session:
            fact(Hand(session, place, Dice(seed)))
    with transaction() as session:
        ENDINGS[ending](Hand(session, place, Dice(0)))
