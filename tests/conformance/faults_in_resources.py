"""What can be wrong with what a server shows and with how it handles referrals, by name, each with its rows."""

from dataclasses import replace

import orjson

from tests.conformance.proxy import Asked, Forward, Said
from tests.conformance.spoiling import EMPTY, Resource, answers, fault, in_answers, made, read_of, search_of

# what is in resources
fault("room-left-out", "cap-1", "cap-HealthcareService-profile", "conf-5")(
    in_answers("HealthcareService", lambda each: each.pop("extension", None))
)
fault("unknown-element", "cap-Location-profile")(in_answers("Location", lambda each: each.update(colour="red")))
fault("empty-element", "cap-Location-profile", "conf-4")(
    in_answers("Location", lambda each: each.update(description=""))
)
fault("no-profile-claimed", "cap-Organization-profile")(
    in_answers("Organization", lambda each: each["meta"].pop("profile", None))
)
fault("name-left-out", "cap-PractitionerRole-profile", "conf-5")(
    in_answers("PractitionerRole", lambda each: each.pop("organization", None))
)
fault("focus-left-out", "cap-Task-profile", "conf-5")(
    in_answers("Task", lambda each: each.pop("focus", None), when=lambda asked: asked.query == (("_count", "20"),))
)
fault("code-of-no-task", "cap-Task-profile")(
    in_answers("Task", lambda each: each["code"]["coding"][0].update(code="approve"), when=search_of("Task", "status"))
)
fault("code-of-another-domain", "goal-1", "cap-Goal-profile")(
    in_answers(
        "Goal", lambda each: each["description"]["coding"][0].update(code="1"), when=search_of("Goal", "category")
    )
)
fault("screening-not-marked", "assess-1", "cap-Observation-profile", "conf-5")(
    in_answers("Observation", lambda each: _drop(each, "survey"), when=search_of("Observation", "status"))
)
fault("answer-leads-nowhere", "assess-2")(in_answers("Observation", lambda each: each.pop("derivedFrom", None)))
fault("no-health-concern", "cond-3", "cap-Condition-profile")(
    in_answers("Condition", lambda each: _drop(each, "health-concern"), when=search_of("Condition", "code"))
)


def _drop(resource: Resource, code: str) -> None:
    resource["category"] = [each for each in resource["category"] if code not in str(each)]


# workflow
fault("supporting-info-lost", "serv-3")(in_answers("ServiceRequest", lambda each: each.pop("supportingInfo", None)))
fault("rich-is-too-much", "conf-6")(answers(500, lambda asked: made("Condition")(asked) and b"severity" in asked.body))
fault("absence-not-understood", "conf-9")(
    answers(422, lambda asked: made("Observation")(asked) and b"dataAbsentReason" in asked.body)
)
fault("output-lost", "refer-9")(in_answers("Task", lambda each: each.pop("output", None)))
fault("step-not-seen", "refer-6")(
    in_answers("Task", lambda each: _not_yet(each), when=lambda asked: asked.method == "GET" and asked.is_read)
)
fault("intent-is-another", "conf-7")(
    in_answers("ServiceRequest", lambda each: each.update(intent="plan"), when=read_of("ServiceRequest"))
)
fault("transaction-refused", "fhir-transaction")(
    answers(422, lambda asked: asked.method == "POST" and _is(asked, b'"transaction"'))
)
fault("half-a-transaction", "fhir-transaction-whole")(lambda asked, forward: _half(asked, forward))
fault("poller-finds-nothing", "refer-3")(answers(200, search_of("Task", "requester", "_lastUpdated"), EMPTY))

# subscriptions
fault("only-json-is-told", "task-5")(
    answers(422, lambda asked: made("Subscription")(asked) and b"application/fhir+xml" in asked.body)
)
fault("ids-only-forgotten", "task-6")(
    in_answers("Subscription", lambda each: each["channel"].pop("_payload", None), when=made("Subscription"))
)
fault("status-of-subscription-missing", "cap-Subscription-status")(
    answers(404, lambda asked: asked.path.endswith("/$status"))
)


def _is(asked: Asked, word: bytes) -> bool:
    return asked.path.strip("/") == "" and word in asked.body


def _not_yet(task: Resource) -> None:
    """The step that the receiving side made last is not seen."""
    if task.get("status") == "in-progress":
        task["status"] = "accepted"


def _half(asked: Asked, forward: Forward) -> Said:
    """Of a refused transaction the request is kept all the same."""
    if not (_is(asked, b'"transaction"') and b"nonsense" in asked.body):
        return forward(asked)
    entry = next(each for each in orjson.loads(asked.body)["entry"] if each["request"]["url"] == "ServiceRequest")
    kept = {**entry["resource"], "status": "draft"}
    kept.pop("supportingInfo", None)
    forward(replace(asked, path="/ServiceRequest", body=orjson.dumps(kept)))
    return forward(asked)
