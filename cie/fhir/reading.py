"""The addresses at which resources are read: by id, by version, with their history, by search.

What is not the caller's answers like what there is not. Every answer that shows somebody is recorded as one access.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from flask import Blueprint, Response, g, request
from sqlmodel import Session
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.http import http_date

from cie import events
from cie.db import reading
from cie.errors import NotFound
from cie.fhir.answering import answer_with, base, format_asked
from cie.fhir.bundles import etag, history, query_of, searchset
from cie.fhir.files import file_with
from cie.fhir.opening import READ_WITH, asker, is_open, not_prepared, require_prepared, require_scope
from cie.fhir.refusals import Fault, NotUnderstood
from cie.fhir.searching.asked import Asked
from cie.fhir.searching.asking import MOST_COUNT, OUTSIDE, asked
from cie.fhir.searching.cursor import NAME, Cursor, opened, sealed
from cie.fhir.searching.finding import Found, found
from cie.fhir.searching.parameters import PARAMETERS
from cie.fhir.store import Earlier, Readable, ReadableVersion, count_earlier, earlier_of, look_up
from cie.http import requires

_VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_FORM = "application/x-www-form-urlencoded"
View = Callable[..., Response]


def add_routes(blueprint: Blueprint) -> None:
    """The addresses of each type that is served."""
    for resource_type in PARAMETERS:
        add = _adder(blueprint, resource_type)
        add("read", f"/fhir/{resource_type}/<resource_id>", _read)
        add("vread", f"/fhir/{resource_type}/<resource_id>/_history/<version_id>", _vread)
        add("history", f"/fhir/{resource_type}/<resource_id>/_history", _history)
        add("search", f"/fhir/{resource_type}", _search)
        add("search_by_form", f"/fhir/{resource_type}/_search", _search, method="POST")


def _adder(blueprint: Blueprint, resource_type: str) -> Callable[..., None]:
    def add(name: str, address: str, view: Callable[..., Response], method: str = "GET") -> None:
        def of_type(**values: str) -> Response:
            return view(resource_type, **values)

        opened_view = requires(READ_WITH[resource_type])(of_type)
        blueprint.add_url_rule(address, f"{name}_{resource_type}", opened_view, methods=[method])

    return add


def _read(resource_type: str, resource_id: str) -> Response:
    """The resource as the caller reads it now; nothing when it has this version already."""
    require_scope(resource_type, "r")
    if resource_type == "Binary" and (file := _file(resource_id)) is not None:
        return file
    format_asked()
    with reading() as session:
        row = readable(session, resource_type, resource_id)
        if request.if_none_match.contains_weak(str(row.version)):
            return Response(status=304, headers={"ETag": etag(row.version), "Cache-Control": "no-store"})
        show(session, [row])
    return _version(row)


def _file(resource_id: str) -> Response | None:
    """The content of a file with a referral or with what a person is asked, where the id is one of such."""
    with reading() as session:
        return file_with(session, resource_id)


def _vread(resource_type: str, resource_id: str, version_id: str) -> Response:
    """The resource as it was, as long as the caller may read it now."""
    require_scope(resource_type, "r")
    format_asked()
    with reading() as session:
        row = readable(session, resource_type, resource_id)
        number = int(version_id) if _VERSION.fullmatch(version_id) else 0
        before = earlier_of(session, row, before=number + 1, most=1) if number != row.version else []
        version = row if number == row.version else next((each for each in before if each.version == number), None)
        if version is None:
            raise _no_such()
        show(session, [row])
    return _version(version)


def _version(version: ReadableVersion | Earlier) -> Response:
    body = (version.body or "").encode()
    return answer_with(body, ETag=etag(version.version), Last_Modified=http_date(version.updated_at))


def _history(resource_type: str, resource_id: str) -> Response:
    """The versions of the resource, newest first."""
    require_scope(resource_type, "r")
    format_asked()
    count, before = _number("_count", 50, MOST_COUNT), _number(NAME, 0, 10**9)
    with reading() as session:
        row = readable(session, resource_type, resource_id)
        own: list[ReadableVersion | Earlier] = [] if before else [row]
        versions = [*own, *earlier_of(session, row, before=before or row.version, most=count + 1 - len(own))]
        total = count_earlier(session, row) + 1
        show(session, [row])
    address = f"{base()}/{resource_type}/{resource_id}/_history"
    links = [("self", f"{address}?_count={count}" + (f"&{NAME}={before}" if before else ""))]
    if len(versions) > count:
        links.append(("next", f"{address}?_count={count}&{NAME}={versions[count - 1].version}"))
    return answer_with(history(base(), row, versions[:count], total, links))


def _number(name: str, usual: int, most: int) -> int:
    text = request.args.get(name)
    if text is None:
        return usual
    if not _VERSION.fullmatch(text):
        raise NotUnderstood([Fault("invalid", "Write a number from 1", name)])
    return min(int(text), most)


def readable(session: Session, resource_type: str, resource_id: str) -> ReadableVersion:
    """What the caller can read now. Raises NotFound, in the same words whatever the reason; Busy."""
    is_prepared, row = look_up(session, g.actor.organization, resource_type, resource_id)
    if not is_prepared:
        raise not_prepared()
    if row is None:
        raise _no_such()
    return row


def _no_such() -> NotFound:
    return NotFound("There is no such resource")


def show(session: Session, rows: Iterable[Readable | ReadableVersion]) -> None:
    """Whom the answer shows is recorded with it."""
    person_ids = [row.person_id for row in rows if row.person_id]
    if person_ids:
        events.showed(session, g.actor, *person_ids)


def _search(resource_type: str) -> Response:
    """A page of what the caller can read and asked for."""
    require_scope(resource_type, "s")
    format_asked()
    who = asker()
    cursor = _cursor(resource_type)
    question = asked(resource_type, cursor.pairs, who)
    with reading() as session:
        page = found(session, who.organization_id, question, last=cursor.last, may_read=lambda name: is_open(name, "r"))
        if not page.matches:
            # as long as not all is there, there is none
            require_prepared(session)
        show(session, [*page.matches, *page.along])
    return answer_with(searchset(base(), question, page, _links(question, page)))


def _cursor(resource_type: str) -> Cursor:
    """What is asked for and from where: by parameters, or by the address of a next page."""
    pairs = _pairs()
    pages = [text for name, text in pairs if name == NAME]
    if not pages:
        return Cursor(pairs)
    if len([name for name, _text in pairs if name not in OUTSIDE]) > 1:
        raise NotUnderstood([Fault("invalid", "Send the address of a page as it was given", NAME)])
    return opened(pages[0], g.actor.organization, resource_type)


def _pairs() -> Sequence[tuple[str, str]]:
    """The parameters of the address, and of a form that was sent."""
    pairs = list(request.args.items(multi=True))
    if request.method != "POST":
        return pairs
    if request.mimetype not in ("", _FORM):
        raise UnsupportedMediaType
    return [*pairs, *request.form.items(multi=True)]


def _links(question: Asked, page: Found) -> list[tuple[str, str]]:
    """The search as it was understood, and the next page.

    What may stand in no address is sealed also in the first, when it came in a form.
    """

    def page_of(*last: str) -> str:
        return f"?{NAME}={sealed(Cursor(question.said, last), g.actor.organization, question.resource_type)}"

    address = f"{base()}/{question.resource_type}"
    if NAME in request.args:
        own = query_of([(NAME, request.args[NAME])])
    else:
        own = page_of() if request.method == "POST" and question.is_personal else query_of(question.said)
    links = [("self", address + own)]
    return links + ([("next", address + page_of(*page.last))] if page.last else [])
