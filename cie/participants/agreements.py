"""Participation agreements: signed, current on a day, ended. Without a current one nothing is sent."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select
from sqlmodel import Session, col

from cie import calendar, events
from cie.access import Actor, Permission, check, is_allowed
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.participants.models import Agreement, Participant
from cie.participants.organizations import get_participant

LONGEST_VERSION = 40


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
    return session.execute(_CURRENT, {"organization_id": organization_id, "on": on}).scalar_one_or_none()


def _holds(on: Any) -> ColumnElement[bool]:
    is_open = or_(col(Agreement.ends_on).is_(None), col(Agreement.ends_on) >= on)
    return and_(col(Agreement.effective_on) <= on, is_open)


_CURRENT = (
    select(Agreement)
    .where(col(Agreement.organization_id) == bindparam("organization_id"), _holds(bindparam("on")))
    .order_by(col(Agreement.effective_on).desc(), col(Agreement.id).desc())
    .limit(1)
)


def takes_part(organization_id: Any, *, on: Any) -> ColumnElement[bool]:
    """For a query: the organization of this column is active, and an agreement of it holds on a day (or parameter)."""
    agreed = exists().where(col(Agreement.organization_id) == col(Participant.id), _holds(on))
    return exists().where(col(Participant.id) == organization_id, col(Participant.is_active), agreed)


def require_agreement(session: Session, organization_id: UUID, *, on: date) -> Agreement:
    """The agreement that holds on a day. Raises NotPossibleNow without one."""
    agreement = current_agreement(session, organization_id, on=on)
    if agreement is None:
        raise NotPossibleNow("This organization has no current participation agreement")
    return agreement


def agreements_of(session: Session, actor: Actor, organization_id: UUID) -> Sequence[Agreement]:
    """All agreements of one organization, newest first, for itself and for the network. Raises NotFound, NotAllowed."""
    participant = get_participant(session, organization_id)
    if not is_allowed(actor, Permission.NETWORK_MANAGE):
        check(actor, Permission.ORGANIZATION_MANAGE, participant)
    query = select(Agreement).where(col(Agreement.organization_id) == participant.id)
    return session.execute(query.order_by(col(Agreement.effective_on).desc(), col(Agreement.id).desc())).scalars().all()


def end_agreement(session: Session, actor: Actor, agreement_id: UUID, *, ends_on: date, at: datetime) -> Agreement:
    """The last day on which an agreement holds; it may be today, but not a day that has passed.

    Raises NotFound, NotAllowed, NotPossibleNow (it ended already), Invalid (the day).
    """
    check(actor, Permission.NETWORK_MANAGE)
    agreement = session.get(Agreement, agreement_id, with_for_update=True)
    if agreement is None:
        raise NotFound("There is no such record")
    today = calendar.local_day(at)
    if agreement.ends_on is not None and agreement.ends_on < today:
        raise NotPossibleNow("This agreement has ended already")
    if ends_on < max(today, agreement.effective_on):
        raise Invalid("Last day: choose today or a later day", "ends_on")
    before, agreement.ends_on = agreement.ends_on, ends_on
    session.add(agreement)
    change: dict[str, list[str | None]] = {"ends_on": [str(before) if before else None, str(ends_on)]}
    events.changed(session, actor, agreement, change, at=at)
    events.record(session, actor, "agreement.end", agreement, at=at, organization_id=agreement.organization_id)
    return agreement
