"""What worker and commands do for those who read over FHIR: handed to them by composition, since they know no FHIR."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from cie.db import transaction
from cie.fhir.projecting import again, building
from cie.fhir.subscribing import look_after_subscriptions


@dataclass(frozen=True)
class Upkeep:
    """Making what is read in parts; making all of it again; looking for what is not as it would be made.

    `look_after_subscriptions`: ends them, lets those hear that we are there that heard nothing for a while,
    and forgets events that can be asked for no more.
    """

    next_turn: Callable[[Session, Collection[UUID], datetime], tuple[UUID, bool] | None]
    make_part: Callable[[Session, UUID, bool, datetime], None]
    audiences: Callable[[], list[UUID]]
    add_missing: Callable[[], None]
    made_again: Callable[[UUID], int]
    faults_of: Callable[[UUID], Iterator[again.Found]]
    look_after_subscriptions: Callable[[datetime], None]


def _look_after_subscriptions(at: datetime) -> None:
    with transaction() as session:
        look_after_subscriptions(session, at=at)


UPKEEP = Upkeep(
    building.next_turn,
    building.make_part,
    again.audiences,
    again.add_missing,
    again.made_again,
    again.faults_of,
    _look_after_subscriptions,
)
