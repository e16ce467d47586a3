"""`cie consents take`: a file of another consent system, line by line."""

import json
from types import SimpleNamespace

import pytest

from cie import consent, people
from cie.consent import Decision
from cie.db import configure, reading, transaction
from cie.db.migrate import upgrade
from cie.directory import Category
from tests.conftest import settings_for
from tests.factories import NOON, make_participant, make_person, staff_of
from tests.support.commands import cie, environment


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A clinic that knows one person by a Medi-Cal number, and a pantry."""
    folder = tmp_path_factory.mktemp("consents")
    settings = settings_for(f"sqlite:///{folder}/cie.db", folder)
    configure(settings)
    upgrade()
    with transaction() as session:
        clinic, pantry = make_participant(session, name="Blue Kite Clinic"), make_participant(session)
        person = make_person(session, clinic)
        people.add_identifier(session, staff_of(clinic), person.id, "cin", "90000000A", at=NOON)
    return SimpleNamespace(env=environment(settings), folder=folder, clinic=clinic, pantry=pantry, person=person)


def record(**fields):
    values = {
        "resourceType": "Consent", "id": "s-1", "status": "active", "dateTime": "2026-11-20",
        "patient": {"identifier": {"value": "90000000A"}}, "provision": {"type": "deny"},
    }  # fmt: skip
    return {**values, **fields}


def take(place, *records, source="state"):
    file = place.folder / "from-state.ndjson"
    file.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in records), "utf-8")
    done = cie("consents", "take", str(file), "--organization", str(place.clinic.id), "--source", source, env=place.env)
    left = place.folder / "from-state.ndjson.left"
    return done, left.read_text("utf-8").splitlines() if left.exists() else []


def kept(place, source):
    with reading() as session:
        return [row for row in consent.statements_of(session, place.person) if row.source == source]


def test_records_are_kept_with_their_kinds_their_places_and_their_end(place):
    provision = {
        "type": "deny", "period": {"end": "2027-05-01"}, "securityLabel": [{"code": "MH"}],
        "actor": [{"reference": {"identifier": {"value": str(place.pantry.id)}}}],
    }  # fmt: skip
    several = {"type": "deny", "securityLabel": [{"code": "SPI"}]}

    done, _left = take(
        place, record(provision=provision), record(id="s-2", provision=several), record(id="s-3", status="inactive")
    )

    assert (done.returncode, done.stdout) == (0, "consents: 3 taken from from-state.ndjson\n")
    rows = {row.external_id: row for row in kept(place, "state")}
    assert (rows["s-1"].decision, rows["s-1"].categories) == (Decision.DO_NOT_SHARE, [Category.MENTAL_HEALTH.value])
    assert (rows["s-1"].recipient_ids, str(rows["s-1"].expires_on)) == ([str(place.pantry.id)], "2027-05-01")
    assert rows["s-2"].categories == [Category.IMMIGRATION.value, Category.JUSTICE.value]
    assert [id_ for id_, row in rows.items() if row.withdrawn] == ["s-3"]


FAULTS = [
    ("{", "this is not JSON"),
    ("[]", "Invalid input type"),
    (record(status="draft"), "status"),
    (record(provision={"type": "maybe"}), "provision: type"),
    (record(dateTime="yesterday"), "dateTime: use a day"),
    (record(dateTime="0001-01-01T00:00:00+14:00"), "dateTime: use a day"),
    (record(provision={"type": "deny", "securityLabel": [{"code": "XX"}]}), "securityLabel: this sensitivity code"),
    (record(provision={"type": "permit", "provision": [{"type": "deny"}]}), "provision: exceptions are not read here"),
    (record(patient={"identifier": {"value": "99999999Z"}}), "nobody here has this number"),
    (record(patient={"identifier": {"value": "123"}}), "Medi-Cal number"),
]


def test_lines_that_cannot_be_taken_are_named_kept_apart_and_told_without_their_values(place):
    lines = [line for line, _words in FAULTS]

    done, left = take(place, record(), *lines, source="faults")

    assert done.returncode == 1 and "consents: 1 taken" in done.stdout
    *told, last = done.stderr.splitlines()
    assert "10 lines could not be taken" in last
    for place_in_file, (said, (_line, words)) in enumerate(zip(told, FAULTS, strict=True), 2):
        assert said.startswith(f"line {place_in_file}: ") and words in said
    assert "99999999Z" not in done.stderr
    assert left == [line if isinstance(line, str) else json.dumps(line) for line in lines]
