"""The pages on which an administrator reads what programs were refused, sends it again, or throws it away."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import orjson
import pytest
from sqlmodel import select

from cie import identity
from cie.access import SYSTEM, Role
from cie.calendar import local_day
from cie.db import reading, transaction
from cie.directory.models import Service, ServiceNeed
from cie.events import AuditEntry
from cie.identity import Client
from cie.participants.models import Agreement
from cie.quarantine import MessageState, RefusedMessage, keeping
from cie.referrals import Referral
from tests.factories import make_staff
from tests.fhir.place import make_reading_loop, own_by
from tests.fhir.readers import Reader
from tests.fhir.sending import bundle, entry, patient, referral
from tests.support.web import make_app, signed_in
from tests.web.test_clients import text_of

ADMINISTRATOR = Role.ORGANIZATION_ADMINISTRATOR
JSON = "application/fhir+json"
ID = "0190f3d2-6b6e-7c3a-8f1e-2b1d5c4a9e01"
LIST = "/organization/refused"


@pytest.fixture
def place(database, migrated):
    loop = make_reading_loop()
    with transaction() as session:
        users = {
            "boss": make_staff(session, loop.clinic, ADMINISTRATOR, name="Robin Oak"),
            "both": make_staff(session, loop.clinic, ADMINISTRATOR, Role.CASEWORKER),
            "worker": make_staff(session, loop.clinic, Role.CASEWORKER),
            "stranger": make_staff(session, loop.pantry, ADMINISTRATOR, Role.CASEWORKER),
        }
    app = make_app(migrated)
    browsers = {name: signed_in(app, user) for name, user in users.items()}
    return SimpleNamespace(loop=loop, clinic=Reader(app, loop.clinic), users=SimpleNamespace(**users), **browsers)


def send(reader, resource, path="", method="POST", **headers):
    body = resource if isinstance(resource, bytes) else orjson.dumps(resource)
    return reader.call(method, path, body, **{"Content_Type": JSON, **headers})


def about(reference):
    """A document about something, which is refused while that is not there."""
    said = {"url": "http://x.example/about", "valueReference": {"reference": reference}}
    return {"resourceType": "Basic", "code": {"text": "note"}, "extension": [said]}


def rows():
    with reading() as session:
        return session.exec(select(RefusedMessage).order_by(RefusedMessage.id)).all()


def one_refused(place, resource=None, path="/Patient", **headers):
    answer = send(place.clinic, resource or patient(birthDate="yesterday"), path, **headers)
    assert answer.status_code in (400, 422), answer.text
    return rows()[-1]


def post(browser, row, rest):
    return browser.post(f"{LIST}/{row.id}{rest}", page="/help")


def actions():
    with reading() as session:
        return [row.action for row in session.exec(select(AuditEntry).order_by(AuditEntry.id))]


class TestReading:
    def test_without_any_it_says_so(self, place):
        assert "Nothing was refused." in text_of(place.boss.get(LIST))

    def test_the_list_says_when_who_where_and_why(self, place):
        one_refused(place)

        page = text_of(place.boss.get(LIST))

        assert (
            f"{place.clinic.client.name} POST /fhir/Patient A value is not written as it must be. Waits for you" in page
        )
        assert "Tamarind" not in page

    def test_of_one_program_only_its_own(self, place):
        beside = Reader(place.clinic.app, place.clinic.owner)
        one_refused(place)
        send(beside, b"{", "/Goal")

        page = text_of(place.boss.get(f"{LIST}?program={beside.client.id}"))

        assert "/fhir/Goal" in page
        assert "/fhir/Patient" not in page

    def test_many_come_in_pages(self, place):
        for number in range(21):
            send(place.clinic, about(f"Patient/{number}"), "/Basic")

        assert "1 to 20" in text_of(place.boss.get(LIST))
        assert "21 to 21" in text_of(place.boss.get(f"{LIST}?page=2"))

    def test_one_says_each_thing_that_was_wrong_and_where(self, place):
        row = one_refused(place)

        page = text_of(place.boss.get(f"{LIST}/{row.id}"))

        assert "A value is not written as it must be" in page
        assert "Where: Patient.birthDate" in page
        assert "Tamarind" not in page

    @pytest.mark.parametrize("rest", ["", "/content", "/content/file", "/discard"])
    def test_for_others_it_is_not_there(self, place, rest):
        row = one_refused(place)

        answers = [place.stranger.get(f"{LIST}/{each}{rest}") for each in (row.id, ID)]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert text_of(answers[0]) == text_of(answers[1])
        assert place.worker.get(f"{LIST}/{row.id}{rest}").status_code == 403
        assert "Nothing was refused." in text_of(place.stranger.get(LIST))


class TestOpening:
    def test_who_may_read_of_people_opens_it_and_that_is_recorded(self, place):
        row = one_refused(place)

        page = place.both.get(f"{LIST}/{row.id}/content")

        assert '"family": "Quist"' in text_of(page)
        assert actions()[-1] == "message.open"

    def test_its_numbers_and_what_was_sent_twice_are_as_they_came(self, place):
        row = one_refused(place, b'{"resourceType": "Observation", "valueInteger": 1.10, "status": "a", "status": "b"}')

        page = place.both.get(f"{LIST}/{row.id}/content").get_data(as_text=True)

        assert "1.10" in page
        assert page.count("&#34;status&#34;") == 2

    def test_as_a_file_it_is_what_came(self, place):
        sent = b'{"resourceType": "Patient",\xff'
        row = one_refused(place, sent)

        answer = place.both.get(f"{LIST}/{row.id}/content/file")

        assert answer.get_data() == sent
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert actions()[-1] == "message.open"

    def test_an_administrator_alone_may_not(self, place):
        row = one_refused(place)

        answer = place.boss.get(f"{LIST}/{row.id}/content")

        assert answer.status_code == 403
        assert "Only an administrator who may also read" in text_of(place.boss.get(f"{LIST}/{row.id}"))
        assert "message.open" not in actions()


def close(place, is_closed):
    """Whether the pantry takes requests for its food."""
    with transaction() as session:
        service = session.get_one(Service, place.loop.service.id)
        service.accepts_referrals = not is_closed
        session.add(service)


def refused_referral(place, **headers):
    """A request to a service that takes none, which then takes some."""
    close(place, True)
    row = one_refused(place, referral(place.loop), "", **headers)
    close(place, False)
    return row


def refused_batch(place, monkeypatch, *entries):
    """A batch with more entries than were taken then."""
    with monkeypatch.context() as then:
        then.setattr("cie.fhir.receiving.entries.MOST_ENTRIES", 1)
        return one_refused(place, bundle(*entries, type="batch"), "")


def loops():
    with reading() as session:
        return [str(row.id) for row in session.exec(select(Referral).order_by(Referral.id))]


class TestSendingAgain:
    def test_what_can_be_done_by_now_is_done_and_says_what_it_became(self, place):
        row = refused_referral(place)
        assert loops() == []

        answer = post(place.boss, row, "/resending")

        (loop_id,) = loops()
        (kept,) = rows()
        page = text_of(place.boss.get(answer.location))
        assert (kept.state, kept.became[0]) == (MessageState.TAKEN, f"ServiceRequest/{loop_id}")
        assert "Taken. What it became stands below" in page
        assert f"ServiceRequest/{loop_id}" in page
        assert any(key.startswith("Task/") for key in own_by(place.loop.pantry))
        assert "message.take" in actions()

    def test_what_was_sent_is_gone_once_it_was_taken(self, place):
        row = refused_referral(place)
        post(place.boss, row, "/resending")

        (kept,) = rows()

        assert (kept.body_sealed, kept.asked_sealed) == (None, None)
        assert place.both.get(f"{LIST}/{row.id}/content").status_code == 404

    def test_it_is_done_once(self, place):
        row = refused_referral(place)
        post(place.boss, row, "/resending")

        again = [post(place.boss, row, rest) for rest in ("/resending", "/discard")]

        assert [answer.status_code for answer in again] == [409, 409]
        assert "This message was taken already." in text_of(again[0])
        assert len(loops()) == 1

    def test_two_at_once_do_it_once(self, place):
        row = refused_referral(place)

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda browser: post(browser, row, "/resending"), (place.boss, place.both)))

        assert sorted(answer.status_code for answer in answers) == [303, 409]
        assert len(loops()) == 1

    def test_what_is_refused_again_changes_nothing_and_shows_the_newest_reasons(self, place):
        close(place, True)
        row = one_refused(place, referral(place.loop), "")
        with transaction() as session:
            session.get_one(ServiceNeed, (place.loop.service.id, "food")).need_code = "housing"

        answer = post(place.boss, row, "/resending")

        (kept,) = rows()
        assert (kept.state, kept.tries, loops()) == (MessageState.WAITING, 1, [])
        assert "Refused again. The newest reasons stand below." in text_of(place.boss.get(answer.location))
        assert "Sent again and refused again" in text_of(place.boss.get(LIST))
        assert actions()[-1] == "message.refuse-again"

    def test_a_program_that_sends_it_again_by_its_key_does_it_no_second_time(self, place):
        row = refused_referral(place, Idempotency_Key="one")
        post(place.boss, row, "/resending")

        answer = send(place.clinic, referral(place.loop), "", Idempotency_Key="one")

        assert answer.status_code == 200
        assert len(loops()) == 1

    def test_one_that_the_program_did_itself_by_its_key_is_not_done_again(self, place):
        row = refused_referral(place, Idempotency_Key="one")
        assert send(place.clinic, referral(place.loop), "", Idempotency_Key="one").status_code == 200

        post(place.boss, row, "/resending")

        assert len(loops()) == 1
        assert rows()[0].became[0] == f"ServiceRequest/{loops()[0]}"

    def test_an_entry_of_a_batch_by_itself(self, place):
        send(place.clinic, bundle(entry(about(f"Patient/{ID}"), "n"), type="batch"))
        (row,) = rows()
        with place.clinic.shelf() as shelf:
            shelf.put("Patient", ID)

        post(place.boss, row, "/resending")

        assert rows()[0].became[0].startswith("Basic/")

    def test_a_batch_that_was_refused_as_a_whole_is_done_part_by_part(self, place, monkeypatch):
        row = refused_batch(place, monkeypatch, entry(patient(), "p"), entry(patient(birthDate="yesterday"), "q"))

        answer = post(place.boss, row, "/resending")

        batch, taken, refused = rows()
        page = text_of(place.boss.get(answer.location))
        assert (batch.state, batch.body_sealed, batch.became) == (MessageState.TAKEN, None, [])
        assert (taken.part_of_id, taken.state, taken.body_sealed) == (batch.id, MessageState.TAKEN, None)
        assert (refused.part_of_id, refused.state, refused.codes) == (batch.id, MessageState.WAITING, ["value"])
        assert re.search(rf"Part 1 : POST /fhir/Patient {taken.became[0]} Taken when it was sent again", page)
        assert "A value is not written as it must be. Sent again and refused again" in page
        assert actions()[-1] == "message.refuse-again"
        assert {"message.take-apart", "message.take", "person.add"} <= set(actions())

    def test_a_batch_is_taken_apart_once(self, place, monkeypatch):
        row = refused_batch(place, monkeypatch, entry(patient(), "p"), entry(patient(), "q"))
        post(place.boss, row, "/resending")

        again = post(place.boss, row, "/resending")

        assert again.status_code == 409
        assert len(rows()) == 3

    def test_a_part_that_was_refused_again_is_sent_by_itself_later(self, place, monkeypatch):
        row = refused_batch(place, monkeypatch, entry(about(f"Patient/{ID}"), "n"), entry(patient(), "p"))
        post(place.boss, row, "/resending")
        part = rows()[1]
        with place.clinic.shelf() as shelf:
            shelf.put("Patient", ID)

        post(place.boss, part, "/resending")

        assert rows()[1].became[0].startswith("Basic/")
        assert "A batch that was sent again" in text_of(place.boss.get(f"{LIST}/{part.id}"))

    def test_what_a_batch_only_reads_is_not_read_again(self, place, monkeypatch):
        read = {"request": {"method": "GET", "url": "Patient"}}
        row = refused_batch(place, monkeypatch, read, entry(patient(), "p"))

        post(place.boss, row, "/resending")

        assert [part.method for part in rows()[1:]] == ["POST"]

    def test_a_batch_that_no_rule_of_today_takes_stays_whole_and_names_the_entry(self, place, monkeypatch):
        deletes = {"request": {"method": "DELETE", "url": "Patient/1"}}
        row = refused_batch(place, monkeypatch, entry(patient(), "p"), deletes)

        post(place.boss, row, "/resending")

        (kept,) = rows()
        assert (kept.state, kept.tries, kept.is_whole) == (MessageState.WAITING, 1, True)
        assert kept.outcome["issue"][0]["expression"] == ["Bundle.entry[1].request"]

    def test_what_is_too_large_to_be_kept_is_sent_by_its_program(self, place, monkeypatch):
        monkeypatch.setattr(keeping, "LARGEST_BODY_BYTES", 10)
        row = one_refused(place)

        answer = post(place.boss, row, "/resending")

        assert answer.status_code == 409
        assert "too large to be kept" in text_of(place.boss.get(f"{LIST}/{row.id}"))

    def test_nobody_elsewhere_sends_or_discards_it(self, place):
        row = refused_referral(place)

        answers = [post(place.stranger, row, rest) for rest in ("/resending", "/discard")]
        answers += [post(place.worker, row, rest) for rest in ("/resending", "/discard")]

        assert [answer.status_code for answer in answers] == [404, 404, 403, 403]
        assert (rows()[0].state, loops()) == (MessageState.WAITING, [])


class TestWhoMaySendNow:
    def test_a_program_that_is_held_back_sends_nothing(self, place):
        row = refused_referral(place)
        with transaction() as session:
            identity.suspend_client(session, SYSTEM, place.clinic.client.id, at=datetime.now(UTC))

        answer = post(place.boss, row, "/resending")

        assert "This program is held back. Let it in again first." in text_of(answer)
        assert (loops(), rows()[0].tries) == ([], 0)

    def test_nor_one_whose_organization_is_under_no_agreement(self, place):
        row = refused_referral(place)
        with transaction() as session:
            for agreement in session.exec(select(Agreement)):
                agreement.ends_on = local_day(datetime.now(UTC)) - timedelta(days=1)
                session.add(agreement)

        answer = post(place.boss, row, "/resending")

        assert "Your organization has no current agreement" in text_of(answer)
        assert loops() == []

    def test_nor_what_its_scopes_do_not_open_any_more(self, place):
        row = refused_referral(place)
        change_client(place, scopes=["system/*.rs"])

        post(place.boss, row, "/resending")

        assert (loops(), rows()[0].codes, rows()[0].status) == ([], ["forbidden"], 403)

    def test_nor_what_they_did_not_open_then(self, place):
        narrow = Reader(place.clinic.app, place.clinic.owner, scopes=("system/ServiceRequest.c", "system/Task.c"))
        close(place, True)
        send(narrow, referral(place.loop))
        close(place, False)
        (row,) = rows()
        with transaction() as session:
            row.scopes = ["system/ServiceRequest.c"]
            session.merge(row)
            session.get_one(Client, narrow.client.id).scopes = ["system/*.cruds"]

        post(place.boss, row, "/resending")

        assert (loops(), rows()[0].status) == ([], 403)

    def test_nor_for_a_purpose_that_it_may_use_data_for_no_more(self, place):
        row = refused_referral(place)
        change_client(place, purposes=["PUBHLTH"])

        answer = post(place.boss, row, "/resending")

        assert "may no longer use data for what it was sent for" in text_of(answer)
        assert loops() == []


def change_client(place, **changed):
    with transaction() as session:
        client = session.get_one(Client, place.clinic.client.id)
        for name, value in changed.items():
            setattr(client, name, value)
        session.add(client)


class TestThrowingAway:
    def test_it_says_first_what_follows(self, place):
        row = one_refused(place)

        page = text_of(place.boss.get(f"{LIST}/{row.id}/discard"))

        assert "You cannot undo this." in page
        assert rows() == [row]

    def test_nothing_of_it_is_left(self, place):
        row = one_refused(place)

        answer = post(place.boss, row, "/discard")

        assert "Thrown away." in text_of(place.boss.get(answer.location))
        assert rows() == []
        assert actions()[-1] == "message.discard"
