"""Filling an empty database with an invented exchange, through the same verbs that its users call."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from flask import Flask
from sqlalchemy import func, select
from sqlmodel import Session

from cie import calendar, consent, directory, identity, participants, people, referrals, screening
from cie.access import SYSTEM, Actor, ActorKind, Role
from cie.consent import Decision, Method
from cie.db import transaction
from cie.directory import Category
from cie.directory.models import Service
from cie.errors import NotPossibleNow
from cie.identity.models import UserAccount
from cie.participants import Participant, ParticipantKind
from cie.people import ContactKind, ContactOwner, Safety
from cie.people.birth import parse_birth
from cie.referrals import ContactMethod, PersonWord, Reason, ReferralTask, Request, Urgency
from cie.resources import resource
from cie.seeding.asked import seed_asked
from cie.seeding.cases import seed_cases
from cie.seeding.cast import Cast, participant_named, service_named
from cie.seeding.open_requests import seed_open_requests
from cie.seeding.partners import seed_partners
from cie.settings import Settings

NETWORK_ORGANIZATION = "*network*"


def seed(settings: Settings, *, at: datetime | None = None) -> Iterator[str]:
    """Make the demo as it stands at a moment, now by default; yields what to tell the operator.

    Raises NotPossibleNow outside the demo, or when the database is not empty.
    """
    if settings.env == "production":
        raise NotPossibleNow("the demo is seeded only with CIE_ENV=demo")
    data = _demo()
    now = at or datetime.now(UTC)
    with transaction() as session:
        _require_empty(session)
        yield f"directory: {_seed_directory(session, settings, now)} services"
        screening.import_shipped(session, SYSTEM, at=now)
        referrals.import_shipped_code_lists(session, SYSTEM, at=now)
        users = {row["name"].split()[0]: _seed_staff(session, row, now) for row in data["staff"]}
        _seed_on_call(session, users, now)
        persons = {row["key"]: _seed_person(session, row, users, now) for row in data["people"]}
    for row in data["referrals"]:
        _seed_referral(row, persons, users, now)
    cast = Cast(persons, partial(_actor_in, users=users))
    seed_open_requests(data["open_requests"], cast, now)
    seed_asked(data["asked"], cast, now)
    with transaction() as session:
        cases = seed_cases(session, data["cases"], users[data["cases"]["officer"]], persons, now)
    yield f"people: {len(persons)}, referrals: {len(data['referrals'])}, cases of the privacy officer: {cases}"
    yield f"open requests: {len(data['open_requests'])}, things asked of people: {len(data['asked'])}"


def seed_programs(app: Flask) -> Iterator[str]:
    """Let the programs of the demo's partners come in by their doors; yields what to tell the operator."""
    yield from seed_partners(app, _demo()["programs"])


def sign_ins() -> Iterator[str]:
    """How to sign in to the demo."""
    yield "Sign in with:"
    for row in _demo()["staff"]:
        yield f"  {row['email']}  password: {row['password']}  phone app secret: {row['totp_secret']}"


def demo_emails() -> list[str]:
    """The addresses of the accounts whose passwords everybody knows."""
    return [row["email"] for row in _demo()["staff"]]


def _demo() -> dict[str, Any]:
    data: dict[str, Any] = orjson.loads(resource("seed_data", "demo.json").read_bytes())
    return data


def _require_empty(session: Session) -> None:
    if session.execute(select(func.count()).select_from(Participant)).scalar_one():
        raise NotPossibleNow("the database is not empty; the demo is made only in an empty one")


def _seed_directory(session: Session, settings: Settings, at: datetime) -> int:
    data = orjson.loads(resource("seed_data", "directory.json").read_bytes())
    joined = {o["id"]: _join(session, o, at).id for o in data["organizations"] if o["participates"]}
    network = {"name": settings.network_name, "kind": "county-agency", "email": "", "phones": []}
    _join(session, network, at)
    directory.load_directory(session, SYSTEM, data, joined, at=at)
    session.flush()
    return int(session.execute(select(func.count()).select_from(Service)).scalar_one())


def _join(session: Session, row: dict[str, Any], at: datetime) -> Participant:
    areas = [a["extent"] for s in row.get("services", []) for a in s["service_areas"] if a["extent_type"] == "county"]
    participant = participants.add_participant(
        session,
        SYSTEM,
        name=row["name"],
        kind=ParticipantKind(row["kind"].replace("victim-service-provider", "victim-services")),
        county_fips=next(iter(areas), "06019"),
        email=row["email"],
        phone=row["phones"][0]["number"] if row["phones"] else "",
        at=at,
    )
    participants.sign_agreement(
        session,
        SYSTEM,
        participant.id,
        document_version="2026-1",
        signer="Marten Hale",
        signed_on=date(2026, 1, 5),
        effective_on=date(2026, 1, 5),
        ends_on=None,
        at=at,
    )
    return participant


def _participant(session: Session, name: str, network: str = "Valley Exchange") -> Participant:
    return participant_named(session, network if name == NETWORK_ORGANIZATION else name)


def _seed_staff(session: Session, row: dict[str, Any], at: datetime) -> UserAccount:
    organization = _participant(session, row["organization"])
    return identity.add_staff(
        session,
        SYSTEM,
        organization.id,
        name=row["name"],
        email=row["email"],
        roles=[Role(code) for code in row["roles"]],
        password_hash=identity.hash_password(row["password"]),
        totp_secret=row["totp_secret"],
        at=at,
    )


def _seed_on_call(session: Session, users: dict[str, UserAccount], at: datetime) -> None:
    supervisors = {u.organization_id: u for u in users.values()}
    for user in users.values():
        if Role.SUPERVISOR in user.roles:
            supervisors[user.organization_id] = user
    for organization_id, user in supervisors.items():
        participants.set_on_call(session, SYSTEM, organization_id, user_id=user.id, phone="(559) 555-0123", at=at)


def _actor_in(organization_id: UUID, users: dict[str, UserAccount]) -> Actor:
    user = next(u for u in users.values() if u.organization_id == organization_id)
    return Actor(ActorKind.STAFF, user.id, organization_id, user.roles | {Role.CASEWORKER})


def _seed_person(session: Session, row: dict[str, Any], users: dict[str, UserAccount], at: datetime) -> UUID:
    organization = _participant(session, row["organization"])
    actor = _actor_in(organization.id, users)
    person = people.add_person(session, actor, _new_person(row, at), at=at)
    if "phone" in row:
        _seed_phone(session, actor, person.id, row, at)
    consent.record_consent(
        session,
        actor,
        person.id,
        decision=Decision.SHARE,
        categories=[Category.GENERAL, Category.HOUSING],
        recipient_ids=[],
        method=Method.IN_PERSON,
        expires_on=date(at.year + 1, at.month, 1),
        at=at - timedelta(days=20),
    )
    return person.id


def _new_person(row: dict[str, Any], at: datetime) -> people.NewPerson:
    return people.NewPerson(
        given_name=row["given"],
        family_name=row["family"],
        birth=parse_birth(*row["birth"], today=at.date()),
        street=row.get("street", ""),
        no_fixed_address=row.get("no_fixed_address", False),
        zip=row["zip"],
        language=row["language"],
        interpreter=row.get("interpreter", False),
        household_size=row["household"],
    )


def _seed_phone(session: Session, actor: Actor, person_id: UUID, row: dict[str, Any], at: datetime) -> None:
    first, last = row.get("hours", [0, 24])
    people.add_contact(
        session,
        actor,
        person_id,
        kind=ContactKind.SMS if row["text"] else ContactKind.PHONE,
        value=row["phone"],
        owner=ContactOwner.SELF,
        may_text=row["text"],
        wording_version=people.TEXT_PERMISSION_WORDING["version"] if row["text"] else "",
        safety=Safety.SAFE if row["text"] else Safety.UNKNOWN,
        safe_from_hour=first,
        safe_until_hour=last,
        no_voicemail=row.get("no_voicemail", False),
        at=at,
    )


def _seed_referral(row: dict[str, Any], persons: dict[str, UUID], users: dict[str, UserAccount], now: datetime) -> None:
    sent = _sent_at(row, now)
    with transaction() as session:
        person = session.get_one(people.Person, persons[row["person"]])
        sender = _actor_in(person.organization_id, users)
        service = service_named(session, row["organization"], row["service"])
        request = Request(person.id, row["need"], Urgency(row["urgency"]), (service.id,), row.get("message"))
        referral = referrals.send(session, sender, request, previewed=None, at=sent)
        (task,) = referrals.tasks_of(session, referral)
    performer = _actor_in(task.performer_id, users)
    for number, step in enumerate(row["steps"], 1):
        with transaction() as session:
            _step(session, sender, performer, task, step, sent + timedelta(hours=20 * number))


def _sent_at(row: dict[str, Any], now: datetime) -> datetime:
    """Some time ago; in business days where what follows must be late on every day of the year."""
    today = calendar.local_day(now)
    day = calendar.business_day_before(today, row.get("business_days_ago", 0))
    return now - (today - day) - timedelta(days=row.get("days_ago", 0), hours=row.get("hours_ago", 0))


def _step(session: Session, sender: Actor, performer: Actor, task: ReferralTask, step: str, at: datetime) -> None:
    act, _, argument = step.partition(":")
    if act == "accept":
        referrals.accept(session, performer, task.id, at=at)
    elif act == "start":
        referrals.start(session, performer, task.id, at=at)
    elif act == "complete":
        referrals.complete(session, performer, task.id, words="First box picked up.", at=at)
    elif act == "reject":
        referrals.reject(session, performer, task.id, reason=Reason(argument), at=at)
    elif act == "word":
        referrals.record_word(session, sender, task.referral_id, PersonWord(argument), at=at)
    elif act == "attempt":
        referrals.record_attempt(
            session,
            performer,
            task.id,
            method=ContactMethod.PHONE,
            reached=False,
            minutes=3,
            happened_at=at - timedelta(minutes=10),
            at=at,
        )
