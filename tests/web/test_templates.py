"""What no template may hold: names in titles, inline code, other hosts, words that only code knows."""

import re

import pytest

from cie.resources import resource

TEMPLATES = sorted(path for path in resource("templates").rglob("*.html"))
NAMES = [str(path.relative_to(resource("templates"))) for path in TEMPLATES]
TITLE = re.compile(r"{%-? ?block title ?-?%}(.*?){%-? ?endblock", re.DOTALL)
CALLS = re.compile(r"{{(.*?)}}", re.DOTALL)
ALLOWED_IN_TITLES = {"network.name", "title"}
"""The network's own name, and the fixed words of a problem page."""
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle="),
    "an inline handler": re.compile(r"\son(?:click|change|submit|load|input|focus|blur|key\w+|mouse\w+|error)="),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)|<style"),
    "another host": re.compile(r"(?:src|href|action)=\"(?:https?:)?//"),
    "markup that is not escaped": re.compile(r"\|\s*safe\b|autoescape"),
    "a physical side": re.compile(
        r"class=\"[^\"{]*(?<![\w-])(?:[mp][se]-\w+|float-\w+|text-start|text-end|border-start|row|col)(?![\w-])"
    ),
    "a word of code": re.compile(r">[^<{]*\b(?:payload|performer|directive|N/A|null|successfully)\b", re.IGNORECASE),
}


@pytest.fixture(params=TEMPLATES, ids=NAMES)
def template(request):
    return request.param.read_text("utf-8")


def test_a_title_names_no_person_need_or_place(template):
    shown = [call.strip() for title in TITLE.findall(template) for call in CALLS.findall(title)]

    assert [call for call in shown if not call.startswith("_(") and call not in ALLOWED_IN_TITLES] == []
    assert [call for call in shown if "%(" in call] == []


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(template, what):
    assert FORBIDDEN[what].findall(template) == []


def test_a_page_on_which_a_secret_is_typed_does_not_say_that_it_is_still_here(template):
    secrets = [call for call in CALLS.findall(template) if re.match(r" field\('(?:code|password)'", call)]

    assert "set not_repeated = true" in template or all("value=" in call for call in secrets)


def test_every_form_that_posts_carries_its_token(template):
    forms = re.findall(r"<form[^>]*method=\"post\"[^>]*>(.*?)</form>", template, re.DOTALL)

    assert [form[:80] for form in forms if "csrf" not in form] == []
