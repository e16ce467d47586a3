"""The four facts of a month, each with its own base, counted from the read model by the database.

Answered and closed of sent, services received (the provider's word) of closed, help confirmed (the person's word) of
received. The unit is the direct referral, in the month in which it was first sent. No answer is never a yes.
An organization sees its own referrals exact. Where other organizations' people are counted, small cells and small
complements are hidden; what an organization could subtract as its own is subtracted before that is judged.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlmodel import Session, col

from cie import calendar
from cie.access import Actor, Permission, Purpose, check
from cie.consent import DataSet, data_sets
from cie.measures.models import ReferralFact
from cie.measures.suppression import BASES, may_be_shown
from cie.referrals import (
    Closing,
    Kind,
    PersonWord,
    Referral,
    ReferralStatus,
    ReferralTask,
    TaskStatus,
    WithheldAnswer,
)

ASKED = ("asked", "yes", "no", "silent")


class Whose(StrEnum):
    """Which referrals are counted: those that the reader's organization sent, or everybody's."""

    OURS = "ours"
    EVERYBODY = "everybody"


class Breakdown(StrEnum):
    """By what a table is broken down."""

    NEED = "need"
    COUNTY = "county"
    LANGUAGE = "language"
    REASON = "reason"


_KEYS: Mapping[Breakdown, Any] = {
    Breakdown.NEED: ReferralFact.need_code,
    Breakdown.COUNTY: ReferralFact.county_fips,
    Breakdown.LANGUAGE: ReferralFact.language,
}


COUNTS_BY: Mapping[Breakdown, str] = {
    Breakdown.NEED: "need",
    Breakdown.COUNTY: "county",
    Breakdown.LANGUAGE: "language",
    Breakdown.REASON: "outcome",
}
"""The fact of the minimum data set `aggregate` by which each table counts; a table whose fact is not in it is none."""


def may_be_counted(breakdown: Breakdown) -> bool:
    """Whether the minimum data set of counts holds what this table counts by."""
    return data_sets()[DataSet.AGGREGATE].holds(COUNTS_BY[breakdown], Purpose.OPERATIONS)


@dataclass(frozen=True)
class Row:
    """One line of a table: its code, and its counts by column; None where a count may not be shown."""

    code: str
    counts: Mapping[str, int | None]


@dataclass(frozen=True)
class Summary:
    """The facts of one month. `total` by column; `asked` is None where one of its counts may not be shown."""

    total: Mapping[str, int | None]
    asked: Mapping[str, int] | None
    median_hours: float | None
    tables: Mapping[Breakdown, Sequence[Row]]


@dataclass(frozen=True)
class Answering:
    """What the reader's organization was asked in one month, by the first request: exact, since it is its own work."""

    asked: int
    answered: int
    given: int
    median_hours: float | None


def summary(session: Session, actor: Actor, whose: Whose, month: date, *, small_below: int) -> Summary:
    """The facts of the referrals first sent in a month (its first day). Raises NotAllowed."""
    check(actor, Permission.MEASURES_READ)
    ours = col(ReferralFact.organization_id) == actor.organization
    scope = [col(ReferralFact.month) == month, *([ours] if whose is Whose.OURS else [])]
    own = [*scope, ours]
    counted = {name: (_grouped(session, key, scope), _grouped(session, key, own)) for name, key in _KEYS.items()}
    total, own_total = (_summed(groups.values()) for groups in counted[Breakdown.NEED])
    threshold = 0 if whose is Whose.OURS else small_below
    tables = {name: _table(everybody, mine, threshold) for name, (everybody, mine) in counted.items()}
    others = {name: total[name] - (own_total[name] if threshold else 0) for name in total}
    shown = may_be_shown(others, [], threshold).total
    tables[Breakdown.REASON] = _reasons(session, scope, own, threshold, hide=not {"closed", "received"} <= shown)
    return Summary(
        total={name: total[name] if name in shown else None for name in BASES},
        asked={n: total[n] for n in ASKED} if all(others[n] >= threshold for n in ASKED) else None,
        median_hours=_median(session, scope) if "answered" in shown else None,
        tables={name: rows for name, rows in tables.items() if may_be_counted(name)},
    )


def _grouped(session: Session, key: Any, conditions: Sequence[Any]) -> dict[str, dict[str, int]]:
    """The counts of every column by the codes of `key`."""
    fact = ReferralFact
    received = col(fact.closing) == Closing.SERVICES_RECEIVED.value
    yes = and_(received, col(fact.person_word) == PersonWord.GOT_HELP.value)
    columns = {
        "sent": None,
        "answered": col(fact.answered_at).is_not(None),
        "closed": col(fact.closed_at).is_not(None),
        "received": received,
        "confirmed": yes,
        "asked": and_(received, col(fact.asked)),
        "yes": yes,
        "no": and_(received, col(fact.person_word).is_not(None), col(fact.person_word) != PersonWord.GOT_HELP.value),
        "silent": and_(received, col(fact.asked), col(fact.person_word).is_(None)),
    }
    sums = [func.count() if test is None else func.sum(case((test, 1), else_=0)) for test in columns.values()]
    rows = session.execute(select(col(key), *sums).where(*conditions).group_by(col(key)).order_by(col(key)))
    return {code: dict(zip(columns, map(int, counts), strict=True)) for code, *counts in rows}


def _summed(rows: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter(dict.fromkeys((*BASES, *ASKED), 0))
    for counts in rows:
        total.update(counts)
    return dict(total)


def _table(
    everybody: Mapping[str, Mapping[str, int]], mine: Mapping[str, Mapping[str, int]], threshold: int
) -> list[Row]:
    """The rows, judged by what is left of them when the reader takes away what is theirs.

    A row of others of which nothing may be shown is left out: that it is there would tell of somebody.
    """
    nothing = dict.fromkeys(BASES, 0)
    own = {code: mine.get(code, nothing) if threshold else nothing for code in everybody}
    others = [{name: counts[name] - own[code][name] for name in BASES} for code, counts in everybody.items()]
    shown = may_be_shown(_summed(others), others, threshold)
    return [
        Row(code, {name: counts[name] if name in columns else None for name in BASES})
        for (code, counts), columns in zip(everybody.items(), shown.rows, strict=True)
        if columns or code in mine
    ]


def _reasons(session: Session, scope: Sequence[Any], own: Sequence[Any], threshold: int, *, hide: bool) -> list[Row]:
    """Closed, by reason: one column, judged like "sent". They add up to what is closed, so they hide with it.

    Reasons of others that are hidden are left out, as in `_table`.
    """
    everybody, mine = (_closings(session, conditions) for conditions in (scope, own))
    nothing = dict.fromkeys(BASES, 0)
    others = [{**nothing, "sent": n - (mine.get(code, 0) if threshold else 0)} for code, n in everybody.items()]
    shown = may_be_shown(_summed(others), others, threshold)
    counts = {
        code: count if "sent" in columns and not hide else None
        for (code, count), columns in zip(everybody.items(), shown.rows, strict=True)
    }
    return [Row(code, {"closed": count}) for code, count in counts.items() if count is not None or code in mine]


def _closings(session: Session, conditions: Sequence[Any]) -> dict[str, int]:
    closed = col(ReferralFact.closing)
    query = select(closed, func.count()).where(*conditions, closed.is_not(None)).group_by(closed).order_by(closed)
    return {code: int(count) for code, count in session.execute(query)}


def _median(session: Session, conditions: Sequence[Any]) -> float | None:
    """The median business hours to the first answer: the middle of a sorted column, read by its place."""
    hours = col(ReferralFact.answer_business_hours)
    answered = [*conditions, hours.is_not(None)]
    count = session.execute(select(func.count()).select_from(ReferralFact).where(*answered)).scalar_one()
    if not count:
        return None
    middle = select(hours).where(*answered).order_by(hours).offset((count - 1) // 2).limit(2 - count % 2)
    found = session.execute(middle).scalars().all()
    return float(sum(found) / len(found))


def answering(session: Session, actor: Actor, month: date) -> Answering:
    """What the reader's organization was asked, and how fast it answered. Raises NotAllowed."""
    check(actor, Permission.MEASURES_READ)
    rows = session.execute(_asked_of(actor, month)).all()
    hours = sorted(calendar.business_hours_between(sent, answered) for sent, answered, *_ends in rows if answered)
    middle = hours[(len(hours) - 1) // 2 : len(hours) // 2 + 1]
    given = sum(closing == Closing.SERVICES_RECEIVED or own == TaskStatus.COMPLETED for *_days, closing, own in rows)
    return Answering(len(rows), len(hours), given, sum(middle) / len(middle) if middle else None)


def _asked_of(
    actor: Actor, month: date
) -> "Select[datetime | None, datetime | None, Closing | None, TaskStatus | None]":
    """What was asked, with how the loop ended and how the reader answered where only the reader knows."""
    first, after = _instants(month)
    columns = (col(ReferralTask.requested_at), col(ReferralTask.answered_at), col(Referral.closing))
    return (
        select(*columns, col(WithheldAnswer.status))
        .join(Referral, col(Referral.id) == col(ReferralTask.referral_id))
        .outerjoin(WithheldAnswer, col(WithheldAnswer.task_id) == col(ReferralTask.id))
        .where(
            col(ReferralTask.performer_id) == actor.organization_id,
            col(ReferralTask.requested_at) >= first,
            col(ReferralTask.requested_at) < after,
            col(Referral.masked).is_(False),
            col(Referral.kind) == Kind.DIRECT,
            col(Referral.status) != ReferralStatus.ENTERED_IN_ERROR,
        )
    )


def _instants(month: date) -> tuple[datetime, datetime]:
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    midnight = datetime.min.time()
    return calendar.instant(month, midnight), calendar.instant(after, midnight)
