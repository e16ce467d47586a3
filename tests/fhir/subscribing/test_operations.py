"""`$status` and `$events`: by GET and by POST, in both formats, as much as the caller may have."""

from datetime import timedelta
from uuid import uuid4

import pytest

from cie.fhir.checking import faults_in
from cie.fhir.formats import read_xml, write_xml
from tests.fhir.readers import Reader, accesses
from tests.fhir.subscribing.setting import REFERRALS, XML, numbers, said

PERSON = uuid4()
SUBSCRIPTIONS = ("system/Subscription.cruds",)


def statuses(answer):
    """The subscription that each status is about, and how it stands."""
    assert answer.status_code == 200, answer.get_json()
    found = [said({"entry": [entry]}) for entry in answer.get_json().get("entry", [])]
    return [(each["subscription"]["reference"].rpartition("/")[2], each["status"]) for each in found]


class TestStatus:
    def test_of_one(self, listener):
        id = listener.subscribe()
        listener.task("t1")

        answer = listener.reader.get(f"/Subscription/{id}/$status")

        (entry,) = answer.get_json()["entry"]
        assert said({"entry": [entry]})["events-since-subscription-start"] == "1"
        assert said({"entry": [entry]})["type"] == "query-status"
        assert faults_in(answer.get_json()) == []

    def test_of_all_of_some_ids_and_of_some_states(self, listener):
        first, second, third = (listener.subscribe() for _number in range(3))
        listener.change(second, status="off")
        path = "/Subscription/$status"

        assert statuses(listener.reader.get(path)) == [(first, "requested"), (second, "off"), (third, "requested")]
        assert statuses(listener.reader.get(f"{path}?id={third}&id={second}")) == [
            (second, "off"),
            (third, "requested"),
        ]
        assert statuses(listener.reader.get(f"{path}?status=off")) == [(second, "off")]
        asked = {"resourceType": "Parameters", "parameter": [{"name": "id", "valueId": first}]}
        assert statuses(listener.send("POST", path, asked)) == [(first, "requested")]

    def test_in_xml(self, listener):
        id = listener.subscribe()

        answer = listener.reader.get(f"/Subscription/{id}/$status", Accept=XML)

        assert answer.content_type == XML
        assert read_xml(answer.get_data())["type"] == "searchset"


class TestEvents:
    @pytest.fixture
    def id(self, listener):
        id = listener.subscribe(content="full-resource")
        for number in range(1, 6):
            listener.task(f"t{number}", PERSON)
        return id

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", [1, 2, 3, 4, 5]),
            ("?eventsSinceNumber=3", [3, 4, 5]),
            ("?eventsUntilNumber=2", [1, 2]),
            ("?eventsSinceNumber=2&eventsUntilNumber=4", [2, 3, 4]),
            ("?eventsSinceNumber=6", []),
        ],
    )
    def test_those_with_the_numbers_that_are_named(self, listener, id, query, found):
        answer = listener.reader.get(f"/Subscription/{id}/$events{query}").get_json()

        assert numbers(answer) == [(number, f"Task/t{number}") for number in found]
        assert said(answer)["events-since-subscription-start"] == "5"
        assert len(answer["entry"]) == len(found) + 1

    def test_after_ninety_days_only_the_newest_is_left_and_the_next_is_counted_on(self, listener, id):
        listener.tend(after=timedelta(days=89))
        before = listener.events(id)

        listener.tend(after=timedelta(days=2))

        assert [number for number, _ in before] == [1, 2, 3, 4, 5]
        assert listener.events(id) == [(5, "Task/t5")]
        listener.task("t6", PERSON)
        answer = listener.reader.get(f"/Subscription/{id}/$events").get_json()
        assert numbers(answer) == [(5, "Task/t5"), (6, "Task/t6")]
        assert said(answer)["events-since-subscription-start"] == "6"

    def test_by_post_and_in_xml(self, listener, id):
        asked = [{"name": "eventsSinceNumber", "valueString": "5"}, {"name": "content", "valueCode": "id-only"}]
        body = write_xml({"resourceType": "Parameters", "parameter": asked})

        answer = listener.reader.call("POST", f"/Subscription/{id}/$events", body, Content_Type=XML, Accept=XML)

        assert numbers(read_xml(answer.get_data())) == [(5, "Task/t5")]

    @pytest.mark.parametrize("query", ["eventsSinceNumber=two", "eventsUntilNumber=-1", "content=everything"])
    def test_what_cannot_be_understood_is_refused(self, listener, id, query):
        assert listener.reader.get(f"/Subscription/{id}/$events?{query}").status_code == 400

    def test_less_may_be_asked_for_but_not_more(self, listener, id):
        less = listener.subscribe(content="id-only")
        listener.task("t6")

        empty = listener.reader.get(f"/Subscription/{id}/$events?content=empty").get_json()
        more = listener.reader.get(f"/Subscription/{less}/$events?content=full-resource").get_json()

        assert (numbers(empty)[0], len(empty["entry"])) == ((1, ""), 1)
        assert [entry.get("resource") for entry in more["entry"][1:]] == [None]

    def test_whom_it_shows_is_recorded(self, listener, id):
        listener.reader.get(f"/Subscription/{id}/$events?content=id-only")
        assert accesses() == []

        listener.reader.get(f"/Subscription/{id}/$events")

        assert accesses() == [("fhir", {PERSON})]

    def test_what_may_not_be_read_any_more_is_told_by_its_number_alone(self, listener, id):
        listener.take("Task", "t2")

        answer = listener.reader.get(f"/Subscription/{id}/$events")

        assert numbers(answer.get_json())[1] == (2, "")
        assert b"t2" not in answer.get_data()

    def test_a_token_for_subscriptions_alone_shows_none(self, listener, id):
        narrow = Reader(listener.reader.app, listener.reader.owner, scopes=SUBSCRIPTIONS)

        answer = narrow.get(f"/Subscription/{id}/$events")

        assert answer.status_code == 403

    def test_of_both_types_a_token_needs_both(self, listener):
        id = listener.subscribe(topic=REFERRALS)
        tasks = Reader(listener.reader.app, listener.reader.owner, scopes=(*SUBSCRIPTIONS, "system/Task.rs"))

        assert tasks.get(f"/Subscription/{id}/$events").status_code == 403
