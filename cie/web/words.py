"""What each audience reads instead of a code, in English and Spanish, from `words/en.toml` and `words/es.toml`.

Audiences: `sender` (staff of the organization that asked), `provider` (staff or partner of the one asked), `person`.
A code, audience, language or name that is missing raises KeyError: a page never shows a code in place of words.
"""

import tomllib
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from cie.calendar import business_days_late, local, local_day

_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_AUDIENCES = ("sender", "provider", "person")


@cache
def catalogue(language: str) -> dict[str, Any]:
    """Every wording of one language, as its file holds it."""
    if language not in ("en", "es"):
        raise KeyError(language)
    return tomllib.loads(files("cie.web").joinpath("words", f"{language}.toml").read_text(encoding="utf-8"))


def status_words(code: str, audience: str, language: str, **names: str) -> str:
    """Where a request stands, to the reader it concerns; empty when that reader is not shown it.

    `names` are those in braces in the file: sender, provider, worker, day, reason, late. A reason is put
    inside the sentence, so its first letter becomes small.
    """
    words: str = catalogue(language)["status"][code][audience]
    if reason := names.get("reason"):
        names["reason"] = reason[0].lower() + reason[1:]
    return words.format(**names)


def reason_words(code: str, language: str, follow: bool = False, **names: str) -> str:
    """Why an organization cannot help, waits or ends; with `follow`, what happens when this is chosen.

    `names` for `follow`: sender, zip, their_language, needed, tries, day.
    """
    words: str = catalogue(language)["reason"][code]["follow" if follow else "label"]
    return words.format(**names)


def closing_words(code: str, language: str) -> str:
    """How the loop ended, as the one who ended it says it."""
    words: str = catalogue(language)["closing"][code]
    return words


def witness_words(code: str, audience: str, language: str) -> str:
    """The person's own word on whether help came: as offered to the person, or as staff read it."""
    if audience not in _AUDIENCES:
        raise KeyError(audience)
    words: str = catalogue(language)["witness"][code]["person" if audience == "person" else "staff"]
    return words


def ask_words(language: str, day: date) -> str:
    """The one question put to the person, about what was asked for on `day`."""
    months: list[str] = catalogue(language)["calendar"]["months"]
    month = months[day.month - 1]
    asked_on = f"{day.day} de {month}" if language == "es" else f"{month} {day.day}"
    words: str = catalogue(language)["ask"]["question"]
    return words.format(day=_kept_together(asked_on))


def day_words(day: date, language: str, form: Literal["short", "long", "dated"] = "short") -> str:
    """A day by name, that no line breaks: "Tue, Nov 24", long "Tuesday, November 24", dated "Nov 24, 2026".

    Where a pattern says "|" a line may break: in Spanish, after the weekday.
    """
    calendar = catalogue(language)["calendar"]
    weekday, month = calendar["weekdays"][day.weekday()], calendar["months"][day.month - 1]
    pattern: str = calendar[form]
    return _kept_together(
        pattern.format(
            weekday=weekday,
            weekday_short=weekday[:3],
            month=month,
            month_short=month[:3],
            number=day.day,
            year=day.year,
        )
    )


def clock_words(clock: time | datetime) -> str:
    """A time of day on the twelve-hour clock, that no line breaks: "4:30 pm", "5 pm"."""
    hour = clock.hour % 12 or 12
    minutes = f":{clock.minute:02}" if clock.minute else ""
    return f"{hour}{minutes}{_NO_BREAK_SPACE}{'am' if clock.hour < 12 else 'pm'}"


def due_words(verb: str, due: datetime, now: datetime, language: str) -> str:
    """What is owed and by when, in California's days; how late, once the moment has passed.

    `verb` is answer, contact, update, call, look or step; `due` and `now` are aware UTC instants.
    """
    words = catalogue(language)["clock"]
    pattern: str = words[verb]
    clock = clock_words(local(due))
    today = local_day(due) == local_day(now)
    if now > due:
        return _late_words(words, 0 if today else business_days_late(due, now), clock)
    if today:
        return pattern.format(when=words["today"].format(clock=clock))
    return pattern.format(when=words["by"].format(day=day_words(local_day(due), language)))


def _late_words(words: dict[str, str], days: int, clock: str) -> str:
    if days == 0:
        return words["late-today"].format(clock=clock)
    return words["late-one"] if days == 1 else words["late-many"].format(count=days)


def _kept_together(text: str) -> str:
    return text.replace(" ", _NO_BREAK_SPACE).replace("|", " ")
