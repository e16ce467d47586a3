"""The page on which an administrator sees how it goes with each program, and tries the addresses that it is told at."""

import re
from datetime import timedelta
from types import SimpleNamespace

import orjson
import pytest
from sqlmodel import select

from cie.access import Role
from cie.db import reading, transaction
from cie.identity import ClientUse, Way
from cie.oauth import uses
from tests.factories import make_staff
from tests.fhir.place import make_reading_loop
from tests.fhir.readers import Reader
from tests.fhir.sending import patient
from tests.fhir.subscribing.setting import BROKEN, NOWHERE, TAKEN, Listener
from tests.outbound.peer import listening
from tests.support.exchange import free_port
from tests.support.web import make_app, signed_in
from tests.web.test_clients import text_of

ADMINISTRATOR = Role.ORGANIZATION_ADMINISTRATOR
JSON = "application/fhir+json"
PAGE = "/organization/partners"
ID = "0190f3d2-6b6e-7c3a-8f1e-2b1d5c4a9e01"


@pytest.fixture
def place(database, migrated):
    loop = make_reading_loop()
    with transaction() as session:
        users = {
            "boss": make_staff(session, loop.clinic, ADMINISTRATOR),
            "worker": make_staff(session, loop.clinic, Role.CASEWORKER),
            "stranger": make_staff(session, loop.pantry, ADMINISTRATOR),
        }
    app = make_app(migrated)
    browsers = {name: signed_in(app, user) for name, user in users.items()}
    return SimpleNamespace(loop=loop, clinic=Reader(app, loop.clinic), **browsers)


def send(reader, resource):
    return reader.call("POST", "/Patient", orjson.dumps(resource), Content_Type=JSON)


def see(place, who="boss"):
    return text_of(getattr(place, who).get(PAGE))


def noted():
    """When a program last read something, as it is kept."""
    with reading() as session:
        return session.exec(select(ClientUse).where(ClientUse.way == Way.READ)).one().succeeded_at


def trial(place, id, what="subscriptions", who="boss"):
    return getattr(place, who).post(f"{PAGE}/{what}/{id}/trial", page="/help")


class TestPrograms:
    def test_without_any_it_says_so(self, place):
        assert "No program works for you yet." in see(place)

    def test_one_that_only_got_a_token_did_nothing_yet(self, place):
        assert place.clinic.token

        page = see(place)

        assert f"{place.clinic.client.name} Now Working" in page
        assert "What it does sends, reads Last sent something that we took Never Last read something Never" in page

    def test_what_it_sent_and_read_last(self, place):
        send(place.clinic, patient())
        place.clinic.get("/Patient")

        page = see(place)

        assert "Last sent something that we took just now Last read something just now" in page
        assert "Last refused when it sent Never Last refused when it read Never" in page

    def test_what_it_was_refused_last_and_how_many_messages_wait(self, place):
        send(place.clinic, patient(birthDate="x"))
        place.clinic.get("/Patient?nonsense=1")

        page = see(place)

        assert "Last refused when it sent just now: /fhir/Patient answered 422, invalid" in page
        assert re.search(r"Last refused when it read just now: /fhir/Patient answered 400, \w+", page)
        assert "1 refused message waits for you" in page
        assert "nonsense" not in page

    def test_that_a_record_is_not_there_is_no_refusal(self, place):
        place.clinic.get(f"/Patient/{ID}")

        assert "Last refused when it read Never" in see(place)

    def test_a_success_is_noted_once_in_ten_minutes(self, place, monkeypatch):
        place.clinic.get("/Patient")
        first = noted()

        place.clinic.get("/Patient")
        before = noted()
        monkeypatch.setitem(uses.NOTED_EVERY, True, timedelta())
        place.clinic.get("/Patient")

        assert before == first
        assert noted() > first

    def test_others_see_nothing_of_it(self, place):
        send(place.clinic, patient(birthDate="x"))

        assert "No program works for you yet." in see(place, "stranger")
        assert place.worker.get(PAGE).status_code == 403


class TestSubscriptions:
    def test_how_one_stands_and_what_arrived_last(self, place):
        listener, port = Listener(place.clinic), free_port()
        with listening(TAKEN, port=port):
            listener.subscribe(f"http://127.0.0.1:{port}/hook")
            before = see(place)
            listener.deliver()
            listener.task("t1")
            listener.deliver()

        assert (
            "Asked whether it wants to hear; no answer yet Last event that arrived None yet. Last answer On its way"
            in before
        )
        assert re.search(
            r"Subscription: Task Now Events go there Last event that arrived [\w ,:]+ Last answer It answered, ",
            see(place),
        )

    def test_a_test_sends_a_heartbeat_and_shows_whether_it_arrived(self, place):
        listener, port = Listener(place.clinic), free_port()
        with listening(TAKEN, port=port):
            id = listener.subscribe(f"http://127.0.0.1:{port}/hook")
            listener.deliver()
        answer = trial(place, id)
        on_its_way = text_of(place.boss.get(answer.location))

        with listening(BROKEN, port=port):
            listener.deliver()

        assert "goes out within a minute" in on_its_way
        assert "None yet. Last answer On its way" in on_its_way
        assert listener.states("heartbeat") == [("dropped", "answered 500")]
        assert "It did not answer, " in see(place)

    def test_one_that_stopped_is_asked_again(self, place):
        listener, port = Listener(place.clinic), free_port()
        id = listener.subscribe(f"http://127.0.0.1:{port}/hook")
        listener.deliver()
        assert "Stopped, since it did not answer" in see(place)

        trial(place, id)
        with listening(TAKEN, port=port):
            listener.deliver()

        assert "Events go there" in see(place)

    def test_one_of_another_organization_is_as_one_of_nobody(self, place):
        id = Listener(place.clinic).subscribe(NOWHERE)

        answers = [trial(place, each, who="stranger") for each in (id, ID)]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert NOWHERE not in see(place, "stranger")
        assert trial(place, id, who="worker").status_code == 403

    def test_one_that_ended_is_not_listed_and_not_tried(self, place):
        listener = Listener(place.clinic)
        id = listener.subscribe(NOWHERE)
        listener.change(id, status="off")

        answer = trial(place, id)

        assert NOWHERE not in see(place)
        assert answer.status_code == 409
