"""The directory: finding a service as staff or as anybody, its page, and a list to print."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Blueprint, g, render_template, request, url_for

from cie import directory
from cie.access import Permission
from cie.db import reading
from cie.directory import PAGE_SIZE, Query, Results
from cie.errors import CieError, Invalid
from cie.http import STATUS, public, requires
from cie.web.forms import Notice
from cie.web.language import chosen_language, lazy_gettext
from cie.web.language import gettext as _
from cie.web.language_names import language_choices, language_name
from cie.web.service_page import service_page
from cie.web.service_views import service_view

blueprint = Blueprint("directory", __name__)

LONGEST_WORDS = 200
DONE = {
    "confirmed": lazy_gettext("Thank you. The room is confirmed as of today."),
    "room": lazy_gettext("Saved. Everyone sees the new room now."),
    "sensitivity": lazy_gettext("Saved. From now on this decides who may learn of a person's use of the service."),
    "program": lazy_gettext("Saved. From now on this decides whose rules your words about people follow."),
    "corrected": lazy_gettext("Saved. Thank you for keeping this true."),
}


def query_of(args: Mapping[str, str], *, limit: int = PAGE_SIZE) -> Query:
    """What the address asks for; a filter that it does not know is no filter."""
    text = {name: args.get(name, "").strip()[:LONGEST_WORDS] for name in ("need", "words", "zip", "language")}
    page = args.get("page", "1")
    return Query(
        **text,
        open_now=args.get("open_now") == "yes",
        has_room=args.get("has_room") == "yes",
        same_day=args.get("same_day") == "yes",
        accepts_referrals=args.get("accepts_referrals") == "yes",
        page=int(page) if page.isdecimal() and len(page) < 4 else 1,
        limit=limit,
    )


def address_of(query: Query) -> dict[str, Any]:
    """The query as an address says it, without its page."""
    found = {name: "yes" if value is True else value for name, value in asdict(query).items() if value}
    return {name: value for name, value in found.items() if name not in ("page", "limit")}


def _search_page(template: str, endpoints: Mapping[str, str]) -> "str | tuple[str, int]":
    query = query_of(request.args)
    try:
        found = _search(query) if address_of(query) else None
    except Invalid as error:
        return _rendered_search(template, endpoints, query, None, error.errors), STATUS[error.code]
    return _rendered_search(template, endpoints, query, found, ())


def _search(query: Query) -> Results:
    with reading() as session:
        return directory.search(session, query, at=g.now)


def _rendered_search(
    template: str, endpoints: Mapping[str, str], query: Query, found: Results | None, errors: Sequence[CieError]
) -> str:
    address = address_of(query)
    hits = found.items if found else ()
    return render_template(
        template,
        errors=errors,
        query=query,
        action=url_for(endpoints["search"]),
        needs=need_choices(),
        languages=[("", _("Any language")), *language_choices()],
        found=found,
        services=[service_view(h, endpoint=endpoints["show"], phone_first=query.same_day) for h in hits],
        relaxed=[relaxed_words(name, query) for name in (found.relaxed if found else ())],
        printed=url_for(endpoints["printed"], **address),
        previous=_page_address(endpoints, address, query.page - 1) if query.page > 1 else None,
        following=_page_address(endpoints, address, query.page + 1) if found and found.has_next else None,
    )


def _page_address(endpoints: Mapping[str, str], address: Mapping[str, Any], page: int) -> str:
    return url_for(endpoints["search"], **address, page=page)


def need_choices() -> list[tuple[str, str]]:
    """The needs to choose from, in the language of the page."""
    language = chosen_language()
    return [("", str(_("Any need"))), *((term.code, term.label[language]) for term in directory.needs().values())]


def relaxed_words(name: str, query: Query) -> str:
    """A filter that was taken away, in words."""
    words = {
        "open_now": _("open now"),
        "has_room": _("has room"),
        "same_day": _("help the same day"),
        "words": _("your words"),
        "language": _("speaks %(language)s", language=language_name(query.language)),
    }
    return str(words[name])


STAFF = {"search": "directory.index", "show": "directory.show", "printed": "directory.printed"}
ANYBODY = {"search": "directory.find_help", "show": "directory.public_show", "printed": "directory.public_printed"}


@blueprint.get("/directory")
@requires(Permission.DIRECTORY_READ)
def index() -> "str | tuple[str, int]":
    """Search for staff."""
    return _search_page("directory/index.html", STAFF)


@blueprint.get("/find-help")
@public
def find_help() -> "str | tuple[str, int]":
    """Search for everybody."""
    return _search_page("directory/find_help.html", ANYBODY)


def _printed(endpoints: Mapping[str, str]) -> str:
    query = query_of(request.args)
    with reading() as session:
        hits = directory.search(session, query, at=g.now).items
        details = [directory.get_service_details(session, hit.service.id, at=g.now) for hit in hits]
    services = [service_page(each, endpoint=endpoints["show"]) for each in details]
    back = url_for(endpoints["search"], **address_of(query))
    return render_template(
        "directory/printed.html", services=services, back=back, today=g.now, leave=endpoints is ANYBODY
    )


@blueprint.get("/directory/printed")
@requires(Permission.DIRECTORY_READ)
def printed() -> str:
    """The results on paper, to give to a person; nothing on it says what was searched for."""
    return _printed(STAFF)


@blueprint.get("/find-help/printed")
@public
def public_printed() -> str:
    """The results on paper, for anybody."""
    return _printed(ANYBODY)


def show_page(service_id: UUID, errors: Sequence[CieError] = (), notice: Notice | None = None) -> str:
    with reading() as session:
        details = directory.get_service_details(session, service_id, at=g.now)
        runs = directory.programs_run(session, details.hit.service)
    page = service_page(details, endpoint="directory.show", runs=runs)
    return render_template("directory/show.html", page=page, errors=errors, notice=notice)


@blueprint.get("/directory/<uuid:service_id>")
@requires(Permission.DIRECTORY_READ)
def show(service_id: UUID) -> str:
    """All facts of a service; its own organization keeps them true here."""
    done = DONE.get(request.args.get("done", ""))
    return show_page(service_id, notice=Notice("good", str(done)) if done else None)


@blueprint.get("/find-help/<uuid:service_id>")
@public
def public_show(service_id: UUID) -> str:
    """All facts of a service, for everybody."""
    with reading() as session:
        details = directory.get_service_details(session, service_id, at=g.now)
    return render_template("directory/public_show.html", page=service_page(details, endpoint="directory.public_show"))
