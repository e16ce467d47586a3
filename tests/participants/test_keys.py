"""The key of a victim service: made when it joins, made anew, and destroyed by the organization alone."""

import re
from uuid import uuid4

import pytest
from sqlmodel import select

from cie import events, messaging, participants, people, referrals
from cie.access import Role
from cie.db import KeyDestroyed, OrganizationKey, current, match_key, reading, transaction
from cie.errors import NotAllowed, NotFound, NotPossibleNow
from cie.events import AuditEntry, DeliveryState, Outbox
from cie.participants import ParticipantKind
from cie.people.filing import file_person
from tests.factories import NOON, make_loop, make_participant, make_person, make_phone, make_staff, send_one, staff_of
from tests.support.texts import RecordingGateway, deliver_all
from tests.support.web import make_app, signed_in

VICTIM_SERVICES = ParticipantKind.VICTIM_SERVICES
OFFICERS = (Role.PRIVACY_OFFICER, Role.ORGANIZATION_ADMINISTRATOR)


@pytest.fixture
def network(session):
    return staff_of(make_participant(session, name="Valley Exchange"), Role.NETWORK_ADMINISTRATOR)


@pytest.fixture
def refuge(session):
    return make_participant(session, name="Safe Harbor", kind=VICTIM_SERVICES)


def join(session, actor, kind):
    rest = {"county_fips": "", "email": "", "phone": ""}
    return participants.add_participant(session, actor, name="Harbor Light", kind=kind, **rest, at=NOON)


class TestJoining:
    def test_a_victim_service_has_one_from_its_first_moment(self, session, network):
        added = join(session, network, VICTIM_SERVICES)

        (key,) = participants.organization_keys(session)
        assert (key.organization_id, key.version, key.made_at, key.destroyed_at) == (added.id, 1, NOON, None)
        assert current().keyring_of(added.id) is not current().keyring

    @pytest.mark.parametrize("kind", sorted(set(ParticipantKind) - {VICTIM_SERVICES}))
    def test_nobody_else_has_one(self, session, network, kind):
        added = join(session, network, kind)

        assert participants.organization_keys(session) == []
        assert current().keyring_of(added.id) is current().keyring

    def test_no_two_are_alike(self, session, network):
        for _n in range(2):
            join(session, network, VICTIM_SERVICES)

        first, second = participants.organization_keys(session)
        assert first.keys["secret"] != second.keys["secret"]
        assert first.keys["keys"] != second.keys["keys"]

    def test_one_that_joined_before_there_were_keys_is_found(self, session, refuge):
        joined = make_participant(session, kind=ParticipantKind.CBO)
        joined.kind = VICTIM_SERVICES
        session.flush()

        assert list(participants.without_key(session)) == [joined]


class TestRenewing:
    def test_the_older_one_stays_beside_it(self, session, network, refuge):
        before = session.exec(select(OrganizationKey)).one().keys

        key = participants.renew_key(session, network, refuge.id, at=NOON)

        assert (key.version, [version for version, _key in key.keys["keys"]]) == (2, [2, 1])
        assert (key.keys["keys"][1], key.keys["secret"]) == (before["keys"][0], before["secret"])

    @pytest.mark.parametrize("role", [Role.CASEWORKER, *OFFICERS])
    def test_it_is_for_those_who_run_the_network(self, session, refuge, role):
        with pytest.raises(NotAllowed):
            participants.renew_key(session, staff_of(refuge, role), refuge.id, at=NOON)

    def test_an_organization_without_one_is_said_so(self, session, network):
        with pytest.raises(NotPossibleNow, match="has no key of its own"):
            participants.renew_key(session, network, make_participant(session).id, at=NOON)
        with pytest.raises(NotFound):
            participants.renew_key(session, network, uuid4(), at=NOON)


class TestDestroying:
    @pytest.mark.parametrize("role", OFFICERS)
    def test_nothing_of_it_is_left_but_when(self, session, refuge, role):
        key = participants.destroy_key(session, staff_of(refuge, role), refuge.id, at=NOON)

        assert (key.keys_sealed, key.destroyed_at) == (None, NOON)

    @pytest.mark.parametrize("role", [Role.CASEWORKER, Role.SUPERVISOR])
    def test_its_other_staff_may_not(self, session, refuge, role):
        with pytest.raises(NotAllowed):
            participants.destroy_key(session, staff_of(refuge, role), refuge.id, at=NOON)

    def test_nor_may_those_who_run_the_network_or_another_organization(self, session, network, refuge):
        for other in (network, staff_of(make_participant(session), *OFFICERS)):
            with pytest.raises((NotAllowed, NotFound)):
                participants.destroy_key(session, other, refuge.id, at=NOON)
        assert session.exec(select(OrganizationKey)).one().destroyed_at is None

    def test_once_is_for_good(self, session, network, refuge):
        officer = staff_of(refuge, Role.PRIVACY_OFFICER)
        participants.destroy_key(session, officer, refuge.id, at=NOON)

        with pytest.raises(NotPossibleNow, match="was destroyed"):
            participants.destroy_key(session, officer, refuge.id, at=NOON)
        with pytest.raises(NotPossibleNow, match="was destroyed"):
            participants.renew_key(session, network, refuge.id, at=NOON)
        assert list(participants.without_key(session)) == []


@pytest.fixture
def purged(database):
    """A victim service that served somebody whom a clinic serves too, and has destroyed its key."""
    with transaction() as session:
        loop = make_loop(session)
        refuge = make_participant(session, name="Safe Harbor", kind=VICTIM_SERVICES)
        worker = make_staff(session, refuge, Role.NAVIGATOR, Role.PRIVACY_OFFICER)
        person = make_person(session, refuge)
        phone = make_phone(session, person)
        file_person(session, person)
        messaging.tell(session, person, "help-started", person.id, at=NOON)
        send_one(session, loop)
    with transaction() as session:
        participants.destroy_key(session, staff_of(refuge, Role.PRIVACY_OFFICER), refuge.id, at=NOON)
    loop.refuge, loop.theirs, loop.theirs_phone, loop.worker = refuge, person, phone, worker
    return loop


class TestOnceDestroyed:
    def test_nothing_opens_and_nothing_more_is_sealed_or_found(self, purged):
        with reading() as session:
            person = session.get_one(people.Person, purged.theirs.id)
        for use in (
            lambda: person.given_name,
            lambda: setattr(person, "given_name", "Aster"),
            lambda: match_key("start:aster", purged.refuge.id),
        ):
            with pytest.raises(KeyDestroyed, match="There is no such record"):
                use()

    def test_it_is_on_record_who_did_it(self, purged):
        with reading() as session:
            query = select(AuditEntry).where(AuditEntry.action == "participant.key-destroy")
            entry = session.exec(query).one()
            assert (entry.subject_id, entry.stream) == (purged.refuge.id, str(purged.refuge.id))
            assert events.verify(session).faults == ()

    def test_a_change_that_is_given_up_leaves_the_key(self, database):
        with transaction() as session:
            refuge = make_participant(session, kind=VICTIM_SERVICES)
            person = make_person(session, refuge)
        with pytest.raises(RuntimeError), transaction() as session:
            participants.destroy_key(session, staff_of(refuge, Role.PRIVACY_OFFICER), refuge.id, at=NOON)
            raise RuntimeError("given up")

        assert person.given_name == "Aster"

    def test_its_pages_answer_as_for_what_does_not_exist(self, purged, migrated):
        browser = signed_in(make_app(migrated), purged.worker)

        unknown, theirs = (browser.get(f"/people/{id}") for id in (uuid4(), purged.theirs.id))

        assert (unknown.status_code, theirs.status_code) == (404, 404)
        assert words(theirs) == words(unknown)
        assert browser.get("/people").status_code == 404
        assert browser.post("/people", name="Aster").status_code == 404

    def test_those_of_others_are_as_before(self, purged, migrated):
        with transaction() as session:
            navigator = make_staff(session, purged.clinic, Role.NAVIGATOR)
        browser = signed_in(make_app(migrated), navigator)

        assert "Aster Moreno" in browser.get(f"/people/{purged.person.id}").get_data(as_text=True)
        assert browser.get("/worklist").status_code == 200
        with reading() as session:
            referral = session.exec(select(referrals.Referral)).one()
            assert referrals.releases_of(session, referral)

    def test_a_text_that_waits_is_dropped_and_those_of_others_go(self, purged, migrated):
        gateway = RecordingGateway()

        deliver_all(migrated, gateway)

        with reading() as session:
            rows = session.exec(select(Outbox)).all()
        theirs = [row for row in rows if row.organization_id == purged.refuge.id]
        assert {(row.state, row.result) for row in theirs} == {
            (DeliveryState.DROPPED, "the organization purged its records")
        }
        assert gateway.sent and len(rows) > len(theirs)

    def test_a_text_from_its_people_is_of_the_clinic_or_of_nobody(self, purged):
        with transaction() as session:
            messaging.receive(session, phone="+15595550142", body="they said friday", gateway_id="SM1", at=NOON)

        with reading() as session:
            message = session.exec(select(messaging.TextMessage).where(messaging.TextMessage.gateway_id == "SM1")).one()
        assert message.organization_id == purged.clinic.id


def words(answer) -> str:
    """What a page says, without what is drawn anew each time."""
    return re.sub(r'(value|content|nonce)="[^"]*"|[0-9a-f-]{36}', "", answer.get_data(as_text=True))
