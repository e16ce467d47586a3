"""Referrals by the API: preview, send, answer, write, close, and what each side may know."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlmodel import select

from cie import consent
from cie.consent import Decision, Release
from cie.db import reading, transaction
from cie.directory import Category
from cie.participants import ParticipantKind
from cie.referrals import Referral
from tests.api.place import System
from tests.factories import make_consent, make_participant, make_service

NOBODY = "01a21b9e-c037-72fc-9391-649d8235db61"


def request(place, **changed):
    said = {
        "person_id": str(place.loop.person.id),
        "need_code": "food",
        "urgency": "routine",
        "service_ids": [str(place.loop.service.id)],
        "message": "Mornings are best",
    }
    return {**said, **changed}


def sent(place, **changed):
    answer = place.clinic.post("/referrals", request(place, **changed))
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()


def task_of(referral):
    return referral["tasks"][0]["id"]


def reply(place, referral, system=None, **said):
    return (system or place.pantry).post(f"/referrals/tasks/{task_of(referral)}/answer", said)


def loops():
    with reading() as session:
        return len(session.exec(select(Referral)).all())


class TestPreview:
    def test_it_shows_each_fact_with_its_literal_value(self, place):
        (found,) = place.clinic.post("/referrals/preview", request(place)).get_json()["previews"]

        values = {each["element"]: each["value"] for each in found["shares"]}
        assert found["may_send"] is True
        assert values["name"] == "Aster Moreno"
        assert values["message"] == "Mornings are best"
        assert loops() == 0

    def test_what_may_not_go_is_a_typed_answer_with_rule_source_and_remedy(self, place):
        with transaction() as session:
            make_consent(session, place.loop.person, decision=Decision.DO_NOT_SHARE)

        (found,) = place.clinic.post("/referrals/preview", request(place)).get_json()["previews"]

        assert found["may_send"] is False
        assert found["shares"] == []
        assert found["refusal"]["code"] == "cannot-share"
        assert all(found["refusal"][name] for name in ("rule", "reason", "remedy"))


class TestSend:
    def test_it_reaches_the_one_asked_who_reads_what_was_previewed(self, place):
        (found,) = place.clinic.post("/referrals/preview", request(place)).get_json()["previews"]

        referral = sent(place, previewed=[found["mark"]])

        received = place.pantry.get(f"/referrals/{referral['id']}").get_json()
        assert (referral["side"], received["side"]) == ("requester", "performer")
        assert received["shared"][0]["elements"] == {each["element"]: each["value"] for each in found["shares"]}
        assert "person_id" not in received and "message" not in received

    def test_when_something_else_would_be_seen_nothing_goes(self, place):
        answer = place.clinic.post("/referrals", request(place, previewed=["an old mark"]))

        assert (answer.status_code, loops()) == (409, 0)

    def test_a_refusal_of_the_gate_names_its_rule(self, place):
        with transaction() as session:
            make_consent(session, place.loop.person, decision=Decision.DO_NOT_SHARE)

        answer = place.clinic.post("/referrals", request(place))

        body = answer.get_json()
        assert (answer.status_code, loops()) == (403, 0)
        assert body["rule"] and body["remedy"]
        assert "Aster" not in answer.get_data(as_text=True)

    def test_with_the_same_key_it_is_sent_once(self, place):
        answers = [place.clinic.post("/referrals", request(place), Idempotency_Key="r-1") for _ in range(3)]

        assert len({answer.get_json()["id"] for answer in answers}) == 1
        assert loops() == 1

    def test_a_repeat_after_a_revocation_tells_what_may_be_told_now(self, place):
        referral = place.clinic.post("/referrals", request(place), Idempotency_Key="r-1").get_json()
        assert reply(place, referral, answer="accept").get_json()["shared"]
        path = f"/referrals/tasks/{task_of(referral)}/messages"
        said = place.pantry.post(path, {"text": "Come at nine"}, Idempotency_Key="m-1").get_json()
        with transaction() as session:
            (record,) = consent.consents_of(session, place.loop.clinic.id, place.loop.person.id)
            consent.revoke(session, place.loop.navigator, record.id, method=record.method, at=datetime.now(UTC))

        again = place.pantry.post(path, {"text": "Come at nine"}, Idempotency_Key="m-1").get_json()

        assert said["shared"] and again["shared"] == []
        assert "Aster" not in str(again)

    @pytest.mark.parametrize(
        ("changed", "status"),
        [
            ({"person_id": NOBODY}, 404),
            ({"service_ids": [NOBODY]}, 404),
            ({"service_ids": []}, 422),
            ({"service_ids": [NOBODY] * 11}, 422),
            ({"need_code": "gold"}, 422),
            ({"urgency": "soon"}, 422),
            ({"need_id": NOBODY}, 404),
            ({"replaces_id": NOBODY}, 404),
            ({"message": "x" * 5000}, 422),
            ({"unknown": 1}, 422),
        ],
        ids=str,
    )
    def test_what_is_wrong_is_named_and_nothing_sent(self, place, changed, status):
        answer = place.clinic.post("/referrals", request(place, **changed))

        assert (answer.status_code, loops()) == (status, 0), answer.get_json()


class TestAnswer:
    def test_yes_then_help_then_done(self, place):
        referral = sent(place)

        statuses = [
            reply(place, referral, answer=word).get_json()["tasks"][0]["status"] for word in ("accept", "start")
        ]
        done = reply(place, referral, answer="complete", words="Box given")

        assert statuses == ["accepted", "in-progress"]
        assert done.get_json()["tasks"][0]["status"] == "completed"
        loop = place.clinic.get(f"/referrals/{referral['id']}").get_json()
        assert (loop["status"], loop["closing"]) == ("completed", "services-received")

    def test_no_with_a_reason(self, place):
        referral = sent(place)

        reply(place, referral, answer="reject", reason="no-room")

        (task,) = place.clinic.get(f"/referrals/{referral['id']}").get_json()["tasks"]
        assert (task["status"], task["reason"]) == ("rejected", "no-room")

    def test_what_an_answer_needs_is_named(self, place):
        referral = sent(place)

        answers = [reply(place, referral, answer=word) for word in ("reject", "waitlist", "hold")]

        assert [answer.status_code for answer in answers] == [422, 422, 422]
        named = [answer.get_json()["errors"][0]["field"] for answer in answers]
        assert named == ["reason", "until", "reason"]

    def test_an_answer_that_is_not_possible_now_says_so(self, place):
        referral = sent(place)
        reply(place, referral, answer="reject", reason="no-room")

        assert reply(place, referral, answer="accept").status_code == 409

    def test_the_sender_cannot_answer_for_the_one_asked(self, place):
        referral = sent(place)

        assert reply(place, referral, place.clinic, answer="accept").status_code == 403

    def test_the_sender_may_cancel_and_the_receiver_reads_nothing_more(self, place):
        referral = sent(place)

        reply(place, referral, place.clinic, answer="cancel", reason="person-declines")

        received = place.pantry.get(f"/referrals/{referral['id']}").get_json()
        assert (received["tasks"][0]["status"], received["shared"]) == ("cancelled", [])


class TestNotShared:
    def test_where_an_answer_may_not_go_back_the_sender_reads_that_there_was_one(self, place):
        referral = sent(place)
        reply(place, referral, answer="accept")
        with transaction() as session:
            (record,) = consent.consents_of(session, place.loop.clinic.id, place.loop.person.id)
            consent.revoke(session, place.loop.navigator, record.id, method=record.method, at=datetime.now(UTC))

        own = reply(place, referral, answer="fail", reason="not-eligible").get_json()["tasks"][0]

        (task,) = place.clinic.get(f"/referrals/{referral['id']}").get_json()["tasks"]
        assert (own["status"], own["reason"]) == ("failed", "not-eligible")
        assert (task["status"], task["reason"], task["details_shared"]) == (None, None, False)


class TestWriting:
    def test_a_message_reaches_the_other_side(self, place):
        referral = sent(place)

        place.pantry.post(f"/referrals/tasks/{task_of(referral)}/messages", {"text": "Do they have a fridge?"})

        entries = place.clinic.get(f"/referrals/{referral['id']}").get_json()["entries"]
        assert [each["text"] for each in entries] == ["Do they have a fridge?"]

    def test_a_try_to_reach_the_person_is_kept(self, place):
        referral = sent(place)
        reply(place, referral, answer="accept")
        said = {"method": "phone", "reached": False, "happened_at": datetime.now(UTC).isoformat()}

        answer = place.pantry.post(f"/referrals/tasks/{task_of(referral)}/contact-attempts", said)

        (attempt,) = answer.get_json()["contact_attempts"]
        assert (attempt["method"], attempt["reached"]) == ("phone", False)


class TestResults:
    @pytest.fixture
    def referral(self, place):
        referral = sent(place)
        reply(place, referral, answer="accept")
        return referral

    def enroll(self, place, referral, system=None, **changed):
        said = {"program": "snap", "status": "enrolled", "since_on": "2026-11-20", **changed}
        return (system or place.pantry).post(f"/referrals/tasks/{task_of(referral)}/enrollments", said)

    def test_an_enrollment_is_read_by_both_sides_and_told_as_a_change(self, place, referral):
        answer = self.enroll(place, referral)

        (own,) = answer.get_json()["results"]
        (read,) = place.clinic.get(f"/referrals/{referral['id']}").get_json()["results"]
        (line,) = place.clinic.get("/referrals").get_json()["items"]
        assert answer.status_code == 201
        assert read == own
        assert (read["kind"], read["program"], read["status"]) == ("enrollment-status", "snap", "enrolled")
        assert (read["since_on"], line["change"]) == ("2026-11-20", "result.tell:provider")

    def test_where_it_may_not_go_back_the_sender_reads_no_byte_of_it(self, place, referral):
        with transaction() as session:
            (record,) = consent.consents_of(session, place.loop.clinic.id, place.loop.person.id)
            consent.revoke(session, place.loop.navigator, record.id, method=record.method, at=datetime.now(UTC))
        before = place.clinic.get(f"/referrals/{referral['id']}"), place.clinic.get("/referrals")

        answer = self.enroll(place, referral)

        after = place.clinic.get(f"/referrals/{referral['id']}"), place.clinic.get("/referrals")
        assert len(answer.get_json()["results"]) == 1
        assert [each.data for each in after] == [each.data for each in before]
        assert after[0].headers["ETag"] == before[0].headers["ETag"]

    def test_what_was_a_mistake_is_taken_back(self, place, referral):
        (given,) = self.enroll(place, referral).get_json()["results"]

        answer = place.pantry.call("DELETE", f"/referrals/results/{given['id']}")

        assert answer.get_json()["results"] == []
        assert place.clinic.get(f"/referrals/{referral['id']}").get_json()["results"] == []

    def test_nobody_else_gives_or_takes_back(self, place, referral):
        (given,) = self.enroll(place, referral).get_json()["results"]

        assert self.enroll(place, referral, place.clinic).status_code == 403
        assert place.clinic.call("DELETE", f"/referrals/results/{given['id']}").status_code == 404
        assert place.clinic.call("DELETE", f"/referrals/results/{NOBODY}").status_code == 404

    def test_before_a_yes_nothing_can_have_come_of_it(self, place):
        answer = self.enroll(place, sent(place))

        assert answer.status_code == 409
        assert "Say yes first" in answer.get_json()["detail"]

    @pytest.mark.parametrize(
        ("changed", "field"), [({"program": "lunch"}, "program"), ({"status": "maybe"}, "status"), ({"x": 1}, "x")]
    )
    def test_what_is_wrong_is_named(self, place, referral, changed, field):
        answer = self.enroll(place, referral, **changed)

        assert answer.status_code == 422
        assert [each["field"] for each in answer.get_json()["errors"]] == [field]


class TestClosing:
    def test_the_sender_closes_what_nobody_can_do(self, place):
        referral = sent(place)
        reply(place, referral, answer="reject", reason="no-room")

        closed = place.clinic.post(f"/referrals/{referral['id']}/closure", {"closing": "no-longer-needs"})

        assert closed.get_json()["closing"] == "no-longer-needs"

    def test_what_happened_meanwhile_is_not_overlooked(self, place):
        referral = place.clinic.get(f"/referrals/{sent(place)['id']}")
        reply(place, referral.get_json(), answer="reject", reason="no-room")
        path = f"/referrals/{referral.get_json()['id']}/closure"

        answer = place.clinic.post(path, {"closing": "no-longer-needs"}, If_Match=referral.headers["ETag"])

        assert answer.status_code == 412


class TestProtected:
    def test_of_a_victim_service_the_sender_reads_that_it_was_sent_and_no_more(self, place):
        with transaction() as session:
            refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
            service = make_service(session, refuge, name="Safe place", sensitivity=Category.VICTIM_SERVICES)
            make_consent(session, place.loop.person, categories=[Category.VICTIM_SERVICES.value])

        answer = place.clinic.post("/referrals", request(place, service_ids=[str(service.id)], at_person_request=True))

        words = answer.get_data(as_text=True)
        assert answer.status_code == 201, words
        assert answer.get_json()["masked"] is True
        assert answer.get_json()["tasks"] == []
        assert "Safe" not in words and str(refuge.id) not in words and str(service.id) not in words


class TestVersions:
    def test_words_that_came_are_not_answered_with_nothing_new(self, place):
        referral = place.clinic.get(f"/referrals/{sent(place)['id']}")
        path = f"/referrals/tasks/{task_of(referral.get_json())}/messages"
        place.pantry.post(path, {"text": "Do they have a fridge?"})

        known = {"If_None_Match": referral.headers["ETag"]}
        again = place.clinic.get(f"/referrals/{referral.get_json()['id']}", **known)

        assert again.status_code == 200
        assert (
            place.clinic.get(f"/referrals/{again.get_json()['id']}", If_None_Match=again.headers["ETag"]).status_code
            == 304
        )


class TestOthers:
    def test_a_third_organization_gets_what_it_gets_for_nothing(self, place):
        with transaction() as session:
            third = System(place.app, make_participant(session, name="Third"))
        referral = sent(place)
        pairs = [
            ("GET", f"/referrals/{referral['id']}", f"/referrals/{uuid4()}", None),
            ("POST", f"/referrals/{referral['id']}/closure", f"/referrals/{uuid4()}/closure", {"closing": "other"}),
            *(
                ("POST", f"/referrals/tasks/{task_of(referral)}/{end}", f"/referrals/tasks/{uuid4()}/{end}", body)
                for end, body in (
                    ("answer", {"answer": "accept"}),
                    ("messages", {"text": "Hello"}),
                )
            ),
        ]

        for method, known, unknown, body in pairs:
            one, other = third.call(method, known, body), third.call(method, unknown, body)
            assert one.status_code == 404
            assert (one.status_code, one.get_data()) == (other.status_code, other.get_data()), known

    def test_what_is_released_is_recorded_once_and_each_read_as_a_look(self, place):
        referral = sent(place)
        for _ in range(3):
            place.pantry.get(f"/referrals/{referral['id']}")

        with reading() as session:
            assert len(session.exec(select(Release)).all()) == 1
