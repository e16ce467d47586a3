"""What the suite sends holds to the profiles that it claims, and so does what it leaves behind."""

import pytest

from cie.conformance.changes import CHANGES, IN_ERROR
from cie.conformance.specimens import SPECIMENS, service_request, subscription, task
from cie.fhir.checking import faults_in, knows
from tests.conformance.test_elements import PARTS

MAKERS = {**SPECIMENS, "ServiceRequest": service_request, "Task": task}
ALL = {**PARTS, "request": "ServiceRequest/4", "document": "DocumentReference/5", "consent": "Consent/6"}
ALL["owner"] = "HealthcareService/8"


@pytest.mark.parametrize("name", MAKERS)
def test_a_specimen_is_sound(name):
    specimen = MAKERS[name](ALL)

    assert faults_in(specimen) == []
    assert all(knows(each) for each in specimen.get("meta", {}).get("profile", []))


@pytest.mark.parametrize("name", CHANGES)
def test_it_is_sound_when_it_was_changed(name):
    assert faults_in(MAKERS[name](ALL) | CHANGES[name]) == []


@pytest.mark.parametrize("name", [each for each in MAKERS if each in IN_ERROR])
def test_it_is_sound_when_it_was_a_mistake(name):
    marked = MAKERS[name](ALL) | IN_ERROR[name]

    assert faults_in({name: value for name, value in marked.items() if value is not None}) == []


@pytest.mark.parametrize("channel", ["rest-hook", "email", "sms"])
def test_a_subscription_is_sound(channel):
    assert faults_in(subscription(channel, "https://suite.example/heard")) == []
