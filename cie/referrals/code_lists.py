"""Lists that others report by, loaded as data and mapped from our own codes: today the DHCS closed-loop list.

A list has a version, a source and the day from which it holds; the one in force on a day is used for that day.
Rule: DHCS Closed-Loop Referral guidance (in force July 1, 2025): status, date of its update, reason for closure.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlmodel import Session, col

from cie import calendar, events, participants
from cie.access import Actor, Permission, check
from cie.directory.needs import Coding
from cie.errors import Invalid
from cie.participants import ParticipantKind
from cie.referrals.models import CodeList, ContactAttempt, Referral, ReferralStatus, ReferralTask
from cie.referrals.states import UNDER_WAY, Closing, TaskStatus
from cie.resources import resource

DHCS = "dhcs-closed-loop"
REPORTING = frozenset({ParticipantKind.HEALTH_PLAN, ParticipantKind.COUNTY_AGENCY})
"""Who reports closed loops to the state."""
Loops = Sequence[tuple[Referral, Sequence[ReferralTask]]]
"""Loops with their tasks."""


class LoopState(StrEnum):
    """What a list gives a name to: how far a loop has come."""

    NOT_ANSWERED = "not-answered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    OUTREACH = "outreach"
    CLOSED = "closed"


PROVIDER_DECLINED = "provider-declined"
_CLOSINGS = frozenset({*(c.value for c in Closing), PROVIDER_DECLINED})


@dataclass(frozen=True)
class ReportedState:
    """A loop in the words of one version of a list: its status, and the reason for closure once it is closed."""

    status: Coding
    closing: Coding | None
    version: str


def load_code_list(session: Session, actor: Actor, data: Mapping[str, Any], *, at: datetime) -> CodeList:
    """Keep one version of a list. Raises Invalid naming the part that is missing or not ours, NotAllowed."""
    check(actor, Permission.NETWORK_MANAGE)
    _check_list(data)
    row = CodeList(
        name=data["name"],
        version=data["version"],
        effective_on=date.fromisoformat(data["effective_on"]),
        source=data["source"],
        codes={part: data[part] for part in ("status", "closing")},
        loaded_at=at,
    )
    session.add(row)
    session.flush()
    events.record(session, actor, "code-list.load", row, at=at, name=row.name, version=row.version)
    return row


def _check_list(data: Mapping[str, Any]) -> None:
    missing = [name for name in ("name", "version", "effective_on", "source") if not isinstance(data.get(name), str)]
    if missing:
        raise Invalid(f"The list needs {missing[0]}", missing[0])
    try:
        date.fromisoformat(data["effective_on"])
    except ValueError as error:
        raise Invalid("effective_on: write a day like 2025-07-01", "effective_on") from error
    for part, ours in (("status", {s.value for s in LoopState}), ("closing", _CLOSINGS)):
        _check_codes(part, data.get(part), ours)


def _check_codes(part: str, codes: Any, ours: Sequence[str] | set[str] | frozenset[str]) -> None:
    if not isinstance(codes, Mapping) or set(codes) != set(ours):
        raise Invalid(f"{part}: give exactly these keys: {', '.join(sorted(ours))}", part)
    if any(not isinstance(c, Mapping) or not c.get("code") or not c.get("display") for c in codes.values()):
        raise Invalid(f"{part}: each entry needs code and display", part)


def import_shipped_code_lists(session: Session, actor: Actor, *, at: datetime) -> CodeList:
    """Load the list that comes with the exchange."""
    return load_code_list(
        session, actor, orjson.loads(resource("seed_data", "dhcs_closed_loop.json").read_bytes()), at=at
    )


def code_lists(session: Session) -> Sequence[CodeList]:
    """Every list that was loaded, by name, the newest version first."""
    query = select(CodeList).order_by(col(CodeList.name), col(CodeList.effective_on).desc(), col(CodeList.id).desc())
    return session.execute(query).scalars().all()


def code_list_in_force(session: Session, name: str, *, on: date) -> CodeList | None:
    """The version of a list that holds on a day; of two that begin on the same day, the one loaded last."""
    query = (
        select(CodeList)
        .where(col(CodeList.name) == name, col(CodeList.effective_on) <= on)
        .order_by(col(CodeList.effective_on).desc(), col(CodeList.id).desc())
    )
    return session.execute(query.limit(1)).scalar_one_or_none()


def reported_state(
    session: Session, referral: Referral, tasks: Sequence[ReferralTask], *, at: datetime
) -> ReportedState | None:
    """The loop in the words of the DHCS list in force; None without a list, for drafts, masked ones and mistakes.

    None, too, while all that is known is that somebody answered: the list has no word for that.
    """
    return _states(session, [(referral, tasks)], at).get(referral.id)


def reported_by(session: Session, actor: Actor, loops: Loops, *, at: datetime) -> dict[UUID, ReportedState]:
    """What the caller's organization reports of the loops that it sent, by id; nothing unless it reports at all."""
    reports = participants.get_participant(session, actor.organization).kind in REPORTING
    return _states(session, loops, at) if reports else {}


def _states(session: Session, loops: Loops, at: datetime) -> dict[UUID, ReportedState]:
    row = code_list_in_force(session, DHCS, on=calendar.local_day(at))
    if row is None:
        return {}
    contacted = _contacted(session, [referral.id for referral, _tasks in loops])
    return {
        referral.id: _reported(row, referral, tasks, contacted=referral.id in contacted)
        for referral, tasks in loops
        if _is_reported(referral, tasks)
    }


def _is_reported(referral: Referral, tasks: Sequence[ReferralTask]) -> bool:
    unsaid = referral.closing is None and any(task.outcome_withheld for task in tasks)
    return not (referral.masked or unsaid or referral.status in _NOT_REPORTED)


_NOT_REPORTED = (ReferralStatus.DRAFT, ReferralStatus.ENTERED_IN_ERROR)


def _reported(row: CodeList, referral: Referral, tasks: Sequence[ReferralTask], *, contacted: bool) -> ReportedState:
    state = loop_state(referral, tasks, contacted=contacted)
    closing = _coding(row, "closing", closing_key(referral, tasks)) if state is LoopState.CLOSED else None
    return ReportedState(_coding(row, "status", state.value), closing, row.version)


def _coding(row: CodeList, part: str, key: str) -> Coding:
    found = row.codes[part][key]
    return Coding(found["code"], found["display"])


def _contacted(session: Session, referral_ids: Collection[UUID]) -> set[UUID]:
    """Those of the loops in which somebody other than the sender tried to reach the person."""
    query = (
        select(col(ContactAttempt.referral_id))
        .join(Referral, col(Referral.id) == col(ContactAttempt.referral_id))
        .where(
            col(ContactAttempt.referral_id).in_(referral_ids),
            col(ContactAttempt.organization_id) != col(Referral.organization_id),
        )
    )
    return set(session.execute(query).scalars())


def loop_state(referral: Referral, tasks: Sequence[ReferralTask], *, contacted: bool) -> LoopState:
    """How far a loop has come: closed by someone, taken on (and contacted), declined by all, or not answered."""
    if referral.status != ReferralStatus.ACTIVE:
        return LoopState.CLOSED
    if any(task.status in UNDER_WAY for task in tasks):
        started = contacted or any(task.status != TaskStatus.ACCEPTED for task in tasks if task.status in UNDER_WAY)
        return LoopState.OUTREACH if started else LoopState.ACCEPTED
    asked = [task for task in tasks if not task.recalled and task.status != TaskStatus.DRAFT]
    declined = bool(asked) and all(task.status == TaskStatus.REJECTED for task in asked)
    return LoopState.DECLINED if declined else LoopState.NOT_ANSWERED


def closing_key(referral: Referral, tasks: Sequence[ReferralTask]) -> str:
    """Why a loop ended, in our codes; "other" after everybody asked declined is the provider's decline."""
    closing = referral.closing or Closing.OTHER
    answers = [task.status for task in tasks if task.answered_at is not None]
    if closing == Closing.OTHER and answers and all(status == TaskStatus.REJECTED for status in answers):
        return PROVIDER_DECLINED
    return closing.value
