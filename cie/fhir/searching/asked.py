"""A search as it was understood: what must hold of each match, what comes along, in which order and how much."""

from dataclasses import dataclass, field
from typing import Literal

from cie.fhir.searching.parameters import Parameter
from cie.fhir.searching.periods import Span


@dataclass(frozen=True)
class Wanted:
    """One value that was asked for. `system` and `value` are None where any will do.

    Of a reference `system` is the type. `span` with `prefix` is for dates; `systems` are those of the two codes of a
    pair.
    """

    value: str | None = None
    system: str | None = None
    prefix: str = "eq"
    span: Span | None = None
    systems: tuple[str | None, str | None] | None = None


@dataclass(frozen=True)
class Criterion:
    """What must hold of a match: one of the values, by one parameter.

    `missing`: whether the element must not be there, or must. `targets`: of a chain, what must hold of the resource
    that the reference points at, by its type; one is enough. `key`: its name in the index where that is another.
    """

    parameter: Parameter
    wanted: tuple[Wanted, ...] = ()
    key: str = ""
    is_not: bool = False
    is_exact: bool = False
    missing: bool | None = None
    targets: tuple[tuple[str, "Criterion"], ...] = ()

    @property
    def name(self) -> str:
        """The name in the index."""
        return self.key or self.parameter.key

    @property
    def is_personal(self) -> bool:
        """Whether what was asked for may stand in no address."""
        return self.parameter.sealed or bool(self.key) or any(inner.is_personal for _type, inner in self.targets)


@dataclass(frozen=True)
class Link:
    """Resources that come along by a reference: the type that has it, its parameter, to which type if one is meant."""

    source: str
    parameter: Parameter
    target: str = ""
    is_next: bool = False
    """Whether it starts from what came along as well (`:iterate`)."""


@dataclass(frozen=True)
class SortKey:
    parameter: Parameter
    is_descending: bool = False


Summary = Literal["", "true", "text", "data", "count"]


@dataclass(frozen=True)
class Asked:
    """A search of one resource type. `said`: the parameters that count, as they were sent, for the self link."""

    resource_type: str
    criteria: tuple[Criterion, ...] = ()
    includes: tuple[Link, ...] = ()
    reverse_includes: tuple[Link, ...] = ()
    sort: tuple[SortKey, ...] = ()
    count: int = 50
    summary: Summary = ""
    elements: tuple[str, ...] = ()
    counts_all: bool = False
    said: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @property
    def is_counted(self) -> bool:
        """Whether all matches are to be counted."""
        return self.counts_all or self.summary == "count"

    @property
    def is_personal(self) -> bool:
        """Whether what was asked for may stand in no address."""
        return any(criterion.is_personal for criterion in self.criteria)
