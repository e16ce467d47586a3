"""The text that something waits on the person's own page: to their own safe phone, once for all, and never too late."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from cie import identity, messaging, patient_tasks, people
from cie.access import Actor, ActorKind, Door, Purpose
from cie.db import reading, transaction
from cie.events import DeliveryState, Outbox
from cie.messaging import NoText
from cie.messaging.models import PhoneStop
from cie.messaging.telling import stop_key
from cie.patient_tasks import Answer, Asked, PatientTaskKind
from cie.people import ContactOwner, ContactPoint, Person, PersonLink, Safety
from tests.factories import make_loop
from tests.support.texts import RecordingGateway, deliver_all

NOW = datetime.now(UTC)
BEFORE = NOW - timedelta(days=4)
HASH = identity.hash_password("482915")
WORDS = "something waits for you here: "


@pytest.fixture
def loop(database):
    """A person with a link to their page and a phone of their own that was texted before."""
    with transaction() as session:
        loop = make_loop(session, language="en")
        loop.phone.introduced_at = NOW
        people.make_link(session, loop.navigator, loop.person.id, pin_hash=HASH, at=BEFORE)
        return loop


@pytest.fixture
def gateway():
    return RecordingGateway()


@pytest.fixture
def deliver(migrated, gateway):
    """Deliver what is due, and tell what went."""

    def go() -> list[str]:
        deliver_all(migrated, gateway)
        return gateway.bodies

    return go


def ask(loop, words="How will you get here?", *, at=NOW):
    with transaction() as session:
        asked = Asked(PatientTaskKind.QUESTION, words)
        return patient_tasks.ask(session, loop.navigator, loop.person.id, asked, at=at).id


def them(loop):
    return Actor(ActorKind.PERSON, loop.person.id, purpose=Purpose.PERSON_REQUEST, door=Door.LINK)


def change(record, **fields):
    with transaction() as session:
        row = session.get_one(type(record), record.id)
        for name, value in fields.items():
            setattr(row, name, value)


def texts(state=None) -> list[Outbox]:
    with reading() as session:
        rows = session.execute(select(Outbox).order_by(Outbox.id)).scalars()
        return [row for row in rows if row.codes["template"] == "waiting" and state in (None, row.state)]


def stop(loop):
    with transaction() as session:
        point = session.get_one(ContactPoint, loop.phone.id)
        session.add(PhoneStop(phone_key=stop_key(point), stopped_at=NOW, reason="asked"))


UNSAFE = {
    "unknown": lambda loop: change(loop.phone, safety=Safety.UNKNOWN),
    "not safe": lambda loop: change(loop.phone, safety=Safety.UNSAFE),
    "no permission": lambda loop: change(loop.phone, may_text=False),
    "shared": lambda loop: change(loop.phone, owner=ContactOwner.SHARED),
    "a helper's": lambda loop: change(loop.phone, owner=ContactOwner.HELPER),
    "danger": lambda loop: change(loop.person, texts_paused_at=NOW),
    "stopped": stop,
}


def test_it_holds_the_link_to_the_page_and_nothing_of_what_waits(loop, deliver, migrated):
    ask(loop, "Will you come to Blue Kite Clinic?")

    (body,) = deliver()

    with reading() as session:
        token = people.link_token(session.execute(select(PersonLink)).scalar_one())
    assert body == f"{migrated.network_name}: {WORDS}{migrated.public_url}/my/{token}"


def test_it_speaks_the_language_of_the_person(loop, deliver):
    change(loop.person, language="es")

    ask(loop)

    assert "aquí hay algo que le espera: " in deliver()[0]


@pytest.mark.parametrize("why", UNSAFE)
def test_without_a_safe_phone_of_their_own_there_is_none(loop, deliver, why):
    UNSAFE[why](loop)

    ask(loop)

    assert (texts(), deliver()) == ([], [])


@pytest.mark.parametrize("why", UNSAFE)
def test_that_is_asked_again_when_it_goes(loop, deliver, why):
    ask(loop)
    UNSAFE[why](loop)

    assert deliver() == []
    assert [row.state for row in texts()] == [DeliveryState.DROPPED, DeliveryState.WAITING]


def test_without_a_link_that_works_there_is_none(loop, deliver):
    with transaction() as session:
        people.end_link(session, loop.navigator, loop.person.id, at=NOW)

    ask(loop)

    assert (texts(), deliver()) == ([], [])


class TestOneForAll:
    def test_what_is_asked_within_a_day_has_no_text_of_its_own(self, loop, deliver):
        ask(loop, at=NOW - timedelta(hours=23))
        deliver()
        ask(loop, "When?")

        assert len(deliver()) == 1

    def test_nor_what_is_asked_in_the_same_transaction(self, loop, deliver):
        with transaction() as session:
            for words in ("How?", "When?"):
                asked = Asked(PatientTaskKind.QUESTION, words)
                patient_tasks.ask(session, loop.navigator, loop.person.id, asked, at=NOW)

        assert len(deliver()) == 1

    def test_nor_what_is_asked_while_the_first_waits_for_its_hour(self, loop):
        ask(loop, at=NOW - timedelta(days=2))
        change(texts()[0], due_at=NOW + timedelta(hours=3))

        ask(loop, "When?")

        assert len(texts()) == 2

    def test_a_day_later_it_is_told(self, loop, deliver):
        ask(loop, at=NOW - timedelta(hours=25))
        deliver()
        ask(loop, "When?")

        assert len(deliver()) == 2

    def test_one_that_could_not_go_counts_for_nothing(self, loop, deliver):
        ask(loop, at=NOW - timedelta(hours=2))
        change(loop.phone, safety=Safety.UNKNOWN)
        deliver()
        change(loop.phone, safety=Safety.SAFE)
        ask(loop, "When?")

        assert len(deliver()) == 1


class TestReminder:
    def test_there_is_one_after_three_days_and_no_more(self, loop, deliver):
        ask(loop, at=BEFORE)

        assert [WORDS in body for body in deliver()] == [True, True]
        assert texts(DeliveryState.WAITING) == []

    def test_it_waits_its_days(self, loop, deliver):
        ask(loop, at=NOW - timedelta(days=2))

        assert len(deliver()) == 1

    def test_what_was_asked_since_with_a_text_of_its_own_has_the_next_reminder(self, loop, deliver):
        ask(loop, at=NOW - timedelta(days=2))
        deliver()
        ask(loop, "When?")
        change(texts()[1], due_at=NOW)

        assert len(deliver()) == 2
        assert [row.state for row in texts()] == [
            DeliveryState.SENT,
            DeliveryState.DROPPED,
            DeliveryState.SENT,
            DeliveryState.WAITING,
        ]


class TestTakenBack:
    @pytest.mark.parametrize("how", ["answered", "no", "cancelled", "mistake", "paused"])
    def test_no_text_goes_when_nothing_waits_any_more(self, loop, deliver, how):
        task_id = ask(loop, at=BEFORE)
        verbs = {
            "answered": lambda s: patient_tasks.answer(s, them(loop), task_id, Answer("By bus"), at=NOW),
            "no": lambda s: patient_tasks.cancel(s, them(loop), task_id, reason=patient_tasks.DECLINES, at=NOW),
            "cancelled": lambda s: patient_tasks.cancel(s, loop.navigator, task_id, at=NOW),
            "mistake": lambda s: patient_tasks.mark_in_error(s, loop.navigator, task_id, at=NOW),
            "paused": lambda s: patient_tasks.hold(s, loop.navigator, task_id, words="Until Monday", at=NOW),
        }

        with transaction() as session:
            verbs[how](session)

        assert deliver() == []
        assert {row.state for row in texts()} == {DeliveryState.DROPPED}

    def test_while_another_thing_waits_the_reminder_stands(self, loop, deliver):
        first = ask(loop, at=BEFORE)
        ask(loop, "When?", at=BEFORE + timedelta(hours=1))
        with transaction() as session:
            patient_tasks.answer(session, them(loop), first, Answer("By bus"), at=NOW)

        assert len(deliver()) == 2


@pytest.mark.parametrize("why", ["unknown", "shared", "stopped"])
def test_what_a_phone_said_to_others_is_told_as_any_that_may_not_be_texted(loop, why):
    UNSAFE[why](loop)

    with reading() as session:
        person = session.get_one(Person, loop.person.id)
        assert messaging.why_no_text(session, person, at=NOW) == NoText.NO_PHONE


def test_why_there_is_no_text_is_said(loop):
    ask(loop)

    with reading() as session:
        person = session.get_one(Person, loop.person.id)
        assert messaging.why_no_text(session, person, at=NOW + timedelta(days=2)) is None
        assert messaging.why_no_text(session, person, at=NOW + timedelta(hours=1)) == NoText.TOLD
        assert messaging.why_no_text(session, person, at=NOW + timedelta(days=91)) == NoText.NO_LINK
