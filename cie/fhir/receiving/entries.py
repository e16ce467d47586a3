"""One thing that a program wants done: alone, or as an entry of a Bundle."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cie.fhir.definitions.types import RESOURCE_TYPES
from cie.fhir.refusals import Fault, NotTaken, NotUnderstood

MOST_ENTRIES = 500
Resource = dict[str, Any]
MADE = frozenset({"Patient", "ServiceRequest", "Task", "Subscription"})
"""What the exchange makes from its own records; each write of them is a verb of the domain."""
_NOT_KEPT = frozenset({"Bundle", "Parameters", "OperationOutcome", "CapabilityStatement", "AuditEvent", "Provenance"})
KEPT = frozenset(RESOURCE_TYPES) - MADE - _NOT_KEPT
"""What the exchange keeps for the organization whose program sent it, and tells nobody else.

QuestionnaireResponses and Conditions among them become screenings and needs where they can.
"""


@dataclass(frozen=True)
class Entry:
    """A create (`POST`) or an update (`PUT`) of one resource.

    `id`: which one is updated; empty for an update by `condition`, a search. `if_match`: the version that was seen.
    `place`: where in a Bundle it stands, for the words of faults.
    """

    method: str
    resource_type: str
    resource: Resource
    id: str = ""
    condition: str = ""
    if_match: int | None = None
    full_url: str = ""
    place: str = ""

    @property
    def is_create(self) -> bool:
        return self.method == "POST"


@dataclass(frozen=True)
class Outcome:
    """What became of an entry: the resource, and whether it was made, was there, or was changed (an HTTP status).

    `person_id`: whom it shows, where that is known before it is read again.
    """

    resource_type: str
    id: str
    status: int
    person_id: UUID | None = None


def require_frame(bundle: Resource) -> None:
    """Refuse what is no transaction or batch, or is written wrongly around its resources. Raises NotUnderstood."""
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in ("transaction", "batch"):
        raise NotUnderstood([Fault("not-supported", "Send a Bundle of type transaction or batch", "Bundle.type")])
    entries = bundle.get("entry", [])
    if isinstance(entries, list) and len(entries) > MOST_ENTRIES:
        raise NotUnderstood([Fault("too-costly", f"Send at most {MOST_ENTRIES} entries at a time", "Bundle.entry")])
    faults = list(_frame_faults(entries))
    if faults:
        raise NotUnderstood(faults)


def entries_in(bundle: Resource, base: str) -> list[Entry]:
    """The entries of a transaction. Raises NotUnderstood."""
    require_frame(bundle)
    entries, faults = bundle.get("entry", []), list[Fault]()
    found = [_entry(entry, number, base, faults) for number, entry in enumerate(entries)]
    if faults:
        raise NotUnderstood(faults)
    _refuse_twice(entries)
    return [each for each in found if each]


_ENTRY: Mapping[str, type] = {"fullUrl": str, "resource": dict, "request": dict}
_REQUEST: Mapping[str, type] = {"method": str, "url": str, "ifMatch": str, "ifNoneExist": str}
_KINDS: Mapping[type, str] = {str: "text", dict: "an object"}


def _frame_faults(entries: Any) -> Iterator[Fault]:
    """What of the Bundle around its resources is not as FHIR writes it; those are checked by themselves."""
    if not isinstance(entries, list):
        yield Fault("structure", "This must be a list", "Bundle.entry")
        return
    for number, entry in enumerate(entries):
        place = f"Bundle.entry[{number}]"
        if not isinstance(entry, dict):
            yield Fault("structure", "This must be an object", place)
            continue
        yield from _of_kind(entry, _ENTRY, place)
        if isinstance(entry.get("request"), dict):
            yield from _of_kind(entry["request"], _REQUEST, f"{place}.request")


def _of_kind(part: Resource, kinds: Mapping[str, type], place: str) -> Iterator[Fault]:
    for name, kind in kinds.items():
        if name in part and not isinstance(part[name], kind):
            yield Fault("structure", f"This must be {_KINDS[kind]}", f"{place}.{name}")


def _entry(entry: Resource, number: int, base: str, faults: list[Fault]) -> Entry | None:
    place = f"Bundle.entry[{number}]"
    request, resource = entry.get("request", {}), entry.get("resource")
    method, url = request.get("method"), request.get("url", "").removeprefix(f"{base}/")
    if method not in ("POST", "PUT"):
        words = "Only POST and PUT are served in a transaction. Read and search by themselves, or in a batch"
        faults.append(Fault("not-supported", words, f"{place}.request.method"))
        return None
    path, _, condition = url.partition("?")
    resource_type, _, id = path.partition("/")
    if resource is None or resource.get("resourceType") != resource_type:
        faults.append(Fault("invalid", "The resource is not of the type that the address names", f"{place}.resource"))
        return None
    if (method == "POST") == bool(id) and not condition:
        faults.append(Fault("value", "POST to a type, PUT to a type and an id", f"{place}.request.url"))
        return None
    return Entry(
        method,
        resource_type,
        resource,
        id=id,
        condition=condition or request.get("ifNoneExist", ""),
        if_match=version_in(request.get("ifMatch")),
        full_url=entry.get("fullUrl", ""),
        place=place,
    )


def version_in(tag: str | None) -> int | None:
    """The version that an ETag like W/"3" names; None without one. Raises NotTaken."""
    if not tag:
        return None
    text = tag.strip().removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise NotTaken([Fault("value", 'Send the ETag of the version that you saw: W/"3"', "If-Match")])
    return int(text)


def _refuse_twice(entries: Sequence[Resource]) -> None:
    urls = [entry["fullUrl"] for entry in entries if entry.get("fullUrl")]
    if len(set(urls)) < len(urls):
        raise NotUnderstood([Fault("duplicate", "Each entry needs a fullUrl of its own", "Bundle.entry.fullUrl")])
