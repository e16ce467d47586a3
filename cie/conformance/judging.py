"""Rows that judge every resource that the server showed in this run: its profile, its codes, what is in it."""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

import orjson

from cie.conformance.elements import at
from cie.conformance.platform import BASE, KINDS, Kind
from cie.conformance.rows import DoesNotApply, Expectation, expect, judge, need
from cie.conformance.server import Server
from cie.conformance.session import Resource
from cie.conformance.specimens import CODES
from cie.fhir.checking import Fault, faults_in, filled_in, knows, must_support_of
from cie.fhir.definitions.value_sets import ValueSets

SHALL = Expectation.SHALL
CONF = "Requirements: conformance"
MOST = 150
"""How many resources of each type are judged."""
_TOLD = 4


@lru_cache(maxsize=8192)
def _faults(text: bytes, value_sets: ValueSets) -> tuple[Fault, ...]:
    """What is wrong with a resource; what was judged once is not judged again."""
    return tuple(faults_in(orjson.loads(text), (), value_sets))


@lru_cache(maxsize=8192)
def _filled(text: bytes, profile: str) -> frozenset[str]:
    return frozenset(filled_in(orjson.loads(text), profile))


def shown(server: Server, resource_type: str) -> list[bytes]:
    """The resources of a type that the server showed, each text once; the exchange of the last is shown."""
    found = list(server.session.resources.get(resource_type, {}).items())[:MOST]
    for _text, exchange in found[-1:]:
        server.session.show(exchange)
    return [text for text, _exchange in found]


def _judged(server: Server, resource_type: str) -> Iterator[tuple[Resource, tuple[Fault, ...]]]:
    for text in shown(server, resource_type):
        yield orjson.loads(text), _faults(text, server.value_sets)


def profile(server: Server, kind: Kind) -> str:
    """Every resource of this type is sound, and true to the profiles that it claims."""
    judged = list(_judged(server, kind.type))
    need(judged, f"The server showed no {kind.type}.")
    for resource, faults in judged:
        if faults:
            _show(server, resource)
        told = "; ".join(f"{fault.place}: {fault.words}" for fault in faults[:_TOLD])
        expect(not faults, f"{kind.type}/{resource.get('id')} breaks its profile. {told}")
    claimed = {each.partition("|")[0] for resource, _ in judged for each in at(resource, "meta.profile")}
    is_free = all(each.startswith(BASE) for each in kind.profiles)
    expect(is_free or claimed & set(kind.profiles), f"No {kind.type} claims a profile of the guide.")
    return f"{len(judged)} resources judged."


def _show(server: Server, resource: Resource) -> None:
    exchange = server.session.resources[resource["resourceType"]].get(orjson.dumps(resource))
    if exchange is not None:
        server.session.show(exchange)


def must_support(server: Server, kind: Kind) -> str:
    """Which of the elements that a server must be able to show were seen."""
    texts = shown(server, kind.type)
    claimed = [each for each in kind.profiles if each in _claims(texts) and knows(each)]
    need(claimed, f"The server showed no {kind.type} that claims a profile with must-support elements.")
    missing = {each: _unseen(texts, each) for each in claimed}
    words = "; ".join(f"{name.rpartition('/')[2]}: {', '.join(ids)}" for name, ids in missing.items() if ids)
    need(not words, f"Not all were in the data that the server showed. Not seen: {words}.")
    return "All were seen."


def _claims(texts: list[bytes]) -> set[str]:
    return {each.partition("|")[0] for text in texts for each in at(orjson.loads(text), "meta.profile")}


def _unseen(texts: list[bytes], canonical: str) -> list[str]:
    seen: set[str] = set()
    for text in texts:
        if canonical in _claims([text]):
            seen |= _filled(text, canonical)
    return [each for each in must_support_of(canonical) if each not in seen]


def _rows() -> None:
    for kind in KINDS.values():
        if kind.type == "Subscription" or not kind.profiles:
            continue
        group = f"Capability: {kind.type}"
        judge(f"cap-{kind.type}-profile", group, SHALL, f"{kind.type} holds to its profile")(
            partial(profile, kind=kind)
        )
        title = f"must-support elements of {kind.type} were seen"
        judge(f"cap-{kind.type}-must-support", group, Expectation.SHOULD, title)(partial(must_support, kind=kind))


_rows()


@judge("conf-3", CONF, SHALL, "All must-support elements can be shown")
def conf_3(server: Server) -> str:
    seen, wanted = 0, 0
    for kind in KINDS.values():
        texts = shown(server, kind.type)
        for each in kind.profiles:
            if each in _claims(texts) and knows(each):
                unseen, all_of = _unseen(texts, each), must_support_of(each)
                seen, wanted = seen + len(all_of) - len(unseen), wanted + len(all_of)
    need(wanted, "The server showed nothing that claims a profile.")
    need(seen == wanted, f"{seen} of {wanted} were seen; the others were not in the data. See the must-support rows.")
    return f"{wanted} were seen."


@judge("conf-4", CONF, SHALL, "What is not known is left out")
def conf_4(server: Server) -> None:
    for kind in KINDS:
        for text in shown(server, kind):
            resource = orjson.loads(text)
            empty = next(_empty(resource, kind), "")
            if empty:
                _show(server, resource)
            expect(not empty, f"{empty} is there without a value.")


def _empty(value: Any, place: str) -> Iterator[str]:
    """Where nothing stands; null keeps the place of a value in a list that has an extension alone."""
    if value in ("", [], {}):
        yield place
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from [f"{place}.{name}"] if part is None else _empty(part, f"{place}.{name}")
    elif isinstance(value, list):
        for part in value:
            yield from _empty(part, place) if part is not None else ()


@judge("conf-5", CONF, SHALL, "What a profile asks for is there")
def conf_5(server: Server) -> None:
    for kind in KINDS:
        for resource, faults in _judged(server, kind):
            short = [each for each in faults if each.rule == "min" or "at least" in each.words]
            if short:
                _show(server, resource)
            expect(not short, f"{short[0].place if short else ''} is missing, which its profile asks for.")


_CATEGORIES = {
    "cond": ("Condition", "Condition.code", "one of the diagnoses"),
    "goal": ("Goal", "Goal.description", "one of the goals"),
    "proc": ("Procedure", "Procedure.code", "one of the procedures"),
    "serv": ("ServiceRequest", "ServiceRequest.code", "one of the requests"),
    "obsscreen": ("Observation", "Observation.", "among the questions and answers"),
}


def _domains(resource: Resource) -> list[str]:
    """The SDOH categories of a resource."""
    codings = at(resource, "category.coding")
    return [each.get("code", "") for each in codings if each.get("system") == CODES]


def _bound(server: Server, key: str, fits: Callable[[list[str]], bool]) -> str:
    """The codes of resources with such categories are in the value sets that the categories ask for."""
    resource_type, place, words = _CATEGORIES[key]
    several = [each for each in _judged(server, resource_type) if fits(_domains(each[0]))]
    need(several, f"The server showed no such {resource_type}.")
    if not server.has_value_sets:
        raise DoesNotApply("The value sets are licensed: give the folder where they are with --definitions.")
    for resource, faults in several:
        wrong = [each for each in faults if each.rule == "binding" and each.place.startswith(place)]
        if wrong:
            _show(server, resource)
        expect(not wrong, f"The code of {resource_type}/{resource.get('id')} is not {words} of its category.")
    return f"{len(several)} resources judged."


def _is_one(domains: list[str]) -> bool:
    return len(domains) == 1


def _are_several(domains: list[str]) -> bool:
    return len(domains) > 1


def _is_protective(domains: list[str]) -> bool:
    return "protective-factor" in domains


def _binding_rows() -> None:
    for key, (resource_type, _place, _words) in _CATEGORIES.items():
        group = f"Requirements: {resource_type}"
        one, more = f"A code of {resource_type} is one of its category", "With several categories, of one of them"
        judge(f"{key}-1", group, SHALL, one)(partial(_bound, key=key, fits=_is_one))
        judge(f"{key}-2", group, SHALL, more)(partial(_bound, key=key, fits=_are_several))
    title = "The code of a protective factor is one of those"
    judge("cond-5", "Requirements: Condition", SHALL, title)(partial(_bound, key="cond", fits=_is_protective))


_binding_rows()
