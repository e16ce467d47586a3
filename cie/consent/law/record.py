"""A consent as the rules read it, and which of all that is on record holds and speaks of what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cie.access import Purpose
from cie.consent.law.forms import FormType, Stated
from cie.consent.models import Capacity, Decision, Expiry, Method, Reach, SignerKind
from cie.directory.models import Category
from cie.participants.models import Program

WRITTEN = frozenset({Method.ON_SCREEN, Method.SIGNED_PAPER, Method.BY_LINK})
"""Methods that leave a signature."""


@dataclass(frozen=True)
class ConsentRecord:
    """One yes or no. A yes names its kinds of data; a no without kinds is about all.

    `expiry` is None when the document states nothing.
    """

    id: UUID
    form: FormType
    decision: Decision
    categories: frozenset[Category]
    given_on: date
    method: Method
    signer: SignerKind = SignerKind.PERSON
    capacity: Capacity | None = None
    custody_limits: frozenset[Category] = frozenset()
    programs: frozenset[Program] = frozenset()
    reach: Reach = Reach.ANYONE
    recipient_ids: frozenset[UUID] = frozenset()
    purposes: frozenset[Purpose] = frozenset({Purpose.CARE_COORDINATION})
    expiry: Expiry | None = None
    expires_on: date | None = None
    is_revoked: bool = False
    revoked_by: SignerKind | None = None
    is_replaced: bool = False
    stated: frozenset[Stated] = frozenset()
    names_network: bool = False

    @property
    def is_yes(self) -> bool:
        return self.decision == Decision.SHARE

    @property
    def is_own(self) -> bool:
        """Whether the person signed."""
        return self.signer in (SignerKind.PERSON, SignerKind.MINOR)

    @property
    def names(self) -> bool:
        """Whether organizations are named one by one."""
        return self.reach == Reach.NAMED

    @property
    def is_taken_back(self) -> bool:
        """Taken back by somebody who could: a parent cannot take back what their child signed, minor or grown."""
        return self.is_revoked and not (self.is_own and self.revoked_by == SignerKind.PARENT_OR_GUARDIAN)

    def has_ended(self, today: date) -> bool:
        return self.expires_on is not None and self.expires_on < today

    def holds(self, today: date) -> bool:
        """In force on this day. What was replaced does not come back when the newer record ends."""
        return not self.is_replaced and not self.is_taken_back and not self.has_ended(today)

    def is_about(self, party_id: UUID, *, treats: bool) -> bool:
        """Whether the person meant this organization: by its name, as one that treats, or with all others."""
        if self.reach == Reach.NAMED:
            return party_id in self.recipient_ids
        return self.reach != Reach.TREATING_PROVIDERS or treats


def unanswered(noes: Iterable[ConsentRecord], newest_first: Sequence[ConsentRecord]) -> bool:
    """Whether a no stands among the records about one place.

    A no holds until a later yes; one that names the place, or its class, holds until a later yes that does so, too.
    The person's own no is not answered by a parent.
    """
    return any(not any(_answers(yes, no) for yes in newest_first[: newest_first.index(no)]) for no in noes)


def _answers(yes: ConsentRecord, no: ConsentRecord) -> bool:
    is_as_near = yes.reach == Reach.NAMED or no.reach == Reach.ANYONE or yes.reach == no.reach
    is_overruled = no.is_own and yes.signer == SignerKind.PARENT_OR_GUARDIAN
    return yes.is_yes and is_as_near and not is_overruled
