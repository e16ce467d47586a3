"""Official forms as files: who adds them, what is refused, which one is printed."""

import hashlib
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select

from cie import consent
from cie.access import ANYONE, SYSTEM, Role
from cie.calendar import local_day
from cie.db import reading, transaction
from cie.errors import Invalid, NotAllowed, NotFound
from cie.events import AuditEntry
from cie.files import LARGEST_FILE_BYTES
from tests.factories import NOON, make_participant, staff_of

TODAY = local_day(NOON)
PAPER = b"%PDF-1.7\nThe official form\n%%EOF\n"


@pytest.fixture
def network(session):
    return staff_of(make_participant(session, name="Valley Exchange"), Role.NETWORK_ADMINISTRATOR)


def load(session, actor, form="cmia", **fields):
    values = {
        "language": "en",
        "version": "11/24",
        "source": "dhcs.ca.gov, October 2026",
        "effective_on": TODAY,
        "name": "form.pdf",
        "content": PAPER,
        "claimed": "application/pdf",
        "at": NOON,
    }
    return consent.add_official_form(session, actor, form, **{**values, **fields})


def fault(session, actor, **fields):
    with pytest.raises(Invalid) as refused:
        load(session, actor, **fields)
    (only,) = refused.value.errors
    return only.field, only.message


class TestAdding:
    def test_the_file_is_kept_with_its_mark(self, session, network):
        row, is_new = load(session, network, version=" 11/24 ")

        assert is_new and (row.form, row.language, row.version) == ("cmia", "en", "11/24")
        assert row.sha256 == hashlib.sha256(PAPER).hexdigest()
        kept, content = consent.open_official_form(session, staff_of(make_participant(session)), row.id)
        assert (kept.id, content) == (row.id, PAPER)

    def test_its_mark_stands_in_the_audit_chain(self, database, migrated):
        with transaction() as session:
            row, _new = load(session, SYSTEM)
        with reading() as session:
            entries = (
                session.execute(select(AuditEntry).where(AuditEntry.action == "official-form.add")).scalars().all()
            )

        (entry,) = entries
        codes = orjson.loads(entry.codes)
        assert (entry.subject_id, codes["sha256"], codes["version"]) == (row.id, row.sha256, "11/24")

    def test_the_same_file_twice_is_kept_once(self, session, network):
        first, _new = load(session, network)

        again, is_new = load(session, network)

        assert (again.id, is_new) == (first.id, False)
        assert len(consent.official_forms(session, "cmia")) == 1

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"content": b""}, "file"),
            ({"content": b"%PDF-" + bytes(LARGEST_FILE_BYTES)}, "file"),
            ({"content": b"only words"}, "file"),
            ({"content": b"\x89PNG\r\n\x1a\n0000", "name": "form.png", "claimed": "image/png"}, "file"),
            ({"claimed": "image/png"}, "file"),
            ({"name": "form.png"}, "file"),
            ({"language": ""}, "language"),
            ({"language": "Spanish please"}, "language"),
            ({"version": " "}, "version"),
            ({"version": "v" * 41}, "version"),
            ({"version": "<b>"}, "version"),
            ({"source": ""}, "source"),
            ({"source": "s" * 301}, "source"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_box(self, session, network, changes, field):
        assert fault(session, network, **changes)[0] == field

    def test_all_of_it_is_said_at_once(self, session, network):
        with pytest.raises(Invalid) as refused:
            load(session, network, content=b"", version="", source="")

        assert [each.field for each in refused.value.errors] == ["version", "source", "file"]

    def test_a_version_that_is_there_stays_as_it_is(self, session, network):
        load(session, network)

        assert fault(session, network, content=PAPER + b"%") == (
            "version",
            "Version: another file is there as this version in this language. It stays, since papers name it",
        )

    def test_the_same_file_is_no_other_version(self, session, network):
        load(session, network)

        assert fault(session, network, version="12/26") == ("file", "File: this one is there already, as version 11/24")

    def test_one_file_may_be_for_two_languages_and_two_forms(self, session, network):
        load(session, network)

        assert load(session, network, language="es").is_new and load(session, network, "ascmi").is_new

    @pytest.mark.parametrize("form", ["cie-sharing", "no-such-form"])
    def test_only_forms_that_people_sign_have_files(self, session, network, form):
        with pytest.raises(NotFound):
            load(session, network, form)

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.NETWORK_ADMINISTRATOR])
    def test_only_the_network_adds(self, session, role):
        with pytest.raises(NotAllowed):
            load(session, staff_of(make_participant(session), role))

    def test_only_staff_open_it(self, session, network):
        row, _new = load(session, network)

        with pytest.raises(NotAllowed):
            consent.open_official_form(session, ANYONE, row.id)
        with pytest.raises(NotFound):
            consent.open_official_form(session, network, network.organization_id)


class TestOffered:
    def offered(self, session, language="es", today=TODAY):
        found = consent.offered_of(consent.official_forms(session, "cmia"), language, today)
        return (found.language, found.version) if found else None

    def test_none_is_offered_while_none_is_loaded(self, session):
        assert self.offered(session) is None

    def test_in_the_language_of_the_person_or_else_in_english(self, session, network):
        load(session, network)
        assert self.offered(session) == ("en", "11/24")

        load(session, network, language="es", version="10/23", content=PAPER + b"es")

        assert self.offered(session) == self.offered(session, "es-MX") == ("es", "10/23")
        assert self.offered(session, "vi") == ("en", "11/24")

    def test_the_newest_that_counts_today(self, session, network):
        load(session, network, version="12/26", effective_on=TODAY + timedelta(days=7), content=PAPER + b"2")
        load(session, network)
        load(session, network, version="01/20", effective_on=TODAY - timedelta(days=900), content=PAPER + b"0")

        assert self.offered(session) == ("en", "11/24")
        assert self.offered(session, today=TODAY + timedelta(days=7)) == ("en", "12/26")
