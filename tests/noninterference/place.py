"""An exchange with a side that reads, and a side of which it may know only what was sent to it."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from cie import (
    consent,
    identity,
    messaging,
    patient_tasks,
    people,
    privacy,
    quarantine,
    referrals,
    screening,
    webhooks,
)
from cie.access import SYSTEM, Actor, ActorKind, Role
from cie.consent import Decision, EmergencyKind, Method, Statement
from cie.db import reading, transaction
from cie.directory import Category
from cie.identity import Client, ClientAuthentication, ClientKind, Registration, UserAccount
from cie.messaging import TextMessage
from cie.participants import Participant, ParticipantKind
from cie.people import AlertSource, Person
from cie.people.filing import file_person
from cie.privacy import Asked, Demanded, DemandKind, Happening, RequestKind
from cie.quarantine import Message, Refused, RefusedMessage
from cie.referrals import Emergency, Kind, Request, Urgency
from cie.webhooks import NewWebhook
from tests.factories import (
    NOON,
    make_consent,
    make_found,
    make_loop,
    make_participant,
    make_person,
    make_phone,
    make_service,
    make_staff,
    send_one,
)

OWN_NUMBER, THEIR_NUMBER, NEW_NUMBER = "+15595550171", "+15595550142", "+15595550173"
APP_ADDRESS = "https://app.example.org/callback"
TODAY = date(2026, 11, 24)
BEFORE = NOON - timedelta(days=2)
READERS: dict[str, tuple[Role, ...]] = {
    "caseworker": (Role.CASEWORKER,),
    "supervisor": (Role.SUPERVISOR,),
    "privacy officer": (Role.PRIVACY_OFFICER,),
    "administrator": (Role.ORGANIZATION_ADMINISTRATOR,),
    "network administrator": (Role.NETWORK_ADMINISTRATOR,),
    "anonymous visitor": (),
}


@dataclass
class Place:
    """Who and what is there. `ids` by the name of an argument of a route: the records that the readers may know."""

    hidden: SimpleNamespace
    readers: dict[str, UserAccount | None]
    ids: dict[str, list[Any]] = field(default_factory=dict)


def acting(user: UserAccount) -> Actor:
    return Actor(ActorKind.STAFF, user.id, user.organization_id, user.roles)


def make_place() -> Place:
    """Both sides before anything that is hidden changes."""
    with transaction() as session:
        loop = make_loop(session)
        loop.pantry.kind = ParticipantKind.CLINIC  # whoever treats has the pages of emergencies, too
        file_person(session, loop.person)
        others = _others(session)
        hidden = SimpleNamespace(loop=loop, clinic=loop.clinic, person=loop.person, **others)
        hidden.navigator = acting(_worker(session, loop.clinic))
        hidden.officer = acting(make_staff(session, loop.clinic, Role.PRIVACY_OFFICER, name="Merlin Sedge"))
        hidden.administrator = acting(make_staff(session, loop.clinic, Role.ORGANIZATION_ADMINISTRATOR))
        hidden.instrument, _hunger = screening.import_shipped(session, SYSTEM, at=BEFORE)
        readers = {
            name: make_staff(session, loop.pantry, *roles, name=f"Reader {n}") if roles else None
            for n, (name, roles) in enumerate(READERS.items())
        }
    with transaction() as session:
        loop.pantry.on_call_user_id = readers["caseworker"].id
        session.add(loop.pantry)
        _forms_of_the_network(session)
    ids = _own_records(hidden, readers)
    received = _received(hidden)
    for name, found in received.items():
        ids.setdefault(name, []).extend(found)
    theirs = _app_of(hidden.administrator)
    _told_there(theirs, hidden.clinic, paused=True)
    _refused(theirs)
    ids["webhook_id"] = [_told_there(ids["client_id"][0], hidden.loop.pantry)]
    ids["refused_id"] = [_refused(ids["client_id"][0])]
    return Place(hidden, readers, ids)


def _told_there(client_id: UUID, owner: Participant, *, paused: bool = False) -> UUID:
    """A program is told of what happens from now on, unless it wants to wait."""
    program = Actor(ActorKind.CLIENT, client_id, owner.id, frozenset({Role.CASEWORKER}))
    with transaction() as session:
        hook, _secret = webhooks.add_webhook(session, program, NewWebhook(client_id, APP_ADDRESS), at=BEFORE)
        if paused:
            webhooks.pause_webhook(session, program, hook.id, at=BEFORE)
        return hook.id


def _refused(client_id: UUID) -> UUID:
    """Something that a program sent in vain."""
    message = Message("POST", "/fhir/Patient", "", {}, b"{")
    outcome = {"issue": [{"code": "structure", "details": {"text": "This is no JSON"}}]}
    refused = Refused(message, "/fhir/Patient", ["system/*.cruds"], "COC", 400, outcome)
    with transaction() as session:
        quarantine.keep_refused(session, session.get_one(Client, client_id), refused, days=30, at=BEFORE)
    with reading() as session:
        return session.exec(select(RefusedMessage.id).where(RefusedMessage.client_id == client_id)).one()


def _forms_of_the_network(session: Session) -> None:
    """A form type that the network built itself, and the official file of another."""
    built = replace(consent.forms()["cmia"], id="county-release", title_es="Permiso del condado")
    consent.build_form(session, SYSTEM, built, seen_version=0, at=BEFORE)
    paper = {"language": "en", "version": "11/24", "source": "State office", "effective_on": TODAY}
    file = {"name": "form.pdf", "content": b"%PDF-1.7\n", "claimed": "application/pdf"}
    consent.add_official_form(session, SYSTEM, "cmia", **paper, **file, at=BEFORE)


def _others(session: Session) -> dict[str, Any]:
    house = make_participant(session, name="Heron House", kind=ParticipantKind.HOSPITAL)
    refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
    return {
        "house": house,
        "third": make_service(session, house, name="Food bag"),
        "third_worker": acting(make_staff(session, house, name="Teal Marsh")),
        "refuge": make_service(session, refuge, name="Safe place"),
        "refuge_worker": acting(make_staff(session, refuge, name="Dove Hollow")),
    }


def _worker(session: Session, place: Participant) -> UserAccount:
    return make_staff(session, place, Role.NAVIGATOR, name="Sorrel Finch")


def _received(hidden: SimpleNamespace) -> dict[str, list[UUID]]:
    """What the other side sent to the readers: one asked, one offered to two, one whose release will end.

    And one that they could take, or a third place.
    """
    with transaction() as session:
        for service in (hidden.loop.service, hidden.third):
            make_found(session, service)
        openly = hidden.loop.request(service_ids=(), is_open=True)
        hidden.open = referrals.ask_openly(session, hidden.navigator, openly, previewed=None, at=BEFORE)
        hidden.asked, hidden.asked_task = send_one(session, hidden.loop, at=BEFORE, message="Mornings are best")
        pair = hidden.loop.request(service_ids=(hidden.loop.service.id, hidden.third.id))
        hidden.offer = referrals.send(session, hidden.navigator, pair, previewed=None, at=BEFORE)
        hidden.offer_task, hidden.offer_there = referrals.tasks_of(session, hidden.offer)
        hidden.leaver = make_person(session, hidden.clinic, given_name="Juniper", family_name="Vale")
        hidden.leavers_yes = make_consent(session, hidden.leaver)
        leaving = replace(hidden.loop.request(), person_id=hidden.leaver.id)
        hidden.ended = referrals.send(session, hidden.navigator, leaving, previewed=None, at=BEFORE)
        (hidden.ended_task,) = referrals.tasks_of(session, hidden.ended)
    loops, tasks = (hidden.asked, hidden.offer, hidden.ended), (hidden.asked_task, hidden.offer_task, hidden.ended_task)
    return {"referral_id": [r.id for r in loops], "task_id": [t.id for t in tasks]}


def _own_records(hidden: SimpleNamespace, readers: dict[str, UserAccount | None]) -> dict[str, list[Any]]:
    """The readers' own: a person of theirs with everything that their pages show, and one who may be in danger."""
    worker, officer = acting(readers["caseworker"]), acting(readers["privacy officer"])
    with transaction() as session:
        person = make_person(session, hidden.loop.pantry, given_name="Briar", family_name="Ashe", language="en")
        fern = make_person(session, hidden.loop.pantry, given_name="Fern", family_name="Ashe", language="en")
        for each in (person, fern):
            file_person(session, each)
        hidden.fern = fern.id
        phone = make_phone(session, person, OWN_NUMBER)
        yes = make_consent(session, person)
        paper = {"name": "paper.pdf", "content": b"%PDF-1.7\n", "claimed": "application/pdf"}
        signed = consent.add_document(session, worker, yes.id, **paper, at=BEFORE)
        no = Statement("s-1", Decision.DO_NOT_SHARE, TODAY, (Category.HOUSING,))
        elsewhere = consent.take_statement(session, SYSTEM, person.id, "state", no, at=BEFORE)
        signings = [_asked_to_sign(session, worker, person, how) for how in (Method.ON_SCREEN, Method.BY_LINK)]
        begun = screening.start_screening(session, worker, person.id, hidden.instrument.id, at=BEFORE)
        question = patient_tasks.Asked(patient_tasks.PatientTaskKind.QUESTION, "How will you get here?")
        file = patient_tasks.NewDocument("tea.txt", b"Drink water.")
        material = patient_tasks.Asked(patient_tasks.PatientTaskKind.MATERIAL, document=file)
        sheet = patient_tasks.NewDocument("form.pdf", b"%PDF-1.7\n")
        form = patient_tasks.Asked(
            patient_tasks.PatientTaskKind.QUESTIONNAIRE, category="other-specify", document=sheet
        )
        asked = [
            patient_tasks.ask(session, worker, person.id, each, at=BEFORE).id for each in (question, material, form)
        ]
        patient_tasks.answer(session, worker, asked[-1], patient_tasks.Answer(filled=sheet), at=BEFORE)
        screening.add_need(session, worker, person.id, "food", None, at=BEFORE)
        alert = people.raise_alert(session, worker, fern, AlertSource.STAFF, "danger", None, at=BEFORE)
        people.correct_person(session, worker, person.id, {"street": "4 Oak St"}, seen_version=1, at=BEFORE)
        people.make_link(session, worker, person.id, pin_hash="", at=BEFORE)
        cases = _own_cases(session, officer, person)
    return {
        "person_id": [person.id],
        "contact_id": [phone.id],
        "consent_id": [yes.id],
        "document_id": [signed.id],
        "statement_id": [elsewhere.id],
        "signing_id": signings,
        "asked_id": asked,
        "screening_id": [begun.id],
        "alert_id": [alert.id],
        "user_id": [readers["caseworker"].id],
        **cases,
        "access_id": [_own_emergency(hidden, worker, person)],
        "client_id": [_app_of(acting(readers["administrator"]))],
        **_own_loops(hidden, worker, person),
    }


def _app_of(administrator: Actor) -> UUID:
    """An app that staff of an organization may let work in their name."""
    said = Registration(
        "Rounds",
        ClientKind.STAFF_APP,
        ["user/Task.rs"],
        authentication=ClientAuthentication.NONE,
        redirect_uris=[APP_ADDRESS],
    )
    with transaction() as session:
        return identity.register_client(session, administrator, administrator.organization, said, at=BEFORE)[0].id


def _asked_to_sign(session: Session, worker: Actor, person: Person, method: Method) -> UUID:
    said = {"decision": Decision.SHARE, "categories": [Category.GENERAL], "recipient_ids": [], "expires_on": None}
    lines = [["", "Sharing"], ["Whose records they are", "Briar Ashe"]]
    return consent.ask_to_sign(session, worker, person.id, lines=lines, **said, method=method, at=BEFORE).id


def _own_emergency(hidden: SimpleNamespace, worker: Actor, person: Person) -> UUID:
    """The other side opened more of somebody whom the readers serve and had asked for help with."""
    with transaction() as session:
        asked = Request(person.id, "substance-use", Urgency.WEEK, (make_service(session, hidden.clinic).id,))
        loop = referrals.send(session, worker, asked, previewed=None, at=BEFORE)
        (task,) = referrals.tasks_of(session, loop)
        said = Emergency(EmergencyKind.MEDICAL, "Fell from the bridge", cannot_ask=True)
        access = referrals.open_emergency(session, hidden.navigator, task.id, said, at=BEFORE)
    assert access is not None
    hidden.access = access
    return access.id


def _own_loops(hidden: SimpleNamespace, worker: Actor, person: Person) -> dict[str, list[Any]]:
    hidden.own_request = Request(person.id, "food", Urgency.WEEK, (hidden.third.id,), "Any day")
    with transaction() as session:
        sent = referrals.send(session, worker, hidden.own_request, previewed=None, at=BEFORE)
        (task,) = referrals.tasks_of(session, sent)
        draft = referrals.save_draft(session, worker, hidden.own_request, at=BEFORE)
        informed = replace(hidden.own_request, kind=Kind.INFORMATIONAL, message=None)
        referrals.give_contact(session, worker, informed, at=BEFORE)
        file = {"name": "letter.txt", "content": b"A letter of ours", "claimed": "text/plain", "shared": True}
        kept = referrals.add_attachment(session, worker, task.id, **file, at=BEFORE)
    with transaction() as session:
        messaging.receive(session, phone=OWN_NUMBER, body="they said friday maybe", gateway_id="SM1", at=BEFORE)
    with reading() as session:
        message = session.exec(select(TextMessage.id)).one()
        release = referrals.releases_of(session, sent)[0]
    return {
        "referral_id": [sent.id, draft.id],
        "task_id": [task.id],
        "attachment_id": [kept.id],
        "message_id": [message],
        "release_id": [release.id],
    }


def _own_cases(session: Session, officer: Actor, person: Person) -> dict[str, list[Any]]:
    happening = Happening("A letter went to a wrong address", "Wren Alder", TODAY)
    incident = privacy.open_incident(session, officer, happening, at=NOON)
    group = privacy.add_person(session, officer, incident.id, person.id, at=NOON)
    demanded = Demanded(DemandKind.SUBPOENA, "A law office", "All records", TODAY)
    demand = privacy.open_demand(session, officer, demanded, at=NOON)
    asked = privacy.open_request(session, officer, person.id, Asked(RequestKind.ACCESS, "A copy", TODAY), at=NOON)
    return {"incident_id": [incident.id], "group_id": [group.id], "demand_id": [demand.id], "request_id": [asked.id]}
