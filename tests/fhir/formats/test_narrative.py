"""The XHTML of a narrative in XML: kept as it is, and nothing but XHTML (FHIR R4, 2.4.0)."""

import pytest

from cie.fhir.formats import read_xml
from tests.fhir.formats.documents import XHTML, narrative, patient, refusal, refusals


class TestNarrative:
    @pytest.mark.parametrize(
        "div",
        [
            f"<div {XHTML}>a</div>",
            f"<div  {XHTML} >\r\n<!-- x --><p title='a>b'>&#233;&#160;</p><br></br></div >",
            f'<div class="x" {XHTML} xml:lang="es">ñ<img src="#a" alt="b"/></div>',
        ],
    )
    def test_it_is_kept_letter_for_letter(self, div):
        assert read_xml(narrative(div))["text"]["div"] == div

    @pytest.mark.parametrize(
        ("div", "around", "kept"),
        [
            ("<h:div><h:p>a</h:p></h:div>", ' xmlns:h="http://www.w3.org/1999/xhtml"', f"<div {XHTML}><p>a</p></div>"),
            (
                '<h:div xmlns:h="http://www.w3.org/1999/xhtml">a</h:div>',
                "",
                f'<div {XHTML} xmlns:h="http://www.w3.org/1999/xhtml">a</div>',
            ),
            (
                f'<h:div xmlns:h="http://www.w3.org/1999/xhtml" {XHTML}><p>a</p></h:div>',
                "",
                f'<div xmlns:h="http://www.w3.org/1999/xhtml" {XHTML}><p>a</p></div>',
            ),
        ],
    )
    def test_a_prefix_is_taken_off(self, div, around, kept):
        assert read_xml(narrative(div, around))["text"]["div"] == kept

    def test_what_is_around_it_gives_it_its_namespace(self):
        text = '<f:text><f:status value="generated"/><div><p>a</p></div></f:text>'
        data = f'<f:Patient xmlns:f="http://hl7.org/fhir" {XHTML}>{text}</f:Patient>'

        assert read_xml(data.encode())["text"]["div"] == f"<div {XHTML}><p>a</p></div>"

    @pytest.mark.parametrize(
        "div",
        [
            f"<div {XHTML}/>",
            f'<div {XHTML}><svg xmlns="http://www.w3.org/2000/svg"/></div>',
            f'<div {XHTML}><Patient xmlns="http://hl7.org/fhir"/></div>',
            f'<div {XHTML} xmlns:x="urn:x" x:a="b">a</div>',
            '<h:div xmlns:h="http://www.w3.org/1999/xhtml" xmlns="http://hl7.org/fhir">a</h:div>',
        ],
    )
    def test_it_is_one_div_of_xhtml_and_nothing_else(self, div):
        assert refusal(narrative(div))[:2] == ("structure", "Patient.text.div")

    @pytest.mark.parametrize("div", ["<div>a</div>", f"<p {XHTML}>a</p>", f"<status {XHTML}>a</status>"])
    def test_anything_else_has_no_place_there(self, div):
        assert refusals(narrative(div))[0][:2] == ("structure", "Patient.text")

    def test_it_has_no_place_elsewhere(self):
        assert refusal(patient(f"<div {XHTML}>a</div>"))[:2] == ("structure", "Patient")
