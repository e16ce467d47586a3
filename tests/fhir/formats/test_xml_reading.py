"""XML read as what JSON says, and refused where it is not FHIR: FHIR R4, 2.6.1."""

import pytest

from cie.fhir.formats import DecimalAsSent, Unreadable, read_xml
from cie.fhir.formats.faults import MOST_FAULTS
from tests.fhir.formats.documents import XHTML, patient, refusal, refusals

PATIENT = """<?xml version="1.0" encoding="UTF-8"?>
<!-- the person of no example -->
<?play it?>
<Patient xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:schemaLocation="http://hl7.org/fhir ../patient.xsd">
  <id value="a-1"/>
  <meta><profile value="http://example.org/p"/></meta>
  <text>
    <status value="generated"/>
    <div xmlns="http://www.w3.org/1999/xhtml"><p>One<br/>&amp; <b>two</b></p></div>
  </text>
  <contained>
    <Organization><id value="o"/><name value="A &quot;B&quot; &lt;C&gt;&#10;D"/></Organization>
  </contained>
  <extension url="http://example.org/e">
    <extension url="part"><valueDecimal value="1.10"/></extension>
  </extension>
  <active value="true"/>
  <name id="n1">
    <given value="Ana"/>
    <given><extension url="http://example.org/unknown"><valueCode value="unknown"/></extension></given>
    <given id="g3" value="Luz"/>
  </name>
  <birthDate value="1990-02-03">
    <extension url="http://example.org/time"><valueDateTime value="1990-02-03T04:05:06Z"/></extension>
  </birthDate>
  <multipleBirthInteger value="2"/>
</Patient>
"""
SAME_IN_JSON = {
    "resourceType": "Patient",
    "id": "a-1",
    "meta": {"profile": ["http://example.org/p"]},
    "text": {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>One<br/>&amp; <b>two</b></p></div>',
    },
    "contained": [{"resourceType": "Organization", "id": "o", "name": 'A "B" <C>\nD'}],
    "extension": [
        {
            "url": "http://example.org/e",
            "extension": [{"url": "part", "valueDecimal": DecimalAsSent("1.10")}],
        }
    ],
    "active": True,
    "name": [
        {
            "id": "n1",
            "given": ["Ana", None, "Luz"],
            "_given": [
                None,
                {"extension": [{"url": "http://example.org/unknown", "valueCode": "unknown"}]},
                {"id": "g3"},
            ],
        }
    ],
    "birthDate": "1990-02-03",
    "_birthDate": {"extension": [{"url": "http://example.org/time", "valueDateTime": "1990-02-03T04:05:06Z"}]},
    "multipleBirthInteger": 2,
}


class TestRead:
    def test_it_says_what_the_json_of_the_same_resource_says(self):
        found = read_xml(PATIENT.encode())

        assert found == SAME_IN_JSON
        assert list(found) == list(SAME_IN_JSON)
        assert str(found["extension"][0]["extension"][0]["valueDecimal"]) == "1.10"

    def test_the_namespace_may_have_a_prefix(self):
        found = read_xml(b'<f:Patient xmlns:f="http://hl7.org/fhir"><f:active value="false"/></f:Patient>')

        assert found == {"resourceType": "Patient", "active": False}

    def test_a_byte_order_mark_is_no_fault(self):
        assert read_xml(b"\xef\xbb\xbf" + patient('<id value="a"/>'))["id"] == "a"

    def test_a_bundle_holds_resources(self):
        entry = '<entry><fullUrl value="urn:a"/><resource><Task><status value="requested"/></Task></resource></entry>'
        found = read_xml(
            f'<Bundle xmlns="http://hl7.org/fhir"><type value="batch"/><total value="1"/>{entry}</Bundle>'.encode()
        )

        assert found["entry"] == [{"fullUrl": "urn:a", "resource": {"resourceType": "Task", "status": "requested"}}]
        assert found["total"] == 1

    def test_a_part_that_is_defined_elsewhere_is_read_by_it(self):
        deep = '<linkId value="1"/><item><linkId value="2"/><item><linkId value="3"/></item></item>'
        found = read_xml(f'<Questionnaire xmlns="http://hl7.org/fhir"><item>{deep}</item></Questionnaire>'.encode())

        assert found["item"][0]["item"][0]["item"] == [{"linkId": "3"}]

    def test_values_of_which_none_is_given_are_not_said(self):
        extension = '<extension url="u"><valueCode value="c"/></extension>'
        found = read_xml(patient(f"<name><given>{extension}</given></name>"))

        assert found["name"] == [{"_given": [{"extension": [{"url": "u", "valueCode": "c"}]}]}]


class TestRefusal:
    @pytest.mark.parametrize(
        ("inside", "code", "place"),
        [
            ('<moon value="1"/>', "structure", "Patient"),
            ("<contact><moon/></contact>", "structure", "Patient.contact[0]"),
            ('<name value="Ana"/>', "structure", "Patient.name[0]"),
            ('<active value="true" moon="1"/>', "structure", "Patient.active"),
            ('<active url="a" value="true"/>', "structure", "Patient.active"),
            ('<name url="a"><family value="b"/></name>', "structure", "Patient.name[0]"),
            ('<name><id value="a"/></name>', "structure", "Patient.name[0]"),
            ('<extension><url value="a"/><valueCode value="b"/></extension>', "structure", "Patient.extension[0]"),
            ('<gender value="male"/><gender value="male"/>', "structure", "Patient.gender"),
            ('<name><family value="a"/><family value="b"/></name>', "structure", "Patient.name[0].family"),
            (
                '<deceasedBoolean value="true"/><deceasedDateTime value="2024"/>',
                "structure",
                "Patient.deceased",
            ),
            ('<birthDate value="2024"/><gender value="male"/>', "structure", "Patient.gender"),
            ('<name><family value="a"/>Ana</name>', "structure", "Patient.name[0]"),
            ('<active value="true">yes</active>', "structure", "Patient.active"),
            ("<active>true</active>", "structure", "Patient.active"),
            ("<active/>", "structure", "Patient.active"),
            ('<active id="a"/>', "structure", "Patient.active"),
            ('<gender value=""/>', "structure", "Patient.gender"),
            ("<name/>", "structure", "Patient.name[0]"),
            ('<name id=""/>', "structure", "Patient.name[0]"),
            ('<gender value="male"><given value="a"/></gender>', "structure", "Patient.gender"),
            ('<active value="yes"/>', "value", "Patient.active"),
            ('<active value="TRUE"/>', "value", "Patient.active"),
            ('<multipleBirthInteger value="1.5"/>', "value", "Patient.multipleBirth"),
            ('<multipleBirthInteger value=" 1"/>', "value", "Patient.multipleBirth"),
            ('<multipleBirthInteger value="٣"/>', "value", "Patient.multipleBirth"),
            (f'<multipleBirthInteger value="{"9" * 70}"/>', "value", "Patient.multipleBirth"),
            ('<extension url="a"><valueDecimal value="1e999"/></extension>', "value", "Patient.extension[0].value"),
            (
                '<extension url="a"><valueDecimal value="1e-999999999999999999999"/></extension>',
                "value",
                "Patient.extension[0].value",
            ),
            ("<contained/>", "structure", "Patient.contained[0]"),
            ("<contained>a<Task/></contained>", "structure", "Patient.contained[0]"),
            ("<contained><Moon/></contained>", "not-supported", "Patient.contained[0]"),
            ('<contained id="a"><Task><id value="b"/></Task></contained>', "structure", "Patient.contained[0]"),
            ('<x:active xmlns:x="urn:x" value="true"/>', "structure", "Patient"),
            ('<active xmlns="" value="true"/>', "structure", "Patient"),
            ('<active xmlns="http://www.w3.org/1999/xhtml" value="true"/>', "structure", "Patient"),
            ('<active value="true" xmlns:f="http://hl7.org/fhir" f:id="a"/>', "structure", "Patient.active"),
        ],
    )
    def test_it_names_the_place(self, inside, code, place):
        assert refusals(patient(inside))[0][:2] == (code, place)

    def test_two_resources_where_one_may_be(self):
        task = '<Task><id value="a"/></Task>'

        assert refusal(patient(f"<contained>{task}{task}</contained>"))[:2] == ("structure", "Patient.contained[0]")

    def test_it_says_line_and_column(self):
        assert "line 2, column 3" in refusal(patient('<id value="a"/>\n  <moon value="1"/>')).words

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"<Patient/>", "structure"),
            (b'<Patient xmlns="http://hl7.org/FHIR"/>', "structure"),
            (b'<Moon xmlns="http://hl7.org/fhir"/>', "not-supported"),
            (b'<Resource xmlns="http://hl7.org/fhir"/>', "not-supported"),
            (b'<HumanName xmlns="http://hl7.org/fhir"><family value="a"/></HumanName>', "not-supported"),
            (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "structure"),
            (f"<div {XHTML}>a</div>".encode(), "structure"),
            (b'<Patient xmlns="http://hl7.org/fhir"/>', "structure"),
            (b'<Patient xmlns="http://hl7.org/fhir" id="a"><active value="true"/></Patient>', "structure"),
        ],
    )
    def test_the_outermost_element_is_a_resource(self, data, code):
        assert refusal(data).code == code

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"a",
            b"<Patient",
            b'<Patient xmlns="http://hl7.org/fhir">',
            patient('<active value="true">'),
            patient('<active value="true" value="false"/>'),
            patient('<gender value="&nbsp;"/>'),
            patient('<gender value="&#0;"/>'),
            patient('<gender value="<"/>'),
            patient("<x:active/>"),
            patient("") + patient(""),
            patient('<gender value="é"/>').decode().encode("latin-1"),
            patient('<gender value="a"/>').decode().encode("utf-16"),
            b'<?xml version="1.1"?>' + patient('<gender value="&#1;"/>'),
        ],
    )
    def test_what_is_not_xml(self, data):
        assert refusal(data)[:2] == ("structure", "")

    def test_another_encoding(self):
        said = b'<?xml version="1.0" encoding="ISO-8859-1"?>'

        assert "UTF-8" in refusal(said + patient('<gender value="a"/>')).words

    def test_all_faults_are_told_at_once_up_to_a_bound(self):
        assert [fault.place for fault in refusals(patient('<active value="x"/><gender/><moon/>'))] == (
            ["Patient.active", "Patient.gender", "Patient"]
        )
        assert len(refusals(patient("<moon/>" * 100))) == MOST_FAULTS

    @pytest.mark.parametrize(
        "inside",
        [
            '<Moreno value="1"/>',
            '<active value="Moreno"/>',
            '<active Moreno="1"/>',
            "<name>Moreno</name>",
            '<multipleBirthInteger value="Moreno"/>',
            '<x:Moreno xmlns:x="urn:Moreno"/>',
            "<contained><Moreno/></contained>",
            '<gender value="&Moreno;"/>',
        ],
    )
    def test_no_refusal_repeats_what_was_sent(self, inside):
        with pytest.raises(Unreadable) as caught:
            read_xml(patient(inside))

        assert "Moreno" not in repr(caught.value.faults) + str(caught.value)
