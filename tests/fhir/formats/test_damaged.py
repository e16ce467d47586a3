"""Documents that were damaged on the way: each is read or refused, and nothing else happens."""

import random

import pytest

from cie.fhir.formats import Unreadable, read_json, read_xml, write_json, write_xml
from tests.fhir.formats.test_xml_reading import PATIENT, SAME_IN_JSON

TIMES, PROVE_TIMES = 500, 50_000
PIECES = (b"<", b">", b"/", b'"', b"=", b"&", b"{", b"}", b"[", b"]", b":", b",", b"\\", b"\x00", b"\xff", b"\xed")
PIECES += (b"<a/>", b' id="a"', b"<h:div>", b' xmlns="http://www.w3.org/1999/xhtml"', b"<![CDATA[x]]>", b"<!--x-->")
PIECES += (b"null", b"{}", b"[]", b"1e5", b"-0", b"&#10;", b"\xef\xbb\xbf")


def damaged(document, chance):
    """The document with up to four places lost, doubled or strange."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(document))
        end = min(len(document), at + chance.randint(0, 30))
        between = chance.choice([b"", document[at:end] * 2, chance.choice(PIECES)])
        document = document[:at] + between + document[end:]
    return document


@pytest.fixture
def documents(request):
    times = PROVE_TIMES if request.config.getoption("--prove") else TIMES
    return lambda document: (damaged(document, random.Random(seed)) for seed in range(times))


def test_xml_that_is_read_comes_back_equal(documents):
    read = 0
    for document in documents(PATIENT.encode()):
        try:
            resource = read_xml(document)
        except Unreadable:
            continue
        read += 1
        assert read_xml(write_xml(resource)) == resource, document

    assert read


def test_json_that_is_read_comes_back_equal(documents):
    read = 0
    for document in documents(write_json(SAME_IN_JSON)):
        try:
            resource = read_json(document)
        except Unreadable:
            continue
        read += 1
        assert read_json(write_json(resource)) == resource, document

    assert read
