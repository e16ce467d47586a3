"""Permissions that end soon by their day while an open referral rests on them: the sender's workers ask the person.

The days before come from seed_data/privacy/retention.toml. Nobody is texted about it.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import calendar, consent
from cie.access import Actor, Permission, check
from cie.consent import Consent, Decision, Release
from cie.privacy import Basis
from cie.referrals import Referral, ReferralStatus
from cie.resources import resource

MOST = 200
_FIELDS = {"days", "basis", "effective_on"}


@dataclass(frozen=True)
class Renewal:
    """A permission that ends on `ends_on`, with the open referrals about which less is readable afterwards.

    `is_near`: the last reminder is due, too.
    """

    consent: Consent
    ends_on: date
    referrals: tuple[Referral, ...]
    is_near: bool


def ending_soon(session: Session, actor: Actor, *, person_id: UUID | None = None, at: datetime) -> list[Renewal]:
    """The permissions of the caller's organization that end soon, soonest first; at most 200. Raises NotAllowed."""
    check(actor, Permission.CONSENT_READ)
    today = calendar.local_day(at)
    days = reminder_days(today)
    if not days:
        return []
    found = [_renewal(session, record, today + timedelta(days=min(days))) for record in
             _with_a_day_before(session, actor, person_id, today, today + timedelta(days=max(days)))]  # fmt: skip
    return [renewal for renewal in found if renewal.referrals]


def _with_a_day_before(
    session: Session, actor: Actor, person_id: UUID | None, today: date, last: date
) -> Sequence[Consent]:
    """What ends by its day until `last`, of persons in an open referral of which something is readable."""
    read_now = (
        select(col(Release.person_id))
        .join(Referral, col(Referral.id) == col(Release.referral_id))
        .where(
            col(Release.organization_id) == actor.organization, col(Release.ended_at).is_(None), *_is_open(),
            *([col(Release.person_id) == person_id] if person_id else []),
        )
    )  # fmt: skip
    query = select(Consent).where(
        col(Consent.organization_id) == actor.organization,
        col(Consent.person_id).in_(read_now),
        col(Consent.decision) == Decision.SHARE,
        col(Consent.revoked_at).is_(None),
        col(Consent.expires_on) >= today,
        col(Consent.expires_on) <= last,
    )
    return session.execute(query.order_by(col(Consent.expires_on), col(Consent.id)).limit(MOST)).scalars().all()


def _is_open() -> list[Any]:
    """Open loops, but for masked ones: what becomes of these no list tells."""
    return [col(Referral.status) == ReferralStatus.ACTIVE, col(Referral.masked).is_(False)]


def _renewal(session: Session, record: Consent, near: date) -> Renewal:
    ends_on = record.expires_on
    assert ends_on is not None
    about = {row.referral_id for row in consent.ends_with(session, record) if row.referral_id}
    query = select(Referral).where(
        col(Referral.id).in_(about), col(Referral.organization_id) == record.organization_id, *_is_open()
    )
    loops = session.execute(query.order_by(col(Referral.id))).scalars().all() if about else ()
    return Renewal(record, ends_on, tuple(loops), ends_on <= near)


def reminder_days(today: date) -> Sequence[int]:
    """How many days before, as it holds today."""
    return [row["days"] for row in _reminders() if row["effective_on"] <= today]


@cache
def _reminders() -> Sequence[Mapping[str, Any]]:
    return read_reminders(tomllib.loads(resource("seed_data", "privacy", "retention.toml").read_text("utf-8")))


def read_reminders(data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The reminders of a loaded file. Raises ValueError unless each is whole."""
    rows: Sequence[Mapping[str, Any]] = data.get("reminder", ())
    for number, row in enumerate(rows, 1):
        is_whole = row.keys() == _FIELDS and type(row["days"]) is int and type(row["effective_on"]) is date
        if not is_whole or row["days"] < 1 or row["basis"] not in set(Basis):
            raise ValueError(f"retention: reminder {number} needs days above 0, a basis, and a day from which it holds")
    return rows
