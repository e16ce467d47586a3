"""Organizations on the exchange: who joined, who is on call, and what they do when somebody is in danger."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import orjson
import phonenumbers
from sqlalchemy import Select, select
from sqlmodel import Session, col

from cie import events, geography
from cie.access import Actor, Permission, check
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.participants.keys import give_key
from cie.participants.models import Participant, ParticipantKind
from cie.resources import resource

LONGEST_NAME, LONGEST_STEP, MOST_STEPS = 200, 300, 12
MOST_ATTEMPTS = 10


def get_participant(session: Session, organization_id: UUID) -> Participant:
    """One organization. Raises NotFound."""
    participant = session.get(Participant, organization_id)
    if participant is None:
        raise NotFound("There is no such record")
    # a session forgets what nobody holds, and this is asked for again and again
    session.info.setdefault("participants", {})[organization_id] = participant
    return participant


def names_of(session: Session, organization_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these organizations, in one statement."""
    if not organization_ids:
        return {}
    query = select(col(Participant.id), col(Participant.name)).where(col(Participant.id).in_(organization_ids))
    return {row.id: row.name for row in session.execute(query)}


def participants(session: Session) -> Sequence[Participant]:
    """All organizations that joined, in the order in which they did."""
    return session.execute(select(Participant).order_by(col(Participant.id))).scalars().all()


def all_participants(actor: Actor) -> Select[Participant]:
    """All organizations, for the network's administrator to page through. Raises NotAllowed."""
    check(actor, Permission.NETWORK_MANAGE)
    return select(Participant).order_by(col(Participant.id))


def add_participant(
    session: Session,
    actor: Actor,
    *,
    name: str,
    kind: ParticipantKind,
    county_fips: str,
    email: str,
    phone: str,
    at: datetime,
) -> Participant:
    """Let an organization join. Nothing is sent to or from it until its agreement is signed.

    One that stands apart, such as a victim service, gets a key of its own at once.
    `county_fips`, `email` and `phone` may be empty. Raises NotAllowed, Invalid.
    """
    check(actor, Permission.NETWORK_MANAGE)
    _check_place(name, county_fips, email, phone)
    participant = Participant(name=name.strip(), kind=kind, county_fips=county_fips, created_at=at)
    participant.email, participant.phone = email.strip(), phone.strip()
    session.add(participant)
    session.flush()
    events.record(session, actor, "participant.add", participant, at=at, organization_id=participant.id)
    give_key(session, actor, participant, at=at)
    return participant


def _check_place(name: str, county_fips: str, email: str, phone: str) -> None:
    if not name.strip():
        raise Invalid("Name: enter the name of the organization", "name")
    if len(name.strip()) > LONGEST_NAME:
        raise Invalid("Name: use at most %(most)s characters", "name", most=LONGEST_NAME)
    if county_fips and county_fips not in geography.counties():
        raise Invalid("County: choose a county of California", "county_fips")
    if email.strip() and (len(email) > LONGEST_NAME or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email.strip())):
        raise Invalid("Email: enter an address like name@organization.org", "email")
    if phone.strip():
        _check_phone(phone)


def _check_phone(phone: str) -> None:
    try:
        possible = len(phone.strip()) <= 20 and phonenumbers.is_possible_number(phonenumbers.parse(phone, "US"))
    except phonenumbers.NumberParseException:
        possible = False
    if not possible:
        raise Invalid("Phone: enter a number with its area code, like (559) 555-0123", "phone")


def set_on_call(
    session: Session, actor: Actor, organization_id: UUID, *, user_id: UUID, phone: str, at: datetime
) -> Participant:
    """Name the person on call, who is told at once when somebody may be in danger.

    That the user works here is asked by `identity.name_on_call`. Raises NotFound, NotAllowed, Invalid.
    """
    participant = _own_organization(session, actor, organization_id)
    _check_phone(phone)
    change: dict[str, list[str | None]] = {
        "on_call_user_id": [str(participant.on_call_user_id or "") or None, str(user_id)],
        "on_call_phone": [participant.on_call_phone, phone.strip()],
    }
    participant.on_call_user_id, participant.on_call_phone = user_id, phone.strip()
    session.add(participant)
    events.changed(session, actor, participant, change, at=at)
    events.record(session, actor, "participant.on-call", participant, at=at, organization_id=organization_id)
    return participant


def _own_organization(session: Session, actor: Actor, organization_id: UUID) -> Participant:
    participant = get_participant(session, organization_id)
    check(actor, Permission.ORGANIZATION_MANAGE, participant)
    return participant


def set_danger_steps(
    session: Session, actor: Actor, organization_id: UUID, steps: Sequence[str], *, at: datetime
) -> Participant:
    """Keep the organization's own steps when somebody is in danger; none brings the shipped ones back.

    Raises NotFound, NotAllowed, Invalid (too many, too long).
    """
    participant = _own_organization(session, actor, organization_id)
    wanted = [step.strip() for step in steps if step.strip()]
    if len(wanted) > MOST_STEPS:
        raise Invalid("Steps: use at most %(most)s. In danger nobody reads more", "steps", most=MOST_STEPS)
    if any(len(step) > LONGEST_STEP for step in wanted):
        raise Invalid("Steps: use at most %(most)s characters for each", "steps", most=LONGEST_STEP)
    before, participant.danger_steps = participant.danger_steps, wanted
    session.add(participant)
    events.changed(session, actor, participant, {"danger_steps": [before, wanted]}, at=at)
    events.record(session, actor, "participant.danger-steps", participant, at=at, organization_id=organization_id)
    return participant


def danger_steps(session: Session, organization_id: UUID, language: str = "en") -> list[str]:
    """What to do when somebody is in danger: the organization's own steps, else the shipped ones."""
    own = get_participant(session, organization_id).danger_steps
    if own:
        return own
    shipped = orjson.loads(resource("seed_data", "danger_steps.json").read_bytes())
    steps: list[str] = shipped.get(language, shipped["en"])
    return steps


def set_attempts_before_unreachable(
    session: Session, actor: Actor, organization_id: UUID, attempts: int, *, at: datetime
) -> Participant:
    """How many tries must be on record before a person is unable to reach. Raises NotFound, NotAllowed, Invalid."""
    participant = _own_organization(session, actor, organization_id)
    if not 1 <= attempts <= MOST_ATTEMPTS:
        raise Invalid("Tries: enter a number from 1 to %(most)s", "attempts", most=MOST_ATTEMPTS)
    before, participant.attempts_before_unreachable = participant.attempts_before_unreachable, attempts
    session.add(participant)
    events.changed(session, actor, participant, {"attempts_before_unreachable": [before, attempts]}, at=at)
    events.record(session, actor, "participant.attempts", participant, at=at, organization_id=organization_id)
    return participant


def set_active(session: Session, actor: Actor, organization_id: UUID, is_active: bool, *, at: datetime) -> Participant:
    """An organization leaves, or comes back: while it is away nothing is sent to it or from it.

    That its staff are signed out is seen to by `identity.close_organization`.
    Raises NotFound, NotAllowed, NotPossibleNow (the caller's own).
    """
    check(actor, Permission.NETWORK_MANAGE)
    participant = get_participant(session, organization_id)
    if participant.id == actor.organization_id:
        raise NotPossibleNow("You work for this organization, so you cannot end its part here")
    before, participant.is_active = participant.is_active, is_active
    session.add(participant)
    events.changed(session, actor, participant, {"is_active": [before, is_active]}, at=at)
    action = "participant.reopen" if is_active else "participant.close"
    events.record(session, actor, action, participant, at=at, organization_id=participant.id)
    return participant
