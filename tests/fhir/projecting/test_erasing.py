"""After an erasure nothing of the person can be read over FHIR, by whomever; what others were asked stays theirs."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from cie import referrals, retention
from cie.access import Role
from cie.app import compose
from cie.db import reading, transaction
from cie.errors import NotFound
from cie.fhir.store import Earlier, Indexed, Stored
from cie.participants import ParticipantKind
from cie.retention import Ground
from tests.factories import make_participant, make_service, send_one, staff_of
from tests.fhir.place import make_audience, make_reading_loop, of_type, read_by
from tests.fhir.screened import AHC, FOOD, ask, load_instruments, make_worker
from tests.retention.filling import grant_deletion

NOW = datetime.now(UTC)


@pytest.fixture
def loop(database):
    return make_reading_loop()


@pytest.fixture
def sent(loop):
    """Two referrals, one completed and one open, with words in them and versions before the newest."""
    with transaction() as session:
        _referral, done = send_one(session, loop, at=NOW, message="Mornings are best")
    for verb in (referrals.accept, referrals.start, referrals.complete):
        with transaction() as session:
            verb(session, loop.caseworker, done.id, at=NOW)
    with transaction() as session:
        send_one(session, loop, at=NOW, need_code="transportation", message="Ring twice")
    return done


def erase(loop, person_id):
    officer = staff_of(loop.clinic, Role.PRIVACY_OFFICER)
    with transaction() as session:
        grant_deletion(session, officer, person_id, at=NOW)
    with transaction(alone=True) as session:
        retention.erase(session, officer, person_id, Ground.REQUEST, at=NOW)


def everything_kept():
    """All bodies of all audiences, newest and earlier, and what was sent, as they open."""
    with reading() as session:
        rows = session.execute(select(Stored)).scalars().all()
        earlier = session.execute(select(Earlier)).scalars().all()
        return " ".join(filter(None, [*(r.body for r in rows), *(r.sent for r in rows), *(e.body for e in earlier)]))


def test_no_word_of_theirs_is_left_in_any_audience(loop, sent):
    words = ("Moreno", "Aster", "Mornings", "Ring twice", "93702", "Elm St", "5550142")
    before = everything_kept()
    assert all(word in before for word in words)

    erase(loop, loop.person.id)

    after = everything_kept()
    assert [word for word in words if word in after] == []
    for organization in (loop.clinic, loop.pantry):
        assert f"Patient/{loop.person.id}" not in read_by(organization)


def test_nothing_of_what_they_were_asked_or_allowed_is_left(loop, migrated):
    forms, worker = load_instruments(), make_worker(loop)
    ask(worker, loop.person.id, forms[AHC], FOOD)
    kinds = ("QuestionnaireResponse", "Observation", "Condition", "Consent")
    assert all(of_type(read_by(loop.clinic), kind) for kind in kinds)

    erase(loop, loop.person.id)

    assert [each for kind in kinds for each in of_type(read_by(loop.clinic), kind)] == []
    assert list(compose(migrated).upkeep.faults_of(loop.clinic.id)) == []


def test_that_somebody_was_referred_stays_as_it_does_on_the_pages(loop, sent):
    erase(loop, loop.person.id)

    for organization in (loop.clinic, loop.pantry):
        assert read_by(organization)[f"Task/{sent.id}"]["status"] == "completed"
        assert len(of_type(read_by(organization), "ServiceRequest")) == 2


def test_versions_go_on_from_where_they_were(loop, sent):
    version = int(read_by(loop.clinic)[f"Task/{sent.id}"]["meta"]["versionId"])

    erase(loop, loop.person.id)

    assert int(read_by(loop.clinic)[f"Task/{sent.id}"]["meta"]["versionId"]) > version


def test_what_is_left_is_what_would_be_made(loop, sent, migrated):
    erase(loop, loop.person.id)

    upkeep = compose(migrated).upkeep
    assert [found for each in upkeep.audiences() for found in upkeep.faults_of(each)] == []


def test_nobody_is_found_by_what_they_were(loop, sent):
    with reading() as session:
        gone = select(Stored.id).where(Stored.person_id == loop.person.id, Stored.resource_type == "Patient")
        ids = session.execute(gone).scalars().all()

    erase(loop, loop.person.id)

    with reading() as session:
        left = select(func.count()).select_from(Indexed).where(Indexed.stored_id.in_(ids))
        assert session.execute(left).scalar_one() == 0


def test_a_copy_of_what_others_sent_is_nothing_of_ones_own(loop):
    """Where a victim service wrote nothing there is nothing to purge, whether its programs read or not."""
    with transaction() as session:
        haven = make_participant(session, name="Haven", kind=ParticipantKind.VICTIM_SERVICES)
        make_audience(session, haven)
        service = make_service(session, haven)
        request = loop.request(service_ids=(service.id,), at_person_request=True)
        referrals.send(session, loop.navigator, request, previewed=None, at=NOW)
    assert of_type(read_by(haven), "Task")
    officer = staff_of(haven, Role.PRIVACY_OFFICER)

    with pytest.raises(NotFound), transaction() as session:
        retention.erase(session, officer, loop.person.id, Ground.PURGE, at=NOW)
