"""The DHCS list in the API: beside our codes for who reports by it, and no way to learn what is masked or withheld."""

from datetime import UTC, datetime

import pytest

from cie import consent, referrals
from cie.access import SYSTEM
from cie.db import transaction
from cie.directory import Category
from cie.participants import ParticipantKind, get_participant
from tests.api.place import System
from tests.api.test_referrals import reply, sent
from tests.factories import NOON, make_consent, make_participant, make_service


def report_as(place, kind):
    with transaction() as session:
        get_participant(session, place.loop.clinic.id).kind = kind


@pytest.fixture
def reporting(place):
    """The sender is a county, and the list that comes with the exchange was loaded."""
    with transaction() as session:
        referrals.import_shipped_code_lists(session, SYSTEM, at=NOON)
    report_as(place, ParticipantKind.COUNTY_AGENCY)
    return place


def told(place, referral):
    """Status and closing in the words of the list, alike in the record and in the list."""
    read = place.clinic.get(f"/referrals/{referral['id']}").get_json()
    (line,) = [each for each in place.clinic.get("/referrals").get_json()["items"] if each["id"] == referral["id"]]
    assert (read["dhcs"], read["status"], read["closing"]) == (line["dhcs"], line["status"], line["closing"])
    dhcs = read["dhcs"]
    return dhcs and (dhcs["status"]["code"], dhcs["closing"] and dhcs["closing"]["code"])


class TestReported:
    @pytest.mark.parametrize(
        ("answers", "expected"),
        [
            ([], ("pending", None)),
            ([{"answer": "accept"}], ("accepted", None)),
            ([{"answer": "accept"}, {"answer": "start"}], ("outreach-initiated", None)),
            ([{"answer": "reject", "reason": "no-room"}], ("declined", None)),
            ([{"answer": "accept"}, {"answer": "complete"}], ("loop-closed", "services-received")),
        ],
        ids=["asked", "yes", "begun", "no", "done"],
    )
    def test_each_step_has_its_code_beside_ours(self, reporting, answers, expected):
        referral = sent(reporting)

        for said in answers:
            reply(reporting, referral, **said)

        assert told(reporting, referral) == expected

    def test_it_says_which_version_of_the_list_it_is(self, reporting):
        assert sent(reporting)["dhcs"]["version"] == "2025-07"

    def test_who_does_not_report_by_it_gets_none(self, reporting):
        report_as(reporting, ParticipantKind.CLINIC)

        assert told(reporting, sent(reporting)) is None

    def test_those_asked_are_not_told_how_the_loop_stands(self, reporting):
        referral = sent(reporting)

        read = reporting.pantry.get(f"/referrals/{referral['id']}").get_json()
        (line,) = reporting.pantry.get("/referrals").get_json()["items"]

        assert "dhcs" not in read
        assert (line["dhcs"], line["status"]) == (None, None)


class TestHidden:
    @pytest.mark.parametrize(
        "said",
        [
            {"answer": "complete"},
            {"answer": "fail", "reason": "not-eligible"},
            {"answer": "fail", "reason": "person-declines"},
        ],
        ids=str,
    )
    @pytest.mark.parametrize(("closing", "expected"), [(None, None), ("other", ("loop-closed", "other"))], ids=str)
    def test_an_answer_that_is_not_shared_reads_alike_whatever_it_was(self, reporting, said, closing, expected):
        referral = sent(reporting)
        reply(reporting, referral, answer="accept")
        with transaction() as session:
            loop = reporting.loop
            (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
            consent.revoke(session, loop.navigator, record.id, method=record.method, at=datetime.now(UTC))

        assert reply(reporting, referral, **said).status_code == 200
        if closing:
            reporting.clinic.post(f"/referrals/{referral['id']}/closure", {"closing": closing})

        assert told(reporting, referral) == expected

    @pytest.mark.parametrize("last", ["accept", "complete"])
    def test_of_a_protected_service_there_is_nothing(self, reporting, last):
        with transaction() as session:
            refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
            service = make_service(session, refuge, name="Safe place", sensitivity=Category.VICTIM_SERVICES)
            make_consent(session, reporting.loop.person, categories=[Category.VICTIM_SERVICES.value])
        referral = sent(reporting, service_ids=[str(service.id)], at_person_request=True)
        shelter = System(reporting.app, refuge)
        (line,) = shelter.get("/referrals").get_json()["items"]

        for word in ("accept", last):
            shelter.post(f"/referrals/tasks/{line['task_id']}/answer", {"answer": word})

        read = reporting.clinic.get(f"/referrals/{referral['id']}").get_json()
        assert told(reporting, referral) is None
        assert (read["status"], read["closing"], read["closed_at"]) == (None, None, None)
        statuses = ("active", "completed", "revoked")
        found = [reporting.clinic.get(f"/referrals?status={each}").get_json()["items"] for each in statuses]
        assert found == [[], [], []]


class TestList:
    def test_it_names_its_source_and_its_first_day_and_ours_beside_each_code(self, reporting):
        found = reporting.clinic.get("/referrals/closed-loop-list").get_json()

        assert (found["version"], found["effective_on"]) == ("2025-07", "2025-07-01")
        assert "DHCS" in found["source"]
        assert {"ours": "closed", "code": "loop-closed", "display": "Referral Loop Closed"} in found["status"]
        assert {each["ours"] for each in found["closing"]} == {*referrals.Closing, "provider-declined"}

    def test_where_none_was_loaded_there_is_none(self, place):
        assert place.clinic.get("/referrals/closed-loop-list").status_code == 404
        assert sent(place)["dhcs"] is None
