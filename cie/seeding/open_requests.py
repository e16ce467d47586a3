"""Open requests of the demo: some that wait for whoever can help, one that was taken, one that nobody took."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cie import referrals
from cie.db import transaction
from cie.referrals import Referral, Request, Urgency
from cie.seeding.cast import Cast, participant_named


def seed_open_requests(rows: Iterable[Mapping[str, Any]], cast: Cast, now: datetime) -> None:
    """Ask anyone who can help, as staff would; what came of it by now comes of it."""
    for row in rows:
        asked_at = now - timedelta(hours=row["hours_ago"])
        referral = _ask(row, cast, asked_at)
        if "taken_by" in row:
            _take(referral, row["taken_by"], cast, asked_at + timedelta(hours=4))
        with transaction() as session:
            referrals.return_unclaimed(session, referral.id, at=now)


def _ask(row: Mapping[str, Any], cast: Cast, at: datetime) -> Referral:
    with transaction() as session:
        request = Request(
            cast.persons[row["person"]],
            row["need"],
            Urgency(row["urgency"]),
            (),
            row.get("message"),
            is_open=True,
        )
        return referrals.ask_openly(session, cast.who_serves(session, row["person"]), request, previewed=None, at=at)


def _take(referral: Referral, organization: str, cast: Cast, at: datetime) -> None:
    assert referral.open_task_id is not None
    with transaction() as session:
        actor = cast.staff_of(participant_named(session, organization).id)
        referrals.claim(session, actor, referral.open_task_id, at=at)
