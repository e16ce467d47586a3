"""Which new versions are events of a subscription: by its topic, by its filters."""

import pytest

from tests.fhir.subscribing.setting import REFERRALS, REQUESTS, TASKS

CODE = {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]}
MINE = {"reference": "Organization/mine"}
THEIRS = {"reference": "Organization/theirs"}


def heard(listener, id):
    return [about for _number, about in listener.events(id)]


class TestTopics:
    def test_tasks_are_heard_of_when_they_come_and_when_they_change(self, listener):
        id = listener.subscribe()

        listener.task("t1")
        listener.task("t1", status="accepted")

        assert listener.events(id) == [(1, "Task/t1"), (2, "Task/t1")]

    def test_what_did_not_change_is_no_event(self, listener):
        id = listener.subscribe()

        listener.task("t1")
        listener.task("t1")

        assert listener.events(id) == [(1, "Task/t1")]

    @pytest.mark.parametrize("elements", [{"status": "draft"}, {"intent": "plan"}])
    def test_of_drafts_and_of_what_is_no_order_nothing_is_heard(self, listener, elements):
        id = listener.subscribe()

        listener.task("t1", **elements)

        assert listener.events(id) == []

    def test_requests_are_heard_of_when_they_change(self, listener):
        id = listener.subscribe(topic=REQUESTS)

        listener.keep("ServiceRequest", "r1", status="active")
        assert listener.events(id) == []
        listener.keep("ServiceRequest", "r1", status="completed")

        assert listener.events(id) == [(1, "ServiceRequest/r1")]

    def test_our_topic_tells_of_both_and_of_their_first_versions(self, listener):
        id = listener.subscribe(topic=REFERRALS)

        listener.keep("ServiceRequest", "r1", status="draft")
        listener.task("t1", status="draft")
        listener.keep("Procedure", "p1", status="completed")

        assert heard(listener, id) == ["ServiceRequest/r1", "Task/t1"]

    def test_a_version_of_the_topic_may_be_named(self, listener):
        id = listener.subscribe(topic=f"{TASKS}|3.0.0")

        listener.task("t1")

        assert len(listener.events(id)) == 1

    def test_each_subscription_counts_for_itself(self, listener):
        first = listener.subscribe()
        listener.task("t1")
        second = listener.subscribe()
        listener.task("t2")

        assert listener.events(first) == [(1, "Task/t1"), (2, "Task/t2")]
        assert listener.events(second) == [(1, "Task/t2")]

    def test_one_that_is_off_or_over_hears_nothing(self, listener):
        off, over = listener.subscribe(), listener.subscribe(end="2999-01-01T00:00:00Z")
        listener.change(off, status="off")
        listener.task("t1")

        assert listener.events(off) == []
        assert listener.events(over) == [(1, "Task/t1")]

    def test_of_what_another_organization_reads_nothing_is_heard(self, listener, other):
        mine, theirs = listener.subscribe(), other.subscribe()

        other.task("t1")

        assert listener.events(mine) == []
        assert other.events(theirs) == [(1, "Task/t1")]


class TestFilters:
    @pytest.mark.parametrize(
        ("filters", "elements"),
        [
            (["Task?status=accepted"], {"status": "accepted"}),
            (["Task?status=accepted,rejected"], {"status": "rejected"}),
            (["Task?status:not=requested"], {"status": "accepted"}),
            (["Task?owner=Organization/mine"], {"owner": MINE}),
            (["Task?owner=http://127.0.0.1:8000/fhir/Organization/mine"], {"owner": MINE}),
            (["Task?requester=Organization/mine"], {"requester": MINE}),
            (["Task?code=http://hl7.org/fhir/CodeSystem/task-code|fulfill"], {"code": CODE}),
            (["Task?_lastUpdated=gt2020-01-01"], {}),
            (["Task?status=accepted&owner=Organization/mine"], {"status": "accepted", "owner": MINE}),
            (["Task?status=accepted", "Task?owner=Organization/mine"], {"status": "accepted", "owner": MINE}),
        ],
    )
    def test_what_fits_all_is_told(self, listener, filters, elements):
        id = listener.subscribe(filters=filters)

        listener.task("t1", **elements)

        assert listener.events(id) == [(1, "Task/t1")]

    @pytest.mark.parametrize(
        ("filters", "elements"),
        [
            (["Task?status=accepted"], {}),
            (["Task?status:not=requested"], {}),
            (["Task?owner=Organization/mine"], {"owner": THEIRS}),
            (["Task?owner=Organization/mine"], {}),
            (["Task?requester=Organization/mine"], {"requester": THEIRS}),
            (["Task?code=other"], {"code": CODE}),
            (["Task?_lastUpdated=lt2020-01-01"], {}),
            (["Task?status=accepted", "Task?owner=Organization/mine"], {"status": "accepted"}),
            (["Task?status=accepted", "Task?status=requested"], {"status": "accepted"}),
        ],
    )
    def test_what_does_not_fit_one_of_them_is_not(self, listener, filters, elements):
        id = listener.subscribe(filters=filters)

        listener.task("t1", **elements)

        assert listener.events(id) == []

    def test_a_request_is_named_by_its_id(self, listener):
        id = listener.subscribe(topic=REQUESTS, filters=["ServiceRequest?_id=r1"])

        for status in ("active", "completed"):
            listener.keep("ServiceRequest", "r1", status=status)
            listener.keep("ServiceRequest", "r2", status=status)

        assert listener.events(id) == [(1, "ServiceRequest/r1")]

    def test_a_filter_of_one_type_leaves_the_other_alone(self, listener):
        id = listener.subscribe(topic=REFERRALS, filters=["Task?status=accepted"])

        listener.task("t1")
        listener.task("t2", status="accepted")
        listener.keep("ServiceRequest", "r1", status="active")

        assert heard(listener, id) == ["Task/t2", "ServiceRequest/r1"]
