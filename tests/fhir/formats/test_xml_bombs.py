"""XML that is made to hurt whoever reads it."""

import pytest

from cie.fhir.formats import read_xml
from cie.fhir.formats.faults import DEEPEST, LARGEST_BYTES, MOST_VALUES
from tests.fhir.formats.documents import XHTML, narrative, patient, refusal


class TestBombs:
    @pytest.mark.parametrize(
        "inside",
        [
            "",
            ' SYSTEM "http://127.0.0.1/patient.dtd"',
            ' PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://127.0.0.1/x.dtd"',
            ' [<!ENTITY a "b">]',
            ' [<!ENTITY a SYSTEM "file:///etc/passwd">]',
            ' [<!ENTITY % a SYSTEM "http://127.0.0.1/a.dtd"> %a;]',
            ' [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]',
            ' [<!ATTLIST gender value CDATA "male">]',
        ],
    )
    def test_a_document_type_is_refused_whatever_it_holds(self, inside):
        document = f"<!DOCTYPE Patient{inside}>".encode() + patient('<gender value="male"/>')

        assert "document type" in refusal(document).words

    def test_a_narrative_has_no_document_type_either(self):
        assert refusal(narrative(f"<!DOCTYPE div><div {XHTML}>a</div>")).place == ""

    def test_what_is_nested_too_deep(self):
        def deep(levels):
            return patient("<extension url='a'>" * levels + "<valueCode value='a'/>" + "</extension>" * levels)

        assert read_xml(deep(DEEPEST - 2))
        assert "deeper" in refusal(deep(DEEPEST - 1)).words
        assert "deeper" in refusal(deep(50_000)).words

    def test_a_narrative_that_is_nested_too_deep(self):
        assert "deeper" in refusal(narrative(f"<div {XHTML}>" + "<b>" * 1000 + "</b>" * 1000 + "</div>")).words

    def test_what_is_too_large(self):
        assert refusal(b" " * LARGEST_BYTES + patient("")).code == "too-long"

    def test_what_has_too_many_elements(self):
        assert refusal(patient("<link/>" * (2 * MOST_VALUES))).code == "too-long"
