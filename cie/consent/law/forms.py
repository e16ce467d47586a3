"""The forms on which people allow or refuse: as data, what each can be used for and what it must state."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from cie.access import Purpose
from cie.consent.models import Method, Reach
from cie.resources import resource


class Stated(StrEnum):
    """What a consent document can state: the elements of 42 CFR 2.31(a) and of Civ. Code 56.11."""

    PATIENT = "patient"
    DISCLOSER = "discloser"
    DESCRIPTION = "description"
    RECIPIENTS = "recipients"
    PURPOSE = "purpose"
    REVOCATION = "revocation"
    EXPIRY = "expiry"
    SIGNATURE = "signature"
    REDISCLOSURE = "redisclosure"
    COPY = "copy"


@dataclass(frozen=True)
class FormType:
    """One form. `satisfies`: the laws it was written for; `purposes`: what it allows unless a record says less.

    `groups`: whom it may name in place of organizations. A form of the network's own has a `version`, the id of its
    row, and a title in Spanish; of those that come with the program the catalogue has it.
    """

    id: str
    title: str
    citation: str
    satisfies: frozenset[str]
    methods: frozenset[Method]
    purposes: frozenset[Purpose]
    states: frozenset[Stated]
    medi_cal_only: bool = False
    longest_days: int | None = None
    one_recipient: bool = False
    groups: frozenset[Reach] = frozenset()
    title_es: str = ""
    version: int = 0
    own_id: UUID | None = None


@cache
def forms() -> Mapping[str, FormType]:
    """Every form that comes with the program, by its id. Raises ValueError naming the form and what is wrong in it."""
    found = tomllib.loads(resource("seed_data", "consent", "forms.toml").read_text("utf-8"))
    return {code: _form(code, entry) for code, entry in found.items()}


def _form(code: str, entry: Mapping[str, Any]) -> FormType:
    kinds = {"satisfies": str, "methods": Method, "purposes": Purpose, "states": Stated, "groups": Reach}
    given = {"groups": (), **entry}
    try:
        lists = {name: frozenset(kind(v) for v in given[name]) for name, kind in kinds.items()}
        fields: dict[str, Any] = {**entry, **lists}
        return FormType(id=code, **fields)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the form {code} cannot be read: {error}") from error
