"""What the one asked gives back over FHIR, and what its sender reads of it."""

import pytest
from sqlalchemy import select

from cie import consent
from cie.consent import Method
from cie.db import reading, transaction
from cie.fhir.store import Earlier, Stored
from cie.participants import Participant
from cie.referrals import Result
from tests.factories import NOON, make_participant
from tests.fhir.giving import (
    COUNSELED,
    accepted,
    activity,
    answered,
    assessed,
    came_of,
    content,
    done,
    enrolled,
    found,
    give,
    screened,
    send,
    wished,
)
from tests.fhir.place import make_audience, own_by, read_by
from tests.fhir.readers import faults
from tests.fhir.sending import TEMPORARY, coded, patient, referral, urn

HIDDEN = ("Observation", "Condition", "Goal", "QuestionnaireResponse")


@pytest.fixture
def task(clinic, pantry, loop):
    """The task, to which the pantry said yes."""
    return accepted(clinic, pantry, loop)


def run_by_pantry(loop, **fields):
    """What the law makes of the pantry, from now on."""
    with transaction() as session:
        place = session.get_one(Participant, loop.pantry.id)
        for name, value in fields.items():
            setattr(place, name, value)


def take_back_permission(loop):
    with transaction() as session:
        (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
        consent.revoke(session, loop.navigator, record.id, method=Method.IN_PERSON, at=NOON)


def kept_for(organization):
    """All that is kept for an audience, newest and earlier, as it opens."""
    with reading() as session:
        rows = session.execute(select(Stored).where(Stored.organization_id == organization.id)).scalars().all()
        before = session.execute(select(Earlier).where(Earlier.organization_id == organization.id)).scalars().all()
        return " ".join(filter(None, [*(r.body for r in rows), *(r.sent for r in rows), *(r.body for r in before)]))


class TestEnrollment:
    def test_the_sender_reads_that_somebody_is_enrolled_as_the_pantry_says(self, clinic, pantry, loop, task):
        answer = give(pantry, task, enrolled(loop))

        assert answer.status_code == 200, answer.get_json()
        (told,) = came_of(clinic, task).values()
        assert told["valueCodeableConcept"]["coding"][0]["code"] == "enrolled"
        assert told["effectiveDateTime"] == "2026-11-21"
        assert told["subject"] == {"reference": f"Patient/{loop.person.id}"}
        assert told["performer"] == [{"reference": f"Organization/{loop.pantry.id}"}]
        assert told["basedOn"] == [task["focus"]]

    def test_it_is_told_before_the_end_and_after_it_too(self, clinic, pantry, loop, task):
        give(pantry, task, enrolled(loop, valueCodeableConcept=coded(TEMPORARY, "not-enrolled")), status="in-progress")
        assert len(came_of(clinic, task)) == 1

        give(pantry, task, enrolled(loop))

        (told,) = came_of(clinic, task).values()
        assert told["valueCodeableConcept"]["coding"][0]["code"] == "enrolled"

    def test_what_the_pantry_corrects_is_corrected(self, clinic, pantry, loop, task):
        give(pantry, task, enrolled(loop, valueCodeableConcept=coded(TEMPORARY, "not-enrolled-on-waitlist")))
        (before,) = came_of(clinic, task).values()
        (own,) = came_of(pantry, task).values()

        send(pantry, "PUT", f"/Observation/{own['id']}", {**own, "valueCodeableConcept": coded(TEMPORARY, "enrolled")})

        (now,) = came_of(clinic, task).values()
        assert now["id"] == before["id"] != own["id"]
        assert now["valueCodeableConcept"]["coding"][0]["code"] == "enrolled"
        assert "waitlist" not in kept_for(loop.clinic)

    def test_what_was_a_mistake_is_read_no_more(self, clinic, pantry, loop, task):
        give(pantry, task, enrolled(loop))
        (own,) = came_of(pantry, task).values()

        send(pantry, "PUT", f"/Observation/{own['id']}", {**own, "status": "entered-in-error"})

        assert came_of(clinic, task) == {}
        assert "Observation" not in kept_for(loop.clinic)

    def test_what_is_about_somebody_else_by_now_is_read_no_more(self, clinic, pantry, loop, task):
        give(pantry, task, enrolled(loop))
        (own,) = came_of(pantry, task).values()
        other = send(pantry, "POST", "/Patient", patient()).get_json()

        send(pantry, "PUT", f"/Observation/{own['id']}", own | {"subject": {"reference": f"Patient/{other['id']}"}})

        assert came_of(clinic, task) == {}

    def test_what_the_task_names_no_more_is_read_no_more(self, clinic, pantry, loop, task):
        give(pantry, task, enrolled(loop))
        now = pantry.get(f"/Task/{task['id']}").get_json()

        send(pantry, "PUT", f"/Task/{task['id']}", {name: part for name, part in now.items() if name != "output"})

        assert came_of(clinic, task) == {}

    def test_a_repeat_changes_no_version(self, clinic, pantry, loop, task):
        give(pantry, task, enrolled(loop), status="in-progress")
        ((reference, before),) = came_of(clinic, task).items()
        now = pantry.get(f"/Task/{task['id']}").get_json()

        send(pantry, "PUT", f"/Task/{task['id']}", now)

        assert came_of(clinic, task) == {reference: before}


class TestAssessment:
    def test_all_that_was_found_is_read_and_names_each_other(self, clinic, pantry, loop, task):
        made = [answered(loop), screened(loop, urn("0")), assessed(loop), found(loop, urn("1")), wished(loop)]

        answer = give(pantry, task, *made)

        assert answer.status_code == 200, answer.get_json()
        told = came_of(clinic, task)
        assert [each.partition("/")[0] for each in told] == [each["resourceType"] for each in made]
        form, screening, assessment, condition, _goal = told.values()
        assert screening["derivedFrom"] == [{"reference": f"QuestionnaireResponse/{form['id']}"}]
        assert condition["evidence"] == [{"detail": [{"reference": f"Observation/{screening['id']}"}]}]
        assert assessment["valueString"] == "At risk"

    def test_what_was_done_is_a_procedure_also_where_a_code_alone_says_it(self, clinic, pantry, loop, task):
        give(pantry, task, done(loop), status="in-progress")
        (own,) = came_of(pantry, task)
        outputs = [activity(valueReference={"reference": own}), activity(valueCodeableConcept=COUNSELED)]

        give(pantry, task, output=outputs)

        procedures = came_of(clinic, task)
        assert {each.partition("/")[0] for each in procedures} == {"Procedure"}
        assert sorted(each["code"]["coding"][0]["code"] for each in procedures.values()) == [
            "306238000",
            "467771000124109",
        ]

    def test_of_what_was_sent_only_what_is_understood_is_told(self, clinic, pantry, loop, task):
        private = {
            "text": {"status": "additional", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Secret words</div>'},
            "identifier": [{"system": "http://pantry.example", "value": "case-Secret"}],
            "extension": [{"url": "http://pantry.example/more", "valueString": "Secret"}],
            "performer": [{"reference": f"Organization/{loop.pantry.id}", "display": "Secret worker"}],
        }

        answer = give(pantry, task, assessed(loop, **private))

        assert answer.status_code == 200, answer.get_json()
        assert len(came_of(clinic, task)) == 1
        assert "Secret" not in kept_for(loop.clinic)

    @pytest.mark.parametrize(
        "changed",
        [
            {"category": [coded("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory")]},
            {"modifierExtension": [{"url": "http://pantry.example/not", "valueBoolean": True}]},
        ],
        ids=["of no kind that is known", "meaning otherwise"],
    )
    def test_what_is_not_understood_stays_with_whose_program_sent_it(self, clinic, pantry, loop, task, changed):
        sent = assessed(loop, **changed)
        del sent["meta"]

        answer = give(pantry, task, sent)

        assert answer.status_code == 200, answer.get_json()
        assert came_of(clinic, task) == {}
        assert len(came_of(pantry, task)) == 1


class TestRefused:
    def test_what_is_about_somebody_else(self, clinic, pantry, loop, task):
        mine = send(pantry, "POST", "/Patient", patient()).get_json()

        answer = give(pantry, task, enrolled(loop, subject={"reference": f"Patient/{mine['id']}"}))

        assert answer.status_code == 422
        assert faults(answer) == [("business-rule", "Bundle.entry[1].resource.output[0].valueReference")]
        assert came_of(clinic, task) == {}

    def test_what_the_sender_of_the_task_cannot_read(self, clinic, pantry, loop, task):
        theirs = send(clinic, "POST", "/Observation", enrolled(loop)).get_json()

        answer = give(pantry, task, output=[content(f"Observation/{theirs['id']}")])

        assert answer.status_code == 422
        assert faults(answer)[0][0] == "not-found"

    def test_before_the_yes_it_is_only_kept(self, clinic, pantry, loop):
        send(clinic, "POST", "", referral(loop))
        (asked,) = [each["resource"] for each in pantry.get("/Task").get_json()["entry"]]

        answer = give(pantry, asked, enrolled(loop), status="requested")

        assert answer.status_code == 200, answer.get_json()
        assert came_of(clinic, asked) == {}
        assert len(came_of(pantry, asked)) == 1


class TestTheGate:
    @pytest.mark.parametrize(
        "place",
        [{"is_part2_program": True}, {"programs": ["snap"]}, {"programs": ["wic"]}],
        ids=["part2", "snap", "wic"],
    )
    def test_of_a_program_that_the_law_guards_the_sender_reads_nothing_and_nothing_tells_it(
        self, clinic, pantry, loop, task, place
    ):
        give(pantry, task, status="in-progress")
        run_by_pantry(loop, **place)
        before = own_by(loop.clinic)

        answer = give(pantry, task, enrolled(loop), done(loop), status="in-progress")

        assert answer.status_code == 200, answer.get_json()
        assert own_by(loop.clinic) == before
        assert len(came_of(pantry, task)) == 2

    @pytest.mark.parametrize("is_given", [True, False])
    def test_a_task_that_may_only_be_known_to_be_answered_reads_alike_with_results_and_without(
        self, clinic, pantry, loop, task, is_given
    ):
        run_by_pantry(loop, programs=["wic"])

        give(pantry, task, *([enrolled(loop)] if is_given else []))

        told = clinic.get(f"/Task/{task['id']}").get_json()
        assert (told["status"], told["meta"]["versionId"], told.get("output")) == ("completed", "3", None)
        assert not [key for key in own_by(loop.clinic) if key.startswith(HIDDEN)]

    def test_what_the_person_took_back_is_gone_with_its_history(self, clinic, pantry, loop, task):
        give(pantry, task, enrolled(loop), assessed(loop), status="in-progress")
        read, own = came_of(clinic, task), came_of(pantry, task)
        assert len(read) == len(own) == 2

        take_back_permission(loop)

        assert came_of(clinic, task) == {}
        assert {clinic.get(f"/{each}").status_code for each in read} == {404}
        assert not [each for each in read if each in kept_for(loop.clinic)]
        assert {reference: pantry.get(f"/{reference}").get_json() for reference in own} == own

    def test_what_is_given_after_that_is_not_read(self, clinic, pantry, loop, task):
        take_back_permission(loop)
        now = pantry.get(f"/Task/{task['id']}").get_json()
        before = own_by(loop.clinic)

        answer = give(pantry, now, enrolled(loop, subject=now["for"]), status="in-progress")

        assert answer.status_code == 200, answer.get_json()
        told = own_by(loop.clinic)
        assert set(told) == set(before)
        assert "output" not in told[f"Task/{task['id']}"]

    def test_a_kind_of_data_that_the_permission_leaves_out_stays(self, clinic, pantry, loop, task):
        violence = [*enrolled(loop)["category"][:1], coded(TEMPORARY, "intimate-partner-violence")]

        give(pantry, task, assessed(loop, category=violence), assessed(loop))

        (told,) = came_of(clinic, task).values()
        assert told["category"][1]["coding"][0]["code"] == "food-insecurity"

    def test_somebody_else_reads_nothing(self, clinic, pantry, loop, task):
        with transaction() as session:
            stranger = make_participant(session, name="Stranger")
            make_audience(session, stranger)

        give(pantry, task, enrolled(loop))

        assert own_by(stranger) == {}

    def test_what_the_person_allows_anew_is_told_when_it_is_given_again(self, clinic, pantry, loop, task):
        run_by_pantry(loop, programs=["snap"])
        give(pantry, task, enrolled(loop), status="in-progress")
        assert came_of(clinic, task) == {}
        run_by_pantry(loop, programs=[])
        now = pantry.get(f"/Task/{task['id']}").get_json()

        send(pantry, "PUT", f"/Task/{task['id']}", now)

        assert len(came_of(clinic, task)) == 1


class TestOutputs:
    def test_what_the_sender_itself_said_hides_nothing(self, clinic, pantry, loop):
        asked = referral(loop)
        asked["entry"][1]["resource"]["output"] = [activity(valueCodeableConcept=COUNSELED)]
        send(clinic, "POST", "", asked)
        (task,) = [each["resource"] for each in pantry.get("/Task").get_json()["entry"]]
        task = send(pantry, "PUT", f"/Task/{task['id']}", {**task, "status": "accepted"}).get_json()

        give(pantry, task, enrolled(loop))

        outputs = clinic.get(f"/Task/{task['id']}").get_json()["output"]
        assert outputs[0] == activity(valueCodeableConcept=COUNSELED)
        assert outputs[1]["valueReference"] == {"reference": f"Procedure/{task['id']}"}
        assert outputs[2]["valueReference"]["reference"].startswith("Observation/")

    def test_the_pantry_reads_what_it_sent_and_then_ours_each_once(self, pantry, loop, task):
        give(pantry, task, enrolled(loop))
        now = pantry.get(f"/Task/{task['id']}").get_json()

        again = send(pantry, "PUT", f"/Task/{task['id']}", now).get_json()

        assert again["output"] == now["output"]
        kinds = [each["valueReference"]["reference"].partition("/")[0] for each in now["output"]]
        assert kinds == ["Observation", "Procedure"]

    def test_what_the_sender_repeats_of_what_it_read_does_not_outlive_the_permission(self, clinic, pantry, loop, task):
        give(pantry, task, enrolled(loop), status="in-progress")
        ((read, _body),) = came_of(clinic, task).items()
        now = clinic.get(f"/Task/{task['id']}").get_json()
        assert send(clinic, "PUT", f"/Task/{task['id']}", {**now, "note": [{"text": "Good"}]}).status_code == 200

        take_back_permission(loop)

        assert read not in kept_for(loop.clinic)
        assert clinic.get(f"/Task/{task['id']}").get_json()["note"] == [{"text": "Good"}]


def test_refer_9_a_completed_task_says_what_came_of_it_to_both(clinic, pantry, loop, task):
    give(pantry, task, done(loop))

    for organization in (loop.clinic, loop.pantry):
        read = read_by(organization)
        outputs = [each["valueReference"]["reference"] for each in read[f"Task/{task['id']}"]["output"]]
        assert len(outputs) == 2
        assert set(outputs) <= set(read)


def test_proc_1_a_procedure_is_told_with_the_category_and_the_code_that_were_given(clinic, pantry, loop, task):
    give(pantry, task, done(loop))

    (told,) = came_of(clinic, task).values()
    assert told["category"]["coding"][0]["code"] == "food-insecurity"
    assert told["code"]["coding"][0]["code"] == "467771000124109"


def test_assess_1_and_2_a_screening_is_told_with_both_categories_and_the_form_it_came_from(clinic, pantry, loop, task):
    give(pantry, task, answered(loop), screened(loop, urn("0")))

    form, told = came_of(clinic, task).values()
    assert [each["coding"][0]["code"] for each in told["category"][:2]] == ["survey", "sdoh"]
    assert told["derivedFrom"] == [{"reference": f"QuestionnaireResponse/{form['id']}"}]


def test_what_is_kept_of_a_result_in_clear_tells_nothing(clinic, pantry, loop, task):
    give(pantry, task, assessed(loop))

    with reading() as session:
        (row,) = session.execute(select(Result)).scalars()
        assert (row.organization_id, row.program, row.status) == (loop.pantry.id, None, None)
        assert b"At risk" not in row.body_sealed
