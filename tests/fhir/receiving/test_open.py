"""A Task without an owner over HTTP: whoever can help finds it, the first one takes it, its sender reads who."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import orjson
import pytest
from sqlalchemy import select

from cie.db import reading, transaction
from cie.events import AuditEntry
from cie.fhir.projecting.audiences import add_audiences, make_again
from cie.people import Person
from cie.referrals import Referral, ReferralTask, TaskStatus
from tests.factories import make_found, make_loop, make_participant, make_service
from tests.fhir.place import make_all, of_type, own_by
from tests.fhir.readers import Reader, faults
from tests.fhir.sending import entry, referral, task, urn
from tests.fhir.test_interference import kept_for

JSON = "application/fhir+json"
AT_ONCE = 50
CLAIMABLE = "/Task?owner:missing=true&status=requested"


@pytest.fixture
def loop(database):
    """The clinic, and two places that help with food in the county of the person, all with programs."""
    with transaction() as session:
        loop = make_loop(session)
        make_found(session, loop.service)
        loop.other = make_participant(session, name="Second Pantry")
        make_found(session, make_service(session, loop.other))
        add_audiences(session, [loop.clinic.id, loop.pantry.id, loop.other.id])
    make_all()
    return loop


@pytest.fixture
def other(loop, clinic):
    return Reader(clinic.app, loop.other)


def send(reader, method, path, resource, **headers):
    return reader.call(method, path, orjson.dumps(resource), **{"Content_Type": JSON, **headers})


def openly(loop, **changed):
    """The Bundle of a request that whoever can help may take. `changed`: of the task."""
    made = referral(loop)
    asked = made["entry"][1]["resource"]
    del asked["owner"]
    asked.update(changed)
    return made


@pytest.fixture
def asked(loop, clinic):
    """The address of the task that the clinic sent."""
    answer = send(clinic, "POST", "", openly(loop))
    assert answer.status_code == 200, answer.get_json()
    return "/" + "/".join(answer.get_json()["entry"][1]["response"]["location"].split("/")[:2])


def read(reader, path):
    answer = reader.get(path)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def taken_by(reader, path, **changed):
    seen = read(reader, path)
    own = {"owner": {"reference": f"Organization/{reader.owner.id}"}}
    return send(reader, "PUT", path, {**seen, "status": "accepted", **own, **changed})


class TestTaking:
    def test_one_finds_it_without_a_name_takes_it_and_the_sender_reads_who_did(self, loop, clinic, pantry, asked):
        (found,) = pantry.ids(CLAIMABLE)
        assert f"/Task/{found}" == asked
        assert "owner" not in read(clinic, asked)
        assert "Moreno" not in str(own_by(loop.pantry))

        answer = taken_by(pantry, asked)

        assert answer.status_code == 200, answer.get_json()
        owner = {"reference": f"Organization/{loop.pantry.id}"}
        assert read(clinic, asked)["owner"] == read(pantry, asked)["owner"] == owner
        assert clinic.ids(f"/Task?owner=Organization/{loop.pantry.id}&status=accepted") == [found]
        (patient,) = of_type(own_by(loop.pantry), "Patient")
        assert patient["id"] == str(loop.person.id)
        assert "Moreno" in str(patient)

    def test_the_others_read_that_it_is_over_and_nothing_of_the_person_or_who_was_first(
        self, loop, pantry, other, asked
    ):
        assert "93702" in str(own_by(loop.other))
        taken_by(pantry, asked)

        answer = taken_by(other, asked)

        assert answer.status_code == 422
        assert "Someone else just said yes" in answer.get_json()["issue"][0]["details"]["text"]
        assert other.ids(CLAIMABLE) == []
        assert read(other, asked)["status"] == "cancelled"
        kept = kept_for(loop.other)
        assert not any(word in kept for word in ("93702", "Moreno", str(loop.pantry.id), str(loop.person.id)))

    @pytest.mark.parametrize(
        ("changed", "place"),
        [
            ({"status": "accepted"}, "Task.owner"),
            ({"status": "accepted", "owner": "somebody else"}, "Task.owner"),
            ({"owner": "itself"}, "Task.owner"),
            ({"status": "in-progress"}, "Task.status"),
            ({"status": "completed"}, "Task.status"),
            ({"status": "rejected"}, "Task.statusReason.text"),
        ],
    )
    def test_any_other_step_is_refused_with_the_rule(self, loop, other, pantry, asked, changed, place):
        owners = {"somebody else": loop.other.id, "itself": loop.pantry.id}
        named = {"owner": {"reference": f"Organization/{owners[changed['owner']]}"}} if "owner" in changed else {}

        answer = send(pantry, "PUT", asked, {**read(pantry, asked), **changed, **named})

        assert (answer.status_code, faults(answer)[0][1]) == (422, place)
        assert read(pantry, asked)["status"] == "requested"

    def test_who_could_not_help_finds_nothing(self, loop, clinic, asked):
        with transaction() as session:
            stranger = make_participant(session, name="Stranger")
            add_audiences(session, [stranger.id])
        make_all()
        reader = Reader(clinic.app, stranger)

        assert reader.ids(CLAIMABLE) == []
        assert reader.get(asked).status_code == 404
        assert send(reader, "PUT", asked, read(clinic, asked)).status_code == 404


@pytest.mark.both_databases
def test_of_fifty_that_take_it_at_once_one_has_it_and_the_others_hear_why(loop, clinic, pantry, other, asked):
    readers = [pantry, other] * (AT_ONCE // 2)
    seen = {reader.owner.id: reader.get(asked) for reader in (pantry, other)}
    ready = Barrier(AT_ONCE)

    def take(reader):
        own, mine = {"owner": {"reference": f"Organization/{reader.owner.id}"}}, seen[reader.owner.id]
        ready.wait()
        return send(
            reader, "PUT", asked, {**mine.get_json(), "status": "accepted", **own}, If_Match=mine.headers["ETag"]
        )

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        answers = list(crowd.map(take, readers))

    by_status = Counter(answer.status_code for answer in answers)
    assert by_status.pop(200) == 1
    assert set(by_status) <= {409, 412, 422}
    assert all(answer.get_json()["issue"] for answer in answers if answer.status_code != 200)
    with reading() as session:
        (row,) = session.execute(select(ReferralTask)).scalars()
        taken = session.execute(select(AuditEntry.id).where(AuditEntry.action == "task.accepted")).all()
    assert (row.status, len(taken)) == (TaskStatus.ACCEPTED, 1)


class TestLeavingItToOthers:
    def test_it_goes_from_the_search_of_one_alone_and_the_sender_reads_no_other_byte(
        self, loop, clinic, pantry, other, asked
    ):
        before = clinic.get(asked)
        why = {"status": "rejected", "statusReason": {"text": "Not our kind of help"}}

        answer = send(pantry, "PUT", asked, {**read(pantry, asked), **why})

        assert answer.status_code == 200, answer.get_json()
        assert (pantry.ids(CLAIMABLE), len(other.ids(CLAIMABLE))) == ([], 1)
        after = clinic.get(asked)
        assert (after.data, after.headers["ETag"]) == (before.data, before.headers["ETag"])


class TestSending:
    def test_nobody_who_could_help_is_refused_with_the_rule(self, loop, clinic):
        with transaction() as session:
            session.get_one(Person, loop.person.id).county_fips = "06037"
            session.get_one(Person, loop.person.id).zip = ""

        answer = send(clinic, "POST", "", openly(loop))

        assert answer.status_code == 422
        assert "Nobody near them can be asked openly" in answer.get_json()["issue"][0]["details"]["text"]

    def test_an_open_task_stands_alone_in_its_loop(self, loop, clinic):
        made = openly(loop)
        made["entry"].append(entry(task(loop, focus=urn("sr"), subject=f"Patient/{loop.person.id}"), "named"))

        answer = send(clinic, "POST", "", made)

        assert (answer.status_code, faults(answer)[0][1]) == (422, "Task.owner")

    def test_a_repeat_with_the_same_key_makes_it_once(self, loop, clinic):
        first, again = (send(clinic, "POST", "", openly(loop), Idempotency_Key="once") for _each in range(2))

        assert (first.status_code, again.status_code) == (200, 200)
        assert len(clinic.ids("/Task?status=requested")) == 1

    def test_its_sender_takes_it_back_and_it_is_gone_everywhere(self, clinic, pantry, other, asked):
        why = {"status": "cancelled", "statusReason": {"text": "They found help"}}

        answer = send(clinic, "PUT", asked, {**read(clinic, asked), **why})

        assert answer.status_code == 200, answer.get_json()
        assert read(clinic, asked)["status"] == "cancelled"
        assert read(clinic, f"/{read(clinic, asked)['focus']['reference']}")["status"] == "revoked"
        assert (pantry.ids(CLAIMABLE), other.ids(CLAIMABLE)) == ([], [])
        assert "statusReason" not in read(pantry, asked)

    def test_its_sender_cannot_take_it(self, loop, clinic, asked):
        answer = taken_by(clinic, asked)

        assert (answer.status_code, faults(answer)[0][1]) == (422, "Task.owner")

    def test_what_is_made_again_is_the_same(self, loop, clinic, pantry, other, asked):
        taken_by(pantry, asked)
        before = {reader.owner.id: own_by(reader.owner) for reader in (clinic, pantry, other)}

        with transaction() as session:
            make_again(session)
        make_all()

        assert {reader.owner.id: own_by(reader.owner) for reader in (clinic, pantry, other)} == before


class TestSelfReferral:
    """refer-9: the platform is the requester of the Task, the person that of the ServiceRequest."""

    def test_refer_9_what_the_person_asked_themselves_is_answered_and_ends_with_an_output(self, loop, clinic, pantry):
        about = {"reference": f"Patient/{loop.person.id}"}
        answer = send(clinic, "POST", "", referral(loop, requester=about))
        assert answer.status_code == 200, answer.get_json()
        path = "/" + "/".join(answer.get_json()["entry"][1]["response"]["location"].split("/")[:2])
        assert read(clinic, path)["requester"] == {"reference": f"Organization/{loop.clinic.id}"}
        for status in ("accepted", "in-progress"):
            assert send(pantry, "PUT", path, {**read(pantry, path), "status": status}).status_code == 200

        done = send(pantry, "PUT", path, {**read(pantry, path), "status": "completed"})

        assert done.status_code == 200, done.get_json()
        (output,) = read(clinic, path)["output"]
        assert read(clinic, f"/{output['valueReference']['reference']}")["status"] == "completed"
        with reading() as session:
            assert session.execute(select(Referral.at_person_request)).scalar_one() is True
