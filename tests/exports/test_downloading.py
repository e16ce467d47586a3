"""Reading the files: whole, in parts, only while they are there; and what is recorded before their bytes leave."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from cie.access import Purpose
from cie.db import current, transaction
from cie.errors import Busy
from cie.exports import Export
from cie.identity import Client
from tests.api.place import System
from tests.exports.making import accesses, ask, download, lines_of, made, path_of
from tests.factories import make_person

PEOPLE = 7


@pytest.fixture
def export(place):
    """The people of the clinic, some with letters of two bytes."""
    with transaction() as session:
        for number in range(PEOPLE - 1):
            make_person(session, place.loop.clinic, given_name=f"Pe\N{LATIN SMALL LETTER N WITH TILDE}a {number}")
    return made(place.clinic, "people")


@pytest.fixture
def content(place, export):
    return download(place.clinic, export, "people")


def get(place, export, **headers):
    return place.clinic.get(path_of(export, "people"), **headers)


class TestFiles:
    def test_a_kind_has_as_many_as_it_needs_each_of_whole_lines(self, place, content, monkeypatch):
        monkeypatch.setattr("cie.exports.making.PART_LINES", 2)
        monkeypatch.setattr("cie.exports.making.FILE_BYTES", len(content) // 3)

        export = made(place.clinic, "people")

        assert [file["lines"] for file in export["files"]] == [4, 3]
        parts = [place.clinic.get(path_of(export, "people", number)) for number in (1, 2, 3)]
        assert [part.status_code for part in parts] == [200, 200, 404]
        assert all(
            len(lines_of(part.get_data())) == file["lines"] for part, file in zip(parts, export["files"], strict=False)
        )
        assert parts[0].get_data() + parts[1].get_data() == content


class TestWhole:
    def test_it_says_what_it_is(self, place, export, content):
        answer = get(place, export, Accept_Encoding="gzip, br")

        assert (answer.status_code, answer.mimetype) == (200, "application/x-ndjson")
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert answer.headers["Content-Length"] == str(len(content)) == str(export["files"][0]["bytes"])
        assert answer.headers["ETag"] and "Content-Encoding" not in answer.headers
        assert answer.get_data() == content

    def test_who_has_it_gets_no_bytes(self, place, export):
        tag = get(place, export).headers["ETag"]
        before = len(accesses(place.clinic))

        answer = get(place, export, If_None_Match=tag)

        assert (answer.status_code, answer.get_data()) == (304, b"")
        assert len(accesses(place.clinic)) == before

    def test_head_gives_the_length_and_shows_nobody(self, place, export):
        answer = place.clinic.call("HEAD", path_of(export, "people"))

        assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(export["files"][0]["bytes"]))
        assert accesses(place.clinic) == []


class TestParts:
    def test_two_halves_are_the_whole_wherever_it_breaks_off(self, place, export, content):
        line = content.index(b"\n") + 1
        for at in (1, line - 1, line, line + 1, len(content) // 2, len(content) - 1):
            first, rest = get(place, export, Range=f"bytes=0-{at - 1}"), get(place, export, Range=f"bytes={at}-")

            assert (first.status_code, rest.status_code) == (206, 206)
            assert first.get_data() + rest.get_data() == content
            assert rest.headers["Content-Range"] == f"bytes {at}-{len(content) - 1}/{len(content)}"

    @pytest.mark.parametrize(
        ("asked", "part"),
        [("bytes=2-5", slice(2, 6)), ("bytes=-9", slice(-9, None)), ("bytes=-999999", slice(None)),
         ("bytes=10-999999", slice(10, None))],
    )  # fmt: skip
    def test_a_range_is_what_http_says(self, place, export, content, asked, part):
        answer = get(place, export, Range=asked)

        assert (answer.status_code, answer.get_data()) == (206, content[part])
        assert answer.headers["Content-Length"] == str(len(content[part]))

    @pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "lines=1-2", "bytes=x", "bytes=5-2"])
    def test_what_is_no_single_range_gets_the_whole(self, place, export, content, asked):
        answer = get(place, export, Range=asked)

        assert (answer.status_code, answer.get_data()) == (200, content)

    def test_where_there_are_no_bytes_it_says_how_many_there_are(self, place, export, content):
        answer = get(place, export, Range=f"bytes={len(content)}-")

        assert (answer.status_code, answer.mimetype) == (416, "application/problem+json")
        assert answer.headers["Content-Range"] == f"bytes */{len(content)}"

    def test_the_rest_of_other_bytes_is_the_whole(self, place, export, content):
        tag = get(place, export).headers["ETag"]

        answers = [
            get(place, export, Range="bytes=9-", If_Range=mark)
            for mark in (tag, '"another"', f"W/{tag}", "Fri, 27 Nov 2026 10:00:00 GMT")
        ]

        assert [answer.status_code for answer in answers] == [206, 200, 200, 200]
        assert [answer.get_data() for answer in answers] == [content[9:], content, content, content]


class TestAccess:
    def test_one_record_a_file_names_those_whom_it_shows(self, place, export, content):
        before = len(accesses(place.clinic))

        get(place, export)

        assert accesses(place.clinic)[before:] == [{line["id"] for line in lines_of(content)}]

    def test_a_part_shows_only_those_in_it(self, place, export, content):
        ids = [line["id"] for line in lines_of(content)]
        second = content.index(b"\n") + 1
        before = len(accesses(place.clinic))

        get(place, export, Range=f"bytes={second}-{second}")

        assert accesses(place.clinic)[before:] == [{ids[1]}]

    def test_where_it_cannot_be_recorded_nothing_leaves(self, place, export):
        current().after_reading.insert(0, fails)

        answer = get(place, export)

        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
        assert b"Moreno" not in answer.get_data()


def fails(info):
    if info.get("shown"):
        raise Busy("We cannot save right now")


class TestNotThere:
    def test_one_that_is_not_ready_has_no_files(self, place):
        export = ask(place.clinic, "people")

        answer = get(place, export)

        assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")

    def test_a_kind_that_was_not_asked_for_is_not_there(self, place, export):
        for kind in ("needs", "gold"):
            assert place.clinic.get(path_of(export, kind)).status_code == 404

    def test_when_its_time_is_over_it_has_expired_at_once(self, place, export):
        with transaction() as session:
            row = session.exec(select(Export)).one()
            row.expires_at = datetime.now(UTC) - timedelta(seconds=1)
            session.add(row)

        assert get(place, export).status_code == 409
        found = place.clinic.get(f"/exports/{export['id']}").get_json()
        assert (found["status"], found["files"]) == ("expired", [])

    def test_a_token_for_less_reads_less(self, place, export):
        narrow = System(place.app, place.loop.clinic, scopes=("api/exports.read",))

        answer = narrow.get(path_of(export, "people"))

        assert answer.status_code == 403
        assert 'scope="api/people.read"' in answer.headers["WWW-Authenticate"]

    def test_a_token_for_another_purpose_reads_nothing(self, place, export):
        with transaction() as session:
            row = session.exec(select(Export)).one()
            row.purpose = Purpose.PAYMENT.value
            session.add(row)

        assert get(place, export).status_code == 403

    def test_a_client_that_may_no_longer_read_the_kind_does_not(self, place, export):
        with transaction() as session:
            client = session.get_one(Client, place.clinic.client.id)
            client.scopes = ["api/exports.*", "api/needs.read"]
            session.add(client)

        assert get(place, export).status_code == 403
