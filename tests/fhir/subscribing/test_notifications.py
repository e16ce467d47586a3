"""What a receiver is told: the handshake, each event as far as the subscription goes, heartbeats; in JSON and XML."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from cie import identity
from cie.access import SYSTEM
from cie.db import transaction
from cie.fhir.checking import faults_in
from tests.fhir.readers import accesses
from tests.fhir.subscribing.setting import (
    BASE,
    BROKEN,
    HOUR,
    MINUTE,
    TAKEN,
    TASKS,
    XML,
    bundles,
    extension,
    header,
    numbers,
    said,
    told,
)
from tests.oauth.place import suspend
from tests.outbound.peer import listening

BEATS = {"extension": [extension("backport-heartbeat-period", valueUnsignedInt=600)]}
PERSON = uuid4()


def resume(client):
    """It is held back no more."""
    with transaction() as session:
        identity.resume_client(session, SYSTEM, client.id, at=datetime.now(UTC))


def entries(bundle):
    """The entries behind the status: where each is, and what is said of it."""
    return [(entry["fullUrl"], entry.get("resource", {}).get("status")) for entry in bundle["entry"][1:]]


class TestHandshake:
    def test_it_goes_first_and_what_happened_since_after_it(self, listener, hook, port):
        id = listener.subscribe(hook)
        listener.task("t1")
        with listening(TAKEN, port=port) as peer:
            listener.deliver()

        first, second = bundles(peer.heard)
        assert said(first) == {
            "subscription": {"reference": f"{BASE}/Subscription/{id}"},
            "topic": TASKS,
            "status": "requested",
            "type": "handshake",
            "events-since-subscription-start": "1",
        }
        assert (said(second)["status"], numbers(second)) == ("active", [(1, "Task/t1")])
        assert listener.read(id)["status"] == "active"

    def test_an_address_that_says_no_is_an_error(self, listener, hook, port):
        id = listener.subscribe(hook)
        listener.task("t1")
        with listening(BROKEN, port=port) as peer:
            listener.deliver()
            listener.deliver(HOUR)

        assert len(peer.heard) == 1
        assert (listener.read(id)["status"], listener.read(id)["error"]) == ("error", "answered 500")

    def test_one_that_was_asked_again_is_decided_by_the_newest(self, listener, hook, port):
        id = listener.subscribe(f"{hook}/old")
        listener.change(id, channel={**listener.read(id)["channel"], "endpoint": hook})
        with listening(TAKEN, port=port) as peer:
            listener.deliver()

        (only,) = peer.heard
        assert only.startswith(b"POST /hook HTTP")
        assert listener.states("handshake") == [("dropped", "asked again"), ("sent", "")]


class TestContent:
    def one(self, listener, hook, port, **asked):
        """What came of one task, the handshake left out."""
        listener.subscribe(hook, **asked)
        listener.task("t1", PERSON, status="accepted")
        with listening(TAKEN, port=port) as peer:
            listener.deliver()
        return bundles(peer.heard)[1]

    def test_empty(self, listener, hook, port):
        bundle = self.one(listener, hook, port, content="empty")

        assert (numbers(bundle), entries(bundle)) == ([(1, "")], [])
        assert accesses() == []

    def test_ids_alone(self, listener, hook, port):
        bundle = self.one(listener, hook, port, content="id-only")

        assert (numbers(bundle), entries(bundle)) == ([(1, "Task/t1")], [(f"{BASE}/Task/t1", None)])
        assert accesses() == []

    def test_the_whole_resource_shows_whom_it_is_about(self, listener, hook, port):
        bundle = self.one(listener, hook, port, content="full-resource")

        assert (numbers(bundle), entries(bundle)) == ([(1, "Task/t1")], [(f"{BASE}/Task/t1", "accepted")])
        assert bundle["entry"][1]["resource"] == listener.reader.get("/Task/t1").get_json()
        assert accesses() == [("fhir", {PERSON})] * 2

    @pytest.mark.parametrize("content", ["empty", "id-only", "full-resource"])
    def test_it_is_a_bundle_as_the_guide_writes_it(self, listener, hook, port, content):
        bundle = self.one(listener, hook, port, content=content)

        assert bundle["type"] == "history"
        assert faults_in(bundle) == []
        assert faults_in(bundle["entry"][0]["resource"]) == []
        assert bundle["entry"][0]["resource"]["meta"]["profile"][0].endswith("backport-subscription-status-r4")

    def test_in_xml_with_the_headers_of_the_program(self, listener, hook, port):
        listener.subscribe(hook, channel={"payload": XML, "header": ["Authorization: Bearer kumquat", "X-Clinic: A"]})
        listener.task("t1")
        with listening(TAKEN, port=port) as peer:
            listener.deliver()

        heads = [request.split(b"\r\n\r\n")[0] for request in peer.heard]
        assert {header(head, "Content-Type") for head in heads} == {XML}
        assert {header(head, "Authorization") for head in heads} == {"Bearer kumquat"}
        assert numbers(bundles(peer.heard)[1]) == [(1, "Task/t1")]

    def test_it_says_what_is_so_when_it_goes(self, listener, hook, port):
        listener.subscribe(hook, content="full-resource")
        listener.task("t1")
        listener.task("t1", status="accepted")
        with listening(TAKEN, port=port) as peer:
            listener.deliver()

        assert [entries(each) for each in bundles(peer.heard)[1:]] == [[(f"{BASE}/Task/t1", "accepted")]] * 2


class TestTakenBack:
    @pytest.mark.parametrize("content", ["id-only", "full-resource"])
    def test_what_may_not_be_read_any_more_is_not_told(self, listener, hook, port, content):
        listener.subscribe(hook, content=content)
        listener.task("t1", PERSON)
        listener.take("Task", "t1")
        with listening(TAKEN, port=port) as peer:
            listener.deliver()

        (_handshake, event) = bundles(peer.heard)
        assert (numbers(event), entries(event)) == ([(1, "")], [])
        assert b"t1" not in peer.heard[1]
        assert accesses() == []

    def test_a_program_that_is_held_back_hears_nothing_and_its_subscription_stays(self, listener, hook, port):
        id = listener.subscribe(hook)
        with listening(TAKEN, port=port) as peer:
            listener.deliver()
            suspend(listener.reader.client)
            listener.task("t1")
            listener.deliver()

        assert len(peer.heard) == 1
        assert listener.states() == [("dropped", "may not hear of it")]
        assert listener.row(id).status == "active" and listener.events(id) == [(1, "Task/t1")]

    def test_one_that_is_held_back_before_its_handshake_hears_all_once_it_may(self, listener, hook, port):
        listener.subscribe(hook)
        suspend(listener.reader.client)
        listener.task("t1")
        with listening(TAKEN, port=port) as peer:
            listener.deliver()
            assert peer.heard == []
            resume(listener.reader.client)
            listener.deliver(HOUR)

        assert [said(each)["type"] for each in bundles(peer.heard)] == ["handshake", "event-notification"]

    def test_after_its_end_nothing_goes_and_it_is_off(self, listener, hook, port):
        end = listener.now + HOUR
        id = listener.subscribe(hook, end=end.isoformat(timespec="seconds"))
        listener.task("t1")
        with listening(TAKEN, port=port) as peer:
            listener.deliver(2 * HOUR)
        listener.tend()

        assert peer.heard == []
        assert listener.read(id)["status"] == "off"

    def test_turned_off_it_hears_no_more(self, listener, hook, port):
        id = listener.subscribe(hook)
        with listening(TAKEN, port=port) as peer:
            listener.deliver()
            listener.task("t1")
            listener.change(id, status="off")
            listener.deliver()

        assert told(peer.heard) == []


class TestHeartbeat:
    def test_when_nothing_was_told_for_the_period(self, listener, hook, port):
        listener.subscribe(hook, channel=BEATS)
        with listening(TAKEN, port=port) as peer:
            listener.deliver()
            listener.tend(9 * MINUTE)
            listener.deliver()
            assert len(peer.heard) == 1
            listener.tend(2 * MINUTE)
            listener.deliver()
            listener.tend(MINUTE)
            listener.deliver()

        _handshake, beat = bundles(peer.heard)
        assert (said(beat)["type"], said(beat)["events-since-subscription-start"], numbers(beat)) == (
            "heartbeat",
            "0",
            [],
        )

    def test_an_event_is_a_heartbeat_too(self, listener, hook, port):
        listener.subscribe(hook, channel=BEATS)
        with listening(TAKEN, port=port) as peer:
            listener.deliver()
            listener.task("t1")
            listener.deliver(9 * MINUTE)
            listener.tend(2 * MINUTE)
            listener.deliver()

        assert [said(each)["type"] for each in bundles(peer.heard)] == ["handshake", "event-notification"]

    def test_one_that_is_not_heard_holds_nothing_back(self, listener, hook, port):
        id = listener.subscribe(hook, channel=BEATS)
        with listening(TAKEN, port=port):
            listener.deliver()
        listener.tend(HOUR)
        listener.deliver()
        listener.task("t1")
        with listening(TAKEN, port=port) as peer:
            listener.deliver()

        assert told(peer.heard) == [(1, "Task/t1")]
        assert listener.states("heartbeat") == [("dropped", "no answer")]
        assert listener.row(id).failed_at is not None
