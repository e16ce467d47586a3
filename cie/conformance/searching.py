"""Rows of the capability table about finding: search parameters and what comes along."""

from urllib.parse import quote

from cie.conformance.elements import asked_for, fits, nonsense, values_of
from cie.conformance.platform import Kind, Search
from cie.conformance.rows import DoesNotApply, Expectation, Fails, expect, need
from cie.conformance.server import Server
from cie.conformance.session import Answer, Resource

_SAFE = ":/|,$.-"


def require_searched(server: Server, kind: Kind) -> None:
    """A type that need not be searched at all need not be searched by this."""
    is_free = kind.interactions["search-type"] in (Expectation.MAY, Expectation.UNSAID)
    if is_free and not server.declares(kind.type, "search-type"):
        raise DoesNotApply("Search may be left out for this type, and the server does not say that it does it.")


def check_search(server: Server, kind: Kind, search: Search) -> str:
    """What has the value is found, nothing else is, and nothing is found by what nobody has."""
    require_searched(server, kind)
    probe = _probe(server, kind, search)
    if probe:
        _check_found(server, kind, search, *probe)
    _check_nothing(server, kind, search, probe[1] if probe else "")
    return "" if probe else f"Seen on an empty answer alone: no {kind.type} that the server shows has a value for it."


def _probe(server: Server, kind: Kind, search: Search) -> tuple[Resource, str] | None:
    seen = server.seen(kind.type)
    return next(((each, value) for each in seen for value in values_of(each, search)), None)


def _check_found(server: Server, kind: Kind, search: Search, resource: Resource, value: str) -> None:
    asked = f"{kind.type}?{search.name}={quote(asked_for(value, search.kind), safe=_SAFE)}"
    answer = _asked(server, f"{asked}&_count=20")
    wrong = [each for each in answer.found() if not fits(each, search, value)]
    expect(not wrong, f"A search by {search.name} also finds {kind.type} resources that do not have the value.")
    if resource["id"] not in [each.get("id") for each in answer.found()]:
        alone = _asked(server, f"{asked}&_id={resource['id']}")
        is_there = resource["id"] in [each.get("id") for each in alone.found()]
        expect(is_there, f"A {kind.type} that has the value is not found by {search.name}.")


def _check_nothing(server: Server, kind: Kind, search: Search, seen: str) -> None:
    asked = f"{kind.type}?{search.name}={quote(nonsense(search, seen), safe=_SAFE)}"
    answer = server.session.get(asked)
    if 400 <= answer.status < 500 and answer.resource.get("resourceType") == "OperationOutcome":
        # a value that cannot be may be refused, once it was seen that the parameter is known
        need(seen, f"No {kind.type} here has a value for it, and a made-up one is refused: {answer.words}.")
        return
    expect(not _bundle(answer).found(), f"The parameter {search.name} is ignored: what nobody has finds something.")


def _asked(server: Server, path: str) -> Answer:
    return _bundle(server.session.get(path))


def _bundle(answer: Answer) -> Answer:
    """Raises Fails unless it is the Bundle of a search."""
    expect(answer.is_good, f"The search is refused: {answer.words}.")
    kind = answer.resource.get("resourceType"), answer.resource.get("type")
    expect(kind == ("Bundle", "searchset"), "The answer to a search is not a Bundle of type searchset.")
    return answer


def check_include(server: Server, kind: Kind, name: str) -> None:
    """What a resource points to comes along with it, marked as such."""
    require_searched(server, kind)
    search = next(each for each in kind.searches if each.name == name)
    pointing = [(each, value) for each in server.seen(kind.type) for value in values_of(each, search)]
    need(pointing, f"No {kind.type} that the server shows points to anything by {name}.")
    for resource, target in pointing[:3]:
        answer = _asked(server, f"{kind.type}?_id={resource['id']}&_include={kind.type}:{name}")
        along = [f"{each.get('resourceType')}/{each.get('id')}" for each in answer.found("include")]
        if target in along:
            return
        if server.session.get(target).is_good:
            raise Fails(f"With _include={kind.type}:{name} the {target.partition('/')[0]} does not come along.")
    raise DoesNotApply("What is pointed to is not readable for this token.")


def check_page(server: Server, kind: Kind) -> None:
    """Resources of this type are searched."""
    require_searched(server, kind)
    _bundle(server.page(kind.type))
