"""Bundles of what was found and of what a resource was before; bodies go in as they are kept, unread."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson

from cie.fhir.moments import instant
from cie.fhir.operation_outcome import operation_outcome
from cie.fhir.searching.asked import Asked
from cie.fhir.searching.finding import Found
from cie.fhir.store import Earlier, Readable, ReadableVersion
from cie.fhir.trimming import trimmed

Links = Iterable[tuple[str, str]]
_CUT = "More would come along than one answer holds. Ask for less at once, with _count"


def searchset(base: str, asked: Asked, page: Found, links: Links) -> bytes:
    """The page of a search. `links`: relation and address."""
    entries = [_entry(base, row, asked, "match") for row in page.matches]
    entries += [_entry(base, row, asked, "include") for row in page.along]
    if page.is_cut:
        outcome = operation_outcome([("incomplete", _CUT, None)], severity="warning")
        entries.append({"resource": outcome, "search": {"mode": "outcome"}})
    return _bundle("searchset", page.total, links, entries)


def _entry(base: str, row: Readable, asked: Asked, mode: str) -> dict[str, Any]:
    body = row.body.encode()
    is_whole = mode == "include" or not (asked.summary or asked.elements)
    resource = body if is_whole else trimmed(body, asked.summary, asked.elements)
    address = f"{base}/{row.resource_type}/{row.resource_id}"
    return {"fullUrl": address, "resource": orjson.Fragment(resource), "search": {"mode": mode}}


def history(
    base: str, row: ReadableVersion, versions: Sequence[ReadableVersion | Earlier], total: int, links: Links
) -> bytes:
    """Versions of one resource, newest first. Those before the first that is kept are nobody's to read any more."""
    address = f"{row.resource_type}/{row.resource_id}"
    entries = [
        {
            "fullUrl": f"{base}/{address}",
            "resource": orjson.Fragment((version.body or "").encode()),
            "request": _made_by(version.version, row.resource_type, address),
            "response": {
                "status": "201" if version.version == 1 else "200",
                "etag": etag(version.version),
                "lastModified": instant(version.updated_at),
            },
        }
        for version in versions
    ]
    return _bundle("history", total, links, entries)


def _made_by(version: int, resource_type: str, address: str) -> dict[str, str]:
    return {"method": "POST", "url": resource_type} if version == 1 else {"method": "PUT", "url": address}


def _bundle(kind: str, total: int | None, links: Links, entries: Sequence[dict[str, Any]]) -> bytes:
    found: dict[str, Any] = {"resourceType": "Bundle", "type": kind}
    if total is not None:
        found["total"] = total
    found["link"] = [{"relation": relation, "url": url} for relation, url in links]
    if entries:
        found["entry"] = entries
    return orjson.dumps(found)


def etag(version: int) -> str:
    return f'W/"{version}"'


def query_of(pairs: Iterable[tuple[str, str]]) -> str:
    """Parameters as an address has them."""
    text = urlencode(list(pairs), safe=":/|,$")
    return f"?{text}" if text else ""
