"""The texts that people get, by code and language; the words themselves are in `seed_data/texts/`.

A text may be read by whoever holds the phone, so it names no need, no kind of organization and no person but
the worker who will call. It takes at most two segments in its longest rendering, also when a value brings an
accent into it. What a text may tell at all is the minimum data set `event-notice`.

`danger-reply` says only what any answering service says: 911 stands on every such message,
while 988 or a hotline would tell the reader what was written, so staff give those by voice.
"""

import tomllib
from datetime import date
from functools import cache
from string import Formatter

from babel.dates import format_date

from cie.consent import DataSet, data_sets
from cie.errors import Invalid
from cie.resources import resource

LANGUAGES = ("en", "es")
MOST_SEGMENTS = 2

LONGEST: dict[str, str] = {
    "label": "Red Unión de Madera",
    "by": "30 de septiembre",
    "day": "30 de septiembre",
    "worker": "María Guadalupe de los Ángeles Hernández",
    "code": "000000",
    "url": "https://" + "a" * 72,
    "phone": "(559) 555-0100",
}
"""The longest value of each placeholder, with an accent wherever one is possible; longer values are refused."""

TELLS: dict[str, str] = {"by": "day", "day": "day", "worker": "worker"}
"""The fact that a placeholder tells of somebody's matter. The others tell of the network, or open a door."""

TEMPLATES: dict[str, dict[str, str]] = {
    code: {name: LONGEST[name] for name in names.split()}
    for code, names in {
        "first-text": "label",
        "asked": "label by",
        "someone-can-help": "label by",
        "help-started": "label",
        "still-looking": "label",
        "waiting-list": "label worker",
        "paused": "label",
        "ask": "day",
        "thanks-yes": "",
        "thanks-not-yet": "",
        "thanks-no-longer": "",
        "stopped": "label",
        "started": "label",
        "help-reply": "label phone",
        "unclear": "label",
        "wrong-number-goodbye": "label",
        "language-set": "label",
        "one-time-code": "code",
        "link": "label url",
        "waiting": "label url",
        "danger-reply": "label",
    }.items()
}
"""Each template's placeholders, with the longest value each may take."""


def text_language(language: str) -> str:
    """The language a text is written in: the person's own where we have it, else English."""
    primary = language.partition("-")[0].lower()
    return primary if primary in LANGUAGES else "en"


def text_day(day: date, language: str) -> str:
    """A day by its name, without the year: "May 12", "12 de mayo"."""
    if text_language(language) == "es":
        return format_date(day, "d 'de' MMMM", locale="es")
    return format_date(day, "MMMM d", locale="en")


def render(template: str, language: str, *, label: str, **values: str) -> str:
    """The body of one text. Every text may use `label`; the other values are exactly those of `TEMPLATES`.

    Raises KeyError for an unknown template; Invalid, naming the placeholder but never its value, when one is
    missing, not known to this template, empty, too long, or holds a line break.
    """
    wanted = TEMPLATES[template]
    given = {"label": label} | values
    for name in sorted(wanted.keys() | given.keys()):
        _check(template, name, given.get(name), known=name in wanted or name == "label")
    return _texts(text_language(language))[template].format_map(given)


def placeholders(text: str) -> set[str]:
    """The names between braces in a template's words."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _check(template: str, name: str, value: str | None, *, known: bool) -> None:
    if not known:
        raise Invalid(f"Text {template}: takes no {name}", name)
    if name in TELLS and TELLS[name] not in data_sets()[DataSet.EVENT_NOTICE].elements:
        raise Invalid(f"Text {template}: no text may tell {TELLS[name]}", name)
    if not value:
        raise Invalid(f"Text {template}: needs {name}", name)
    if len(value) > len(LONGEST[name]):
        raise Invalid(f"Text {template}: {name} may have at most {len(LONGEST[name])} characters", name)
    if not value.isprintable():
        raise Invalid(f"Text {template}: {name} must be plain text on one line", name)


@cache
def _texts(language: str) -> dict[str, str]:
    texts: dict[str, str] = tomllib.loads(resource("seed_data", "texts", f"{language}.toml").read_text("utf-8"))
    return texts
