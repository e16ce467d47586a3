"""The rows of the capability table: for each resource type its interactions, searches, includes and versions."""

from collections.abc import Callable

from cie.conformance.changes import CHANGES
from cie.conformance.loops import loop_of
from cie.conformance.platform import KINDS, Kind, Search
from cie.conformance.rows import Expectation, Fails, expect, need, row
from cie.conformance.searching import check_include, check_page, check_search
from cie.conformance.server import Server, tag_of
from cie.conformance.session import Answer, Resource

CheckOfKind = Callable[[Server, Kind], str | None]
_STALE = 'W/"999999"'
_STARTED = {"Task", "ServiceRequest"}


def declared(server: Server, kind: Kind) -> None:
    """The CapabilityStatement names the type."""
    expect(server.of_rest(), "There is no CapabilityStatement that says anything of a server.")
    expect(server.declared(kind.type), f"The CapabilityStatement does not name {kind.type}.")


def read(server: Server, kind: Kind) -> None:
    """A resource that is shown is read by its id."""
    wanted = server.one(kind.type)
    answer = server.session.get(f"{kind.type}/{wanted['id']}")
    expect(answer.is_good, f"A {kind.type} that the server shows is not read by its id: {answer.words}.")
    got = (answer.resource.get("resourceType"), answer.resource.get("id"))
    expect(got == (kind.type, wanted["id"]), "Another resource is read than the one that was asked for.")


def create(server: Server, kind: Kind) -> None:
    """What is posted is made, and the answer says where it is (FHIR R4, 3.1.0.8)."""
    need(server.takes(kind.type), "It may be left out, and the server does not say that it does it.")
    answer = _creation(server, kind)
    expect(answer.status == 201, f"The create is refused: {answer.words}.")
    expect(f"{kind.type}/" in answer.header("location"), "The answer to a create does not say where the resource is.")


def _creation(server: Server, kind: Kind) -> Answer:
    if kind.type in _STARTED:
        loop = loop_of(server)
        return loop.made if kind.type == "Task" else loop.made_request
    return server.created(kind.type)


def update(server: Server, kind: Kind) -> None:
    """What is put back with a change is taken."""
    answer = _updated(server, kind)[1]
    expect(answer.is_good, f"The update is refused: {answer.words}.")


def _updated(server: Server, kind: Kind) -> tuple[Resource, Answer]:
    """What was there before, and the answer to an update of it."""
    asked = kind.interactions["update"]
    is_free = asked is Expectation.MAY and not server.declares(kind.type, "update")
    need(not is_free, "It may be left out, and the server does not say that it does it.")

    def put() -> tuple[Resource, Answer]:
        before = server.own(kind.type)
        need(before, f"The suite could make no {kind.type} to change.")
        assert before is not None
        changed = before | CHANGES[kind.type]
        return before, server.session.put(f"{kind.type}/{before['id']}", changed, If_Match=tag_of(before))

    return server.once(f"update {kind.type}", put)


def versioning(server: Server, kind: Kind) -> None:
    """Each update makes a version of its own, and one that was meant for an older version is refused."""
    if "update" in kind.interactions and not server.declares(kind.type, "update"):
        need(kind.interactions["update"] is not Expectation.MAY, "The server does not say that it updates this type.")
    before, answer = _updated(server, kind)
    need(answer.is_good, f"The update that this needs was refused: {answer.words}.")
    address = f"{kind.type}/{before['id']}"
    now = server.session.get(address).resource
    expect(tag_of(now) != tag_of(before), "After an update meta.versionId is the same as before.")
    stale = server.session.put(address, now, If_Match=tag_of(before) if tag_of(before) != 'W/""' else _STALE)
    if stale.is_good:
        raise Fails("An update with the version before in If-Match is done: what others wrote meanwhile is lost.")
    expect(stale.status in (409, 412), f"An update with an old If-Match answers {stale.words}, not 412 or 409.")


def _rows() -> None:
    for kind in KINDS.values():
        _of_kind(kind)
        for search in kind.searches:
            _add(kind, f"search-{search.name}", search.expectation, f"search by {search.name}", _searched(search))
        for name, asked in kind.includes.items():
            _add(kind, f"include-{name}", asked, f"_include={kind.type}:{name}", _included(name))
        if kind.has_versions:
            _add(kind, "versioning", Expectation.SHALL, "updates that name their version", versioning)


def _of_kind(kind: Kind) -> None:
    _add(kind, "declared", kind.expectation, f"{kind.type} is declared", declared)
    for code, asked in kind.interactions.items():
        # how Subscriptions are made has rows of its own
        if kind.type != "Subscription":
            _add(kind, code, asked, f"{code} of {kind.type}", _INTERACTIONS[code])


def _add(kind: Kind, code: str, asked: Expectation, title: str, check: CheckOfKind) -> None:
    row(f"cap-{kind.type}-{code}", f"Capability: {kind.type}", asked, title)(lambda server: check(server, kind))


def _searched(search: Search) -> CheckOfKind:
    return lambda server, kind: check_search(server, kind, search)


def _included(name: str) -> CheckOfKind:
    return lambda server, kind: check_include(server, kind, name)


_INTERACTIONS: dict[str, CheckOfKind] = {
    "read": read,
    "create": create,
    "update": update,
    "search-type": check_page,
}
_rows()
