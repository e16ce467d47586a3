"""Rows for what our own exchange does not show: on small servers made up for each."""

from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import pytest

from cie.conformance.loops import loop_of, owners_of
from cie.conformance.platform import GUIDE, US_CORE
from cie.conformance.rows import ROWS, DoesNotApply, Fails
from cie.conformance.server import Options, Server
from cie.conformance.session import Session
from cie.conformance.specimens import CODES, CORE_CATEGORY, LOINC, OBSERVATION_CATEGORY, concept
from cie.fhir.definitions.value_sets import value_sets_in
from tests.conformance.proxy import Asked, Said, proxy

NOT_FOUND = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}


def said(resource, status=200, **headers):
    return Said(status, {"content-type": "application/fhir+json", **headers}, orjson.dumps(resource))


def bundle(resources):
    entries = [{"resource": each, "search": {"mode": "match"}} for each in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def shelf(*resources, creates=()):
    """A server that shows these, finds all of a type whatever is asked, and takes creates of some types."""
    named = [{"type": each, "interaction": [{"code": "create"}]} for each in creates]
    statement = {"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "resource": named}]}

    def spoil(asked: Asked, _forward) -> Said:
        path = asked.path.strip("/")
        if path == "metadata":
            return said(statement)
        if asked.method == "POST" and path in creates:
            return said({**orjson.loads(asked.body), "id": "new"}, 201, location=f"{path}/new")
        own = [each for each in resources if each["resourceType"] == asked.type]
        if asked.is_search:
            return said(bundle(own))
        found = [each for each in own if path == f"{asked.type}/{each['id']}"]
        return said(found[0]) if found else said(NOT_FOUND, 404)

    return spoil


@contextmanager
def serving(spoil, **options) -> Iterator[Server]:
    with proxy("http://127.0.0.1:9", spoil) as base:
        yield Server(Session(base), Options(**options), value_sets_in(None))


def check(key, *resources, creates=(), **options):
    """What a row says of a server that shows these resources."""
    with serving(shelf(*resources, creates=creates), **options) as server:
        for each in {resource["resourceType"] for resource in resources}:
            server.page(each)
        return ROWS[key].check(server)


def task(**changed):
    passed = {"partOf": [{"reference": "Task/0"}], "focus": {"reference": "ServiceRequest/2"}}
    return {"resourceType": "Task", "id": "1", "status": "requested", **passed, **changed}


def request(**changed):
    return {"resourceType": "ServiceRequest", "id": "2", "basedOn": [{"reference": "ServiceRequest/0"}], **changed}


class TestPassedOn:
    def test_a_filler_order_on_the_first_will_do(self):
        check("refer-1", task(), request(intent="filler-order"))

    @pytest.mark.parametrize("wrong", [request(intent="original-order"), request(intent="filler-order", basedOn=[])])
    def test_another_intent_or_no_origin_fails(self, wrong):
        with pytest.raises(Fails):
            check("refer-1", task(), wrong)

    def test_nothing_passed_on_does_not_apply(self):
        with pytest.raises(DoesNotApply):
            check("refer-1", task(partOf=[]), request())


def test_a_completed_task_without_output_fails():
    with pytest.raises(Fails, match="no output"):
        check("refer-9", task(status="completed"))


def condition(*categories):
    return {"resourceType": "Condition", "id": "1", "meta": {"profile": [f"{GUIDE}Condition"]}, "category": categories}


class TestProtectiveFactor:
    def test_it_has_the_other_categories_too(self):
        check("cond-4", condition(concept(CODES, "protective-factor"), concept(CORE_CATEGORY, "sdoh")))

        with pytest.raises(Fails, match="lacks the category sdoh"):
            check("cond-4", condition(concept(CODES, "protective-factor")))

    def test_its_code_is_judged_only_with_the_value_sets(self):
        with pytest.raises(DoesNotApply, match="--definitions"):
            check("cond-5", condition(concept(CODES, "protective-factor")))


def observed(code, **changed):
    about = {"subject": {"reference": "Patient/1"}, "code": concept(LOINC, code)}
    return {"resourceType": "Observation", "id": "1", **about, **changed}


def of_race(code):
    coding = {"url": "ombCategory", "valueCoding": {"code": code}}
    return {"resourceType": "Patient", "id": "1", "extension": [{"url": f"{US_CORE}race", "extension": [coding]}]}


class TestCharacteristics:
    def test_what_agrees_once_will_do(self):
        check("char-1", of_race("2054-5"), observed("72826-1", component=[_race("2106-3"), _race("2054-5")]))

    def test_what_never_agrees_fails(self):
        with pytest.raises(Fails, match="another value"):
            check("char-1", of_race("2054-5"), observed("72826-1", component=[_race("2106-3")]))

    def test_no_observation_does_not_apply(self):
        with pytest.raises(DoesNotApply):
            check("char-2", of_race("2054-5"), observed("72826-1"))


def _race(code):
    return {"valueCodeableConcept": concept("urn:oid:2.16.840.1.113883.6.238", code)}


class TestPanel:
    MEMBERS = [{"reference": "Observation/2"}]
    MARKED = {"meta": {"profile": [f"{GUIDE}ObservationScreeningResponse"]}}
    MARKED["category"] = [concept(OBSERVATION_CATEGORY, "survey"), concept(CORE_CATEGORY, "sdoh")]

    def test_it_has_a_code_of_loinc(self):
        check("obsscreen-3", observed("88121-9", hasMember=self.MEMBERS, **self.MARKED))

        with pytest.raises(Fails, match="without a LOINC"):
            local = {**self.MARKED, "code": concept("urn:x", "1")}
            check("obsscreen-3", {**observed("88121-9", hasMember=self.MEMBERS), **local})

    def test_an_answer_that_leads_nowhere_fails(self):
        with pytest.raises(Fails, match="leads back"):
            check("assess-2", observed("88122-7", **self.MARKED))


def test_an_open_line_to_another_machine_fails():
    with pytest.raises(Fails, match="http"):
        ROWS["priv-8"].check(Server(Session("http://clinic.example/fhir"), Options(), value_sets_in(None)))


def test_a_server_on_the_same_machine_needs_no_encryption():
    with pytest.raises(DoesNotApply):
        check("priv-8")


def test_a_text_message_that_carries_content_fails():
    given = shelf(creates=["Subscription"])
    with_content = {"resourceType": "Subscription", "channel": {"payload": "application/fhir+json"}}

    def spoil(asked, forward):
        return said(with_content, 201, location="Subscription/1") if asked.method == "POST" else given(asked, forward)

    check("task-9", creates=["Subscription"])
    with serving(spoil) as server, pytest.raises(Fails, match="carry content"):
        ROWS["task-9"].check(server)


def stated(given, **of_type):
    """The same server, which says this of a type in its CapabilityStatement."""

    def spoil(asked, forward):
        if asked.path.strip("/") != "metadata":
            return given(asked, forward)
        return said({"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "resource": [of_type]}]})

    return spoil


class TestWhatMayBeLeftOut:
    FORM = {"resourceType": "Questionnaire", "id": "3"}
    POPULATES = {"type": "Questionnaire", "operation": [{"name": "populate"}]}

    @pytest.mark.parametrize("key", ["cap-Questionnaire-populate", "cap-Task-conditional-read"])
    def test_it_does_not_apply_where_nobody_says_that_it_is_there(self, key):
        with pytest.raises(DoesNotApply, match="left out"):
            check(key, self.FORM, task())

    def test_what_is_said_to_populate_gives_answers(self):
        response = {"resourceType": "QuestionnaireResponse", "status": "in-progress"}

        def spoil(asked, forward):
            return said(response) if asked.path.endswith("$populate") else shelf(self.FORM)(asked, forward)

        with serving(stated(spoil, **self.POPULATES), patient="Patient/1") as server:
            ROWS["cap-Questionnaire-populate"].check(server)
        with serving(stated(shelf(self.FORM), **self.POPULATES), patient="Patient/1") as server, pytest.raises(Fails):
            ROWS["cap-Questionnaire-populate"].check(server)

    @pytest.mark.parametrize(("status", "is_kept"), [(304, True), (200, False)])
    def test_what_did_not_change_is_not_sent_again(self, status, is_kept):
        def spoil(asked, _forward):
            if "if-modified-since" in asked.headers and status == 304:
                return Said(304)
            shown = bundle([task()]) if asked.is_search else task()
            return said(shown, **{"last-modified": "Fri, 27 Nov 2026 10:00:00 GMT"})

        with serving(stated(spoil, type="Task", conditionalRead="modified-since")) as server:
            if is_kept:
                ROWS["cap-Task-conditional-read"].check(server)
            else:
                with pytest.raises(Fails, match="not 304"):
                    ROWS["cap-Task-conditional-read"].check(server)


class TestWhoIsMeant:
    def test_the_patient_who_was_named(self):
        with serving(shelf(), patient="Patient/9") as server:
            assert server.patient == "Patient/9"

    def test_one_who_is_made_up_where_that_is_possible(self):
        with serving(shelf(creates=["Patient"])) as server:
            assert server.patient == "Patient/new"

    def test_one_with_a_name_otherwise(self):
        masked = {"resourceType": "Patient", "id": "1", "name": [{"_text": {}}]}
        named = {"resourceType": "Patient", "id": "2", "name": [{"family": "Quist"}]}
        with serving(shelf(masked, named)) as server:
            assert server.patient == "Patient/2"

    def test_nobody_does_not_apply(self):
        with serving(shelf()) as server, pytest.raises(DoesNotApply, match="--patient"):
            _ = server.patient

    def test_whoever_asks_most_is_the_own_organization(self):
        tasks = [task(id=str(n), requester={"reference": f"Organization/{n // 2}"}) for n in range(1, 4)]
        with serving(shelf(*tasks)) as server:
            assert server.organizations()[0] == "Organization/1"

    def test_an_organization_is_asked_for_its_services_too(self):
        service = {"resourceType": "HealthcareService", "id": "5"}
        with serving(shelf(service), owner="Organization/4", organization="Organization/1") as server:
            assert owners_of(server) == ["Organization/4", "HealthcareService/5"]

    def test_a_server_that_takes_no_referral_says_why_the_rest_does_not_apply(self):
        options = {"patient": "Patient/1", "organization": "Organization/1", "owner": "HealthcareService/5"}
        with serving(shelf(), **options) as server, pytest.raises(DoesNotApply, match="took no referral"):
            loop_of(server)
