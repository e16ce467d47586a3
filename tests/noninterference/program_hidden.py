"""What a program may not know: facts of the sides that it is not, beside those that are hidden from the readers."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from cie import consent, events, identity, people, referrals, screening, webhooks
from cie.access import Actor, ActorKind, Role
from cie.consent import Decision, Method
from cie.db import transaction
from cie.errors import ConsentRequired
from cie.participants import Program
from cie.people import ContactKind, NewPerson
from cie.people.birth import parse_birth
from cie.referrals import (
    Closing,
    ContactMethod,
    Enrollment,
    NewResult,
    Reason,
    ReferralTask,
    Request,
    ResultKind,
    Urgency,
)
from cie.webhooks import NewWebhook
from tests.factories import NOON
from tests.loop_machine.machine import Dice
from tests.noninterference import hidden
from tests.noninterference.hidden import NAMES, OWN_NUMBER, Act, Fact, Hand
from tests.noninterference.place import TODAY
from tests.noninterference.program_acts import SAME_KEY, SAME_NUMBER
from tests.noninterference.program_place import CLINIC, COUNTY, EVERYBODY, KNOWS_AS, PANTRY, ProgramPlace

HIDDEN_FROM: dict[str, tuple[str, ...]] = dict.fromkeys(hidden.FACTS, (PANTRY, COUNTY))
HIDDEN_FROM |= {"sheltered": EVERYBODY, "left_to_others": EVERYBODY}
FACTS: dict[str, Fact] = dict(hidden.FACTS)


def hidden_from(*readers: str) -> Callable[[Fact], Fact]:
    """Keep a fact by its name, and who may not know of it."""

    def keep(fact: Fact) -> Fact:
        FACTS[fact.__name__], HIDDEN_FROM[fact.__name__] = fact, readers
        return fact

    return keep


def facts_hidden_from(reader: str) -> list[str]:
    return [name for name, readers in HIDDEN_FROM.items() if KNOWS_AS.get(reader, reader) in readers]


@hidden_from(CLINIC, COUNTY)
def written_there(hand: Hand) -> None:
    """Notes and tries of the one asked, for its own eyes."""
    for _each in range(hand.dice.number(1, 2)):
        referrals.write_note(hand.session, hand.hidden.worker, hand.loop().id, hand.text, at=hand.at)
    method = hand.dice.one_of(list(ContactMethod))
    tried = {"method": method, "reached": hand.dice.once_in(2), "minutes": 4, "happened_at": hand.at, "at": hand.at}
    referrals.record_attempt(hand.session, hand.hidden.worker, hand.hidden.asked_task.id, **tried)


@hidden_from(CLINIC, COUNTY)
def looked_at_there(hand: Hand) -> None:
    """Somebody there opened the request, and somebody is in charge of it."""
    task = hand.session.get_one(ReferralTask, hand.hidden.asked_task.id)
    referrals.open_task(hand.session, hand.hidden.worker, task, at=hand.at)
    referrals.assign(hand.session, hand.hidden.worker, hand.hidden.asked.id, hand.hidden.worker.id, at=hand.at)


@hidden_from(CLINIC, COUNTY)
def filed_there(hand: Hand) -> None:
    file = {"name": "letter.txt", "content": hand.text.encode(), "claimed": "text/plain", "shared": False}
    referrals.add_attachment(hand.session, hand.hidden.worker, hand.hidden.asked_task.id, **file, at=hand.at)


@hidden_from(CLINIC, COUNTY)
def found_there(hand: Hand) -> None:
    """What came of it at a place that may tell its sender no more."""
    _give_result(hand, hand.hidden.worker, hand.hidden.apart_task)


def _give_result(hand: Hand, worker: Actor, task: ReferralTask) -> None:
    program, status = hand.dice.one_of(list(Program)), hand.dice.one_of(list(Enrollment))
    given = NewResult(ResultKind.ENROLLMENT, program=program, status=status, title=hand.text)
    referrals.give_result(hand.session, worker, task.id, given, at=hand.at)


@hidden_from(CLINIC, COUNTY)
def served_there(hand: Hand) -> None:
    """The one asked begins to serve somebody, by chance one whom the sender serves, under the same number."""
    given, family = hand.dice.one_of(NAMES)
    birth = parse_birth("3", "27", "1992", today=TODAY)
    new = NewPerson(given_name=given, family_name=family, birth=birth, street=hand.text, zip="93702", language="es")
    person = people.add_person(hand.session, hand.hidden.worker, new, at=hand.at)
    people.add_contact(hand.session, hand.hidden.worker, person.id, kind=ContactKind.SMS, value=OWN_NUMBER, at=hand.at)
    people.add_identifier(hand.session, hand.hidden.worker, person.id, *SAME_NUMBER.values(), at=hand.at)
    screening.add_need(hand.session, hand.hidden.worker, person.id, "rent-help", None, at=hand.at)
    said = {"decision": Decision.DO_NOT_SHARE, "categories": [], "recipient_ids": [hand.hidden.clinic.id]}
    said |= {"method": Method.IN_PERSON, "expires_on": None}
    consent.record_consent(hand.session, hand.hidden.worker, person.id, **said, at=hand.at)


@hidden_from(CLINIC, COUNTY)
def sent_on(hand: Hand) -> None:
    """The one asked asks a third place for somebody of its own."""
    request = Request(hand.hidden.own_request.person_id, "food", Urgency.WEEK, (hand.hidden.third.id,), hand.text)
    loop = referrals.send(hand.session, hand.hidden.worker, request, previewed=None, at=hand.at)
    (task,) = referrals.tasks_of(hand.session, loop)
    if hand.dice.once_in(2):
        referrals.accept(hand.session, hand.hidden.third_worker, task.id, at=hand.at)


@hidden_from(CLINIC, COUNTY)
def hired_there(hand: Hand) -> None:
    identity.add_staff(
        hand.session, hand.hidden.administrator_there, hand.hidden.loop.pantry.id, name=hand.text,
        email="newer@example.org", roles=[Role.CASEWORKER], password_hash=None, totp_secret=None, at=hand.at,
    )  # fmt: skip


@hidden_from(*EVERYBODY)
def noted_at_third(hand: Hand) -> None:
    referrals.write_note(hand.session, hand.hidden.third_worker, hand.hidden.offer.id, hand.text, at=hand.at)


@hidden_from(*EVERYBODY)
def answered_protected(hand: Hand) -> None:
    """A protected service answers, or does not."""
    worker, task_id = hand.hidden.refuge_worker, hand.hidden.unanswered_task.id
    answer = hand.dice.one_of(["accept", "reject", "cancel", "none"])
    if answer == "accept":
        referrals.accept(hand.session, worker, task_id, at=hand.at)
    elif answer == "reject":
        referrals.reject(hand.session, worker, task_id, reason=Reason.OUTSIDE_AREA, words=hand.text, at=hand.at)
    elif answer == "cancel":
        referrals.cancel(hand.session, worker, task_id, reason=Reason.OTHER, words=hand.text, at=hand.at)
    _works_on(hand, hand.hidden.unanswered)


@hidden_from(*EVERYBODY)
def went_on_there(hand: Hand) -> None:
    """What follows at a protected service after its yes."""
    worker, task_id = hand.hidden.refuge_worker, hand.hidden.taken_in_task.id
    step = hand.dice.one_of(["start", "hold", "complete", "fail", "none"])
    if step == "start":
        referrals.start(hand.session, worker, task_id, at=hand.at)
    elif step == "hold":
        until = TODAY + timedelta(days=30)
        referrals.hold(hand.session, worker, task_id, reason=Reason.MISSING_PAPERS, until=until, at=hand.at)
    elif step == "complete":
        referrals.complete(hand.session, worker, task_id, words=hand.text, at=hand.at)
    elif step == "fail":
        reason = hand.dice.one_of([Reason.NO_ROOM, Reason.PERSON_DECLINES])
        referrals.fail(hand.session, worker, task_id, reason=reason, words=hand.text, at=hand.at)
    _works_on(hand, hand.hidden.taken_in)


def _works_on(hand: Hand, loop: Any) -> None:
    """Notes and tries of a protected service."""
    worker, (task, *_others) = hand.hidden.refuge_worker, referrals.tasks_of(hand.session, loop)
    referrals.write_note(hand.session, worker, loop.id, hand.text, at=hand.at)
    tried = {"method": ContactMethod.PHONE, "reached": False, "minutes": 1, "happened_at": hand.at, "at": hand.at}
    referrals.record_attempt(hand.session, worker, task.id, **tried)
    if referrals.may_have_results(task):
        _give_result(hand, worker, task)


@hidden_from(PANTRY, COUNTY)
def numbered(hand: Hand) -> None:
    """Another system knows somebody of the sender by the number by which the program will know somebody."""
    people.add_identifier(hand.session, hand.navigator, hand.hidden.person.id, *SAME_NUMBER.values(), at=hand.at)


@hidden_from(PANTRY, COUNTY)
def told_elsewhere(hand: Hand) -> None:
    """The sender's program wants to be told at another place, which does not answer, and used a key before."""
    client = hand.place.systems[CLINIC].client  # the place of programs
    actor = Actor(ActorKind.CLIENT, client.id, client.organization_id, frozenset({Role.CASEWORKER}))
    new = NewWebhook(client.id, "http://127.0.0.1:9/", may_be_private=True)
    webhooks.add_webhook(hand.session, actor, new, at=hand.at)
    used = events.claim_key(hand.session, client.id, f"person.add:{SAME_KEY}", hand.text.encode(), at=hand.at)
    used.resource_id = hand.hidden.person.id


def tried_there(hand: Hand) -> None:
    """The one asked tried to reach the person of a request that its sender reports to the state."""
    task_id = hand.hidden.reported_task.id
    tried = {"method": ContactMethod.PHONE, "reached": True, "minutes": 4, "happened_at": hand.at, "at": hand.at}
    referrals.record_attempt(hand.session, hand.hidden.worker, task_id, **tried)


FLOWS: dict[str, Fact] = {**hidden.FLOWS, "outreach": tried_there}
"""Facts whose effect is declared, by the name of the flow."""


def _verb(verb: Any, who: str, task: str, **values: Any) -> Fact:
    """One of the sides does something with a task."""

    def do(hand: Hand) -> None:
        verb(hand.session, getattr(hand.hidden, who), getattr(hand.hidden, task).id, **values, at=NOON)

    return do


_cancelled = partial(_verb, referrals.cancel, "navigator", "asked_task")
_ended = partial(_verb, who="worker", task="apart_task")
ENDINGS: tuple[tuple[str, tuple[Fact, ...]], ...] = (
    (PANTRY, hidden.ENDINGS),
    (
        PANTRY,
        (
            _cancelled(reason=Reason.PERSON_DECLINES),
            _cancelled(reason=Reason.DUPLICATE),
            _cancelled(reason=Reason.OTHER),
            _verb(referrals.close_loop, "navigator", "asked", closing=Closing.NO_LONGER_NEEDS),
            _verb(referrals.close_loop, "navigator", "asked", closing=Closing.NOT_ELIGIBLE),
        ),
    ),
    (
        CLINIC,
        (
            _ended(referrals.complete),
            _ended(referrals.complete, words="Fed her"),
            _ended(referrals.fail, reason=Reason.NOT_ELIGIBLE),
            _ended(referrals.fail, reason=Reason.PERSON_DECLINES, words="She left"),
            _ended(referrals.cancel, reason=Reason.OTHER, words="No more"),
        ),
    ),
)
"""What happened in one of several ways: that it did the program is told, never how or why."""


def usual(reader: str) -> Fact | None:
    """The way that is taken where none is named."""
    return next((facts[0] for name, facts in ENDINGS if name == KNOWS_AS.get(reader, reader)), None)


def make_true(place: ProgramPlace, acts: list[Act]) -> None:
    """Let the facts come to be, one after the other, each from the number drawn for it."""
    for name, seed in acts:
        with suppress(ConsentRequired), transaction() as session:
            (FACTS.get(name) or FLOWS[name])(Hand(session, place, Dice(seed)))


def make_end(place: ProgramPlace, ending: Fact) -> None:
    """Let it happen in one of the ways."""
    with transaction() as session:
        ending(Hand(session, place, Dice(0)))
