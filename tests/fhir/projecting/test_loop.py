"""What each side of a loop reads of it over FHIR, from the first request to the end."""

from datetime import date

import pytest
from sqlalchemy import func, select, update

from cie import consent, referrals
from cie.consent import Consent, Method, Release
from cie.db import reading, transaction
from cie.directory import Category
from cie.fhir.store import Earlier
from cie.participants import ParticipantKind, Program
from cie.referrals import Closing, Enrollment, NewResult, Reason, ResultKind
from tests.factories import NOON, make_consent, make_participant, make_person, make_service, send_one, staff_of
from tests.fhir.place import make_audience, make_reading_loop, of_type, own_by, read_by

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


@pytest.fixture
def loop(database):
    return make_reading_loop()


def sent(loop, **fields):
    with transaction() as session:
        return send_one(session, loop, **fields)


def offered(loop):
    """The loop as an offer to two services, so that neither learns a name; the task of the loop's pantry."""
    with transaction() as session:
        other = make_participant(session, name="Second Pantry")
        request = loop.request(service_ids=(loop.service.id, make_service(session, other).id))
        referral = referrals.send(session, loop.navigator, request, previewed=None, at=NOON)
        task, _other = referrals.tasks_of(session, referral)
    return referral, task


def act(verb, loop, task, **said):
    with transaction() as session:
        verb(session, loop.caseworker, task.id, at=NOON, **said)


def earlier_versions(organization):
    with reading() as session:
        query = select(func.count()).where(Earlier.organization_id == organization.id)
        return session.execute(query).scalar_one()


class TestWhoReadsWhat:
    def test_the_sender_reads_loop_task_and_person(self, loop):
        referral, task = sent(loop, message="Mornings are best")

        found = own_by(loop.clinic)

        assert set(found) >= {f"Patient/{loop.person.id}", f"ServiceRequest/{referral.id}", f"Task/{task.id}"}
        request = found[f"ServiceRequest/{referral.id}"]
        assert request["status"] == "active"
        assert request["note"] == [{"text": "Mornings are best"}]
        assert request["category"][1]["coding"][0]["code"] == "food-insecurity"
        assert found[f"Task/{task.id}"]["for"] == request["subject"] == {"reference": f"Patient/{loop.person.id}"}

    def test_the_one_asked_reads_what_is_released_and_no_more(self, loop):
        referral, task = sent(loop)

        found = read_by(loop.pantry)

        patient = found[f"Patient/{loop.person.id}"]
        assert patient["name"] == [{"text": "Aster Moreno", "family": "Moreno", "given": ["Aster"]}]
        assert patient["address"] == [{"district": "Fresno", "postalCode": "93702", "state": "CA", "country": "US"}]
        assert "birthDate" not in patient
        assert found[f"ServiceRequest/{referral.id}"]["note"] == [{"text": "Age: 34\nPeople in the household: 4"}]
        assert found[f"Task/{task.id}"]["requester"] == {"reference": f"Organization/{loop.clinic.id}"}

    def test_somebody_else_reads_nothing(self, loop):
        with transaction() as session:
            stranger = make_participant(session, name="Stranger")
            make_audience(session, stranger)

        sent(loop)

        assert own_by(stranger) == {}

    def test_nothing_is_kept_for_those_without_a_program_that_reads(self, loop):
        with transaction() as session:
            quiet = make_participant(session, name="Quiet Pantry")
            service = make_service(session, quiet)

        sent(loop, service_ids=(service.id,))

        assert own_by(quiet) == {}
        assert of_type(read_by(loop.clinic), "Task")


class TestOffers:
    def test_the_person_of_an_offer_is_somebody_without_a_name_under_an_id_of_its_own(self, loop):
        _referral, task = offered(loop)

        (patient,) = of_type(read_by(loop.pantry), "Patient")

        assert patient["id"] != str(loop.person.id)
        assert patient["identifier"] == [{"system": "urn:x-cie:offer", "value": patient["id"]}]
        assert patient["name"] == [{"extension": [{"url": ABSENT, "valueCode": "masked"}]}]
        assert patient["gender"] == "unknown"
        assert read_by(loop.pantry)[f"Task/{task.id}"]["for"]["reference"] == f"Patient/{patient['id']}"

    def test_the_yes_replaces_it_by_the_person_and_leaves_no_trace(self, loop):
        _referral, task = offered(loop)
        (before,) = of_type(read_by(loop.pantry), "Patient")

        act(referrals.accept, loop, task)

        found = read_by(loop.pantry)
        assert [each["id"] for each in of_type(found, "Patient")] == [str(loop.person.id)]
        assert found[f"Task/{task.id}"]["status"] == "accepted"
        assert found[f"Task/{task.id}"]["for"]["reference"] == f"Patient/{loop.person.id}"
        assert before["id"] not in str(found)


class TestSteps:
    def test_each_step_is_a_new_version_with_a_later_moment(self, loop):
        referral, task = sent(loop)
        key, seen = f"Task/{task.id}", []
        for verb, said in ((referrals.accept, {}), (referrals.start, {}), (referrals.complete, {})):
            act(verb, loop, task, **said)
            seen.append(read_by(loop.clinic)[key])

        assert [each["status"] for each in seen] == ["accepted", "in-progress", "completed"]
        assert [each["meta"]["versionId"] for each in seen] == ["2", "3", "4"]
        moments = [each["meta"]["lastUpdated"] for each in seen]
        assert moments == sorted(set(moments))

    def test_a_completed_task_names_what_was_done_to_both_sides(self, loop):
        referral, task = sent(loop)
        act(referrals.accept, loop, task)
        act(referrals.complete, loop, task)

        for organization in (loop.clinic, loop.pantry):
            found = read_by(organization)
            (output,) = found[f"Task/{task.id}"]["output"]
            procedure = found[output["valueReference"]["reference"]]
            assert procedure["basedOn"] == [{"reference": f"ServiceRequest/{referral.id}"}]

    def test_a_decline_says_why_in_words(self, loop):
        _referral, task = sent(loop)

        act(referrals.reject, loop, task, reason=Reason.NO_ROOM)

        why = read_by(loop.clinic)[f"Task/{task.id}"]["statusReason"]
        assert why["text"] == "No room"
        assert [each["code"] for each in why["coding"]] == ["no-capacity", "no-room"]

    def test_how_the_sender_ended_the_loop_is_not_told_to_those_asked(self, loop):
        referral, task = sent(loop)

        with transaction() as session:
            referrals.close_loop(session, loop.navigator, referral.id, closing=Closing.NO_LONGER_NEEDS, at=NOON)

        key = f"ServiceRequest/{referral.id}"
        assert read_by(loop.clinic)[key]["status"] == "revoked"
        assert read_by(loop.pantry)[key]["status"] == "active"
        assert "statusReason" not in read_by(loop.pantry)[f"Task/{task.id}"]

    def test_nothing_new_is_no_new_version(self, loop):
        referral, task = sent(loop)
        before = read_by(loop.pantry)

        with transaction() as session:
            referrals.write_note(session, loop.navigator, referral.id, "For us alone", at=NOON)

        assert read_by(loop.pantry) == before


class TestWhatMayNotBeKnown:
    def test_what_was_taken_back_is_gone_with_its_history(self, loop):
        referral, task = sent(loop, message="Mornings are best")
        act(referrals.accept, loop, task)

        with transaction() as session:
            (given,) = session.execute(select(Consent)).scalars()
            consent.revoke(session, loop.navigator, given.id, method=Method.IN_PERSON, at=NOON)

        found = read_by(loop.pantry)
        assert f"Task/{task.id}" in found
        assert f"Patient/{loop.person.id}" not in found
        assert "Moreno" not in str(found)
        assert "Mornings" not in str(found)
        assert "food" not in str(found[f"ServiceRequest/{referral.id}"])
        assert earlier_versions(loop.pantry) == 0

    def test_a_body_whose_release_ended_is_not_read_though_it_was_not_yet_taken_away(self, loop):
        sent(loop)
        assert f"Patient/{loop.person.id}" in read_by(loop.pantry)

        with transaction() as session:
            session.execute(update(Release).values(ended_at=NOON))

        assert f"Patient/{loop.person.id}" not in read_by(loop.pantry)

    def test_of_a_protected_service_the_sender_reads_that_it_was_sent_and_no_more(self, loop):
        with transaction() as session:
            haven = make_participant(session, name="Haven", kind=ParticipantKind.VICTIM_SERVICES)
            make_audience(session, haven)
            service = make_service(session, haven, name="Safe house", sensitivity=Category.VICTIM_SERVICES)
            person = make_person(session, loop.clinic)
            make_consent(session, person, categories=[each.value for each in Category])
            referral = referrals.send(
                session,
                loop.navigator,
                loop.request(
                    person_id=person.id,
                    service_ids=(service.id,),
                    need_code="safety-from-abuse",
                    at_person_request=True,
                ),
                previewed=None,
                at=NOON,
            )
            (task,) = referrals.tasks_of(session, referral)
        before = own_by(loop.clinic)

        with transaction() as session:
            referrals.accept(session, staff_of(haven), task.id, at=NOON)

        (request,) = of_type(before, "ServiceRequest")
        assert request["status"] == "unknown"
        assert "Haven" not in str(before)
        assert "Safe house" not in str(before)
        assert str(haven.id) not in str(before)
        assert of_type(before, "Task") == []
        assert own_by(loop.clinic) == before
        assert read_by(haven)[f"Task/{task.id}"]["status"] == "accepted"


def test_what_staff_wrote_of_an_enrollment_is_read_by_both_sides_as_an_observation(loop):
    _referral, task = sent(loop)
    act(referrals.accept, loop, task)
    enrolled = NewResult(
        ResultKind.ENROLLMENT, program=Program.SNAP, status=Enrollment.ENROLLED, since_on=date(2026, 11, 20)
    )

    with transaction() as session:
        row = referrals.give_result(session, loop.caseworker, task.id, enrolled, at=NOON)

    for organization in (loop.clinic, loop.pantry):
        found = read_by(organization)
        told = found[f"Observation/{row.id}"]
        assert told["code"]["text"] == "CalFresh (SNAP)"
        assert told["effectiveDateTime"] == "2026-11-20"
        assert told["valueCodeableConcept"]["coding"][0]["code"] == "enrolled"
        (output,) = found[f"Task/{task.id}"]["output"]
        assert output["valueReference"] == {"reference": f"Observation/{row.id}"}
