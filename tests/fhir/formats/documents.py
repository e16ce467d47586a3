"""XML documents for tests, and what is said when one is refused."""

import pytest

from cie.fhir.formats import Unreadable, read_xml

XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def patient(inside):
    return f'<Patient xmlns="http://hl7.org/fhir">{inside}</Patient>'.encode()


def refusals(data):
    with pytest.raises(Unreadable) as caught:
        read_xml(data)
    return caught.value.faults


def refusal(data):
    (fault,) = refusals(data)
    return fault


def narrative(div, around=""):
    text = f'<text><status value="generated"/>{div}</text>'
    return f'<Patient xmlns="http://hl7.org/fhir"{around}>{text}</Patient>'.encode()
