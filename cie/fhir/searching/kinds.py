"""What a search parameter is: its type, the elements that it reads, how it is kept in the index."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The types of search parameters (FHIR R4 SearchParamType) that are served."""

    TOKEN = "token"  # noqa: S105  # a type of parameter
    REFERENCE = "reference"
    DATE = "date"
    URI = "uri"
    STRING = "string"
    COMPOSITE = "composite"


@dataclass(frozen=True, eq=False)
class Parameter:
    """One search parameter of a resource type; each is there once, so that it is known by itself.

    `paths`: elements, each step by its name in JSON; `item*` is at any depth. `system`: that of a code, which
    does not say it. `targets`: what a reference may point at, all when empty. `sealed`: kept as a match key alone.
    `of_all`: kept only of what everybody may read. `kept_as`: the parameter that keeps the same element. `parts`: of a
    composite, read within one element at `paths`. `is_canonical`: the reference is a canonical address.
    """

    name: str
    kind: Kind
    paths: tuple[str, ...]
    system: str = ""
    targets: tuple[str, ...] = ()
    sealed: bool = False
    of_all: bool = False
    kept_as: str = ""
    parts: tuple["Parameter", ...] = ()
    definition: str = ""
    is_canonical: bool = False

    @property
    def key(self) -> str:
        """Its name in the index."""
        return self.kept_as or self.name
