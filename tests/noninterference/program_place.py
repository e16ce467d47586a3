"""The exchange of the readers, and the programs of three organizations that read it by their tokens.

The pantry's was asked and asks others itself; the clinic's sends; the county's sends and reports what it sent. At the
pantry a member of staff works in an app as well, which reads in their name.
"""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Flask
from sqlmodel import Session, col, select

from cie import consent, referrals, screening
from cie.access import SYSTEM, Actor, Role
from cie.consent import Consent
from cie.db import reading, transaction
from cie.exports import KINDS
from cie.participants import ParticipantKind, Program
from cie.people import Person
from cie.referrals import Enrollment, NewResult, Referral, ReferralTask, Request, ResultKind, Urgency
from cie.screening import GivenAnswer, Need, Screening
from tests.api.place import StaffApp, System
from tests.exports.making import made
from tests.factories import make_consent, make_participant, make_person, staff_of
from tests.noninterference.place import BEFORE, Place, acting, make_place

PANTRY, CLINIC, COUNTY = "the pantry's program", "the clinic's program", "the county's program"
EVERYBODY = (PANTRY, CLINIC, COUNTY)
APP = "the pantry's app"
READERS = (*EVERYBODY, APP)
"""Those with a token of their own, and the app, which has that of a member of staff."""

KNOWS_AS = {APP: PANTRY}
"""Who may know as much as another, being of the same organization."""


@dataclass
class ProgramPlace(Place):
    """Who and what is there, the systems, and `known`: by program, the records that it may know by kind of id."""

    systems: dict[str, System] = field(default_factory=dict)
    known: dict[str, dict[str, list[Any]]] = field(default_factory=dict)


def make_program_place(app: Flask, addresses: dict[str, str]) -> ProgramPlace:
    """All sides before anything that is hidden changes. `addresses`: where each program wants to be told."""
    before = make_place()
    place = ProgramPlace(before.hidden, before.readers, before.ids)
    with transaction() as session:
        hidden = place.hidden
        hidden.county = make_participant(session, name="Tule County", kind=ParticipantKind.COUNTY_AGENCY)
        hidden.worker, hidden.administrator_there = (_reader(place, name) for name in ("caseworker", "administrator"))
        referrals.import_shipped_code_lists(session, SYSTEM, at=BEFORE)
        _sent_to_the_protected(session, hidden)
        _sent_by_the_county(session, hidden)
        _answered_apart(session, hidden)
        for actor, person_id in ((hidden.navigator, hidden.leaver.id), (hidden.worker, place.ids["person_id"][0])):
            _asked_questions(session, actor, person_id, hidden.instrument.id)
    owners = {PANTRY: hidden.loop.pantry, CLINIC: hidden.clinic, COUNTY: hidden.county}
    place.systems = {name: System(app, owner) for name, owner in owners.items()}
    for name, system in place.systems.items():
        export_id, files = exported(system)
        words = {"webhook_id": [_told(system, addresses[name])], "export_id": [export_id], "file_name": files}
        place.known[name] = {**_known(system), **words}
    _something_to_tell(hidden)
    for name, system in place.systems.items():
        place.known[name]["notice_id"] = _notices(system, place.known[name]["webhook_id"][0])
    _let_an_app_in(place)
    return place


def _let_an_app_in(place: ProgramPlace) -> None:
    pantry = place.systems[PANTRY]
    place.systems[APP] = StaffApp(pantry.app, pantry.owner, user=place.readers["caseworker"])
    place.known[APP] = place.known[PANTRY]
    assert place.systems[APP].token


def _reader(place: Place, name: str) -> Actor:
    user = place.readers[name]
    assert user is not None
    return acting(user)


def _sent_to_the_protected(session: Session, hidden: SimpleNamespace) -> None:
    """At their own wish the person was referred to a victim service twice: once it said yes, once nothing yet."""
    asked = Request(
        hidden.person.id, "food", Urgency.WEEK, (hidden.refuge.id,), "Call in the morning", at_person_request=True
    )
    hidden.unanswered = referrals.send(session, hidden.navigator, asked, previewed=None, at=BEFORE)
    (hidden.unanswered_task,) = referrals.tasks_of(session, hidden.unanswered)
    hidden.taken_in = referrals.send(session, hidden.navigator, asked, previewed=None, at=BEFORE)
    (hidden.taken_in_task,) = referrals.tasks_of(session, hidden.taken_in)
    referrals.accept(session, hidden.refuge_worker, hidden.taken_in_task.id, at=BEFORE)


def _sent_by_the_county(session: Session, hidden: SimpleNamespace) -> None:
    person = make_person(session, hidden.county, given_name="Sage", family_name="Tarn", language="en")
    make_consent(session, person)
    sender, asked = staff_of(hidden.county, Role.NAVIGATOR), replace(hidden.loop.request(), person_id=person.id)
    hidden.reported = referrals.send(session, sender, asked, previewed=None, at=BEFORE)
    (hidden.reported_task,) = referrals.tasks_of(session, hidden.reported)
    referrals.accept(session, hidden.worker, hidden.reported_task.id, at=BEFORE)
    enrolled = NewResult(ResultKind.ENROLLMENT, Program.SNAP, Enrollment.ENROLLED)
    hidden.told_result = referrals.give_result(session, hidden.worker, hidden.reported_task.id, enrolled, at=BEFORE)


def _answered_apart(session: Session, hidden: SimpleNamespace) -> None:
    """The pantry said yes to somebody who then took back their own: how it ends there is not the clinic's to know."""
    person = make_person(session, hidden.clinic, given_name="Linden", family_name="Rook", language="en")
    said = make_consent(session, person, given_at=BEFORE)
    asked = replace(hidden.loop.request(), person_id=person.id)
    hidden.apart = referrals.send(session, hidden.navigator, asked, previewed=None, at=BEFORE)
    (hidden.apart_task,) = referrals.tasks_of(session, hidden.apart)
    referrals.accept(session, hidden.worker, hidden.apart_task.id, at=BEFORE)
    consent.revoke(session, hidden.navigator, said.id, method=said.method, at=BEFORE)


def _asked_questions(session: Session, actor: Actor, person_id: UUID, instrument_id: UUID) -> None:
    """A need that somebody spoke of, and another that a screening found."""
    screening.add_need(session, actor, person_id, "clothing-goods", None, at=BEFORE)
    begun = screening.start_screening(session, actor, person_id, instrument_id, at=BEFORE)
    food = {"/88122-7": GivenAnswer(("LA28397-0",))}
    screening.save_section(session, actor, begun.id, "food", food, at=BEFORE)


def _told(system: System, address: str) -> UUID:
    answer = system.post("/webhooks", {"url": address})
    assert answer.status_code == 201, answer.get_json()
    return UUID(answer.get_json()["id"])


def exported(system: System, **more: Any) -> tuple[UUID, list[str]]:
    """Everything of one program, made by now, and the names of its files."""
    export = made(system, *KINDS, **more)
    return UUID(export["id"]), [file["url"].rpartition("/")[2].removesuffix(".ndjson") for file in export["files"]]


def _notices(system: System, webhook_id: UUID) -> list[UUID]:
    found = system.get(f"/webhooks/{webhook_id}/notices").get_json()["items"]
    return [UUID(each["id"]) for each in found]


KEPT: dict[str, Any] = {
    "person_id": Person,
    "consent_id": Consent,
    "need_id": Need,
    "screening_id": Screening,
    "referral_id": Referral,
    "task_id": ReferralTask,
}
"""What an organization keeps itself, by the name under which an address holds it."""


def _known(system: System) -> dict[str, list[UUID]]:
    """What the program's organization keeps, and the referrals that it was asked by."""
    own = system.owner.id
    asked = select(ReferralTask).where(ReferralTask.performer_id == own, col(ReferralTask.requested_at).is_not(None))
    with reading() as session:
        kept = {
            name: list(session.exec(select(table.id).where(table.organization_id == own).order_by(table.id)))
            for name, table in KEPT.items()
        }
        tasks = session.exec(asked.order_by(col(ReferralTask.id))).all()
    kept["referral_id"] += [task.referral_id for task in tasks]
    kept["task_id"] += [task.id for task in tasks]
    return kept


def _something_to_tell(hidden: SimpleNamespace) -> None:
    """Each of the two sides writes to the other, so that both hear of it."""
    with transaction() as session:
        for actor in (hidden.navigator, hidden.worker):
            referrals.write_message(session, actor, hidden.asked_task.id, "Is Friday possible?", at=BEFORE)
