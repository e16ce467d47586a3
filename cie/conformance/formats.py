"""Rows about how resources travel: what the server says of itself, JSON and XML, versions, Bundles of a search."""

from cie.conformance.rows import Expectation, expect, need, row
from cie.conformance.server import Server, tag_of
from cie.conformance.session import JSON, XML, Answer, Resource
from cie.fhir.checking import faults_in

GROUP = "FHIR over HTTP"
SHALL, SHOULD, UNSAID = Expectation.SHALL, Expectation.SHOULD, Expectation.UNSAID
_ANY = ("Task", "HealthcareService", "Organization", "Patient")


def any_one(server: Server) -> Resource:
    """A resource that the server shows, of whichever type."""
    found = next((each for name in _ANY for each in server.page(name).found()[:1]), None)
    need(found, "The server shows nothing to look at.")
    assert found is not None
    return found


def _address(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


@row("fhir-metadata", GROUP, SHALL, "The server says what it does, in FHIR R4")
def fhir_metadata(server: Server) -> None:
    said = server.statement
    expect(said.get("resourceType") == "CapabilityStatement", "GET metadata gives no CapabilityStatement.")
    expect(said.get("fhirVersion") == "4.0.1", "The CapabilityStatement does not say FHIR 4.0.1.")
    faults = faults_in(said, (), server.value_sets)
    expect(not faults, "The CapabilityStatement is not sound: " + "; ".join(f"{f.place}: {f.words}" for f in faults))


@row("cap-security", GROUP, SHALL, "The CapabilityStatement names SMART on FHIR")
def cap_security(server: Server) -> None:
    need(server.of_rest(), "There is no CapabilityStatement; see fhir-metadata.")
    services = server.of_rest().get("security", {}).get("service", [])
    codes = {coding.get("code") for each in services for coding in each.get("coding", [])}
    expect("SMART-on-FHIR" in codes, "rest.security.service does not say SMART-on-FHIR.")


@row("cap-format-json", GROUP, SHALL, "Resources travel as JSON")
def cap_format_json(server: Server) -> None:
    answer = server.session.get(_address(any_one(server)), accept=JSON)
    expect(answer.is_good, f"A resource is not read as JSON: {answer.words}.")
    expect(answer.media_type == JSON, f"The answer says that it is {answer.media_type}, not {JSON}.")
    expect(not answer.fault, f"The JSON is not FHIR: {answer.fault}.")


@row("cap-format-xml", GROUP, SHALL, "Resources travel as XML that says the same as JSON")
def cap_format_xml(server: Server) -> None:
    address = _address(any_one(server))
    answer, plain = server.session.get(address, accept=XML), server.session.get(address)
    expect(answer.is_good, f"A resource is not read as XML: {answer.words}.")
    expect(answer.media_type == XML, f"The answer says that it is {answer.media_type}, not {XML}.")
    expect(not answer.fault, f"The XML is not FHIR: {answer.fault}.")
    need(not plain.fault and plain.is_good, "There is no JSON to compare it with; see cap-format-json.")
    expect(answer.resource == plain.resource, "XML and JSON of one resource differ.")


@row("fhir-format-parameter", GROUP, SHOULD, "_format asks for XML, too")
def fhir_format_parameter(server: Server) -> None:
    answer = server.session.get(f"{_address(any_one(server))}?_format=xml", accept="*/*")
    expect(answer.is_good and "xml" in answer.media_type, f"_format=xml does not give XML: {answer.words}.")


@row("fhir-etag", GROUP, SHOULD, "A read answers with the ETag of the version that it shows")
def fhir_etag(server: Server) -> None:
    answer = _read(server)
    expect(answer.header("etag"), "A read answers without an ETag.")
    expect(answer.header("etag") == tag_of(answer.resource), "The ETag is not the one of meta.versionId.")


@row("fhir-last-modified", GROUP, SHOULD, "A read says when the resource last changed")
def fhir_last_modified(server: Server) -> None:
    expect(_read(server).header("last-modified"), "A read answers without Last-Modified.")


@row("fhir-last-updated", GROUP, SHOULD, "meta.lastUpdated is there, so that changes can be asked for")
def fhir_last_updated(server: Server) -> None:
    expect(_read(server).resource.get("meta", {}).get("lastUpdated"), "A resource has no meta.lastUpdated.")


def _read(server: Server) -> Answer:
    answer = server.session.get(_address(any_one(server)))
    need(answer.is_good, f"A resource is not read: {answer.words}.")
    return answer


@row("fhir-searchset", GROUP, SHALL, "A search answers with a sound Bundle that says what was searched")
def fhir_searchset(server: Server) -> None:
    resource = any_one(server)
    answer = server.session.get(f"{resource['resourceType']}?_id={resource['id']}")
    need(answer.is_good, f"The search is refused: {answer.words}.")
    links = {each.get("relation") for each in answer.resource.get("link", [])}
    expect("self" in links, "The Bundle has no self link.")
    expect(all(each.get("fullUrl") for each in answer.entries), "An entry has no fullUrl.")
    expect(all(each.get("search", {}).get("mode") for each in answer.entries), "An entry does not say why it is there.")


@row("fhir-total", GROUP, SHOULD, "The total is the number of matches")
def fhir_total(server: Server) -> None:
    resource = any_one(server)
    answer = server.session.get(f"{resource['resourceType']}?_id={resource['id']}&_total=accurate")
    need(answer.is_good, f"The search is refused: {answer.words}.")
    need("total" in answer.resource, "The server gives no total, which it may leave out.")
    expect(answer.resource["total"] == 1, f"A search by one _id says a total of {answer.resource['total']}.")


@row("fhir-count", GROUP, SHALL, "No page holds more than _count asks for")
def fhir_count(server: Server) -> None:
    answer = server.session.get("HealthcareService?_count=1")
    need(answer.is_good, f"The search is refused: {answer.words}.")
    expect(len(answer.found()) <= 1, f"With _count=1 a page holds {len(answer.found())}.")


@row("fhir-next-page", GROUP, SHALL, "The next link leads to others")
def fhir_next_page(server: Server) -> None:
    first = server.session.get("HealthcareService?_count=1")
    need(first.is_good and first.found(), "There are no pages of HealthcareService to turn.")
    after = [each["url"] for each in first.resource.get("link", []) if each.get("relation") == "next"]
    need(after, "There is one page only.")
    second = server.session.get(after[0])
    expect(second.is_good, f"The next page is refused: {second.words}.")
    seen = {each.get("id") for each in first.found()}
    expect(not seen & {each.get("id") for each in second.found()}, "The next page shows the same again.")


@row("fhir-search-by-post", GROUP, SHALL, "Search is served by POST, too")
def fhir_search_by_post(server: Server) -> None:
    wanted = any_one(server)
    answer = server.session.form(f"{wanted['resourceType']}/_search", {"_id": wanted["id"]})
    expect(answer.is_good, f"A search by POST is refused: {answer.words}.")
    expect([each.get("id") for each in answer.found()] == [wanted["id"]], "A search by POST does not find by _id.")


@row("fhir-claimable", GROUP, SHOULD, "Tasks that nobody owns yet are found by owner:missing")
def fhir_claimable(server: Server) -> None:
    answer = server.session.get("Task?owner:missing=true&status=requested")
    expect(answer.is_good, f"The search is refused: {answer.words}.")
    expect(not [each for each in answer.found() if "owner" in each], "It finds Tasks that have an owner.")
