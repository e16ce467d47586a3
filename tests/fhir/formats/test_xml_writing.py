"""XML written as FHIR R4, 2.6.1 says, and refused where XML cannot say it."""

from decimal import Decimal
from xml.etree import ElementTree

import pytest

from cie.fhir.formats import Unreadable, read_json, write_xml
from cie.fhir.formats.shape import attributes_of
from tests.fhir.formats.test_xml_reading import PATIENT, SAME_IN_JSON

BEGIN = '<?xml version="1.0" encoding="UTF-8"?>'
XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def refusals(resource):
    with pytest.raises(Unreadable) as caught:
        write_xml(resource)
    return caught.value.faults


def patient(**more):
    return {"resourceType": "Patient", **more}


class TestWrite:
    def test_it_is_the_xml_that_a_person_wrote(self):
        written = ElementTree.canonicalize(write_xml(SAME_IN_JSON).decode(), strip_text=True)

        by_hand = PATIENT.replace(' xsi:schemaLocation="http://hl7.org/fhir ../patient.xsd"', "")
        by_hand = by_hand.replace('\n    xsi:schemaLocation="http://hl7.org/fhir ../patient.xsd"', "")
        by_hand = by_hand.replace(' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"', "")
        by_hand = by_hand.replace("<?play it?>", "")
        assert written == ElementTree.canonicalize(by_hand, strip_text=True)

    def test_a_task_in_full(self):
        task = {
            "status": "requested",
            "resourceType": "Task",
            "restriction": {"repetitions": 1, "period": {"end": "2026-12-01"}},
            "input": [
                {
                    "valueReference": {"display": "a&b", "reference": "Condition/1"},
                    "type": {"coding": [{"code": "additional-content", "system": "urn:tc"}]},
                }
            ],
            "intent": "order",
            "id": "t",
        }

        assert write_xml(task).decode() == (
            f'{BEGIN}<Task xmlns="http://hl7.org/fhir"><id value="t"/><status value="requested"/>'
            '<intent value="order"/><restriction><repetitions value="1"/><period><end value="2026-12-01"/></period>'
            '</restriction><input><type><coding><system value="urn:tc"/><code value="additional-content"/></coding>'
            '</type><valueReference><reference value="Condition/1"/><display value="a&amp;b"/></valueReference>'
            "</input></Task>"
        )

    def test_a_bundle_and_its_numbers(self):
        bundle = read_json(
            b'{"resourceType":"Bundle","type":"searchset","total":0,"entry":[{"search":{"score":0.50},'
            b'"resource":{"resourceType":"Observation","valueQuantity":{"value":1.0e2}}}]}'
        )

        assert write_xml(bundle).decode() == (
            f'{BEGIN}<Bundle xmlns="http://hl7.org/fhir"><type value="searchset"/><total value="0"/><entry><resource>'
            '<Observation><valueQuantity><value value="1.0e2"/></valueQuantity></Observation></resource>'
            '<search><score value="0.50"/></search></entry></Bundle>'
        )

    def test_values_and_extensions_of_a_list_stay_side_by_side(self):
        more = {"id": "x", "extension": [{"url": "u", "valueBoolean": False}]}
        name = {"given": ["a", None, "c"], "_given": [None, more]}

        assert write_xml(patient(name=[name])).decode() == (
            f'{BEGIN}<Patient xmlns="http://hl7.org/fhir"><name><given value="a"/><given id="x"><extension url="u">'
            '<valueBoolean value="false"/></extension></given><given value="c"/></name></Patient>'
        )

    def test_the_attributes_are_those_of_the_definitions(self, reference):
        for file in (reference / "gravity" / "deps-r4-base").glob("StructureDefinition-*.json"):
            for element in read_json(file.read_bytes())["snapshot"]["element"][1:]:
                owner, _, name = element["path"].rpartition(".")
                is_attribute = element.get("representation") == ["xmlAttr"]
                assert (name in attributes_of(owner)) == is_attribute, element["path"]

    @pytest.mark.parametrize(("number", "text"), [(7, "7"), (Decimal("1.50"), "1.50"), (2.5, "2.5")])
    def test_any_number_is_a_decimal(self, number, text):
        written = write_xml({"resourceType": "Observation", "valueQuantity": {"value": number}})

        assert f'<value value="{text}"/>'.encode() in written


class TestRefusal:
    @pytest.mark.parametrize(
        ("resource", "code", "place"),
        [
            ({}, "not-supported", ""),
            ({"resourceType": "Moon"}, "not-supported", ""),
            ({"resourceType": ["Patient"]}, "not-supported", ""),
            (patient(moon=1), "structure", "Patient"),
            (patient(_moon={"id": "a"}), "structure", "Patient"),
            (patient(extension=[{"url": "a", "_url": {"id": "b"}, "valueCode": "c"}]), "structure", ""),
            (patient(name={"family": "a"}), "structure", "Patient.name[0]"),
            (patient(name=["a"]), "structure", "Patient.name[0]"),
            (patient(name=[{}]), "structure", "Patient.name[0]"),
            (patient(name=[None]), "structure", "Patient.name[0]"),
            (patient(name=[{"family": "a"}], _name=[{"id": "b"}]), "structure", "Patient"),
            (patient(name=[{"given": "a"}]), "structure", "Patient.name[0].given[0]"),
            (patient(name=[{"given": ["a"], "_given": {"id": "b"}}]), "structure", "Patient.name[0].given[0]"),
            (patient(name=[{"given": [None]}]), "structure", "Patient.name[0].given[0]"),
            (patient(name=[{"id": 1, "family": "a"}]), "value", "Patient.name[0]"),
            (patient(gender=["male"]), "value", "Patient.gender"),
            (patient(gender=""), "value", "Patient.gender"),
            (patient(gender=None), "structure", "Patient.gender"),
            (patient(gender=1), "value", "Patient.gender"),
            (patient(_gender={"id": "a"}), "structure", "Patient.gender"),
            (patient(_gender="a"), "structure", "Patient.gender"),
            (patient(_gender={"extension": [], "moon": 1}), "structure", "Patient.gender"),
            (patient(active="true"), "value", "Patient.active"),
            (patient(active=1), "value", "Patient.active"),
            (patient(multipleBirthInteger="1"), "value", "Patient.multipleBirth"),
            (patient(multipleBirthInteger=True), "value", "Patient.multipleBirth"),
            (patient(name=[{"family": "a\x00b"}]), "value", "Patient.name[0].family"),
            (patient(name=[{"family": "\ud800"}]), "value", "Patient.name[0].family"),
            (patient(name=[{"family": "\uffff"}]), "value", "Patient.name[0].family"),
            (patient(contained=[{"resourceType": "Moon"}]), "not-supported", "Patient.contained[0]"),
            (patient(contained=["a"]), "not-supported", "Patient.contained[0]"),
        ],
    )
    def test_it_names_the_place(self, resource, code, place):
        fault = refusals(resource)[0]

        assert (fault.code, fault.place) == (code, place or fault.place)

    @pytest.mark.parametrize(
        "div",
        [
            "a",
            "",
            "<div>a</div>",
            f"<p {XHTML}>a</p>",
            f"<div {XHTML}>a</div></text><active value='true'/><text>",
            f"<div {XHTML}>a</div><div {XHTML}>b</div>",
            f"<div {XHTML}>a",
            f"<div {XHTML}>&nbsp;</div>",
            f"<!DOCTYPE div><div {XHTML}>a</div>",
            f'<!DOCTYPE div [<!ENTITY a "b">]><div {XHTML}>&a;</div>',
            f'<?xml version="1.0"?><div {XHTML}>a</div>',
            f" <div {XHTML}>a</div>",
            f"<div {XHTML}>\x00</div>",
            f"<div {XHTML}>\ud800</div>",
            7,
            None,
        ],
    )
    def test_a_narrative_is_one_div_that_breaks_out_of_nothing(self, div):
        (fault,) = refusals(patient(text={"status": "generated", "div": div}))

        assert (fault.code, fault.place) == ("structure", "Patient.text.div")

    def test_no_refusal_repeats_what_was_given(self):
        resource = patient(active="Moreno", Moreno="a", name=[{"family": "Moreno\x00"}], text={"div": "<Moreno>"})

        assert "Moreno" not in repr(refusals(resource))
