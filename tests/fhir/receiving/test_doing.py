"""What programs send becomes what every other door makes, or nothing at all."""

from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from cie import people
from cie.access import Actor, ActorKind, Door, Role
from cie.consent import Consent
from cie.db import reading, transaction
from cie.directory import Category
from cie.errors import ConsentRequired, NotFound
from cie.fhir.projecting.audiences import make_again
from cie.fhir.receiving.doing import done
from cie.fhir.receiving.entries import Entry, entries_in
from cie.fhir.receiving.transaction import Doing
from cie.fhir.refusals import Changed, Duplicate, NotTaken
from cie.people import ContactKind, Person
from cie.referrals import Referral, ReferralStatus, ReferralTask, TaskStatus, Urgency
from tests.factories import NOON, make_participant, make_service
from tests.fhir.place import make_all, of_type, read_by
from tests.fhir.sending import bundle, consent_of, entry, patient, referral, service_request, task, urn

BASE = "https://cie.example/fhir"


def system_of(organization):
    roles = frozenset({Role.CASEWORKER})
    return Actor(ActorKind.CLIENT, None, organization.id, roles=roles, door=Door.FHIR)


def nothing(_type, _query):
    return []


def do(organization, *entries, matches=nothing, at: datetime = NOON):
    with transaction() as session:
        doing = Doing(session, system_of(organization), BASE, at)
        return done(doing, entries, matches)


def send(organization, resource, **more):
    return do(organization, *entries_in(resource, BASE), **more)


def put(organization, resource, **more):
    return do(organization, Entry("PUT", resource["resourceType"], resource, id=resource["id"], **more))


def goal_of(loop):
    about = {"subject": {"reference": f"Patient/{loop.person.id}"}, "description": {"text": "Eat well"}}
    return {"resourceType": "Goal", "lifecycleStatus": "active", **about}


def count(model):
    with reading() as session:
        return len(session.execute(select(model)).scalars().all())


class TestSending:
    def test_a_bundle_is_a_referral_that_the_one_asked_finds_on_its_list(self, loop):
        request, asked = send(loop.clinic, referral(loop, note=[{"text": "Mornings are best"}]))

        assert (request.status, asked.status) == (201, 201)
        with reading() as session:
            sent = session.get_one(Referral, UUID(request.id))
            made = session.get_one(ReferralTask, UUID(asked.id))
            assert (sent.status, sent.need_code, sent.urgency) == (ReferralStatus.ACTIVE, "food", Urgency.WEEK)
            assert sent.message == "Mornings are best"
            assert (made.performer_id, made.status) == (loop.pantry.id, TaskStatus.REQUESTED)
        assert read_by(loop.pantry)[f"Task/{asked.id}"]["status"] == "requested"

    def test_what_was_sent_beyond_the_domain_comes_back_to_its_sender_alone(self, loop):
        request, asked = send(loop.clinic, referral(loop))

        own, other = (read_by(each)[f"ServiceRequest/{request.id}"] for each in (loop.clinic, loop.pantry))
        assert own["code"]["coding"][0]["code"] == "467771000124109"
        assert other["code"]["coding"][0]["code"] == "306238000"
        assert read_by(loop.clinic)[f"Task/{asked.id}"]["focus"]["reference"] == f"ServiceRequest/{request.id}"

    def test_the_order_of_entries_does_not_matter(self, loop):
        made = bundle(*reversed(referral(loop)["entry"]))

        asked, request = send(loop.clinic, made)

        assert (asked.resource_type, request.resource_type) == ("Task", "ServiceRequest")

    def test_somebody_new_comes_along_and_nobody_is_texted_who_did_not_allow_it(self, loop):
        made = bundle(entry(patient(), "p"), *referral(loop, urn("p"))["entry"])

        with pytest.raises(ConsentRequired):
            send(loop.clinic, made)

        assert count(Referral) == 0
        assert count(Person) == 1

    def test_a_consent_that_comes_along_opens_general_data_for_those_who_are_asked(self, loop):
        brings = {"supportingInfo": [{"reference": urn("c")}]}
        about = referral(loop, urn("p"), **brings)["entry"]
        made = bundle(entry(patient(), "p"), *about, entry(consent_of(loop, urn("p")), "c"))

        outcomes = send(loop.clinic, made)

        assert [each.status for each in outcomes] == [201] * 4
        with reading() as session:
            given = session.execute(select(Consent).where(Consent.form == "sdohcc-consent")).scalar_one()
        assert given.recipient_ids == [str(loop.pantry.id)]
        assert given.categories == ["general"]
        assert any("Quist" in str(each) for each in of_type(read_by(loop.pantry), "Patient"))

    @pytest.mark.parametrize(
        ("changed", "place"),
        [
            ({"status": "inactive"}, "Consent.status"),
            ({"provision": {"type": "deny"}}, "Consent.provision"),
            ({"provision": {"period": {"end": "2026-01-01"}}}, "Consent.provision"),
            ({"dateTime": "2031-01-01"}, "Consent.dateTime"),
        ],
    )
    def test_a_consent_that_does_not_count_opens_nothing(self, loop, changed, place):
        about = referral(loop, urn("p"), supportingInfo=[{"reference": urn("c")}])["entry"]
        given = {**consent_of(loop, urn("p")), **changed}

        with pytest.raises(NotTaken) as refusal:
            send(loop.clinic, bundle(entry(patient(), "p"), *about, entry(given, "c")))

        assert refusal.value.faults[0].place == f"Bundle.entry[3].resource.{place.partition('.')[2]}"
        assert count(Referral) == 0

    def test_a_consent_does_not_cover_what_is_more_sensitive(self, loop):
        with transaction() as session:
            service = make_service(session, loop.pantry, name="Groups", sensitivity=Category.MENTAL_HEALTH)
            make_again(session)
        make_all()
        about = referral(loop, urn("p"), supportingInfo=[{"reference": urn("c")}])["entry"]
        about[1]["resource"]["owner"] = {"reference": f"HealthcareService/{service.id}"}
        made = bundle(entry(patient(), "p"), *about, entry(consent_of(loop, urn("p")), "c"))

        with pytest.raises(ConsentRequired):
            send(loop.clinic, made)

        assert count(Referral) == 0

    def test_two_tasks_for_one_request_are_offers_without_a_name(self, loop):
        with transaction() as session:
            second = make_participant(session, name="Second Pantry")
            service = make_service(session, second)
            make_again(session)
        make_all()
        about = f"Patient/{loop.person.id}"
        more = task(loop, focus=urn("sr"), subject=about, owner={"reference": f"HealthcareService/{service.id}"})

        send(loop.clinic, bundle(*referral(loop)["entry"], entry(more, "more")))

        (shown,) = of_type(read_by(loop.pantry), "Patient")
        assert shown["id"] != str(loop.person.id)
        assert count(ReferralTask) == 2

    def test_a_draft_is_sent_by_a_later_task(self, loop):
        about = f"Patient/{loop.person.id}"
        (draft,) = send(loop.clinic, bundle(entry(service_request(about, status="draft"), "sr")))
        made = task(loop, focus=f"ServiceRequest/{draft.id}", subject=about)

        (asked,) = do(loop.clinic, Entry("POST", "Task", made))

        found = read_by(loop.clinic)
        assert found[f"ServiceRequest/{draft.id}"]["status"] == "active"
        assert found[f"Task/{asked.id}"]["status"] == "requested"

    @pytest.mark.parametrize(
        ("changed", "place"),
        [
            ({"category": []}, "ServiceRequest.category"),
            ({"subject": {"reference": "Patient/01a21b9e-c037-72fc-9391-649d8235db61"}}, None),
        ],
    )
    def test_what_cannot_be_is_named_and_nothing_is_sent(self, loop, changed, place):
        made = referral(loop)
        made["entry"][0]["resource"].update(changed)

        with pytest.raises((NotTaken, NotFound)) as refusal:
            send(loop.clinic, made)

        if place:
            assert place.rpartition(".")[2] in refusal.value.faults[0].place
        assert count(Referral) == 0

    def test_a_reference_that_leads_nowhere_undoes_everything(self, loop):
        made = referral(loop, reasonReference=[{"reference": urn("lost")}])

        with pytest.raises(NotTaken) as refusal:
            send(loop.clinic, made)

        assert "reasonReference" in refusal.value.faults[0].place
        assert count(Referral) == 0

    def test_somebody_elses_person_is_as_nobody(self, loop):
        made = referral(loop)
        made["entry"][1]["resource"]["requester"] = {"reference": f"Organization/{loop.pantry.id}"}

        with pytest.raises(NotFound):
            send(loop.pantry, made)


class TestTasks:
    def step(self, loop, organization, asked, **changed):
        now = read_by(organization)[f"Task/{asked.id}"]
        return put(organization, {**now, **changed})

    @pytest.fixture
    def asked(self, loop):
        _request, asked = send(loop.clinic, referral(loop))
        return asked

    def test_the_one_asked_answers_and_the_sender_reads_it(self, loop, asked):
        done_so = {"output": [{"type": {"text": "done"}, "valueCodeableConcept": {"text": "Food box"}}]}
        for status, more in (("accepted", {}), ("in-progress", {}), ("completed", done_so)):
            self.step(loop, loop.pantry, asked, status=status, **more)

            assert read_by(loop.clinic)[f"Task/{asked.id}"]["status"] == status
        (request,) = of_type(read_by(loop.clinic), "ServiceRequest")
        assert request["status"] == "completed"

    def test_a_decline_brings_its_reason_and_its_words(self, loop, asked):
        self.step(loop, loop.pantry, asked, status="rejected", statusReason={"text": "We moved away"})

        why = read_by(loop.clinic)[f"Task/{asked.id}"]["statusReason"]
        assert why["coding"][0]["code"] == "other"

    @pytest.mark.parametrize(("status", "field"), [("rejected", "Task.statusReason.text"), ("ready", "Task.status")])
    def test_an_answer_without_its_reason_is_no_answer(self, loop, asked, status, field):
        with pytest.raises(NotTaken) as refusal:
            self.step(loop, loop.pantry, asked, status=status)

        assert refusal.value.faults[0].place == field
        assert read_by(loop.clinic)[f"Task/{asked.id}"]["status"] == "requested"

    def test_a_step_that_the_state_machine_lacks_is_refused(self, loop, asked):
        with pytest.raises(NotTaken, match="From requested it goes to: accepted, rejected, cancelled"):
            self.step(loop, loop.pantry, asked, status="in-progress")

    def test_completed_without_an_output_is_help_given_which_the_exchange_says_by_a_procedure(self, loop, asked):
        self.step(loop, loop.pantry, asked, status="accepted")

        self.step(loop, loop.pantry, asked, status="completed")

        (output,) = read_by(loop.clinic)[f"Task/{asked.id}"]["output"]
        assert output["valueReference"] == {"reference": f"Procedure/{asked.id}"}

    def test_the_sender_does_not_answer_for_the_one_asked(self, loop, asked):
        with pytest.raises(NotTaken, match="From requested it goes to: cancelled, entered-in-error"):
            self.step(loop, loop.clinic, asked, status="accepted")

        assert read_by(loop.pantry)[f"Task/{asked.id}"]["status"] == "requested"

    def test_whoever_saw_an_older_version_changes_nothing(self, loop, asked):
        old = read_by(loop.pantry)[f"Task/{asked.id}"]
        self.step(loop, loop.pantry, asked, status="accepted")

        with pytest.raises(Changed):
            put(loop.pantry, {**old, "status": "cancelled", "statusReason": {"text": "No"}}, if_match=1)

        assert read_by(loop.clinic)[f"Task/{asked.id}"]["status"] == "accepted"

    def test_a_waiting_list_is_not_a_no(self, loop, asked):
        waits = {"businessStatus": read_waitlist()}

        self.step(loop, loop.pantry, asked, **waits)

        shown = read_by(loop.clinic)[f"Task/{asked.id}"]
        assert shown["status"] == "requested"
        assert shown["businessStatus"]["coding"][0]["code"] == "waitlist"


def read_waitlist():
    system = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
    return {"coding": [{"system": system, "code": "waitlist"}]}


class TestPeople:
    def test_a_patient_is_a_person_on_file_and_comes_back_as_it_was_sent(self, loop):
        (made,) = do(loop.clinic, Entry("POST", "Patient", patient()))

        shown = read_by(loop.clinic)[f"Patient/{made.id}"]
        sent = patient()
        assert {name: shown[name] for name in sent if name not in ("meta", "identifier")} == {
            name: sent[name] for name in sent if name not in ("meta", "identifier")
        }
        assert sent["identifier"][0] in shown["identifier"]
        with reading() as session:
            person = session.get_one(Person, UUID(made.id))
            assert (person.given_name, person.family_name, person.county_fips) == ("Tamarind", "Quist", "06019")
            (point,) = people.contact_points(session, person)
            assert (point.kind, point.value, point.may_text) == (ContactKind.SMS, "+15595550177", False)
            (number,) = people.identifiers_of(session, person)
            assert (number.namespace, number.value) == ("mrn", "MR990017")

    def test_somebody_on_file_who_is_probably_the_same_is_named(self, loop):
        do(loop.clinic, Entry("POST", "Patient", patient()))
        again = patient(identifier=[{"system": "http://clinic.example/mrn", "value": "other"}])

        with pytest.raises(Duplicate, match="Patient/"):
            do(loop.clinic, Entry("POST", "Patient", again))

        tag = {"system": "urn:x-cie:intent", "code": "new-person"}
        do(loop.clinic, Entry("POST", "Patient", {**again, "meta": {"tag": [tag]}}))
        assert count(Person) == 3

    def test_a_correction_on_a_page_has_the_word_from_then_on(self, loop):
        (made,) = do(loop.clinic, Entry("POST", "Patient", patient()))
        with transaction() as session:
            actor = loop.navigator
            people.correct_person(session, actor, UUID(made.id), {"family_name": "Quist-Lee"}, seen_version=1, at=NOON)

        shown = read_by(loop.clinic)[f"Patient/{made.id}"]
        assert shown["name"] == [{"use": "official", "family": "Quist-Lee", "given": ["Tamarind"]}]
        assert shown["gender"] == "female"
        assert shown["address"][0]["city"] == "Fresno"

    def test_an_update_corrects_what_is_on_file(self, loop):
        (made,) = do(loop.clinic, Entry("POST", "Patient", patient()))

        changed = {**patient(birthDate="1984-05-10"), "id": made.id}
        del changed["telecom"]
        put(loop.clinic, changed, if_match=1)

        with reading() as session:
            person = session.get_one(Person, UUID(made.id))
            assert person.birth_text == "1984-05-10"
            assert not people.contact_points(session, person)

    def test_social_security_numbers_are_refused(self, loop):
        said = [{"system": "http://hl7.org/fhir/sid/us-ssn", "value": "000-00-0000"}]

        with pytest.raises(NotTaken, match="Social Security"):
            do(loop.clinic, Entry("POST", "Patient", patient(identifier=said)))


class TestConditions:
    def test_a_create_that_fits_one_makes_none(self, loop):
        about = Entry("POST", "Patient", patient(), condition="identifier=x|1")

        (found,) = do(loop.clinic, about, matches=lambda _type, _query: [str(loop.person.id)])

        assert (found.id, found.status) == (str(loop.person.id), 200)
        assert count(Person) == 1


class TestKept:
    def test_what_the_exchange_does_not_model_is_kept_for_its_sender_alone(self, loop):
        about = goal_of(loop)

        (made,) = do(loop.clinic, Entry("POST", "Goal", about))

        shown = read_by(loop.clinic)[f"Goal/{made.id}"]
        assert {**about, "id": made.id} == {name: value for name, value in shown.items() if name != "meta"}
        assert of_type(read_by(loop.pantry), "Goal") == []

    def test_two_who_saw_one_version_do_not_both_change_it(self, loop):
        about = goal_of(loop)
        (made,) = do(loop.clinic, Entry("POST", "Goal", about))
        put(loop.clinic, {**about, "id": made.id, "lifecycleStatus": "on-hold"}, if_match=1)

        with pytest.raises(Changed):
            put(loop.clinic, {**about, "id": made.id, "lifecycleStatus": "completed"}, if_match=1)

    def test_the_version_is_ours_to_count_whatever_the_sender_wrote(self, loop):
        (made,) = do(loop.clinic, Entry("POST", "Goal", {**goal_of(loop), "meta": {"versionId": "40"}}))

        changed = {**goal_of(loop), "id": made.id, "lifecycleStatus": "on-hold"}
        put(loop.clinic, {**changed, "meta": {"versionId": "1"}})

        assert read_by(loop.clinic)[f"Goal/{made.id}"]["meta"]["versionId"] == "2"

    def test_somebody_elses_is_as_nothing(self, loop):
        about = goal_of(loop)
        (made,) = do(loop.clinic, Entry("POST", "Goal", about))

        with pytest.raises(NotFound):
            put(loop.pantry, {**about, "id": made.id})
