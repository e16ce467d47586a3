"""Value sets as an operator has them: a few codes of those that are licensed, in files as VSAC expands them."""

import json

import pytest

from cie.fhir.definitions.value_sets import ValueSets
from tests.fhir.checking.made import RACE, SNOMED

VSAC = "http://cts.nlm.nih.gov/fhir/ValueSet/"
RACES = f"{VSAC}2.16.840.1.113883.3.2074.1.1.3"
FOOD_REQUESTS = f"{VSAC}2.16.840.1.113762.1.4.1247.11"
LICENSED = {
    RACES: [(RACE, "2028-9"), (RACE, "2106-3")],
    FOOD_REQUESTS: [(SNOMED, "467771000124109")],
}


@pytest.fixture(scope="session")
def licensed(tmp_path_factory):
    """The folder of an operator who has them."""
    folder = tmp_path_factory.mktemp("value_sets")
    for canonical, codes in LICENSED.items():
        contains = [{"system": system, "code": code} for system, code in codes]
        expanded = {"resourceType": "ValueSet", "url": canonical, "expansion": {"contains": contains}}
        (folder / f"{canonical.rpartition('/')[2]}.json").write_text(json.dumps(expanded), "utf-8")
    return folder


@pytest.fixture(scope="session")
def value_sets(licensed):
    return ValueSets(licensed)
