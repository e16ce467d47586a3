"""The values of search parameters, read as their type says: FHIR R4, 3.1.1.4."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from cie.fhir.refusals import Fault
from cie.fhir.searching.asked import Wanted
from cie.fhir.searching.indexing import LONGEST, bounded, paired, pointed_at, sealed_words
from cie.fhir.searching.parameters import PARAMETERS, Kind, Parameter
from cie.fhir.searching.periods import span_of
from cie.fhir.searching.splitting import plain, split
from cie.fhir.searching.words import folded

NOBODY = UUID(int=0)
_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(\d.*)", re.DOTALL)


class Unreadable(Exception):
    """A value, a modifier or a parameter that cannot be understood."""

    def __init__(self, words: str, code: str = "invalid") -> None:
        super().__init__(words)
        self.words, self.code = words, code

    def at(self, field: str | None) -> Fault:
        """The fault, at the parameter where it is."""
        return Fault(self.code, self.words, field)


class NotServed(Unreadable):
    """A parameter that is not served; who asks leniently does without it."""

    def __init__(self, words: str) -> None:
        super().__init__(words, "not-supported")


@dataclass(frozen=True)
class Asker:
    """Who asks and where: the address of this server as they know it, their organization, what they may search."""

    base: str
    organization_id: UUID
    may_search: Callable[[str], bool]
    is_lenient: bool = False


def wanted(parameter: Parameter, text: str, asker: Asker, *, type_: str = "") -> list[Wanted]:
    """What one value asks for. `type_`: of what a reference points at, when its modifier says it. Raises Unreadable."""
    if not text:
        raise Unreadable("A value is missing")
    if parameter.kind is Kind.REFERENCE:
        return [_reference(parameter, plain(text), asker, type_)]
    found = _READ[parameter.kind](parameter, text)
    return _sealed(found, asker) if parameter.sealed else [found]


def wanted_identifier(text: str, asker: Asker) -> list[Wanted]:
    """What a reference says by an identifier. Raises Unreadable."""
    return _sealed(_token(Parameter("identifier", Kind.TOKEN, ()), text), asker)


def _sealed(found: Wanted, asker: Asker) -> list[Wanted]:
    """The match keys of the asker's audience and of everybody's."""
    return [
        replace(found, value=_sealed_part(found.value, audience), system=_sealed_part(found.system, audience))
        for audience in (asker.organization_id, NOBODY)
    ]


def _sealed_part(words: str | None, audience: UUID) -> str | None:
    return words and sealed_words(words, audience)


def _token(parameter: Parameter, text: str) -> Wanted:
    parts = [plain(part) for part in split(text, "|")]
    if len(parts) > 2 or not any(parts):
        raise Unreadable("Write system|code, |code, system| or code")
    if len(parts) == 1:
        return Wanted(bounded(parts[0]), parameter.system or None)
    return Wanted(bounded(parts[1]) or None, bounded(parts[0]))


def _reference(parameter: Parameter, text: str, asker: Asker, type_: str) -> Wanted:
    if parameter.is_canonical:
        address, _, version = text.removeprefix(f"{asker.base}/").partition("|")
        address = f"{asker.base}/{address}" if pointed_at(address)[1] not in address else address
        return Wanted(bounded(address), bounded(version) or None)
    system, value = pointed_at(text.removeprefix(f"{asker.base}/"), type_)
    known = parameter.targets or tuple(PARAMETERS)
    if (system and system not in known) or (type_ and system != type_):
        raise Unreadable(f"This points at {' or '.join(known)}")
    is_only = len(parameter.targets) == 1 and ":" not in value
    return Wanted(value, system or (parameter.targets[0] if is_only else None))


def _date(_parameter: Parameter, text: str) -> Wanted:
    # a plus that was not escaped arrives as a blank
    form = _PREFIXED.fullmatch(plain(text).strip().replace(" ", "+"))
    if form and form[1] == "ap":
        raise Unreadable("ap is not served. Give the bounds, with ge and le", "not-supported")
    span = span_of(form[2]) if form else None
    if form is None or span is None:
        raise Unreadable("Write a date, 2026-03-01 or 2026-03-01T09:30:00Z, after eq, ne, gt, lt, ge, le, sa or eb")
    return Wanted(prefix=form[1] or "eq", span=span)


def _uri(_parameter: Parameter, text: str) -> Wanted:
    return Wanted(bounded(plain(text)))


def _text(_parameter: Parameter, text: str) -> Wanted:
    words = folded(plain(text))[:LONGEST]
    if not words:
        raise Unreadable("Write at least one letter")
    return Wanted(words, plain(text)[:LONGEST].replace("\0", ""))


def _pair(parameter: Parameter, text: str) -> Wanted:
    parts = split(text, "$")
    if len(parts) != 2 or not all(parts):
        raise Unreadable("Write both parts, with a dollar sign between them: code$value")
    first, second = (_token(part, words) for part, words in zip(parameter.parts, parts, strict=True))
    if first.value is None or second.value is None:
        raise Unreadable("Give a code in both parts")
    return Wanted(bounded(paired(first.value, second.value)), systems=(first.system, second.system))


_READ: Mapping[Kind, Callable[[Parameter, str], Wanted]] = {
    Kind.TOKEN: _token,
    Kind.DATE: _date,
    Kind.URI: _uri,
    Kind.STRING: _text,
    Kind.COMPOSITE: _pair,
}
