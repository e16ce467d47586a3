"""What no subscription can ask for, each refused at its element; and who may ask."""

import pytest

from cie.fhir.formats import write_xml
from cie.fhir.refusals import NotTaken
from cie.fhir.subscribing import Caller
from cie.fhir.subscribing.wishes import read_wish
from tests.factories import NOON
from tests.fhir.readers import Reader, faults
from tests.fhir.subscribing.mailing import INTAKE, by_mail, every
from tests.fhir.subscribing.setting import NOWHERE, REFERRALS, REQUESTS, XML, extension, wish

BEAT = "backport-heartbeat-period"


def refused(listener, **said):
    """Where a Subscription is refused."""
    answer = listener.send("POST", "/Subscription", wish(**said))
    assert answer.status_code == 422, answer.get_json()
    assert listener.reader.ids("/Subscription") == []
    return [place for _code, place in faults(answer)]


class TestElements:
    @pytest.mark.parametrize("topic", ["http://example.org/topic", "Task?status=requested", "urn:x-cie:topic:consent"])
    def test_a_topic_that_there_is_not(self, listener, topic):
        assert refused(listener, topic=topic) == ["Subscription.criteria"]

    @pytest.mark.parametrize(
        "text",
        [
            "Task?patient=Patient/1",
            "Task?owner.name=Pantry",
            "Task?owner:identifier=http://x|1",
            "Task?status:above=accepted",
            "Task?_lastUpdated=yesterday",
            "ServiceRequest?_id=1",
            "Task?",
            "status=accepted",
            "Task?_count=2",
        ],
    )
    def test_a_filter_that_the_topic_does_not_have(self, listener, text):
        assert refused(listener, filters=["Task?status=accepted", text])[0] == "Subscription.criteria.extension[1]"

    def test_a_filter_of_the_other_topic(self, listener):
        places = refused(listener, topic=REQUESTS, filters=["ServiceRequest?status=active"])

        assert places == ["Subscription.criteria.extension[0]"]

    @pytest.mark.parametrize("type", ["sms", "websocket", "message"])
    def test_a_channel_that_is_not_served(self, listener, type):
        assert refused(listener, channel={"type": type}) == ["Subscription.channel.type"]

    @pytest.mark.parametrize(
        "endpoint", ["ftp://receiver.example/x", "https://user@receiver.example/x", "receiver.example", "https://"]
    )
    def test_an_address_that_cannot_be_called(self, listener, endpoint):
        assert refused(listener, endpoint=endpoint) == ["Subscription.channel.endpoint"]

    @pytest.mark.parametrize(
        "endpoint", ["http://receiver.example/x", "https://10.0.0.1/x", "https://localhost/x", "https://a.example:22/x"]
    )
    def test_in_production_neither_http_nor_a_private_network(self, endpoint):
        with pytest.raises(NotTaken) as caught:
            read_wish(wish(endpoint), Caller(may_read=lambda _type: True), at=NOON)

        assert [fault.place for fault in caught.value.faults] == ["Subscription.channel.endpoint"]

    @pytest.mark.parametrize("payload", ["text/plain", "application/fhir+json;fhirVersion=5.0"])
    def test_a_media_type_that_is_not_spoken(self, listener, payload):
        assert refused(listener, channel={"payload": payload}) == ["Subscription.channel.payload"]

    def test_without_a_word_on_how_much(self, listener):
        assert refused(listener, content="everything") == ["Subscription.channel.payload.extension"]
        assert refused(listener, channel={"_payload": {}})[0].startswith("Subscription.channel")

    @pytest.mark.parametrize(
        "header",
        ["no colon", "X-One: a\r\nX-Two: b", "Host: elsewhere", "Content-Length: 1", "Ünicode: x", "X: " + "y" * 3000],
    )
    def test_a_header_that_cannot_be_sent(self, listener, header):
        assert refused(listener, channel={"header": ["X-Good: yes", header]}) == ["Subscription.channel.header[1]"]

    def test_a_heartbeat_that_is_too_quick(self, listener):
        beats = {"extension": [extension(BEAT, valueUnsignedInt=5)]}

        assert refused(listener, channel=beats) == ["Subscription.channel.extension"]

    def test_an_end_that_is_past(self, listener):
        assert refused(listener, end="2020-01-01T00:00:00Z") == ["Subscription.end"]

    def test_one_that_says_that_it_is_active(self, listener):
        assert refused(listener, status="active") == ["Subscription.status"]

    def test_all_at_once(self, listener):
        places = refused(listener, filters=["Task?x=1"], end="2020-01-01T00:00:00Z", endpoint="nowhere")

        assert places == ["Subscription.criteria.extension[0]", "Subscription.channel.endpoint", "Subscription.end"]

    def test_in_a_bundle_it_is_named_by_its_entry(self, listener):
        entry = {
            "resource": wish(topic="http://example.org/topic"),
            "request": {"method": "POST", "url": "Subscription"},
        }

        answer = listener.send("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})

        assert faults(answer) == [("not-supported", "Bundle.entry[0].resource.criteria")]

    def test_what_is_no_subscription_of_fhir(self, listener):
        resource = {name: part for name, part in wish().items() if name not in ("reason", "channel")}

        answer = listener.send("POST", "/Subscription", resource)

        assert answer.status_code == 422
        assert {place for _code, place in faults(answer)} >= {"Subscription.reason", "Subscription.channel"}


class TestMail:
    @pytest.mark.parametrize(
        "address",
        [
            "",
            "nobody",
            "a@example.org,b@example.org",
            "a@example.org?cc=b@example.org",
            "a@example.org%0D%0ABcc:b@example.org",
            "a@example.org\r\nBcc: b@example.org",
            "A <a@example.org>",
            '"a b"@example.org',
            "a@localhost",
            "a@[127.0.0.1]",
            "a@printer.local",
            f"{'a' * 65}@example.org",
            "á@example.org",
        ],
    )
    def test_what_is_not_one_plain_address(self, listener, address):
        assert refused(listener, **by_mail(address))[0] == "Subscription.channel.endpoint"

    def test_an_address_that_is_written_as_none(self, listener):
        asked = {**by_mail(), "endpoint": INTAKE}

        assert refused(listener, **asked) == ["Subscription.channel.endpoint"]

    def test_whole_records_since_an_e_mail_is_read_on_its_way(self, listener):
        answer = listener.send("POST", "/Subscription", wish(**by_mail(content="full-resource")))

        (issue,) = answer.get_json()["issue"]
        assert (answer.status_code, issue["code"]) == (422, "not-supported")
        assert "not sealed on its way" in issue["details"]["text"]

    @pytest.mark.parametrize(
        ("payload", "content"), [("text/html", "empty"), ("text/plain", "id-only"), ("text/plain;attach=x/y", "empty")]
    )
    def test_a_payload_that_would_not_be_what_was_asked_for(self, listener, payload, content):
        asked = by_mail(payload=payload, content=content)

        assert refused(listener, **asked) == ["Subscription.channel.payload"]

    def test_headers(self, listener):
        asked = by_mail(channel={"header": ["Subject: hello"]})

        assert refused(listener, **asked) == ["Subscription.channel.header"]

    def test_a_heartbeat_every_minute(self, listener):
        assert refused(listener, **by_mail(channel=every(60))) == ["Subscription.channel.extension"]

    def test_where_no_e_mail_is_sent(self):
        with pytest.raises(NotTaken) as caught:
            read_wish(wish(**by_mail()), Caller(may_read=lambda _type: True), at=NOON)

        (fault,) = caught.value.faults
        assert (fault.place, fault.words) == ("Subscription.channel.type", "Notifications go by rest-hook alone")


class TestWho:
    def test_it_needs_a_token_that_may_read_what_it_tells_of(self, listener):
        narrow = Reader(
            listener.reader.app, listener.reader.owner, scopes=("system/Subscription.cruds", "system/Task.rs")
        )

        told, other = (
            narrow.call("POST", "/Subscription", write_xml(wish(topic=topic)), Content_Type=XML)
            for topic in ("http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Task", REFERRALS)
        )

        assert (told.status_code, other.status_code) == (201, 422)
        assert faults(other) == [("forbidden", "Subscription.criteria")]

    def test_it_needs_a_token_for_subscriptions(self, listener):
        reads = Reader(listener.reader.app, listener.reader.owner, scopes=("system/Subscription.rs", "system/Task.rs"))

        answer = reads.call("POST", "/Subscription", write_xml(wish()), Content_Type=XML)

        assert answer.status_code == 403
        assert listener.reader.ids("/Subscription") == []

    def test_another_organization_finds_none(self, listener, other):
        id = listener.subscribe()

        paths = [f"/Subscription/{id}{rest}" for rest in ("", "/_history", "/$status", "/$events")]
        assert [other.reader.get(path).status_code for path in paths] == [404] * 4
        assert other.reader.ids("/Subscription") == []
        assert other.reader.get("/Subscription/$status").get_json()["total"] == 0
        assert other.send("PUT", f"/Subscription/{id}", {**wish(), "id": id}).status_code == 404
        assert listener.row(id).round == 1

    def test_another_program_of_the_organization_reads_it_and_does_not_change_it(self, listener):
        id = listener.subscribe()
        colleague = Reader(listener.reader.app, listener.reader.owner)

        read = colleague.get(f"/Subscription/{id}")
        changed = colleague.call("PUT", f"/Subscription/{id}", write_xml({**wish(), "id": id}), Content_Type=XML)

        assert (read.status_code, changed.status_code) == (200, 403)
        assert colleague.get("/Subscription/$status").get_json()["total"] == 0

    def test_there_are_twenty_at_most(self, listener):
        ids = [listener.subscribe() for _number in range(20)]

        assert listener.send("POST", "/Subscription", wish()).status_code == 422
        listener.change(ids[0], status="off")
        listener.subscribe(NOWHERE)
