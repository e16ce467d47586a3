"""What each law asks of a form that claims to be good for it: data beside the forms, for theirs and for ours alike."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cie.consent.form_faults import NOT_STATED
from cie.consent.law import BOOK, FormType, Stated
from cie.consent.models import Method
from cie.errors import Invalid
from cie.resources import resource

LAWS = tuple(protection.id for protection in BOOK.protections)
"""The laws that a form can be good for, in the order in which they are asked."""
NOT_COUNTED = {
    Method.ON_SCREEN: Invalid("A signature on a screen does not count", "methods"),
    Method.SIGNED_PAPER: Invalid("A signed paper does not count", "methods"),
    Method.BY_LINK: Invalid("A signature by a link does not count", "methods"),
    Method.IN_PERSON: Invalid("A yes in person, without a signature, does not count", "methods"),
    Method.BY_VOICE: Invalid("A yes by voice does not count", "methods"),
}
NO_TIME_LIMIT = Invalid("The form must end after a number of days", "longest_days")
NOT_FOR_ONE = Invalid("The form must be for one organization alone", "one_recipient")


@dataclass(frozen=True)
class FormDemand:
    """What one law asks of a form. No `methods` means that each way of saying yes counts."""

    law: str
    citation: str
    states: frozenset[Stated]
    methods: frozenset[Method]
    time_limited: bool = False
    one_recipient: bool = False


@dataclass(frozen=True)
class Lack:
    """One thing that keeps a form from being good for a law: the fault names the box where it is mended."""

    law: str
    citation: str
    fault: Invalid

    @property
    def with_law(self) -> Invalid:
        """The fault with the law that asks for it, as it stands on a form that claims several."""
        return Invalid("%(law)s: %(what)s", self.fault.field, law=self.citation, what=self.fault.template)


@cache
def form_demands() -> Mapping[str, FormDemand]:
    """Every demand by law. Raises ValueError naming the law whose entry cannot be read, or that has none."""
    found = tomllib.loads(resource("seed_data", "consent", "form_demands.toml").read_text("utf-8"))
    if set(found) != set(LAWS):
        raise ValueError(f"what forms must say is not on file for {sorted(set(found) ^ set(LAWS))}")
    return {law: _demand(law, found[law]) for law in LAWS}


def _demand(law: str, entry: Mapping[str, Any]) -> FormDemand:
    try:
        states = frozenset(Stated(code) for code in entry["states"])
        methods = frozenset(Method(code) for code in entry.get("methods", Method))
        return FormDemand(law, **{**entry, "states": states, "methods": methods})
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"what a form must say for {law} cannot be read: {error}") from error


def lacks_of(form: FormType) -> list[Lack]:
    """All that a form lacks for the laws that it claims, law by law in their order."""
    claimed = [demand for law, demand in form_demands().items() if law in form.satisfies]
    return [Lack(demand.law, demand.citation, fault) for demand in claimed for fault in _faults(form, demand)]


def _faults(form: FormType, demand: FormDemand) -> Iterator[Invalid]:
    yield from (NOT_STATED[each] for each in Stated if each in demand.states - form.states)
    yield from (NOT_COUNTED[each] for each in Method if each in form.methods - demand.methods)
    if demand.time_limited and form.longest_days is None:
        yield NO_TIME_LIMIT
    if demand.one_recipient and not form.one_recipient:
        yield NOT_FOR_ONE
