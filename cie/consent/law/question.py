"""What the rules are asked: who would tell whom what about whom, why, when, and what is on record.

Plain values without a session, so that a decision can be read, tested, stored and run again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from cie.access import Purpose
from cie.consent.law.record import ConsentRecord
from cie.consent.models import NetworkRole
from cie.directory.models import Category
from cie.participants.models import HipaaRole, ParticipantKind, Program
from cie.people.birth import BirthDate


@dataclass(frozen=True)
class Network:
    """What counsel of the network recorded; each setting opens something, and none is on by itself.

    `hipaa_policy`: telling those who are neither covered entity nor business associate is treatment.
    `statute_before_no`: a statute may let data go although the person said no.
    """

    role: NetworkRole = NetworkRole.NONE
    ab133: bool = False
    hipaa_policy: bool = False
    statute_before_no: bool = False
    wic_agreement: bool = False
    ab210_protocol: bool = False
    hmis_inferred: bool = False


@dataclass(frozen=True)
class Party:
    """One of the two organizations, with what the law asks of it."""

    id: UUID
    kind: ParticipantKind
    hipaa: HipaaRole = HipaaRole.NEITHER
    is_part2_program: bool = False
    treats: bool = False
    state: str = "CA"
    programs: frozenset[Program] = frozenset()
    on_ab210_team: bool = False
    has_agreement: bool = True


@dataclass(frozen=True)
class Subject:
    """The person, as far as the rules look: age and standing, Medi-Cal, and their own wish for this referral."""

    birth: BirthDate
    in_medi_cal: bool = False
    lives_apart: bool = False
    is_emancipated: bool = False
    is_foster_youth: bool = False
    asked_for_it: bool = False


@dataclass(frozen=True)
class Item:
    """One data element. `about`: what naming the service on the other end tells; `program`: whose record it is.

    `is_needed`: the minimum data set of the output holds it for this purpose.
    """

    code: str
    category: Category = Category.GENERAL
    about: Category = Category.GENERAL
    program: Program | None = None
    is_needed: bool = True

    @property
    def kinds(self) -> frozenset[Category]:
        """All that this element tells: its own kind, and that of a service whose name alone tells it."""
        return frozenset({self.category} | ({self.about} & TELLING))


@dataclass(frozen=True)
class Elsewhere:
    """A no that another system keeps of the person and that nobody set aside: about kinds of data, to organizations.

    Without kinds it is about all; without recipients it is to everybody.
    """

    categories: frozenset[Category] = frozenset()
    recipient_ids: frozenset[UUID] = frozenset()


TELLING = frozenset({Category.SUD_PART2, Category.MENTAL_HEALTH, Category.HIV, Category.REPRODUCTIVE})
"""Whoever learns that a service of these kinds was asked learns what it is for."""


@dataclass(frozen=True)
class Question:
    """All that a decision rests on. `records` newest first; `today` is the local day of the moment.

    `emergency`: a medical emergency was recorded; `danger`: a serious and imminent danger to somebody's life was.
    """

    today: date
    purpose: Purpose
    discloser: Party
    recipient: Party
    owner_id: UUID
    person: Subject
    items: Sequence[Item]
    records: Sequence[ConsentRecord] = ()
    elsewhere: Sequence[Elsewhere] = ()
    network: Network = field(default_factory=Network)
    emergency: bool = False
    danger: bool = False

    @property
    def other(self) -> Party:
        """The side that the person named when they allowed it: whoever discloses, not the owner of the record."""
        return self.recipient if self.discloser.id == self.owner_id else self.discloser
