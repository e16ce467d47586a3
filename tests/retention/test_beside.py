"""Two who write at once: nothing that is written beside an erasure survives it, whichever of them came first."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from cie import consent, messaging, people, privacy, referrals, retention, screening
from cie.access import Role
from cie.consent import Decision, Method
from cie.db import current, reading, transaction
from cie.directory import Category
from cie.errors import Busy, ConsentRequired, NotFound, NotPossibleNow
from cie.participants import ParticipantKind
from cie.people import ContactKind, Person
from cie.retention import Ground
from cie.retention.removing import sealed_in
from cie.retention.tables import RULES, Act
from cie.schema import metadata
from tests.factories import make_loop, make_participant, make_person, make_service, send_one, staff_of
from tests.privacy.cases import make_demand, make_request
from tests.retention.filling import grant_deletion

NOW = datetime.now(UTC)
REFUSED = (NotPossibleNow, NotFound, ConsentRequired)


class Place:
    """A loop with a referral, an open legal demand that names nobody yet, and a deletion that was granted."""

    def __init__(self, session):
        self.loop = make_loop(session)
        self.officer = staff_of(self.loop.clinic, Role.PRIVACY_OFFICER)
        self.worker = self.loop.navigator
        self.person_id = self.loop.person.id
        self.referral, self.task = send_one(session, self.loop, at=NOW)
        self.draft = referrals.save_draft(session, self.worker, self.loop.request(), at=NOW)
        messaging.tell(session, self.loop.person, "someone-can-help", self.task.id, at=NOW, codes={"by": "now"})
        self.demand = make_demand(session, self.officer)
        grant_deletion(session, self.officer, self.person_id, at=NOW)


def note(session, place):
    referrals.write_note(session, place.worker, place.referral.id, "Left behind", at=NOW)


def message(session, place):
    referrals.write_message(session, place.worker, place.task.id, "Left behind", at=NOW)


def link(session, place):
    people.make_link(session, place.worker, place.person_id, pin_hash="x", at=NOW)


def proxy(session, place):
    scope = frozenset({people.ProxyScope.SEE_SHARED})
    day = NOW.date() + timedelta(days=9)
    new = people.NewProxy("Rue Holloway", people.Relationship.CHOSEN, scope, people.Verified.KNOWN, day)
    people.add_proxy(session, place.worker, place.person_id, new, pin_hash="x", at=NOW)


def need(session, place):
    screening.add_need(session, place.worker, place.person_id, "food", None, at=NOW)


def contact(session, place):
    people.add_contact(session, place.worker, place.person_id, kind=ContactKind.PHONE, value="5595550199", at=NOW)


def agreement(session, place):
    consent.record_consent(
        session,
        place.worker,
        place.person_id,
        decision=Decision.SHARE,
        categories=[Category.GENERAL],
        recipient_ids=[],
        method=Method.SIGNED_PAPER,
        witness_name="Rue Holloway",
        expires_on=None,
        at=NOW,
    )


def new_draft(session, place):
    referrals.save_draft(session, place.worker, place.loop.request(message="Left behind"), at=NOW)


def same_draft(session, place):
    said = place.loop.request(message="Left behind")
    referrals.save_draft(session, place.worker, said, draft_id=place.draft.id, at=NOW)


def sending(session, place):
    request = replace(place.loop.request(message="Left behind"), need_code="transportation")
    referrals.send(session, place.worker, request, previewed=None, at=NOW)


def giving(session, place):
    referrals.give_contact(session, place.worker, place.loop.request(), said="Left behind", at=NOW)


def text_of_theirs(session, place):
    body = "Left behind"
    messaging.receive(session, phone="+15595550142", body=body, gateway_id="beside", at=NOW)


def text_of_danger(session, place):
    messaging.receive(session, phone="+15595550142", body="he hits me", gateway_id="beside", at=NOW)


def asked(session, place):
    make_request(session, place.officer, place.loop.person)


def demand(session, place):
    privacy.add_to_demand(session, place.officer, place.demand.id, place.person_id, at=NOW)


def hold(session, place):
    retention.set_hold(session, place.officer, place.person_id, reason="Left behind", at=NOW)


WRITTEN = [
    note, message, link, proxy, need, contact, agreement, new_draft, same_draft, sending, giving, text_of_theirs,
]  # fmt: skip
IN_THE_WAY = [text_of_danger, asked, demand, hold]


@pytest.fixture
def place(database):
    if database.is_sqlite:
        pytest.skip("SQLite lets one write at a time")
    with transaction() as session:
        return Place(session)


def erase(place):
    with transaction(alone=True) as session:
        retention.erase(session, place.officer, place.person_id, Ground.REQUEST, at=NOW)


class Writer(threading.Thread):
    """Writes in a transaction of its own, and waits for `go_on` before the first row that it writes."""

    def __init__(self, write):
        super().__init__()
        self.write, self.failure = write, None
        self.about_to, self.go_on = threading.Event(), threading.Event()

    def run(self):
        try:
            with transaction() as session:
                self.write(session)
        except Exception as failure:
            self.failure = failure

    def pause(self, _connection, _cursor, statement, *_more):
        writes = statement.startswith(("INSERT", "UPDATE"))
        if writes and threading.current_thread() is self and not self.about_to.is_set():
            self.about_to.set()
            self.go_on.wait(0.5)

    @contextmanager
    def stopped_halfway(self):
        event.listen(current().engine, "before_cursor_execute", self.pause)
        try:
            self.start()
            assert self.about_to.wait(5), self.failure
            yield
        finally:
            self.go_on.set()
            self.join()
            event.remove(current().engine, "before_cursor_execute", self.pause)


def left_behind(organization_id, person_id):
    """The tables that keep what an erasure takes away."""
    with reading() as session:
        return [name for name, rule in RULES.items() if stands(session, name, rule, organization_id, person_id)]


def stands(session, name, rule, organization_id, person_id):
    if rule.act is Act.KEEP:
        return False
    table = metadata.tables[name]
    query = select(table).where(rule.rows(table, organization_id, person_id))
    if rule.act is Act.DELETE:
        return session.execute(query).first() is not None
    rows = session.execute(query).mappings().all()
    return any(row[column] is not None for row in rows for column in sealed_in(table))


def erased_at(place):
    with reading() as session:
        return session.get_one(Person, place.person_id).erased_at


@pytest.mark.parametrize("written", WRITTEN)
def test_what_is_being_written_is_waited_for_and_goes_as_well(place, written):
    writer = Writer(lambda session: written(session, place))

    with writer.stopped_halfway():
        erase(place)

    assert writer.failure is None
    assert erased_at(place) == NOW
    assert left_behind(place.loop.clinic.id, place.person_id) == []


@pytest.mark.parametrize("written", IN_THE_WAY)
def test_what_comes_into_the_way_meanwhile_is_seen_and_nothing_is_erased(place, written):
    writer = Writer(lambda session: written(session, place))

    with writer.stopped_halfway(), pytest.raises(NotPossibleNow):
        erase(place)

    assert writer.failure is None
    assert erased_at(place) is None


@pytest.mark.parametrize("written", WRITTEN + IN_THE_WAY)
def test_who_comes_while_it_is_erased_waits_and_writes_nothing(place, written):
    writer = Writer(lambda session: written(session, place))

    with transaction(alone=True) as session:
        retention.erase(session, place.officer, place.person_id, Ground.REQUEST, at=NOW)
        writer.start()
        writer.join(0.2)
        assert writer.is_alive()
    writer.join()

    assert writer.failure is None or isinstance(writer.failure, REFUSED)
    assert left_behind(place.loop.clinic.id, place.person_id) == []


def test_who_forgot_to_ask_for_being_alone_waits_for_the_other_all_the_same(place):
    writer = Writer(lambda session: note(session, place))

    with writer.stopped_halfway(), transaction() as session:
        retention.erase(session, place.officer, place.person_id, Ground.REQUEST, at=NOW)

    assert writer.failure is None
    assert left_behind(place.loop.clinic.id, place.person_id) == []


def test_two_who_erase_at_once_do_so_one_after_the_other(place):
    with transaction() as session:
        other = Place(session)
    both = [threading.Thread(target=erase, args=(each,)) for each in (place, other)]

    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert [erased_at(each) for each in (place, other)] == [NOW, NOW]


def test_beside_a_long_job_it_gives_up_soon_and_those_behind_it_go_on(place):
    behind = Writer(lambda session: note(session, place))

    with transaction() as job:
        job.execute(select(1))
        threading.Timer(0.5, behind.start).start()
        with pytest.raises(Busy):
            started = time.monotonic()
            erase(place)
        behind.join(20)
        assert time.monotonic() - started < 20

    assert behind.failure is None and not behind.is_alive()
    assert erased_at(place) is None


def test_a_page_is_read_meanwhile(place):
    with transaction(alone=True), reading() as session:
        assert session.get_one(Person, place.person_id).full_name == "Aster Moreno"


class TestOfAVictimService:
    @pytest.fixture
    def refuge(self, place):
        with transaction() as session:
            return make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)

    def test_what_it_writes_beside_its_purge_goes_as_well(self, place, refuge):
        officer, worker = staff_of(refuge, Role.PRIVACY_OFFICER), staff_of(refuge)
        request = place.loop.request(service_ids=(self.service(refuge),), at_person_request=True)
        with transaction() as session:
            referral = referrals.send(session, place.worker, request, previewed=None, at=NOW)
            (task,) = referrals.tasks_of(session, referral)
            referrals.accept(session, worker, task.id, at=NOW)
            referrals.write_note(session, worker, referral.id, "Has a room", at=NOW)
            referrals.complete(session, worker, task.id, at=NOW)
        writer = Writer(lambda session: referrals.write_note(session, worker, referral.id, "Left behind", at=NOW))

        with writer.stopped_halfway(), transaction(alone=True) as session:
            retention.erase(session, officer, place.person_id, Ground.PURGE, at=NOW)

        assert writer.failure is None
        assert left_behind(refuge.id, place.person_id) == []
        assert erased_at(place) is None

    @staticmethod
    def service(refuge):
        with transaction() as session:
            return make_service(session, refuge).id

    def test_whom_it_adds_while_all_is_destroyed_leaves_nothing_in_clear(self, refuge):
        officer = staff_of(refuge, Role.PRIVACY_OFFICER)
        writer = Writer(lambda session: make_person(session, refuge))

        with writer.stopped_halfway(), transaction(alone=True) as session:
            retention.destroy_everything(session, officer, name="Safe Harbor", at=NOW)

        assert writer.failure is None
        with reading() as session:
            found = session.execute(select(Person.zip).where(Person.organization_id == refuge.id)).scalars()
            assert found.all() == [""]
