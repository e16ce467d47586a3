"""A clinic and a pantry whose programs listen: each hears of the loop what it may read of it at that moment."""

from uuid import UUID

import pytest
from sqlalchemy import delete, select

from cie import consent, referrals
from cie.consent import Consent, Method
from cie.db import transaction
from cie.directory import Category
from cie.fhir.checking import faults_in
from cie.identity import Client
from cie.participants import ParticipantKind
from cie.participants.models import Agreement
from tests.factories import (
    NOON,
    make_consent,
    make_participant,
    make_person,
    make_service,
    send_one,
    staff_of,
)
from tests.fhir.place import make_reading_loop
from tests.fhir.readers import Reader, accesses
from tests.fhir.sending import referral
from tests.fhir.subscribing.setting import CONSENTS, REFERRALS, TAKEN, Listener, bundles, told
from tests.outbound.peer import listening
from tests.support.exchange import free_port
from tests.support.web import make_app


@pytest.fixture
def loop(database):
    return make_reading_loop()


@pytest.fixture
def clinic(loop, migrated):
    return Listener(Reader(make_app(migrated), loop.clinic))


@pytest.fixture
def pantry(loop, clinic):
    return Listener(Reader(clinic.reader.app, loop.pantry))


def resources(heard):
    """The resources that came, by type, in their order."""
    found = [entry["resource"] for bundle in bundles(heard) for entry in bundle["entry"][1:]]
    return [(each["resourceType"], each.get("status"), each) for each in found]


def answer(loop, verb, task_id, **said):
    with transaction() as session:
        verb(session, loop.caseworker, task_id, at=NOON, **said)


def sent_to_a_haven(loop):
    """A referral to a victim service, and its task."""
    with transaction() as session:
        haven = make_participant(session, name="Haven", kind=ParticipantKind.VICTIM_SERVICES)
        service = make_service(session, haven, name="Safe house", sensitivity=Category.VICTIM_SERVICES)
        person = make_person(session, loop.clinic)
        make_consent(session, person, categories=[each.value for each in Category])
        wanted = {"person_id": person.id, "service_ids": (service.id,), "need_code": "safety-from-abuse"}
        asked = loop.request(**wanted, at_person_request=True)
        made = referrals.send(session, loop.navigator, asked, previewed=None, at=NOON)
        (task,) = referrals.tasks_of(session, made)
    return haven, task.id


def lapsed(reader):
    with transaction() as session:
        session.execute(delete(Agreement).where(Agreement.organization_id == reader.owner.id))


def without_scopes(reader):
    with transaction() as session:
        client = session.get_one(Client, reader.client.id)
        client.scopes = ["system/Subscription.cruds", "system/ServiceRequest.rs"]
        session.add(client)


class TestHearing:
    def test_the_sender_hears_each_step_of_the_one_asked(self, loop, clinic):
        port = free_port()
        clinic.subscribe(f"http://127.0.0.1:{port}/hook", content="full-resource")
        sent = clinic.send("POST", "", referral(loop)).get_json()
        task_id = UUID(sent["entry"][1]["response"]["location"].split("/")[1])
        with listening(TAKEN, port=port) as peer:
            clinic.deliver()
            for verb in (referrals.accept, referrals.start):
                answer(loop, verb, task_id)
                clinic.deliver()

        steps = [status for _kind, status, _body in resources(peer.heard)]
        assert steps == ["requested", "accepted", "in-progress"]
        assert all(faults_in(body) == [] for _kind, _status, body in resources(peer.heard))
        assert told(peer.heard) == [(number, f"Task/{task_id}") for number in (1, 2, 3)]

    def test_the_one_asked_hears_of_the_request_and_is_recorded_as_a_reader(self, loop, pantry):
        port = free_port()
        pantry.subscribe(f"http://127.0.0.1:{port}/hook", content="full-resource", topic=REFERRALS)
        with transaction() as session:
            send_one(session, loop)
        with listening(TAKEN, port=port) as peer:
            pantry.deliver()

        kinds = {(kind, status) for kind, status, _body in resources(peer.heard)}
        assert kinds == {("ServiceRequest", "active"), ("Task", "requested")}
        assert ("fhir", {loop.person.id}) in accesses()

    def test_what_was_taken_back_before_it_went_is_not_told(self, loop, pantry):
        port = free_port()
        pantry.subscribe(f"http://127.0.0.1:{port}/hook", content="full-resource", topic=REFERRALS)
        with transaction() as session:
            send_one(session, loop, message="Mornings are best")
        with transaction() as session:
            (given,) = session.execute(select(Consent)).scalars()
            consent.revoke(session, loop.navigator, given.id, method=Method.IN_PERSON, at=NOON)
        with listening(TAKEN, port=port) as peer:
            pantry.deliver()

        assert len(told(peer.heard)) >= 2
        assert all(word not in b"".join(peer.heard) for word in (b"Mornings", b"Moreno", str(loop.person.id).encode()))

    def test_what_only_the_other_side_knows_is_no_event(self, loop, clinic, pantry):
        heard = pantry.subscribe(topic=REFERRALS)
        with transaction() as session:
            asked, _task = send_one(session, loop)
        before = pantry.events(heard)
        with transaction() as session:
            referrals.write_note(session, loop.navigator, asked.id, "For us alone", at=NOON)

        assert before and pantry.events(heard) == before

    def test_of_a_protected_service_its_sender_hears_nothing_after_the_first_word(self, loop, clinic):
        heard = clinic.subscribe(topic=REFERRALS)
        haven, task_id = sent_to_a_haven(loop)
        before = clinic.events(heard)
        with transaction() as session:
            referrals.accept(session, staff_of(haven), task_id, at=NOON)

        assert [about.partition("/")[0] for _number, about in before] == ["ServiceRequest"]
        assert clinic.events(heard) == before

    def test_who_serves_a_person_hears_what_they_allow_and_take_back(self, loop, clinic, pantry):
        own, other = clinic.subscribe(topic=CONSENTS), pantry.subscribe(topic=CONSENTS)
        named = clinic.subscribe(topic=CONSENTS, filters=["Consent?status=inactive&patient=Patient/nobody"])
        with transaction() as session:
            (given,) = session.execute(select(Consent)).scalars()
            consent.revoke(session, loop.navigator, given.id, method=Method.IN_PERSON, at=NOON)

        assert clinic.events(own) == [(1, f"Consent/{given.id}")]
        assert (clinic.events(named), pantry.events(other)) == ([], [])

    @pytest.mark.parametrize("lapse", [lapsed, without_scopes], ids=["the agreement ended", "the scopes were taken"])
    def test_who_may_not_read_any_more_hears_nothing(self, loop, clinic, lapse):
        port = free_port()
        id = clinic.subscribe(f"http://127.0.0.1:{port}/hook")
        lapse(clinic.reader)
        with listening(TAKEN, port=port) as peer:
            clinic.deliver()

        assert peer.heard == []
        assert clinic.states("handshake") == [("waiting", "may not hear of it")]
        assert clinic.row(id).status == "requested"
