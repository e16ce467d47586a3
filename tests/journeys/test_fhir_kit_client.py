"""fhir-kit-client, which others wrote in JavaScript, plays the loop for both sides with tokens of SMART backends."""

import os
from pathlib import Path

import pytest

from tests.conformance.place import SCOPE, make_place
from tests.factories import Loop
from tests.fhir.sending import SNOMED, bundle, coded, consent_of, entry, patient, referral, urn
from tests.others import npm

PACKAGES = os.environ.get("CIE_NODE_PACKAGES")
"""The folder into which npm brought the client."""


@pytest.mark.skipif(not PACKAGES, reason="fhir-kit-client is brought by: make conformance")
def test_a_client_of_others_refers_answers_and_hears_back(exchange, tmp_path):
    place = make_place(exchange, tmp_path, None)
    sides = {"clinic": place.asks, "pantry": place.is_asked}
    organizations = [Organization(each.organization) for each in sides.values()]

    told = npm.run(Path(PACKAGES), "loop.mjs", {**whole_loop(*organizations), **as_javascript(place, sides)})

    assert told == {
        "seen": ["accepted", "in-progress", "completed"],
        "request": "completed",
        "family": "Vetch",
        "versions": 4,
        "stale": 412,
    }


class Organization:
    def __init__(self, id):
        self.id = id


def as_javascript(place, sides):
    programs = {
        name: {"clientId": each.client_id, "key": each.key.as_dict(private=True)} for name, each in sides.items()
    }
    return {"baseUrl": place.base_url, "scope": SCOPE, **programs}


def whole_loop(clinic, pantry):
    """What is sent: a person, a request, a task for the service that is found, and the person's permission."""
    loop = Loop(clinic, pantry, None, None, None)
    somebody = patient(
        name=[{"use": "official", "family": "Vetch", "given": ["Larkspur"]}],
        identifier=[{"system": "http://clinic.example/mrn", "value": "MR771205"}],
        telecom=[{"system": "phone", "value": "(559) 555-0187"}],
        birthDate="1979-08-30",
    )
    about = referral(loop, urn("p"), supportingInfo=[{"reference": urn("c")}])["entry"]
    return {
        "wanted": {"organization": f"Organization/{pantry.id}", "service-category": "food-insecurity"},
        "bundle": bundle(entry(somebody, "p"), *about, entry(consent_of(loop, urn("p")), "c")),
        "output": [{"type": {"text": "Resulting activity"}, "valueCodeableConcept": coded(SNOMED, "464031000124101")}],
    }
