"""Rows about refusals, and about Bundles that do several things at once."""

from cie.conformance.elements import NOBODY
from cie.conformance.formats import any_one
from cie.conformance.loops import by_transaction, owners_of, transaction_of
from cie.conformance.rows import Expectation, expect, need, row
from cie.conformance.server import Server
from cie.conformance.session import Answer, Resource
from cie.conformance.specimens import concept

GROUP = "Refusals and Bundles"
SHALL, SHOULD, UNSAID = Expectation.SHALL, Expectation.SHOULD, Expectation.UNSAID
_FREE = "The guide lets it be left out."


def _refused_without(server: Server) -> Answer:
    return server.once("nobody", lambda: server.session.get(f"Task/{NOBODY}"))


_UNSOUND = {"resourceType": "Task", "intent": "order", "status": "nonsense", "code": concept("urn:x", "none")}
"""A Task without what its profile and FHIR itself ask for."""


def _invalid(server: Server) -> Answer:
    """The answer to a Task that is not sound."""

    def post() -> Answer:
        return server.keep(server.session.post("Task", _UNSOUND), "Task")

    return server.once("invalid", post)


@row("fhir-not-found", GROUP, SHALL, "What is not there is not found")
def fhir_not_found(server: Server) -> None:
    status = _refused_without(server).status
    expect(status in (404, 410), f"A Task that is not there answers {status}, not 404.")


@row("fhir-outcome-not-found", GROUP, SHOULD, "An OperationOutcome says that it is not there")
def fhir_outcome_not_found(server: Server) -> None:
    answer = _refused_without(server)
    need(answer.status >= 400, "It was not refused; see fhir-not-found.")
    require_outcome(answer)


@row("fhir-invalid", GROUP, SHALL, "What is not sound is refused")
def fhir_invalid(server: Server) -> None:
    status = _invalid(server).status
    expect(status in (400, 422), f"A Task with a status that there is not answers {status}, not 400 or 422.")


@row("fhir-outcome-invalid", GROUP, SHOULD, "An OperationOutcome says what is wrong with it, and where")
def fhir_outcome_invalid(server: Server) -> None:
    answer = _invalid(server)
    need(answer.status >= 400, "It was not refused; see fhir-invalid.")
    require_outcome(answer)
    places = [each.get("expression") or each.get("location") for each in answer.resource["issue"]]
    expect(any(places), "No issue says at which element the fault is.")


@row("fhir-malformed", GROUP, SHALL, "What is no JSON is refused, and breaks nothing")
def fhir_malformed(server: Server) -> None:
    answer = server.session.text("Task", '{"resourceType": "Task", "status":')
    expect(answer.status == 400, f"JSON that breaks off answers {answer.status}, not 400.")


@row("fhir-strict", GROUP, SHOULD, "A parameter that there is not is refused when strict handling is asked for")
def fhir_strict(server: Server) -> None:
    kind = any_one(server)["resourceType"]
    answer = server.session.get(f"{kind}?sdohcc-suite-parameter=1", Prefer="handling=strict")
    expect(400 <= answer.status < 500, f"It answers {answer.status}: nobody learns that it was ignored.")


def require_outcome(answer: Answer) -> None:
    """Raises Fails unless the answer is an OperationOutcome with something in it."""
    expect(answer.resource.get("resourceType") == "OperationOutcome", "The answer is not an OperationOutcome.")
    expect(answer.resource.get("issue"), "The OperationOutcome has no issue.")


@row("fhir-validate", GROUP, UNSAID, "$validate says what is wrong with a resource, and answers 200 all the same")
def fhir_validate(server: Server) -> None:
    said = (server.declared("Task") or {}).get("operation", [])
    need(any(each.get("name") == "validate" for each in said), f"The server does not say that it does it. {_FREE}")
    answer = server.session.post("Task/$validate", _UNSOUND)
    expect(answer.status == 200, f"$validate of a Task that is not sound answers {answer.status}, not 200.")
    require_outcome(answer)
    severities = {each.get("severity") for each in answer.resource["issue"]}
    expect(severities & {"error", "fatal"}, "$validate finds no error in a Task with a status that there is not.")


@row("priv-6", "Requirements: privacy", SHOULD, "Nothing is shown without a token, nor with one that is none")
def priv_6(server: Server) -> None:
    address = f"{any_one(server)['resourceType']}?_count=1"
    for token in ("", "not-a-token"):
        status = server.session.call("GET", address, token=token).status
        expect(status in (401, 403), f"A search {'with a made-up token' if token else 'without a token'}: {status}.")


@row("fhir-transaction", GROUP, UNSAID, "A referral goes in as one transaction")
def fhir_transaction(server: Server) -> None:
    loop = server.once("transaction", lambda: by_transaction(server))
    expect(loop, "The server says that it takes transactions, and refuses a ServiceRequest with its Task.")
    assert loop is not None
    linked = loop.task.get("focus", {}).get("reference", "")
    expect(linked.endswith(f"ServiceRequest/{loop.request['id']}"), "Task.focus does not lead to the ServiceRequest.")


@row("fhir-transaction-whole", GROUP, UNSAID, "Of a transaction with a fault nothing is done")
def fhir_transaction_whole(server: Server) -> None:
    loop = server.once("transaction", lambda: by_transaction(server))
    need(loop, "The server takes no transaction; see fhir-transaction.")
    half = _half(server)
    before = server.session.get(_NEWEST)
    answer = server.session.post("", half)
    expect(not answer.is_good, "A transaction with an unsound Task is taken.")
    after = server.session.get(_NEWEST)
    same = {each.get("id") for each in before.found()} == {each.get("id") for each in after.found()}
    expect(same, "Half of a refused transaction was done: there is a ServiceRequest more.")


_NEWEST = "ServiceRequest?_sort=-_lastUpdated&_count=5"


def _half(server: Server) -> Resource:
    """A sound request, and a task that no server may take."""
    organization = server.organizations()[0]
    return transaction_of(server, organization, owners_of(server)[0], status="nonsense")


def batch_of_reads(server: Server) -> Answer:
    """The answer to two searches in one batch."""

    def post() -> Answer:
        asked = [{"request": {"method": "GET", "url": f"{each}?_count=1"}} for each in ("Task", "HealthcareService")]
        return server.session.post("", {"resourceType": "Bundle", "type": "batch", "entry": asked})

    return server.once("batch", post)


@row("cap-batch", GROUP, SHOULD, "Several resources are asked for at once, in a batch")
def cap_batch(server: Server) -> None:
    answer = batch_of_reads(server)
    expect(answer.is_good, f"A batch of two searches is refused: {answer.words}.")
    expect(answer.resource.get("type") == "batch-response", "The answer is not a batch-response.")
    found = [each.get("resource", {}).get("resourceType") for each in answer.entries]
    expect(found == ["Bundle", "Bundle"], "The answer does not hold the two searches in their order.")


@row("cap-Questionnaire-populate", "Capability: Questionnaire", Expectation.MAY, "$populate of Questionnaire")
def cap_questionnaire_populate(server: Server) -> None:
    said = (server.declared("Questionnaire") or {}).get("operation", [])
    need(any(each.get("name") == "populate" for each in said), f"The server does not say that it does it. {_FREE}")
    form = server.one("Questionnaire")
    subject = {"name": "subject", "valueReference": {"reference": server.patient}}
    answer = server.session.post(
        f"Questionnaire/{form['id']}/$populate", {"resourceType": "Parameters", "parameter": [subject]}
    )
    expect(answer.is_good, f"$populate is refused: {answer.words}.")
    kinds = [answer.resource.get("resourceType")]
    kinds += [each.get("resource", {}).get("resourceType") for each in answer.resource.get("parameter", [])]
    expect("QuestionnaireResponse" in kinds, "$populate gives no QuestionnaireResponse.")


@row("cap-Task-conditional-read", "Capability: Task", UNSAID, "A Task that did not change is not sent again")
def cap_task_conditional_read(server: Server) -> None:
    said = (server.declared("Task") or {}).get("conditionalRead")
    is_said = said in ("modified-since", "full-support")
    need(is_said, f"The server does not say that it reads by If-Modified-Since. {_FREE}")
    address = f"Task/{server.one('Task')['id']}"
    changed = server.session.get(address).header("last-modified")
    need(changed, "A read does not say when the Task changed; see fhir-last-modified.")
    status = server.session.get(address, If_Modified_Since=changed).status
    expect(status == 304, f"What did not change since answers {status}, not 304.")
