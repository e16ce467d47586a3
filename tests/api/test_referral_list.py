"""Lists of referrals by the API: what changed since, how far each loop is, and pages that lose nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from cie import referrals
from cie.db import reading, transaction
from cie.directory import Category
from cie.participants import ParticipantKind
from cie.referrals.changes import SETTLED_AFTER
from tests.api.place import System
from tests.api.test_referrals import reply, request, sent
from tests.factories import make_consent, make_participant, make_service


class TestList:
    def test_both_sides_see_what_changed(self, place):
        referral = sent(place)

        ours = place.clinic.get("/referrals").get_json()["items"]
        theirs = place.pantry.get("/referrals").get_json()["items"]

        assert [(each["id"], each["side"]) for each in ours] == [(referral["id"], "requester")]
        assert [(each["id"], each["side"]) for each in theirs] == [(referral["id"], "performer")]

    def test_what_is_closed_stays_in_the_list_with_its_newest_change(self, place):
        referral = sent(place)
        reply(place, referral, answer="accept")
        reply(place, referral, answer="complete")

        (ours,) = place.clinic.get("/referrals").get_json()["items"]
        (theirs,) = place.pantry.get("/referrals").get_json()["items"]

        assert (ours["id"], theirs["change"]) == (referral["id"], "task.completed")
        assert ours["change"] in ("referral.close", "task.completed")

    def test_of_a_protected_service_only_the_senders_own_acts_are_listed(self, place):
        with transaction() as session:
            refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
            service = make_service(session, refuge, name="Safe place", sensitivity=Category.VICTIM_SERVICES)
            make_consent(session, place.loop.person, categories=[Category.VICTIM_SERVICES.value])
        said = request(place, service_ids=[str(service.id)], at_person_request=True)
        place.clinic.post("/referrals", said)
        before = place.clinic.get("/referrals").get_json()
        path = f"/referrals/{before['items'][0]['id']}"
        read = place.clinic.get(path)
        shelter = System(place.app, refuge)
        (line,) = shelter.get("/referrals").get_json()["items"]

        for word in ("accept", "start", "complete"):
            assert shelter.post(f"/referrals/tasks/{line['task_id']}/answer", {"answer": word}).status_code == 200

        again = place.clinic.get(path)
        assert place.clinic.get("/referrals").get_json() == before
        assert (again.get_data(), again.headers["ETag"]) == (read.get_data(), read.headers["ETag"])

    def test_pages_follow_each_other_and_hold_each_once(self, place):
        ids = [sent(place)["id"] for _ in range(5)]

        found, path = [], "/referrals?limit=2"
        while path:
            page = place.clinic.get(path).get_json()
            found += [each["id"] for each in page["items"]]
            path = page["next"] and f"/referrals?limit=2&cursor={page['next']}"

        assert found == ids

    def test_a_cursor_does_not_pass_what_may_still_be_written(self, place):
        sent(place)

        page = place.clinic.get("/referrals").get_json()
        with reading() as session:
            soon = datetime.now(UTC) + SETTLED_AFTER + timedelta(seconds=1)
            later = referrals.changes(session, place.loop.navigator, at=soon)

        assert page["cursor"] == ""
        assert later.cursor != ""

    @pytest.mark.parametrize("query", ["cursor=abc", "limit=0", "limit=1000", "side=both", "updated_since=now", "x=1"])
    def test_a_wrong_question_is_named(self, place, query):
        answer = place.clinic.get(f"/referrals?{query}")

        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["field"] == query.partition("=")[0]

    def test_the_sender_reads_how_far_each_loop_is_and_those_asked_do_not(self, place):
        reply(place, sent(place), answer="accept")

        (ours,) = place.clinic.get("/referrals").get_json()["items"]
        (theirs,) = place.pantry.get("/referrals").get_json()["items"]

        assert (ours["status"], ours["closing"], theirs["status"]) == ("active", None, None)

    def test_those_of_one_status_are_found(self, place):
        done, waiting = sent(place), sent(place)
        for word in ("accept", "complete"):
            reply(place, done, answer=word)

        found = {
            status: [each["id"] for each in place.clinic.get(f"/referrals?status={status}").get_json()["items"]]
            for status in ("active", "completed", "revoked")
        }

        assert found == {"active": [waiting["id"]], "completed": [done["id"]], "revoked": []}
        assert place.pantry.get("/referrals?status=completed").get_json()["items"] == []
