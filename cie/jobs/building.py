"""Making what organizations read over FHIR, part by part; each part may break off and be made again."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from cie.db import reading, transaction
from cie.errors import Busy

log = logging.getLogger("cie.building")
RESTS = timedelta(minutes=1)
"""After a part broke its audience waits so long, and the others go on."""


NextTurn = Callable[[Session, Collection[UUID], datetime], tuple[UUID, bool] | None]
"""For whom there is something to make, if for anybody but these, and whether nothing may be written beside it."""
MakePart = Callable[[Session, UUID, bool, datetime], None]
"""Makes the next part for one of them."""


@dataclass(frozen=True)
class Builder:
    """Makes parts by these functions. `resting`: whose part broke, and until when they wait."""

    next_turn: NextTurn
    make_part: MakePart
    resting: dict[UUID, datetime] = field(default_factory=dict)

    def make_next(self) -> bool:
        """Make the next part; False when there is none to make."""
        now = datetime.now(UTC)
        with reading() as session:
            turn = self.next_turn(session, [id for id, until in self.resting.items() if until > now], now)
        if turn is None:
            return False
        organization_id, alone = turn
        try:
            with transaction(alone=alone) as session:
                self.make_part(session, organization_id, alone, now)
        except Busy:
            raise
        except Exception as error:
            # the words of the error may tell of a person, and one audience that breaks must not stop the others
            code = {"organization": str(organization_id), "error": type(error).__name__}
            log.error("a part of what is read over FHIR broke", extra=code)
            self.resting[organization_id] = now + RESTS
        return True
