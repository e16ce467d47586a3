"""Referrals that the suite sends to see what becomes of them: a ServiceRequest and its Task."""

from collections.abc import Iterator
from dataclasses import dataclass

from cie.conformance.rows import need
from cie.conformance.server import Server, address_of
from cie.conformance.session import Answer, Resource
from cie.conformance.specimens import consent, service_request, task

MOST_OWNERS = 8
_URN = "urn:uuid:00000000-0000-4000-8000-00000000000"


@dataclass(frozen=True)
class Loop:
    """A referral that the server took. `sent_*`: as the suite sent them; the others as they are read."""

    sent_request: Resource
    sent_task: Resource
    request: Resource
    task: Resource
    made: Answer
    """The answer that made the task; `made_request`: the one that made the request."""
    made_request: Answer


def loop_of(server: Server) -> Loop:
    """The referral that the rows look at, sent resource by resource; by a transaction where that is not taken.

    Raises DoesNotApply when the server takes neither.
    """

    def send() -> Loop:
        loop = _one_by_one(server)
        if loop is None and _takes_bundles(server):
            loop = by_transaction(server)
        need(loop, "The server took no referral of the suite. Name --patient, --organization and --owner.")
        assert loop is not None
        return loop

    return server.once("loop", send)


def by_transaction(server: Server) -> Loop | None:
    """A referral sent as one Bundle; None when it is refused."""
    need(_takes_bundles(server), "The server does not say that it takes transactions.")
    for organization, owner in _pairs(server):
        bundle = transaction_of(server, organization, owner)
        answer = server.session.post("", bundle)
        if answer.is_good:
            return _from_bundle(server, bundle, answer)
    return None


def transaction_of(server: Server, organization: str, owner: str, **changed: str) -> Resource:
    """A Bundle with the evidence of consent, the request and the task. `changed`: elements of the task."""
    parts = {"patient": server.patient, "organization": organization, "owner": owner}
    links = {"consent": f"{_URN}1", "request": f"{_URN}2"}
    resources = [consent(parts), service_request(parts | links), task(parts | links) | changed]
    if not server.takes("Consent"):
        resources[:2] = [service_request(parts)]
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": _urn(each), "resource": each, "request": {"method": "POST", "url": each["resourceType"]}}
            for each in resources
        ],
    }


def _urn(resource: Resource) -> str:
    return _URN + {"Consent": "1", "ServiceRequest": "2", "Task": "3"}[resource["resourceType"]]


def _from_bundle(server: Server, bundle: Resource, answer: Answer) -> Loop | None:
    places = [each.get("response", {}).get("location", "") for each in answer.entries]
    made = ["/".join(place.partition("/_history")[0].split("/")[-2:]) for place in places]
    server.made.extend(each for each in made if "/" in each)
    sent = {each["resource"]["resourceType"]: each["resource"] for each in bundle["entry"]}
    addresses = {each.partition("/")[0]: each for each in made}
    if not {"ServiceRequest", "Task"} <= set(addresses):
        return None
    return _read(
        server, sent["ServiceRequest"], sent["Task"], addresses["ServiceRequest"], addresses["Task"], answer, answer
    )


def _takes_bundles(server: Server) -> bool:
    return any(each.get("code") == "transaction" for each in server.of_rest().get("interaction", []))


def _pairs(server: Server) -> Iterator[tuple[str, str]]:
    """Who may ask and who may be asked, the likeliest first."""
    owners = owners_of(server)
    for organization in server.organizations()[:2]:
        yield from ((organization, owner) for owner in owners[:MOST_OWNERS])


def owners_of(server: Server) -> list[str]:
    """Whom a Task may be for: the one who was named, or else those who were asked before and services with food.

    Of an organization that was named its services come after it, since a server may ask for one of them.
    """

    def find() -> list[str]:
        named = server.options.owner
        if named.startswith("Organization/"):
            return [named, *_services(server.session.get(f"HealthcareService?organization={named}"))]
        return [named] if named else _likely(server)

    found = server.once("owners", find)
    need(found, "The server shows nobody whom a Task could be for. Name one with --owner.")
    return found


def _likely(server: Server) -> list[str]:
    own = server.organizations()[0]
    asked = [each.get("owner", {}).get("reference", "") for each in server.page("Task").found()]
    food = server.session.get("HealthcareService?service-category=food-insecurity&active=true&_count=20")
    services = _services(food) or _services(server.page("HealthcareService"))
    return [each for each in dict.fromkeys([*asked, *services]) if each and each != own]


def _services(answer: Answer) -> list[str]:
    return [f"HealthcareService/{each['id']}" for each in answer.found()]


def _one_by_one(server: Server) -> Loop | None:
    """The request first, as a draft where nothing else is taken, then the task that asks for it."""
    evidence = address_of(server.created("Consent"), "Consent") if server.takes("Consent") else ""
    for organization in server.organizations()[:2]:
        parts = {"patient": server.patient, "organization": organization}
        sent = service_request(parts | ({"consent": evidence} if evidence else {}))
        answer = _posted(server, sent)
        address = address_of(answer, "ServiceRequest")
        if not answer.is_good or not address:
            continue
        for owner in owners_of(server)[:MOST_OWNERS]:
            asks = task({**parts, "owner": owner, "request": address})
            made = server.keep(server.session.post("Task", asks), "Task")
            if made.is_good and address_of(made, "Task"):
                return _read(server, sent, asks, address, address_of(made, "Task"), made, answer)
    return None


def _posted(server: Server, sent: Resource) -> Answer:
    answer = server.session.post("ServiceRequest", sent)
    if not answer.is_good:
        answer = server.session.post("ServiceRequest", sent | {"status": "draft"})
    return server.keep(answer, "ServiceRequest")


def _read(
    server: Server, sent: Resource, asks: Resource, request: str, task_at: str, made: Answer, made_request: Answer
) -> Loop | None:
    request_now, task_now = server.session.get(request).resource, server.session.get(task_at).resource
    if "id" not in request_now or "id" not in task_now:
        return None
    return Loop(sent, asks, request_now, task_now, made, made_request)
