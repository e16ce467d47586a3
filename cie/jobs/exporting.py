"""Making bulk exports part by part, and taking away what is over; each step may break off and be done again."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cie import exports
from cie.db import reading, transaction
from cie.errors import Busy
from cie.exports import Renderer

log = logging.getLogger("cie.exports")


@dataclass(frozen=True)
class Exporter:
    """Makes exports of records that these functions render, by kind; a finished one lives for so long."""

    renderers: Mapping[str, Renderer]
    lives: timedelta

    def make_next(self) -> bool:
        """Make the next part of the export that waited longest; False when there is none to make."""
        with reading() as session:
            if not exports.is_anything_to_make(session):
                return False
        turn: list[UUID] = []
        try:
            return self._make_part(turn)
        except Busy:
            raise
        except Exception as error:
            if not turn:
                raise
            # the words of the error may tell of a person, and one export that breaks must not stop the others
            log.error("an export broke", extra={"export": str(turn[0]), "error": type(error).__name__})
            with transaction() as session:
                exports.note_broken(session, turn[0], at=datetime.now(UTC))
        return True

    def _make_part(self, turn: list[UUID]) -> bool:
        with transaction() as session:
            export = exports.next_turn(session)
            if export is None:
                return False
            turn.append(export.id)
            exports.make_part(session, export, self.renderers, lives=self.lives, at=datetime.now(UTC))
        return True


def take_away_old_exports() -> None:
    """End the exports whose time is over, and remove what they and the ended ones hold, some at a time.

    What was taken back since an export was made leaves it as well.
    """
    with transaction() as session:
        exports.expire(session, at=datetime.now(UTC))
    gone = 1
    while gone:
        with transaction() as session:
            gone = exports.remove_some(session)
    with transaction() as session:
        exports.forget_what_was_taken(session)
        exports.forget_old(session, at=datetime.now(UTC))
