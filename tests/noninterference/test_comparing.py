"""The comparison is as sharp as it must be: one byte of any kind, in any kind of output, turns it red."""

from dataclasses import replace

import pytest

from tests.noninterference.comparing import Output, differences
from tests.noninterference.leaks import LEAKS

HTML, CSV, FILE = "text/html; charset=utf-8", "text/csv; charset=utf-8", "application/octet-stream"
PAGE = (
    b'<h1>Work</h1><input type="hidden" name="csrf_token" value="abc"><table><tr><td>Aster</td></tr>'
    b"<tr><td>Briar</td></tr></table><p>2 people</p>"
)
KINDS = {
    "page": Output("worklist.index", 200, (("Content-Type", HTML), ("Content-Length", "153")), PAGE, 9, 4),
    "refusal": Output("people.show", 404, (("Content-Type", HTML),), b"<h1>We cannot find this page</h1>", 3, 0),
    "redirect": Output("pages.home", 302, (("Location", "/find-help"), ("Content-Type", HTML)), b"/find-help", 0, 0),
    "table": Output("measures.download", 200, (("Content-Type", CSV),), b"\xef\xbb\xbfNeed,Sent\r\nFood,12\r\n", 5, 0),
    "file": Output("attachments.show", 200, (("Content-Type", FILE),), b"\xff\x00letter\x00", 6, 2),
    "state": Output("health.readyz", 200, (("Content-Type", "application/json"),), b'{"queue_seconds":0.0}', 2, 0),
    "texts": Output("texts", 200, (), b"Did you get help?\nReply 1 for yes.", 0, 0),
}


def compared(before: Output, after: Output) -> list[str]:
    return [d.what for d in differences({("wren", "/x"): before}, {("wren", "/x"): after})]


@pytest.mark.parametrize("kind", KINDS)
class TestEachKindOfOutput:
    def test_alike_is_no_difference(self, kind):
        assert compared(KINDS[kind], replace(KINDS[kind])) == []

    @pytest.mark.parametrize("leak", LEAKS)
    def test_one_planted_byte_turns_it_red(self, kind, leak):
        assert compared(KINDS[kind], replace(KINDS[kind], body=leak(KINDS[kind].body))) == ["body"]

    def test_another_status_turns_it_red(self, kind):
        assert compared(KINDS[kind], replace(KINDS[kind], status=403)) == ["status"]

    def test_a_header_turns_it_red(self, kind):
        more = replace(KINDS[kind], headers=(*KINDS[kind].headers, ("X-Count", "1")))

        assert compared(KINDS[kind], more) == ["headers"]

    @pytest.mark.parametrize("what", ["statements", "key_operations"])
    def test_one_more_step_of_work_turns_it_red(self, kind, what):
        assert compared(KINDS[kind], replace(KINDS[kind], **{what: getattr(KINDS[kind], what) + 1})) == [what]


class TestDifferences:
    def test_an_output_that_only_one_world_has_turns_it_red(self):
        found = differences({}, {("wren", "/x"): KINDS["page"]})

        assert [d.what for d in found] == ["answered"]

    def test_only_what_is_drawn_anew_may_differ(self):
        other = replace(KINDS["page"], body=PAGE.replace(b'value="abc"', b'value="xyz"'))

        assert compared(KINDS["page"], other) == []

    def test_what_is_allowed_to_differ_is_named_by_its_endpoint(self):
        before = {("wren", "/a"): KINDS["page"], ("wren", "/b"): KINDS["table"]}
        after = {key: replace(output, body=b"other") for key, output in before.items()}

        found = differences(before, after, allowed={"measures.download"})

        assert [d.key for d in found] == [("wren", "/a")]

    def test_a_difference_tells_who_saw_what_where(self):
        (found,) = differences({("wren", "/x"): KINDS["page"]}, {("wren", "/x"): replace(KINDS["page"], body=b"<h1>3")})

        assert str(found).startswith("wren: /x: body: '<h1>Work") and "<h1>3" in str(found)
