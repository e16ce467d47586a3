"""No text about a minor's own affair reaches a phone that somebody else answers; all others go as before."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from cie import consent, messaging
from cie.access import Role
from cie.consent import DataSet, Disclosure, Element, Method, SignerKind
from cie.consent.law import Stated
from cie.db import transaction
from cie.directory import Category
from cie.events import DeliveryState
from cie.people import ContactOwner, ContactPoint, Person
from tests.factories import make_loop, make_phone, staff_of
from tests.support.texts import RecordingGateway, deliver_all, outbox

NOW = datetime.now(UTC)
MOTHERS, OWN = "+15595550142", "+15595550197"


@pytest.fixture
def loop(database):
    """Somebody of 13 whose only phone is answered by their mother."""
    with transaction() as session:
        loop = make_loop(session, language="en", birth_text=f"{NOW.year - 14}-{NOW:%m}-28")
        loop.phone.owner, loop.phone.introduced_at = ContactOwner.HELPER, NOW
        return loop


@pytest.fixture
def told(migrated):
    """Which phones got a text about a task."""

    def deliver(loop, task_id):
        gateway = RecordingGateway()
        with transaction() as session:
            messaging.tell(session, session.get_one(Person, loop.person.id), "help-started", task_id, at=NOW)
        deliver_all(migrated, gateway)
        return [to for to, _body, _sid in gateway.sent]

    return deliver


def released(loop, signer, *, kinds=(Category.GENERAL,), about=Category.GENERAL):
    """A task about which the pantry may read the name, because somebody signed for it."""
    with transaction() as session:
        parent, navigator = signer == SignerKind.PARENT_OR_GUARDIAN, staff_of(loop.clinic, Role.NAVIGATOR)
        consent.record_consent(
            session, navigator, loop.person.id, form="cmia", decision=consent.Decision.SHARE, categories=[*kinds],
            recipient_ids=[loop.pantry.id], signer=signer,
            signer_name="Rue Holloway" if parent else None, method=Method.SIGNED_PAPER, expiry=consent.Expiry.EVENT,
            expires_on=None, stated=[*Stated], at=NOW,
        )  # fmt: skip
        person = session.get_one(Person, loop.person.id)
        wanted = Disclosure(
            person,
            loop.clinic.id,
            loop.pantry.id,
            DataSet.REFERRAL,
            (Element("name", "Aster"),),
            service_category=about,
        )
        task_id = uuid4()
        consent.release(session, loop.navigator, wanted, referral_id=None, subject_id=task_id, at=NOW)
    return task_id


MENTAL = {"kinds": (Category.GENERAL, Category.MENTAL_HEALTH), "about": Category.MENTAL_HEALTH}


def test_the_mothers_phone_gets_nothing_about_what_the_minor_signed(loop, told):
    task_id = released(loop, SignerKind.MINOR, **MENTAL)

    assert told(loop, task_id) == []
    assert "help-started" not in outbox()


def test_the_minors_own_phone_gets_it(loop, told):
    with transaction() as session:
        make_phone(session, loop.person, OWN, introduced_at=NOW)
        make_phone(session, loop.person, "+15595550198", owner=ContactOwner.SHARED)

    assert told(loop, released(loop, SignerKind.MINOR, **MENTAL)) == [OWN]


def test_what_a_parent_signed_may_be_told_on_the_mothers_phone(loop, told):
    assert told(loop, released(loop, SignerKind.PARENT_OR_GUARDIAN)) == [MOTHERS]


def test_a_phone_that_others_answer_since_then_gets_nothing(loop, migrated):
    task_id, gateway = released(loop, SignerKind.MINOR, **MENTAL), RecordingGateway()
    with transaction() as session:
        point = session.get_one(ContactPoint, loop.phone.id)
        point.owner = ContactOwner.SELF
        messaging.tell(session, session.get_one(Person, loop.person.id), "help-started", task_id, at=NOW)
    with transaction() as session:
        session.get_one(ContactPoint, loop.phone.id).owner = ContactOwner.SHARED

    deliver_all(migrated, gateway)

    assert gateway.sent == []
    assert outbox()["help-started"].state == DeliveryState.DROPPED


def test_of_an_adult_every_phone_that_may_be_texted_gets_it(loop, told):
    with transaction() as session:
        session.get_one(Person, loop.person.id).birth_text = "1992-03-27"

    assert told(loop, uuid4()) == [MOTHERS]
