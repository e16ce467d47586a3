"""What can be wrong with a server as it talks, by name, each with the rows of the suite that have to turn red."""

import re
from dataclasses import replace

from cie.conformance.platform import KINDS
from tests.conformance import faults_in_resources
from tests.conformance.proxy import Asked, Said
from tests.conformance.spoiling import (
    EMPTY,
    FAULTS,
    Resource,
    answers,
    any_time,
    fault,
    forgets,
    heads,
    in_answers,
    instead,
    made,
    no_such,
    read_of,
    search_of,
)

CHANGEABLE = [each for each in KINDS if KINDS[each].has_versions]
ALL_VERSIONING = {f"cap-{each}-versioning" for each in CHANGEABLE}

# versions and headers
fault("etag-left-out", "fhir-etag")(heads(any_time, etag=None))
fault("etag-of-another-version", "fhir-etag")(heads(any_time, etag='W/"77"'))
fault("last-modified-left-out", "fhir-last-modified")(heads(any_time, last_modified=None))
fault("last-updated-left-out", "fhir-last-updated")(lambda asked, forward: _never_updated(forward(asked)))
fault("version-stands-still", "cap-Goal-versioning")(
    in_answers("Goal", lambda goal: goal["meta"].update(versionId="1"))
)
fault("if-match-ignored", *ALL_VERSIONING)(lambda asked, forward: forward(asked.without("if-match")))
fault("if-match-ignored-for-procedures", "cap-Procedure-versioning")(
    lambda asked, forward: forward(asked.without("if-match") if asked.type == "Procedure" else asked)
)
fault("stale-update-breaks", *ALL_VERSIONING)(instead(412, 500, any_time))
fault("location-left-out", "cap-Goal-create")(heads(made("Goal"), location=None))
fault("create-says-200", "cap-Goal-create")(instead(201, 200, made("Goal")))
fault("create-refused", "cap-DocumentReference-create")(answers(405, made("DocumentReference")))


def _never_updated(said: Said) -> Said:
    return replace(said, body=re.sub(rb',?"lastUpdated":"[^"]+"|<lastUpdated value="[^"]+"/>', b"", said.body))


# formats
fault("xml-namespace-wrong", "cap-format-xml")(
    lambda asked, forward: _in_xml(forward(asked), b"http://hl7.org/fhir", b"http://hl7.org/fihr")
)
fault("xml-says-otherwise", "cap-format-xml")(
    lambda asked, forward: _in_xml(forward(asked), b'<status value="requested"/>', b'<status value="accepted"/>')
)
fault("xml-breaks-off", "cap-format-xml")(lambda asked, forward: _in_xml(forward(asked), b"</Task>", b""))
fault("xml-as-plain-text", "cap-format-xml")(lambda asked, forward: _typed(forward(asked), "xml", "text/xml"))
fault("xml-not-served", "cap-format-xml", "fhir-format-parameter")(
    lambda asked, forward: Said(406) if _wants_xml(asked) else forward(asked)
)
fault("format-parameter-ignored", "fhir-format-parameter")(lambda asked, forward: forward(asked.without("_format")))
fault("json-as-plain-text", "cap-format-json")(lambda asked, forward: _typed(forward(asked), "json", "text/json"))


def _in_xml(said: Said, was: bytes, now: bytes) -> Said:
    is_xml = "xml" in said.headers.get("content-type", "")
    return replace(said, body=said.body.replace(was, now)) if is_xml else said


def _typed(said: Said, kind: str, name: str) -> Said:
    return said.with_headers(content_type=name) if kind in said.headers.get("content-type", "") else said


def _wants_xml(asked: Asked) -> bool:
    return "xml" in asked.headers.get("accept", "") or ("_format", "xml") in asked.query


# what the server says of itself
fault("another-fhir-version", "fhir-metadata")(
    in_answers("CapabilityStatement", lambda said: said.update(fhirVersion="5.0.0"))
)
fault("smart-left-out", "cap-security")(
    in_answers("CapabilityStatement", lambda said: said["rest"][0]["security"].pop("service"))
)
fault("location-not-declared", "cap-Location-declared")(
    in_answers("CapabilityStatement", lambda said: _undeclare(said, "Location"))
)


def _undeclare(said: Resource, resource_type: str) -> None:
    found = said["rest"][0]["resource"]
    found[:] = [each for each in found if each["type"] != resource_type or resource_type != "Location"]


# refusals
fault("outcome-left-out", "fhir-outcome-not-found")(answers(404, no_such))
fault("outcome-without-issue", "fhir-outcome-not-found")(
    answers(404, no_such, {"resourceType": "OperationOutcome", "issue": []})
)
fault("nothing-is-found-as-200", "fhir-not-found")(answers(200, no_such, EMPTY))
fault("unsound-is-taken", "fhir-invalid")(
    instead(422, 201, lambda asked: b"nonsense" in asked.body and made("Task")(asked))
)
fault("unsound-breaks-it", "fhir-invalid")(
    instead(422, 500, lambda asked: b"nonsense" in asked.body and made("Task")(asked))
)
fault("fault-has-no-place", "fhir-outcome-invalid")(
    in_answers("OperationOutcome", lambda said: [each.pop("expression", None) for each in said["issue"]])
)
fault("validating-refuses", "fhir-validate")(instead(200, 422, lambda asked: asked.path.endswith("$validate")))
fault("validating-finds-nothing", "fhir-validate")(
    in_answers(
        "OperationOutcome",
        lambda said: [each.update(severity="information") for each in said["issue"]],
        when=lambda asked: asked.path.endswith("$validate"),
    )
)
fault("populating-gives-no-answers", "cap-Questionnaire-populate")(
    answers(200, lambda asked: asked.path.endswith("$populate"), {"resourceType": "Parameters"})
)
fault("broken-json-breaks-it", "fhir-malformed")(instead(400, 500, made("Task")))
fault("unknown-parameter-ignored", "fhir-strict")(
    lambda asked, forward: forward(asked.without("sdohcc-suite-parameter"))
)
fault("no-token-needed", "priv-6")(answers(200, lambda asked: "authorization" not in asked.headers, EMPTY))
fault("any-token-will-do", "priv-6")(
    answers(200, lambda asked: asked.headers.get("authorization") == "Bearer not-a-token", EMPTY)
)

# searching
fault("search-by-owner-breaks", "cap-Task-search-owner")(answers(500, search_of("Task", "owner")))
fault("search-by-owner-ignored", "cap-Task-search-owner")(forgets("Task", "owner"))
fault("search-by-focus-refused", "cap-Task-search-focus")(
    answers(
        400,
        search_of("Task", "focus"),
        {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-supported"}]},
    )
)
fault("search-by-code-finds-nothing", "cap-Task-search-code")(answers(200, search_of("Task", "code"), EMPTY))
fault("search-by-patient-ignored", "cap-ServiceRequest-search-patient")(forgets("ServiceRequest", "patient"))
fault("search-by-moment-ignored", "cap-Goal-search-_lastUpdated")(forgets("Goal", "_lastUpdated"))
fault("search-by-place-ignored", "cap-HealthcareService-search-location")(forgets("HealthcareService", "location"))
fault("search-by-value-ignored", "cap-Group-search-characteristic-value")(forgets("Group", "characteristic-value"))
fault("search-by-title-ignored", "cap-Questionnaire-search-title")(forgets("Questionnaire", "title"))
fault("search-as-document", "cap-Condition-search-category")(
    in_answers("Bundle", lambda said: said.update(type="collection"), when=search_of("Condition", "category"))
)
fault("another-in-the-answer", "cap-Procedure-search-status")(
    in_answers("Procedure", lambda each: each.update(status="stopped"), when=search_of("Procedure", "status"))
)
fault("no-search-of-care-teams", *(f"cap-CareTeam-search-{name}" for name in ("type", "_id", "_lastUpdated")))(
    answers(500, search_of("CareTeam"))
)
fault("self-link-left-out", "fhir-searchset")(
    in_answers("Bundle", lambda said: said.update(link=[]), when=search_of("Task", "_id"))
)
fault("full-url-left-out", "fhir-searchset")(
    in_answers("Bundle", lambda said: [each.pop("fullUrl", None) for each in said.get("entry", [])])
)
fault("total-wrong", "fhir-total")(
    in_answers(
        "Bundle", lambda said: said.update(total=said.get("total", 0) + 1), when=lambda each: each.asks("_total")
    )
)
fault("count-ignored", "fhir-count")(
    lambda asked, forward: forward(asked.without("_count") if ("_count", "1") in asked.query else asked)
)
fault("same-page-again", "fhir-next-page")(in_answers("Bundle", lambda said: _turn_back(said)))
fault("no-search-by-post", "fhir-search-by-post")(answers(405, lambda asked: asked.path.endswith("/_search")))
fault("claimable-ignored", "fhir-claimable")(forgets("Task", "owner:missing"))
fault("focus-not-included", "cap-Task-include-focus", "task-7")(
    lambda asked, forward: forward(asked.without("_include") if ("_include", "Task:focus") in asked.query else asked)
)
fault("output-not-included", "cap-Task-include-output")(
    lambda asked, forward: forward(asked.without("_include") if ("_include", "Task:output") in asked.query else asked)
)
fault("member-not-included", "cap-Group-include-member")(forgets("Group", "_include"))


def _turn_back(bundle: Resource) -> None:
    links = {each["relation"]: each for each in bundle.get("link", [])}
    if "next" in links:
        links["next"]["url"] = links["self"]["url"]


# reading
fault("another-is-read", "cap-Practitioner-read")(
    in_answers("Practitioner", lambda each: each.update(id="another"), when=read_of("Practitioner"))
)
fault("reading-breaks", "cap-Organization-read")(answers(500, read_of("Organization")))

# the other half of the table
__all__ = ["FAULTS", "faults_in_resources"]
