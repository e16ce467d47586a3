"""Whatever is sent, nothing breaks, hangs or grows: mutated examples, random bundles, searches of nonsense."""

import resource
import time

import orjson
import pytest

from tests.fhir.examples import examples_in
from tests.fhir.mutating import Mutating
from tests.fhir.place import make_reading_loop
from tests.fhir.readers import Reader
from tests.fhir.sending import consent_of, patient, referral
from tests.support.web import make_app

SHORT_SECONDS, LONG_SECONDS, ONE_SECONDS = 10, 300, 10
"""How long it goes on: with the long proofs ten minutes, half of them on each database. How long one request may take.
"""
WARM_AFTER, GROWS_KB = 500, 200_000
"""After so many requests what is learned once is learned; from then on memory is flat, but for what databases hold."""


@pytest.fixture
def reader(database, migrated, reference):
    loop = make_reading_loop()
    found = Reader(make_app(migrated), loop.clinic)
    sent = found.call("POST", "", orjson.dumps(referral(loop)), **{"Content-Type": "application/fhir+json"})
    assert sent.status_code == 200
    own = [
        found.get(f"/{kind}").get_json()["entry"] for kind in ("Task", "ServiceRequest", "Patient", "HealthcareService")
    ]
    found.known = [each["resource"] for entries in own for each in entries]
    found.known += [patient(), consent_of(loop, f"Patient/{loop.person.id}"), *examples_in(reference).values()]
    return found


def known_as_json(reader):
    return [orjson.loads(orjson.dumps(each, default=float)) for each in reader.known]


def test_nothing_breaks_hangs_or_grows(reader, request):
    seconds = LONG_SECONDS if request.config.getoption("--prove") else SHORT_SECONDS
    known, began, number, warm = known_as_json(reader), time.monotonic(), 0, 0
    while time.monotonic() < began + seconds:
        asked, number = Mutating(known, number).asked(), number + 1
        before = time.monotonic()
        answer = reader.call(asked.method, asked.path, asked.body, **asked.headers)

        assert answer.status_code < 500, (number - 1, asked)
        assert time.monotonic() - before < ONE_SECONDS, (number - 1, asked)
        warm = memory() if number == WARM_AFTER else warm

    assert not warm or memory() - warm < GROWS_KB


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
