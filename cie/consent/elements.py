"""Which facts can leave at all, what each of them tells, and the least that each output may carry. Loadable data.

A minimum data set is the "minimum necessary" of 45 CFR 164.502(b) and 164.514(d), written down beforehand.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from cie.access import Purpose
from cie.consent.models import DataSet
from cie.directory.models import Category
from cie.resources import resource

NEED, AROUND = "need", "around"


class Confidentiality(StrEnum):
    """HL7 v3 Confidentiality."""

    NORMAL = "N"
    RESTRICTED = "R"
    VERY_RESTRICTED = "V"


@dataclass(frozen=True)
class DataElement:
    """One fact by name. `fhir`: its place in FHIR R4; `tells`: a category, or where its category comes from."""

    code: str
    fhir: str
    tells: str

    def category(self, *, need: Category, service: Category) -> Category:
        """The kind of data it is, beside this need and this service."""
        if self.tells == NEED:
            return need
        return strictest(service, need) if self.tells == AROUND else Category(self.tells)


@dataclass(frozen=True)
class MinimumDataSet:
    """The facts that one kind of output may carry, and for which purposes."""

    code: DataSet
    says: str
    elements: tuple[str, ...]
    purposes: frozenset[Purpose]

    def holds(self, element: str, purpose: Purpose) -> bool:
        """Whether this fact is part of it for this purpose."""
        return element in self.elements and purpose in self.purposes


@dataclass(frozen=True)
class Label:
    """How HL7 labels one kind of data: sensitivity codes of v3-ActCode by display text, and confidentiality."""

    category: Category
    sensitivity: Mapping[str, str]
    confidentiality: Confidentiality


def strictest(*categories: Category) -> Category:
    """The first category that is not general: what free words may tell is as sensitive as anything around them."""
    return next((c for c in categories if c != Category.GENERAL), Category.GENERAL)


@cache
def data_elements() -> Mapping[str, DataElement]:
    """Every fact that can leave, by name. Raises ValueError naming what cannot be read."""
    return {code: _element(code, entry) for code, entry in _tables()["element"].items()}


@cache
def data_sets() -> Mapping[DataSet, MinimumDataSet]:
    """The minimum data sets. Raises ValueError naming what cannot be read, and KeyError for one that is missing."""
    found = {DataSet(code): _data_set(code, entry) for code, entry in _tables()["data_set"].items()}
    return {code: found[code] for code in DataSet}


@cache
def labels() -> Mapping[Category, Label]:
    """The HL7 codes of every kind of data. Raises KeyError for one that is missing."""
    found = tomllib.loads(resource("seed_data", "consent", "categories.toml").read_text("utf-8"))
    return {c: _label(c, found[c.value]) for c in Category}


def _label(category: Category, entry: Mapping[str, Any]) -> Label:
    return Label(category, entry.get("sensitivity", {}), Confidentiality(entry["confidentiality"]))


def _tables() -> Mapping[str, Any]:
    return tomllib.loads(resource("seed_data", "consent", "elements.toml").read_text("utf-8"))


def _element(code: str, entry: Mapping[str, Any]) -> DataElement:
    if entry["tells"] not in {NEED, AROUND, *Category}:
        raise ValueError(f"the element {code} tells nothing known: {entry['tells']}")
    return DataElement(code, **entry)


def _data_set(code: str, entry: Mapping[str, Any]) -> MinimumDataSet:
    unknown = set(entry["elements"]) - set(data_elements())
    if unknown:
        raise ValueError(f"the data set {code} names unknown elements: {', '.join(sorted(unknown))}")
    purposes = frozenset(Purpose(p) for p in entry["purposes"])
    return MinimumDataSet(DataSet(code), entry["says"], tuple(entry["elements"]), purposes)
