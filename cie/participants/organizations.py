"""Organizations on the exchange, their agreements, and what they do when somebody is in danger."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import orjson
import phonenumbers
from sqlalchemy import or_, select
from sqlmodel import Session, col

from cie import calendar, events, geography
from cie.access import Actor, Permission, check
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.participants.models import Agreement, Participant, ParticipantKind
from cie.resources import resource

LONGEST_NAME, LONGEST_VERSION, LONGEST_STEP, MOST_STEPS = 200, 40, 300, 12


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
    """Let an organization join. Nothing is sent to or from it until its agreement is signed.

    `county_fips`, `email` and `phone` may be empty. Raises NotAllowed, Invalid.
    """
    check(actor, Permission.NETWORK_MANAGE)
    _check_place(name, county_fips, email, phone)
    participant = Participant(name=name.strip(), kind=kind, county_fips=county_fips, created_at=at)
    participant.email, participant.phone = email.strip(), phone.strip()
    session.add(participant)
    session.flush()
    events.record(session, actor, "participant.add", participant, at=at, organization_id=participant.id)
    return participant


def _check_place(name: str, county_fips: str, email: str, phone: str) -> None:
    if not name.strip():
        raise Invalid("Name: enter the name of the organization", "name")
    if len(name.strip()) > LONGEST_NAME:
        raise Invalid(f"Name: use at most {LONGEST_NAME} characters", "name")
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
    """Keep a signed participation agreement; earlier ones stay. Raises NotFound, NotAllowed, Invalid (words, dates).

    It holds from `effective_on` to `ends_on`, both included, or without an end.
    """
    check(actor, Permission.NETWORK_MANAGE)
    participant = get_participant(session, organization_id)
    _check_words(document_version, signer)
    _check_days(signed_on, effective_on, ends_on, at)
    agreement = Agreement(
        organization_id=participant.id,
        document_version=document_version.strip(),
        signed_on=signed_on,
        effective_on=effective_on,
        ends_on=ends_on,
    )
    agreement.signer = signer.strip()
    session.add(agreement)
    session.flush()
    events.changed(session, actor, agreement, _history_of(agreement), at=at)
    events.record(session, actor, "agreement.sign", agreement, at=at, organization_id=participant.id)
    return agreement


def _check_words(document_version: str, signer: str) -> None:
    if not document_version.strip() or len(document_version.strip()) > LONGEST_VERSION:
        raise Invalid("Version: enter the version that stands on the agreement", "document_version")
    if not signer.strip():
        raise Invalid("Who signed: enter their name", "signer")


def _check_days(signed_on: date, effective_on: date, ends_on: date | None, at: datetime) -> None:
    # the day may have turned already where the command was typed
    if signed_on > max(calendar.local_day(at), at.date()):
        raise Invalid("Signed on: choose a day that is not after today", "signed_on")
    if ends_on is not None and ends_on < effective_on:
        raise Invalid("Until when: choose a day after the first day", "ends_on")


def _history_of(agreement: Agreement) -> dict[str, list[str | None]]:
    days = {name: getattr(agreement, name) for name in ("signed_on", "effective_on", "ends_on")}
    words = {"document_version": agreement.document_version, "signer": agreement.signer}
    return {name: [None, value and str(value)] for name, value in (words | days).items()}


def current_agreement(session: Session, organization_id: UUID, *, on: date) -> Agreement | None:
    """The agreement that holds on a day, the latest when there are several, or None."""
    query = (
        select(Agreement)
        .where(
            col(Agreement.organization_id) == organization_id,
            col(Agreement.effective_on) <= on,
            or_(col(Agreement.ends_on).is_(None), col(Agreement.ends_on) >= on),
        )
        .order_by(col(Agreement.effective_on).desc(), col(Agreement.id).desc())
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
        raise Invalid(f"Steps: use at most {MOST_STEPS}. In danger nobody reads more", "steps")
    if any(len(step) > LONGEST_STEP for step in wanted):
        raise Invalid(f"Steps: use at most {LONGEST_STEP} characters for each", "steps")
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
