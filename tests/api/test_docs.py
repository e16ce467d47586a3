"""The page for who writes a program: what it says is true, leads somewhere, and comes quickly."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

import pytest

from cie import webhooks
from cie.access.scopes import AREAS
from cie.api.docs import CHANGES
from cie.api.problems import TITLES
from cie.webhooks.delivery import PreparedNotice, signed

PROGRAM = re.compile(r'<pre class="cie-code"[^>]*aria-label="([^"]+)"><code>(.*?)</code></pre>', re.DOTALL)
MOST_BYTES = 30 * 1024
"""Compressed, beside the sheets that every page has."""


@pytest.fixture
def words(place):
    return place.app.test_client().get("/api/docs").get_data(as_text=True)


def programs_of(words: str) -> dict[str, str]:
    """The programs and messages that stand on the page, by what they are for, in their order."""
    return {unescape(name): unescape(code) for name, code in PROGRAM.findall(words)}


class TestPage:
    def test_whatever_leads_to_a_place_on_it_arrives(self, words):
        ids = Counter(re.findall(r'\sid="([^"]+)"', words))

        assert set(re.findall(r'href="#([^"]+)"', words)) - set(ids) == set()
        assert {name for name, count in ids.items() if count > 1} == set()

    def test_each_kind_of_problem_has_its_place(self, words):
        assert [code for code in TITLES if f'<div id="{code}">' not in words] == []

    def test_each_scope_that_opens_something_is_named_and_no_other(self, place, words):
        document = place.app.test_client().get("/api/v1/openapi.json").get_json()
        needed = set(re.findall(r"api/[a-z]+\.(?:read|write)", str(document["paths"])))
        table = words[words.index('id="scopes"') : words.index('id="first-referral"')]

        assert set(re.findall(r"<code>(api/[a-z]+\.(?:read|write))</code>", table)) == needed
        assert needed <= {f"api/{area.name}.{word}" for area in AREAS for word in ("read", "write")}

    def test_each_kind_of_change_is_explained(self):
        assert set(CHANGES) == set(webhooks.EVENTS)

    def test_an_answer_that_many_give_is_shown_once(self, words):
        assert words.count('href="#shape-Person"') > 3
        assert words.count("<code>chosen_name</code>") < 6

    def test_it_says_which_fields_stand_in_the_address(self, words):
        assert "in the path" in words and "in the query" in words

    def test_it_is_small_for_how_much_it_says(self, place):
        answer = place.app.test_client().get("/api/docs", headers={"Accept-Encoding": "br"})

        assert answer.headers["Content-Encoding"] == "br"
        assert len(answer.data) < MOST_BYTES


class TestCheckingANotice:
    @pytest.fixture
    def is_from_us(self, words):
        """The function that stands on the page."""
        made: dict[str, object] = {}
        exec(programs_of(words)["Check a notice"], made)
        return made["is_from_us"]

    @pytest.fixture
    def notice(self):
        secrets = ("whsec_" + "b" * 43 + "=", "whsec_" + "a" * 43 + "=")
        return PreparedNotice(UUID(int=7), "https://county.example.org/", b'{"type":"ping"}', secrets)

    def test_what_we_signed_passes_by_the_new_secret_and_by_the_old_one(self, is_from_us, notice):
        headers = signed(notice, datetime.now(UTC))

        assert [is_from_us(secret, headers, notice.body) for secret in notice.secrets] == [True, True]

    def test_nothing_else_does(self, is_from_us, notice):
        (secret, _old), now = notice.secrets, datetime.now(UTC)
        headers, late = signed(notice, now), signed(notice, now - timedelta(minutes=6))

        assert not is_from_us(secret, headers, b'{"type":"pong"}')
        assert not is_from_us("whsec_" + "c" * 43 + "=", headers, notice.body)
        assert not is_from_us(secret, late, notice.body)
        assert not is_from_us(secret, headers | {"Webhook-Id": str(UUID(int=8))}, notice.body)
