"""Subscriptions as resources: made, read, searched, changed, turned off; the secrets that they hold."""

from cie.fhir.checking import faults_in
from cie.fhir.projecting import again
from tests.fhir.subscribing.setting import NOWHERE, extension, wish

SECRET = "Authorization: Bearer kumquat"


class TestResource:
    def test_it_is_as_it_was_sent_but_for_its_headers(self, listener):
        answer = listener.send(
            "POST",
            "/Subscription",
            wish(channel={"header": [SECRET]}, contact=[{"system": "email", "value": "it@x.example"}]),
        )

        made = answer.get_json()
        assert answer.status_code == 201
        assert {**made, "meta": {}, "id": ""} == {**wish(contact=made["contact"]), "meta": {}, "id": ""}
        assert listener.read(made["id"]) == made
        assert faults_in(made) == []

    def test_its_secrets_stand_nowhere(self, listener):
        id = listener.subscribe(channel={"header": [SECRET]})

        pages = [
            listener.reader.get(path)
            for path in (f"/Subscription/{id}", "/Subscription", f"/Subscription/{id}/_history")
        ]
        assert all(b"kumquat" not in page.get_data() for page in pages)
        assert listener.row(id).headers == [SECRET]

    def test_it_is_found_by_its_status(self, listener):
        first, second = listener.subscribe(), listener.subscribe()
        listener.change(second, status="off")

        assert listener.reader.ids("/Subscription?status=requested") == [first]
        assert listener.reader.ids("/Subscription?status=off&type=rest-hook") == [second]

    def test_it_is_made_again_as_it_was(self, listener):
        id = listener.subscribe()
        before = listener.reader.get(f"/Subscription/{id}").get_data()

        again.made_again(listener.reader.owner.id)

        assert listener.reader.get(f"/Subscription/{id}").get_data() == before
        assert list(again.faults_of(listener.reader.owner.id)) == []

    def test_one_request_that_is_repeated_makes_one(self, listener):
        first, second = (
            listener.send("POST", "/Subscription", wish(), Idempotency_Key="once").get_json()["id"] for _n in range(2)
        )

        assert first == second
        assert listener.reader.ids("/Subscription") == [first]

    def test_in_a_transaction(self, listener):
        entry = {"resource": wish(), "request": {"method": "POST", "url": "Subscription"}}

        answer = listener.send("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})

        assert answer.status_code == 200, answer.get_json()
        assert len(listener.reader.ids("/Subscription")) == 1


class TestChange:
    def test_its_program_turns_it_off_and_on(self, listener):
        id = listener.subscribe()

        off = listener.change(id, status="off")
        on = listener.change(id, status="requested")

        assert [each.get_json()["status"] for each in (off, on)] == ["off", "requested"]
        assert listener.row(id).round == 2

    def test_only_a_handshake_makes_it_active(self, listener):
        id = listener.subscribe()

        assert listener.change(id, status="active").status_code == 422
        assert listener.read(id)["status"] == "requested"

    def test_headers_that_are_not_sent_again_stay_until_the_address_is_another(self, listener):
        id = listener.subscribe(channel={"header": [SECRET]})
        listener.change(id, reason="Another reason")
        assert listener.row(id).headers == [SECRET]

        listener.change(id, channel={**listener.read(id)["channel"], "endpoint": f"{NOWHERE}/elsewhere"})

        assert listener.row(id).headers == []

    def test_headers_that_are_sent_replace_those_before(self, listener):
        id = listener.subscribe(channel={"header": [SECRET]})

        listener.change(id, channel={**listener.read(id)["channel"], "header": ["X-Key: two"]})

        assert listener.row(id).headers == ["X-Key: two"]

    def test_not_what_it_is_not_any_more(self, listener):
        id = listener.subscribe()
        resource = listener.read(id)
        listener.change(id, reason="Another reason")

        late = listener.send("PUT", f"/Subscription/{id}", resource, If_Match='W/"1"')

        assert late.status_code == 412

    def test_another_filter_counts_from_then_on_and_numbers_go_on(self, listener):
        id = listener.subscribe()
        listener.task("t1")
        narrowed = {"extension": [extension("backport-filter-criteria", valueString="Task?status=accepted")]}

        listener.change(id, _criteria=narrowed)
        listener.task("t2")
        listener.task("t3", status="accepted")

        assert listener.events(id) == [(1, "Task/t1"), (2, "Task/t3")]
