"""Rows about subscriptions: the guide's topic of tasks, by rest-hook and e-mail, in both formats, ids only."""

from cie.conformance.rows import Expectation, expect, need, row
from cie.conformance.server import Server, address_of, tag_of
from cie.conformance.session import Answer
from cie.conformance.specimens import subscription

GROUP, TASK = "Capability: Subscription", "Requirements: tasks"
SHALL, SHOULD, MAY = Expectation.SHALL, Expectation.SHOULD, Expectation.MAY
HOOK, MAIL, PHONE = "https://suite.example/heard", "mailto:suite@suite.example", "tel:+15595550100"
_WITHOUT = "The server does not say that it makes Subscriptions, which it may leave out."


def _subscribed(server: Server, channel: str, address: str, payload: str = "application/fhir+json") -> Answer:
    """The answer to a subscription; what was made is taken back at the end."""
    need(server.declares("Subscription", "create"), _WITHOUT)

    def post() -> Answer:
        asked = subscription(channel, address, payload)
        return server.keep(server.session.post("Subscription", asked), "Subscription")

    return server.once(f"subscription {channel} {payload}", post)


@row("cap-Subscription-create", GROUP, SHOULD, "create of Subscription")
def cap_subscription_create(server: Server) -> None:
    answer = _subscribed(server, "rest-hook", HOOK)
    expect(answer.status == 201, f"The create is refused: {answer.words}.")


@row("cap-Subscription-update", GROUP, MAY, "update of Subscription")
def cap_subscription_update(server: Server) -> None:
    need(server.declares("Subscription", "update"), "The server does not say that it updates Subscriptions.")
    answer = _subscribed(server, "rest-hook", HOOK)
    address = address_of(answer, "Subscription")
    need(answer.is_good and address, "The create was refused; see cap-Subscription-create.")
    put = _changed(server, address)
    # the server itself changes a Subscription as it tries the address
    for _again in range(2):
        put = _changed(server, address) if put.status in (409, 412) else put
    expect(put.is_good, f"The update is refused: {put.words}.")


def _changed(server: Server, address: str) -> Answer:
    now = server.session.get(address).resource
    return server.session.put(address, now | {"reason": "Changed by a conformance suite."}, If_Match=tag_of(now))


@row("cap-Subscription-status", GROUP, SHOULD, "$status of a Subscription")
def cap_subscription_status(server: Server) -> None:
    answer = _subscribed(server, "rest-hook", HOOK)
    address = address_of(answer, "Subscription")
    need(answer.is_good and address, "The create was refused; see cap-Subscription-create.")
    status = server.session.get(f"{address}/$status")
    expect(status.is_good, f"$status is refused: {status.words}.")
    inside = [each.get("resource", {}).get("resourceType") for each in status.entries]
    expect("Parameters" in inside, "$status gives no Parameters with the state of the Subscription.")


@row("task-2", TASK, SHALL, "Subscriptions are told by rest-hook and by e-mail")
def task_2(server: Server) -> None:
    for channel, address in (("rest-hook", HOOK), ("email", MAIL)):
        answer = _subscribed(server, channel, address)
        expect(answer.is_good, f"A subscription by {channel} is refused: {answer.words}.")


@row("task-3", TASK, MAY, "Subscriptions are told by text message")
def task_3(server: Server) -> None:
    answer = _subscribed(server, "sms", PHONE, "omit")
    need(answer.is_good, "The server takes no subscription by text message, which it may leave out.")


@row("task-9", TASK, SHALL, "A subscription by text message has no content type")
def task_9(server: Server) -> None:
    answer = _subscribed(server, "sms", PHONE, "omit")
    need(answer.is_good, "The server takes no subscription by text message, which it may leave out.")
    payload = answer.resource.get("channel", {}).get("payload", "omit")
    expect(payload == "omit", "A subscription by text message would carry content.")


@row("task-5", TASK, SHALL, "Subscriptions are told in JSON and in XML")
def task_5(server: Server) -> None:
    for payload in ("application/fhir+json", "application/fhir+xml"):
        answer = _subscribed(server, "rest-hook", HOOK, payload)
        expect(answer.is_good, f"A subscription that asks for {payload} is refused: {answer.words}.")


@row("task-6", TASK, SHALL, "Subscriptions may ask for ids only")
def task_6(server: Server) -> None:
    answer = _subscribed(server, "rest-hook", HOOK)
    expect(answer.is_good, f"A subscription to ids only is refused: {answer.words}.")
    shown = answer.resource.get("channel", {}).get("_payload", {}).get("extension", [])
    asked = [each.get("valueCode") for each in shown]
    need(answer.resource, "The answer does not show the Subscription.")
    expect("id-only" in asked, "The subscription that was made does not say id-only.")
