"""What counsel of the network recorded: which laws it may rely on, from a day on. Every record stays.

A setting opens something for the whole network, so nothing is on until counsel said so; `asking.network_on` reads it.
"""

from collections.abc import Collection, Iterator
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from cie import calendar, events
from cie.access import Actor, Permission, check
from cie.consent.law import Network
from cie.consent.models import NetworkPolicy
from cie.errors import Invalid, Stale

LONGEST_COUNSEL, LONGEST_SOURCE = 100, 300  # characters


def policies(actor: Actor) -> Select[NetworkPolicy]:
    """All that counsel recorded, the latest first day first, and of one day the newest. Raises NotAllowed."""
    check(actor, Permission.NETWORK_POLICY_READ)
    order = (NetworkPolicy.effective_on, NetworkPolicy.recorded_at, NetworkPolicy.id)
    return select(NetworkPolicy).order_by(*(col(column).desc() for column in order))


def policy_on(session: Session, actor: Actor, day: date) -> NetworkPolicy | None:
    """What holds on a day, None when counsel recorded nothing for it. Raises NotAllowed."""
    query = policies(actor).where(col(NetworkPolicy.effective_on) <= day).limit(1)
    return session.execute(query).scalar_one_or_none()


def newest_policy(session: Session, actor: Actor) -> NetworkPolicy | None:
    """What was recorded last, whenever it begins. Raises NotAllowed."""
    order = (col(NetworkPolicy.recorded_at).desc(), col(NetworkPolicy.id).desc())
    return session.execute(policies(actor).order_by(None).order_by(*order).limit(1)).scalar_one_or_none()


def replaced_among(session: Session, found: Collection[NetworkPolicy]) -> set[UUID]:
    """Those of them that never hold, or no longer, since another one was recorded later for the same day."""
    query = (
        select(col(NetworkPolicy.effective_on), func.max(col(NetworkPolicy.recorded_at)))
        .where(col(NetworkPolicy.effective_on).in_({policy.effective_on for policy in found}))
        .group_by(col(NetworkPolicy.effective_on))
    )
    newest: dict[date, datetime] = dict(session.execute(query).all())
    return {policy.id for policy in found if policy.recorded_at < newest[policy.effective_on]}


def settings_of(policy: NetworkPolicy | None) -> Network:
    """The settings of a record; without one nothing is opened."""
    if policy is None:
        return Network()
    return Network(**{setting.name: getattr(policy, setting.name) for setting in fields(Network)})


def record_policy(
    session: Session,
    actor: Actor,
    network: Network,
    *,
    counsel: str,
    source: str,
    effective_on: date,
    seen_id: UUID | None,
    at: datetime,
) -> NetworkPolicy:
    """Keep what counsel decided; it holds from `effective_on` on, and earlier records stay.

    `seen_id`: the newest record that the caller saw. Raises NotAllowed, Invalid with every fault, Stale.
    """
    check(actor, Permission.NETWORK_MANAGE)
    faults = list(_faults(counsel.strip(), source.strip(), effective_on, calendar.local_day(at)))
    if faults:
        raise Invalid.all(faults)
    newest = newest_policy(session, actor)
    if (newest.id if newest else None) != seen_id:
        raise Stale("This changed while you were typing")
    policy = NetworkPolicy(
        **asdict(network),
        counsel=counsel.strip(),
        source=source.strip(),
        effective_on=effective_on,
        recorded_at=at,
        recorded_by_id=actor.id,
    )
    session.add(policy)
    session.flush()
    events.record(session, actor, "network-policy.record", policy, at=at, **_codes(policy))
    return policy


def _codes(policy: NetworkPolicy) -> dict[str, Any]:
    """What the audit chain keeps of it: the role, what is on, and from which day."""
    network = asdict(settings_of(policy))
    role, first_day = policy.role.value, policy.effective_on.isoformat()
    return {"role": role, "opened": [name for name, on in network.items() if on is True], "effective_on": first_day}


def _faults(counsel: str, source: str, effective_on: date, today: date) -> Iterator[Invalid]:
    if not counsel:
        yield Invalid("Counsel: enter the name of the lawyer who decided this", "counsel")
    elif len(counsel) > LONGEST_COUNSEL:
        yield Invalid("Counsel: use at most %(most)s characters", "counsel", most=LONGEST_COUNSEL)
    if not source:
        yield Invalid("Source document: say in which document this stands", "source")
    elif len(source) > LONGEST_SOURCE:
        yield Invalid("Source document: use at most %(most)s characters", "source", most=LONGEST_SOURCE)
    if effective_on < today:
        yield Invalid("First day: choose today or a later day", "effective_on")
