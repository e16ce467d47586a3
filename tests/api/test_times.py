"""Days and instants that no calendar reckons with are refused, with the field named."""

from itertools import product

from tests.api.callers import make_callers

FAR_DAYS = ("0001-01-01", "9999-12-31")
FAR = ("0001-01-01T00:00:00+00:01", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00")
SIGNED = {"decision": "do-not-share", "method": "in-person"}
TRIED = {"method": "phone", "reached": True}


def faults(answer):
    assert answer.status_code == 422, answer.get_data()
    return {each["field"]: each["message"] for each in answer.get_json()["errors"]}


def test_a_day_or_an_instant_too_far_away_is_named(place):
    asked = make_callers(place)[1]
    person, task, hook = (asked.own[name][-1] for name in ("person_id", "task_id", "webhook_id"))
    days = [
        (f"/people/{person}/consents", SIGNED, "signed_on"),
        (f"/people/{person}/consents", SIGNED, "expires_on"),
        (f"/referrals/tasks/{task}/answer", {"answer": "waitlist"}, "until"),
    ]
    instants = [
        (f"/webhooks/{hook}/replay", {}, "since"),
        ("/exports", {"kinds": ["people"]}, "updated_since"),
        (f"/referrals/tasks/{task}/contact-attempts", TRIED, "happened_at"),
    ]

    for (path, body, field), far in [*product(days, FAR_DAYS), *product(instants, FAR)]:
        assert faults(asked.system.post(path, {**body, field: far})) == {field: "Give a year from 1900 to 2199"}
    for far in FAR_DAYS:
        assert faults(asked.system.get(f"/measures?month={far}")) == {"month": "Give a year from 1900 to 2199"}
