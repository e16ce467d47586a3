"""What an organization may learn by its program once it said no, or once the person took back what they allowed."""

from datetime import UTC, datetime
from uuid import UUID

from cie import consent, people, referrals
from cie.consent import Method
from cie.db import transaction
from cie.referrals import Request, Urgency
from tests.api.test_referrals import reply, sent, task_of
from tests.factories import make_participant, make_service, staff_of

OWN_PART = {"id", "side", "requester_id", "first_sent_at", "version", "shared", "duties", "tasks", "entries"}
OWN_PART |= {"contact_attempts", "results"}


def told(place, referral):
    """All that its program may read of a referral: the record and its tag, the list, the notices."""
    record = place.pantry.get(f"/referrals/{referral['id']}")
    (hook,) = place.pantry.get("/webhooks").get_json()["items"]
    lists = [place.pantry.get(path).get_data() for path in ("/referrals", f"/webhooks/{hook['id']}/notices")]
    return record.get_json(), record.headers["ETag"], lists


def asked(place):
    place.pantry.post("/webhooks", {"url": "http://127.0.0.1:9/"})
    return sent(place)


def goes_on(place, referral):
    """What the sender does afterwards: it corrects, notes, asks another place, which helps."""
    now, sender, person_id = datetime.now(UTC), place.loop.navigator, place.loop.person.id
    loop_id = UUID(referral["id"])
    with transaction() as session:
        third = make_participant(session, name="Heron House")
        service = make_service(session, third, name="Food bag")
        people.correct_person(session, sender, person_id, {"given_name": "Astrid"}, seen_version=1, at=now)
        referrals.write_note(session, sender, loop_id, "Her sister has the key", at=now)
        again = Request(person_id, "food", Urgency.WEEK, (service.id,), replaces_id=loop_id)
        (task,) = referrals.tasks_of(session, referrals.send(session, sender, again, previewed=None, at=now))
        referrals.accept(session, staff_of(third), task.id, at=now)
        referrals.complete(session, staff_of(third), task.id, words="Box given", at=now)


def take_back(place, referral):
    with transaction() as session:
        (said,) = consent.consents_of(session, place.loop.clinic.id, place.loop.person.id)
        consent.revoke(session, place.loop.navigator, said.id, method=Method.IN_PERSON, at=datetime.now(UTC))


class TestDeclined:
    def test_it_reads_its_own_answer_and_nothing_that_was_sent(self, place):
        referral = asked(place)

        reply(place, referral, answer="reject", reason="language", words="Nobody here speaks it")

        record, _tag, _lists = told(place, referral)
        (task,), (words,) = record["tasks"], record["entries"]
        assert record.keys() == OWN_PART
        assert (record["shared"], record["contact_attempts"]) == ([], [])
        assert (task["status"], task["reason"], words["text"]) == ("rejected", "language", "Nobody here speaks it")

    def test_nothing_that_follows_at_the_sender_reaches_it(self, place):
        referral = asked(place)
        reply(place, referral, answer="reject", reason="language")
        before = told(place, referral)

        goes_on(place, referral)
        take_back(place, referral)

        assert told(place, referral) == before

    def test_whatever_it_tries_then_is_refused_alike(self, place):
        referral = asked(place)
        reply(place, referral, answer="reject", reason="language")
        path = f"/referrals/tasks/{task_of(referral)}"
        tries = [("answer", {"answer": "accept"}), ("answer", {"answer": "cancel", "reason": "other"})]
        before = [place.pantry.post(f"{path}/{end}", said) for end, said in tries]

        goes_on(place, referral)

        after = [place.pantry.post(f"{path}/{end}", said) for end, said in tries]
        assert [each.status_code for each in before] == [409, 409]
        assert [each.get_data() for each in before] == [each.get_data() for each in after]


class TestTakenBack:
    def test_it_keeps_what_is_its_own_and_reads_nothing_of_the_person(self, place):
        referral = asked(place)
        reply(place, referral, answer="accept")
        place.pantry.post(f"/referrals/tasks/{task_of(referral)}/messages", {"text": "Come on Friday"})
        place.clinic.post(f"/referrals/tasks/{task_of(referral)}/messages", {"text": "Mornings are best"})
        assert told(place, referral)[0]["shared"]

        take_back(place, referral)

        record, _tag, _lists = told(place, referral)
        assert record.keys() == OWN_PART
        assert record["shared"] == []
        assert [each["text"] for each in record["entries"]] == ["Come on Friday"]
        assert record["tasks"][0]["status"] == "accepted"

    def test_a_tag_from_before_does_not_make_it_look_unchanged(self, place):
        referral = asked(place)
        path, tag = f"/referrals/{referral['id']}", told(place, referral)[1]

        take_back(place, referral)

        assert place.pantry.get(path, If_None_Match=tag).status_code == 200

    def test_it_never_hears_why(self, place):
        with transaction() as session:
            other = make_service(session, make_participant(session, name="Heron House"), name="Food bag")
        services = [str(place.loop.service.id), str(other.id)]
        offer = sent(place, service_ids=services)
        task = next(each for each in offer["tasks"] if each["service_id"] == services[0])

        take_back(place, offer)

        answer = place.pantry.post(f"/referrals/tasks/{task['id']}/answer", {"answer": "accept"})
        assert answer.status_code == 403
        assert answer.get_json()["rule"] == consent.NO_FURTHER_UPDATES.rule
        assert not {"revoked", "took back", "consent"} & set(answer.get_json()["detail"].lower().split())
