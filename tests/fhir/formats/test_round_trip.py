"""What a resource says survives each format, to the last digit."""

import json
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings

from cie.fhir.formats import read_json, read_xml, write_json, write_xml
from tests.fhir.formats.drawing import resources

EXAMPLES, PROVE_EXAMPLES = 60, 3000
FOLDERS = ("examples", "us-core-screening-examples", "capabilitystatements")


def exact(resource):
    """A resource as text that tells 1.10 from 1.1, and not the order of properties."""
    return json.dumps(resource, sort_keys=True, default=lambda number: f"number {number}")


def both_ways(resource):
    again = read_xml(write_xml(resource))
    assert exact(again) == exact(resource)
    assert exact(read_json(write_json(again))) == exact(resource)


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_published_example_comes_back_equal(reference, folder):
    files = sorted((reference / "gravity" / folder).glob("*.json"))

    for file in files:
        both_ways(read_json(file.read_bytes()))

    assert len(files) == {"examples": 46, "us-core-screening-examples": 33, "capabilitystatements": 5}[folder]


def test_a_published_document_in_xml_comes_back_equal(reference):
    data = (reference / "events" / "eicr" / "bundle-eicr-document-zika.xml").read_bytes()
    document = read_xml(data)

    inside = ElementTree.fromstring(data).findall("{*}entry/{*}resource/*")
    kinds = [entry["resource"]["resourceType"] for entry in document["entry"]]
    assert kinds == [each.tag.rpartition("}")[2] for each in inside]
    both_ways(document)


def test_each_published_example_is_read_as_json_says(reference):
    for file in sorted((reference / "gravity" / "examples").glob("*.json")):
        assert read_json(file.read_bytes()) == json.loads(file.read_text("utf-8"), parse_float=Decimal), file.name


def test_whatever_the_definitions_allow_comes_back_equal(request):
    prove = request.config.getoption("--prove")

    @settings(
        max_examples=PROVE_EXAMPLES if prove else EXAMPLES,
        deadline=None,
        derandomize=not prove,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(resources())
    def comes_back_equal(resource):
        both_ways(resource)
        root = ElementTree.fromstring(write_xml(resource))
        assert root.tag == f"{{http://hl7.org/fhir}}{resource['resourceType']}"

    comes_back_equal()
