"""Rows of the numbered requirements that a referral shows as it is sent, read, answered and closed."""

from cie.conformance.elements import at
from cie.conformance.loops import Loop, by_transaction, loop_of
from cie.conformance.operations import batch_of_reads
from cie.conformance.rows import DoesNotApply, Expectation, expect, need, row
from cie.conformance.server import Server, tag_of
from cie.conformance.session import Answer, Resource, Session
from cie.conformance.specimens import CODES, CORE_CATEGORY, SNOMED, WORDS, concept, condition, observation

SHALL, SHOULD, MAY = Expectation.SHALL, Expectation.SHOULD, Expectation.MAY
REFER, TASK, CONF = "Requirements: referrals", "Requirements: tasks", "Requirements: conformance"
_MANDATORY = {
    "ServiceRequest": ("intent", "code.coding.code", "subject.reference"),
    "Task": ("status", "intent", "code.coding.code", "focus.reference", "for.reference", "requester.reference"),
}


@row("refer-5", REFER, SHOULD, "A Task that is sent as requested is requested")
def refer_5(server: Server) -> None:
    status = loop_of(server).task.get("status")
    expect(status == "requested", f"The Task that was sent as requested reads {status}.")


@row("refer-3", REFER, SHOULD, "The server lets itself be polled for what changed")
def refer_3(server: Server) -> None:
    task = loop_of(server).task
    since = task.get("meta", {}).get("lastUpdated")
    need(since, "The Task has no meta.lastUpdated; see fhir-last-updated.")
    asked = f"Task?requester={task['requester']['reference']}&_lastUpdated=ge{since.replace('+', '%2B')}"
    answer = server.session.get(asked)
    expect(answer.is_good, f"The query of a poller is refused: {answer.words}.")
    expect(task["id"] in [each.get("id") for each in answer.found()], "A poller does not find the Task that changed.")


@row("refer-4", REFER, SHOULD, "Updates of several resources are asked for in one batch")
def refer_4(server: Server) -> None:
    answer = batch_of_reads(server)
    expect(answer.is_good, f"A batch of queries is refused: {answer.words}.")
    states = [str(each.get("response", {}).get("status", ""))[:1] for each in answer.entries]
    expect(states == ["2", "2"], "Not every query of the batch is answered.")


@row("task-7", TASK, MAY, "Tasks by their ids come with the requests that they are about")
def task_7(server: Server) -> None:
    tasks = [each for each in server.seen("Task") if each.get("focus", {}).get("reference")][:2]
    need(len(tasks) == 2, "The server shows fewer than two Tasks with a focus.")
    ids = ",".join(each["id"] for each in tasks)
    answer = server.session.get(f"Task?_id={ids}&_include=Task:focus")
    expect(answer.is_good, f"The search is refused: {answer.words}.")
    expect({each.get("id") for each in answer.found()} == {each["id"] for each in tasks}, "Not both Tasks are found.")
    along = {each.get("id") for each in answer.found("include")}
    wanted = {each["focus"]["reference"].rpartition("/")[2] for each in tasks}
    expect(along & wanted, "No ServiceRequest comes along.")


@row("conf-6", CONF, SHALL, "Allowed elements break nothing")
def conf_6(server: Server) -> None:
    rich = _rich(server)
    expect(rich.status < 500 and rich.status, f"A resource with all that is allowed breaks the server: {rich.words}.")
    expect(rich.is_good, f"A resource with all that is allowed is refused: {rich.words}.")


def _rich(server: Server) -> Answer:
    """The answer to a Condition with every kind of element that the profile allows but does not ask for."""

    def post() -> Answer:
        need(server.takes("Condition"), "The server takes no Condition, which it may leave out.")
        more = {
            "extension": [{"url": "http://suite.example/unknown", "valueString": WORDS}],
            "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{WORDS}</div>'},
            "contained": [{"resourceType": "Organization", "id": "o", "active": True, "name": WORDS}],
            "identifier": [{"system": "urn:x-sdohcc-suite", "assigner": {"reference": "#o"}}],
            "severity": concept(SNOMED, "255604002"),
            "note": [{"text": WORDS}],
        }
        return server.keep(server.session.post("Condition", condition(server.parts()) | more), "Condition")

    return server.once("rich", post)


@row("conf-7", CONF, SHALL, "What a referral must have is kept and shown again")
def conf_7(server: Server) -> None:
    loop = loop_of(server)
    for sent, got in ((loop.sent_request, loop.request), (loop.sent_task, loop.task)):
        kind = sent["resourceType"]
        lost = [path for path in _MANDATORY[kind] if not _kept(at(sent, path), at(got, path))]
        expect(not lost, f"Of the {kind} that was sent these are lost or changed: {', '.join(lost)}.")


def _kept(sent: list[str], got: list[str]) -> bool:
    """Whether all that was sent is there; an address of the same server counts as the id behind it."""
    return {_tail(each) for each in sent} <= {_tail(each) for each in got}


def _tail(text: str) -> str:
    return "" if text.startswith("urn:uuid:") else "/".join(text.split("/")[-2:])


@row("conf-9", CONF, SHALL, "Elements that say why a value is missing break nothing")
def conf_9(server: Server) -> None:
    need(server.takes("Observation"), "The server takes no Observation, which it may leave out.")
    absent = observation(server.parts("Observation")) | {
        "dataAbsentReason": concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", "asked-declined")
    }
    absent.pop("valueCodeableConcept")
    answer = server.keep(server.session.post("Observation", absent), "Observation")
    expect(answer.is_good, f"An Observation with a dataAbsentReason is refused: {answer.words}.")


@row("serv-3", "Requirements: ServiceRequest", SHOULD, "What a request brings along stays with it")
def serv_3(server: Server) -> None:
    loop = loop_of(server)
    sent = [_tail(each) for each in at(loop.sent_request, "supportingInfo.reference")]
    need(sent, "The suite had nothing to send along: the server takes no Consent.")
    got = [_tail(each) for each in at(loop.request, "supportingInfo.reference")]
    expect(set(sent) <= set(got), "ServiceRequest.supportingInfo does not show what was sent along.")


@row("refer-6", REFER, SHOULD, "The one who is asked moves the Task on, and the one who asked sees it")
def refer_6(server: Server) -> None:
    for status in ("accepted", "in-progress"):
        answer = _moved(server, status)
        expect(answer.is_good, f"The receiving side cannot make the Task {status}: {answer.words}.")
        seen = server.session.get(f"Task/{_answered(server).task['id']}").resource.get("status")
        expect(seen == status, f"The Task was made {status}; the side that asked reads {seen}.")


@row("refer-9", REFER, SHALL, "A completed Task says what came of it")
def refer_9(server: Server) -> None:
    if server.options.owner_token:
        need(_moved(server, "in-progress").is_good, "The Task was not moved on; see refer-6.")
        answer = _moved(server, "completed")
        expect(answer.is_good, f"The receiving side cannot complete the Task with an output: {answer.words}.")
        own = server.session.get(f"Task/{_answered(server).task['id']}").resource
        expect(own.get("output"), "The Task that was completed with an output is shown without one.")
    shown = [each for each in server.page("Task").found() if _is_of_a_referral(each)]
    done = [each for each in shown if each.get("status") == "completed"]
    need(done or server.options.owner_token, "No completed Task is shown, and there is no --owner-token.")
    bare = [each for each in done if not each.get("output")]
    expect(not bare, "A completed Task has no output.")


def _is_of_a_referral(task: Resource) -> bool:
    """What a person is asked to read, for one, is done without a word."""
    return any("ServiceRequest/" in each for each in at(task, "focus.reference"))


def _answered(server: Server) -> Loop:
    """A referral of its own for the receiving side to answer."""
    if not server.options.owner_token:
        raise DoesNotApply("This is done by the receiving side. Give its token with --owner-token, and --owner.")
    loop = server.once("transaction", lambda: by_transaction(server))
    need(loop, "The server took no second referral; see fhir-transaction.")
    assert loop is not None
    return loop


def _moved(server: Server, status: str) -> Answer:
    """The answer to the receiving side as it gives the Task a status."""
    address = f"Task/{_answered(server).task['id']}"

    def put() -> Answer:
        side = server.once("receiver", lambda: server.session.as_other(server.options.owner_token))
        return _put(side, address, status)

    return server.once(f"moved {status}", put)


def _put(side: Session, address: str, status: str) -> Answer:
    now = side.get(address)
    need(now.is_good, f"The receiving side does not read the Task: {now.words}.")
    changed: Resource = now.resource | {"status": status}
    if status == "completed":
        done = {
            "type": concept(CODES, "resulting-activity"),
            "valueCodeableConcept": concept(SNOMED, "467771000124109"),
        }
        changed["output"] = [done]
    return side.put(address, changed, If_Match=tag_of(now.resource))


@row("refer-1", REFER, SHALL, "A request that is passed on is a filler order on the one it came from")
def refer_1(server: Server) -> None:
    passed = [each for each in server.seen("Task") if at(each, "partOf.reference")]
    need(passed, "No Task that the server shows was passed on from another (Task.partOf).")
    for each in passed[:5]:
        request = server.session.get(each["focus"]["reference"])
        need(request.is_good, "What a passed on Task is about is not readable for this token.")
        expect(request.resource.get("intent") == "filler-order", "A request that was passed on is no filler-order.")
        expect(request.resource.get("basedOn"), "A request that was passed on does not name the first (basedOn).")


@row("cap-1", "Requirements: services", SHALL, "Each service for referrals says how much room it has")
def cap_1(server: Server) -> None:
    asked = f"HealthcareService?service-category={CORE_CATEGORY}|sdoh&active=true&_count=20"
    answer = server.session.get(asked)
    services = answer.found() or server.page("HealthcareService").found()
    managed = [each for each in services if any("ForReferralManagement" in p for p in at(each, "meta.profile"))]
    need(managed, "No HealthcareService claims the profile for referral management.")
    silent = [each for each in managed if "capacityStatus" not in at(each, "extension.extension.url")]
    expect(not silent, f"{len(silent)} of {len(managed)} services for referrals do not say their capacity status.")
