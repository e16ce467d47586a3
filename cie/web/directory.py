"""The directory: finding a service as staff or as anybody, its page, a list to print, and keeping it true."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from cie import directory
from cie.access import Permission
from cie.db import reading, transaction
from cie.directory import PAGE_SIZE, CapacityStatus, Category, Correction, Query, Results
from cie.errors import CieError, Invalid
from cie.http import STATUS, public, requires
from cie.web.forms import FormSchema, Notice, again
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
    "corrected": lazy_gettext("Saved. Thank you for keeping this true."),
}
# In lists, since marshmallow takes a lazy text alone for a nested error.
CHOOSE_ROOM = [lazy_gettext("Room: choose one")]
CHOOSE_PRIVATE = [lazy_gettext("Private: choose one")]
ENTER_NAME = [lazy_gettext("Name: enter a name")]


class RoomSchema(FormSchema):
    """How much room there is, as its organization says."""

    status = fields.Enum(
        CapacityStatus, by_value=True, required=True, error_messages={"required": CHOOSE_ROOM, "unknown": CHOOSE_ROOM}
    )
    note = fields.Str(
        load_default=None, validate=validate.Length(max=300, error=lazy_gettext("Note: use 300 letters or fewer"))
    )


class SensitivitySchema(FormSchema):
    """What naming the service would tell of a person."""

    category = fields.Enum(
        Category, by_value=True, required=True, error_messages={"required": CHOOSE_PRIVATE, "unknown": CHOOSE_PRIVATE}
    )


class CorrectionSchema(FormSchema):
    """The facts of a service, as they shall be."""

    name = fields.Str(
        required=True,
        validate=validate.Length(max=200, error=lazy_gettext("Name: use 200 letters or fewer")),
        error_messages={"required": ENTER_NAME},
    )
    description = fields.Str(load_default="")
    eligibility_description = fields.Str(load_default="")
    application_process = fields.Str(load_default="")
    fees_description = fields.Str(load_default="")


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


def _show_page(service_id: UUID, errors: Sequence[CieError] = (), notice: Notice | None = None) -> str:
    with reading() as session:
        details = directory.get_service_details(session, service_id, at=g.now)
    page = service_page(details, endpoint="directory.show")
    return render_template("directory/show.html", page=page, errors=errors, notice=notice)


@blueprint.get("/directory/<uuid:service_id>")
@requires(Permission.DIRECTORY_READ)
def show(service_id: UUID) -> str:
    """All facts of a service; its own organization keeps them true here."""
    done = DONE.get(request.args.get("done", ""))
    return _show_page(service_id, notice=Notice("good", str(done)) if done else None)


@blueprint.get("/find-help/<uuid:service_id>")
@public
def public_show(service_id: UUID) -> str:
    """All facts of a service, for everybody."""
    with reading() as session:
        details = directory.get_service_details(session, service_id, at=g.now)
    return render_template("directory/public_show.html", page=service_page(details, endpoint="directory.public_show"))


def _back(service_id: UUID, done: str) -> Response:
    return redirect(url_for("directory.show", service_id=service_id, done=done), 303)


@blueprint.post("/directory/<uuid:service_id>/confirmation")
@requires(Permission.DIRECTORY_WRITE)
@again(_show_page)
def create_confirmation(service_id: UUID) -> Response:
    """Still right, in one tap."""
    with transaction() as session:
        directory.confirm_capacity(session, g.actor, service_id, at=g.now)
    return _back(service_id, "confirmed")


@blueprint.post("/directory/<uuid:service_id>/room")
@requires(Permission.DIRECTORY_WRITE)
@again(_show_page)
def create_room(service_id: UUID) -> Response:
    """A new word on how much room there is."""
    form = RoomSchema().read()
    with transaction() as session:
        directory.confirm_capacity(session, g.actor, service_id, form["status"], note=form["note"], at=g.now)
    return _back(service_id, "room")


@blueprint.post("/directory/<uuid:service_id>/sensitivity")
@requires(Permission.DIRECTORY_READ)
@again(_show_page)
def set_sensitivity(service_id: UUID) -> Response:
    """How private the use of the service is."""
    form = SensitivitySchema().read()
    with transaction() as session:
        directory.set_sensitivity(session, g.actor, service_id, form["category"], at=g.now)
    return _back(service_id, "sensitivity")


def _correction_page(service_id: UUID, errors: Sequence[CieError] = (), notice: Notice | None = None) -> str:
    with reading() as session:
        service = directory.get_own_service(session, g.actor, service_id)
    return render_template("directory/correction.html", service=service, errors=errors, notice=notice)


@blueprint.get("/directory/<uuid:service_id>/correction")
@requires(Permission.DIRECTORY_WRITE)
def correction(service_id: UUID) -> str:
    """The form for correcting the facts of an own service."""
    return _correction_page(service_id)


@blueprint.post("/directory/<uuid:service_id>/correction")
@requires(Permission.DIRECTORY_WRITE)
@again(_correction_page)
def create_correction(service_id: UUID) -> Response:
    """The facts as they shall be from now on."""
    form: dict[str, Any] = CorrectionSchema().read()
    with transaction() as session:
        directory.correct_service(session, g.actor, service_id, Correction(**form), at=g.now)
    return _back(service_id, "corrected")
