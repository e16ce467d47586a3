"""The normaliser replaces what is drawn anew for each answer, and leaves every other byte."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.noninterference.normaliser import ID, normal_body, normal_headers, without, without_hash, without_new

TOKEN = b'<form><input type="hidden" name="csrf_token" value="IjEi.abc"><b>4</b></form>'


class TestBody:
    @pytest.mark.parametrize("name", ["csrf_token", "form_id"])
    def test_a_hidden_field_that_is_drawn_anew_has_no_value(self, name):
        body = f'<i>1</i><input type="hidden" name="{name}" value="a1b2"><i>2</i>'.encode()

        assert normal_body(body) == body.replace(b"a1b2", b"*")

    def test_every_such_field_of_a_page_is_replaced(self):
        assert normal_body(TOKEN + TOKEN).count(b'value="*"') == 2

    @pytest.mark.parametrize(
        "body",
        [
            b'<input type="hidden" name="seen_version" value="4">',
            b'<input type="hidden" name="seen_release_id" value="019aa">',
            b'<input type="text" name="form_id" value="typed">',
            b'<input id="x" type="hidden" name="form_id" value="typed">',
            b'<a href="/people/019aa?csrf_token=x">csrf_token</a>',
            b'name="csrf_token" value="x"',
            b"2026-11-24 12:00, 3 minutes ago, 12",
            b"\xff\xfe a file",
        ],
    )
    def test_everything_else_stays(self, body):
        assert normal_body(body) == body

    @given(st.binary())
    def test_bytes_around_a_token_stay_whatever_they_are(self, around):
        page = around + TOKEN + around

        assert normal_body(page) == normal_body(around) + normal_body(TOKEN) + normal_body(around)

    @given(st.binary().filter(lambda body: b"value" not in body))
    def test_without_a_field_no_byte_is_replaced(self, body):
        assert normal_body(body) == body

    def test_that_there_is_a_token_stays_visible(self):
        assert normal_body(TOKEN) != normal_body(TOKEN.replace(b"csrf_token", b"other"))


class TestHeaders:
    def test_the_value_of_the_cookie_of_forms_is_replaced_and_its_rules_stay(self):
        headers = [("Set-Cookie", "cie-form=abc.def; HttpOnly; Path=/; SameSite=Lax")]

        assert normal_headers(headers) == (("Set-Cookie", "cie-form=*; HttpOnly; Path=/; SameSite=Lax"),)

    @pytest.mark.parametrize(
        "header",
        [
            ("Set-Cookie", "cie-session=abc; Path=/"),
            ("Location", "/people/019aa"),
            ("Content-Length", "4012"),
            ("Content-Disposition", 'attachment; filename="measures-need-2026-11.csv"'),
            ("X-Note", "a cie-form=abc"),
        ],
    )
    def test_every_other_header_stays(self, header):
        assert normal_headers([header]) == (header,)

    def test_the_servers_clock_is_replaced(self):
        assert normal_headers([("Date", "Fri, 27 Nov 2026 14:09:21 GMT")]) == (("Date", "*"),)

    def test_their_order_does_not_count(self):
        assert normal_headers([("B", "2"), ("A", "1")]) == normal_headers([("A", "1"), ("B", "2")])


class TestWhatWasAsked:
    ID = UUID("019aa111-2222-7333-8444-555566667777")

    def test_the_id_that_the_reader_sent_is_named_and_no_other(self):
        text = f"/people/{self.ID}/history /people/{UUID(int=self.ID.int + 1)}".encode()

        found = without({"person_id": self.ID}, text)

        assert found == f"/people/*person_id*/history /people/{UUID(int=self.ID.int + 1)}".encode()


class TestWhatWasMade:
    BEFORE, SINCE, MADE = (UUID(f"019aa11{n}-2222-7333-8444-555566667777") for n in range(3))

    def test_an_id_that_was_drawn_later_is_taken_out_however_it_is_written(self):
        text = f'{{"id":"{self.MADE}","other":"{self.BEFORE}"}} "{self.MADE.hex}-0" "{self.BEFORE.hex}-0"'.encode()

        found = without_new(text, self.SINCE)

        assert found == f'{{"id":"*new*","other":"{self.BEFORE}"}} "*new*-0" "{self.BEFORE.hex}-0"'.encode()

    @given(st.binary().filter(lambda text: not ID.search(text)))
    def test_whatever_is_no_id_stays(self, text):
        assert without_new(text, UUID(int=0)) == text

    def test_of_a_tag_the_hash_is_taken_out_and_its_version_stays(self):
        headers = [("ETag", '"12-0123456789abcdef"'), ("X-Tag", '"12-0123456789abcdef"')]

        assert without_hash(headers) == (("ETag", '"12-*"'), ("X-Tag", '"12-0123456789abcdef"'))
