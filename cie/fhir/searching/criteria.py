"""Reading one parameter of a search: its modifier, its chain, its values."""

import re

from cie.fhir.searching.asked import Criterion
from cie.fhir.searching.indexing import by_identifier
from cie.fhir.searching.parameters import NEVER_SEARCHED, OF_PEOPLE, PARAMETERS, Kind, Parameter, parameter
from cie.fhir.searching.splitting import split
from cie.fhir.searching.values import Asker, NotServed, Unreadable, wanted, wanted_identifier

MOST_VALUES = 200
_MODIFIERS = {Kind.TOKEN: "not", Kind.STRING: "exact", Kind.REFERENCE: "identifier"}


def criterion(resource_type: str, name: str, text: str, asker: Asker) -> Criterion:
    """What must hold by one parameter. Raises Unreadable."""
    head, dot, rest = name.partition(".")
    base, colon, modifier = head.partition(":")
    by = _served(resource_type, base)
    if dot:
        return _chained(by, modifier, rest, text, asker)
    if modifier == "missing":
        return Criterion(by, missing=_flag(text))
    if colon and by.kind is Kind.REFERENCE and modifier in PARAMETERS:
        return _with_values(by, text, asker, type_=modifier)
    if colon and modifier != _MODIFIERS.get(by.kind):
        raise Unreadable("This modifier is not served here", "not-supported")
    return _with_values(by, text, asker, modifier=modifier)


def _served(resource_type: str, name: str) -> Parameter:
    found = parameter(resource_type, name)
    if found is not None:
        return found
    if resource_type in OF_PEOPLE and name in NEVER_SEARCHED:
        # not passed over leniently either: that would answer with everybody
        words = "Nobody is searched by this, since it would stand in addresses. Find a person with Patient/$match"
        raise Unreadable(words, "not-supported")
    raise NotServed(f"{resource_type} is not searched by this. /fhir/metadata lists what it is searched by")


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise Unreadable("Write true or false")
    return text == "true"


def _with_values(by: Parameter, text: str, asker: Asker, *, modifier: str = "", type_: str = "") -> Criterion:
    texts = split(text, ",")
    if len(texts) > MOST_VALUES:
        raise Unreadable(f"Give {MOST_VALUES} values at most", "too-costly")
    if modifier == "identifier":
        named = [each for one in texts for each in wanted_identifier(one, asker)]
        return Criterion(by, tuple(named), by_identifier(by.key))
    values = [each for one in texts for each in wanted(by, one, asker, type_=type_)]
    return Criterion(by, tuple(values), is_not=modifier == "not", is_exact=modifier == "exact")


def _chained(by: Parameter, type_: str, rest: str, text: str, asker: Asker) -> Criterion:
    """A parameter of what the reference points at; of types that the asker may not search nothing is told."""
    name = re.split("[:.]", rest)[0]
    if by.kind is not Kind.REFERENCE or by.is_canonical or "." in rest:
        raise NotServed("Only one step through a reference is served")
    aims = [type_] if type_ else by.targets or tuple(PARAMETERS)
    having = [each for each in aims if each in PARAMETERS and _has(each, name)]
    if not having:
        raise NotServed("What this points at is not searched so. /fhir/metadata lists what it is searched by")
    open_ = [each for each in having if asker.may_search(each)]
    if not open_:
        raise Unreadable(f"This needs a token that may search {' or '.join(having)}", "forbidden")
    return Criterion(by, targets=tuple((each, criterion(each, rest, text, asker)) for each in open_))


def _has(resource_type: str, name: str) -> bool:
    if resource_type in OF_PEOPLE and name in NEVER_SEARCHED:
        return True
    return parameter(resource_type, name) is not None
