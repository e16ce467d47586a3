"""Organizations on the exchange, their agreements, and what they do when somebody is in danger."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import orjson
from sqlalchemy import or_, select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, Permission, check
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.participants.models import Agreement, Participant, ParticipantKind
from cie.resources import resource


def get_participant(session: Session, organization_id: UUID) -> Participant:
    """One organization. Raises NotFound."""
    participant = session.get(Participant, organization_id)
    if participant is None:
        raise NotFound("There is no such record")
    return participant


def participants(session: Session) -> Sequence[Participant]:
    """All organizations that joined, in the order in which they did."""
    return session.execute(select(Participant).order_by(col(Participant.id))).scalars().all()


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
    """Let an organization join. Nothing is sent to or from it until its agreement is signed. Raises Invalid."""
    check(actor, Permission.NETWORK_MANAGE)
    if not name.strip():
        raise Invalid("Name: enter the name of the organization", "name")
    participant = Participant(
        name=name.strip(), kind=kind, county_fips=county_fips, email=email, phone=phone, created_at=at
    )
    session.add(participant)
    session.flush()
    events.record(session, actor, "participant.add", participant, at=at, organization_id=participant.id)
    return participant


def sign_agreement(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    *,
    document_version: str,
    signer: str,
    signed_on: date,
    effective_on: date,
    ends_on: date | None,
    at: datetime,
) -> Agreement:
    """Keep a signed participation agreement. Raises NotFound, NotAllowed, Invalid (dates, no signer)."""
    check(actor, Permission.NETWORK_MANAGE)
    participant = get_participant(session, organization_id)
    if not signer.strip():
        raise Invalid("Who signed: enter their name", "signer")
    if ends_on is not None and ends_on < effective_on:
        raise Invalid("Until when: choose a day after the first day", "ends_on")
    agreement = Agreement(
        organization_id=participant.id,
        document_version=document_version,
        signed_on=signed_on,
        effective_on=effective_on,
        ends_on=ends_on,
    )
    agreement.signer = signer.strip()
    session.add(agreement)
    session.flush()
    events.record(session, actor, "agreement.sign", agreement, at=at, organization_id=participant.id)
    return agreement


def current_agreement(session: Session, organization_id: UUID, *, on: date) -> Agreement | None:
    """The agreement that holds on a day, or None."""
    query = (
        select(Agreement)
        .where(
            col(Agreement.organization_id) == organization_id,
            col(Agreement.effective_on) <= on,
            or_(col(Agreement.ends_on).is_(None), col(Agreement.ends_on) >= on),
        )
        .order_by(col(Agreement.effective_on).desc())
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none()


def require_agreement(session: Session, organization_id: UUID, *, on: date) -> Agreement:
    """The agreement that holds on a day. Raises NotPossibleNow without one."""
    agreement = current_agreement(session, organization_id, on=on)
    if agreement is None:
        raise NotPossibleNow("This organization has no current participation agreement")
    return agreement


def set_on_call(
    session: Session, actor: Actor, organization_id: UUID, *, user_id: UUID, phone: str, at: datetime
) -> Participant:
    """Name the person on call, who is told at once when somebody may be in danger."""
    participant = get_participant(session, organization_id)
    check(actor, Permission.ORGANIZATION_MANAGE, _Owned(organization_id))
    participant.on_call_user_id, participant.on_call_phone = user_id, phone
    session.add(participant)
    events.record(session, actor, "participant.on-call", participant, at=at, organization_id=organization_id)
    return participant


def set_danger_steps(
    session: Session, actor: Actor, organization_id: UUID, steps: Sequence[str], *, at: datetime
) -> Participant:
    """Keep the organization's own steps when somebody is in danger."""
    participant = get_participant(session, organization_id)
    check(actor, Permission.ORGANIZATION_MANAGE, _Owned(organization_id))
    participant.danger_steps = [step.strip() for step in steps if step.strip()]
    session.add(participant)
    events.record(session, actor, "participant.danger-steps", participant, at=at, organization_id=organization_id)
    return participant


class _Owned:
    """Something of one organization, as the permission table asks for it."""

    def __init__(self, organization_id: UUID) -> None:
        self.organization_id = organization_id


def danger_steps(session: Session, organization_id: UUID, language: str = "en") -> list[str]:
    """What to do when somebody is in danger: the organization's own steps, else the shipped ones."""
    own = get_participant(session, organization_id).danger_steps
    if own:
        return own
    shipped = orjson.loads(resource("seed_data", "danger_steps.json").read_bytes())
    steps: list[str] = shipped.get(language, shipped["en"])
    return steps
