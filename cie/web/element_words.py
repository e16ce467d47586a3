"""What one fact of a release is called, and how its literal value reads, in the language of the page.

The shapes of the values are those that `referrals` puts into a disclosure. An unknown code raises KeyError: a page
never shows a code in place of words.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from cie import directory, people
from cie.web.language import chosen_language, lazy_gettext, ngettext
from cie.web.language import gettext as _
from cie.web.language_names import language_name

LABELS: Mapping[str, Any] = {
    "need": lazy_gettext("What they need"),
    "urgency": lazy_gettext("How soon"),
    "name": lazy_gettext("Name"),
    "age": lazy_gettext("Age"),
    "area": lazy_gettext("Area"),
    "household": lazy_gettext("Household"),
    "contact": lazy_gettext("How to reach them"),
    "language": lazy_gettext("Language"),
    "message": lazy_gettext("Message"),
    "text": lazy_gettext("What was written"),
    "file": lazy_gettext("File"),
    "permission-scope": lazy_gettext("What a permission covers"),
    "permission-holder": lazy_gettext("Who keeps the permission"),
    "permission-question": lazy_gettext("Who asked about a permission"),
    "outcome": lazy_gettext("How it ended, and why"),
    "result": lazy_gettext("What came of it"),
    "county": lazy_gettext("County"),
    "month": lazy_gettext("Month"),
    "happening": lazy_gettext("What happened"),
    "day": lazy_gettext("By which day"),
    "worker": lazy_gettext("Who will call"),
}

URGENCIES: Mapping[str, Any] = {
    "stat": lazy_gettext("Needed today"),
    "asap": lazy_gettext("Within 2 days"),
    "urgent": lazy_gettext("This week"),
    "routine": lazy_gettext("Not urgent"),
}

SAFETY: Mapping[str, Any] = {
    "safe": lazy_gettext("Safe to text"),
    "unsafe": lazy_gettext("Not safe to text"),
    "unknown": lazy_gettext("Not known if safe to text"),
}

SAFETY_OF_CALLS: Mapping[str, Any] = {
    "safe": lazy_gettext("Safe to use"),
    "unsafe": lazy_gettext("Not safe to use"),
    "unknown": lazy_gettext("Not known if safe to use"),
}

OWNERS: Mapping[str, Any] = {
    "self": lazy_gettext("Their own"),
    "shared": lazy_gettext("Shared with others"),
    "helper": lazy_gettext("Belongs to someone who helps them"),
}


def element_label(code: str) -> str:
    """What this fact is called."""
    return str(LABELS[code])


@cache
def _needs_by_name() -> Mapping[str, Mapping[str, str]]:
    return {term.label["en"]: term.label for term in directory.needs().values()}


def asked_for(title: str) -> str:
    """What a request is for: a need of the list in the language of the page, a service by its own name."""
    return _needs_by_name().get(title, {}).get(chosen_language(), title)


def element_value(code: str, value: Any) -> str:
    """The value as it is read, whole: the real number, not "phone"."""
    if code not in LABELS:
        raise KeyError(code)
    write = _WRITERS.get(code, str)
    return write(value)


def hour_words(hour: int) -> str:
    """An hour of the local day, 0 to 24: "9 am", "midnight"."""
    if hour in (0, 24):
        return str(_("midnight"))
    if hour == 12:
        return str(_("noon"))
    return f"{hour % 12}\N{NO-BREAK SPACE}{'am' if hour < 12 else 'pm'}"


def hours_words(first: int, last: int) -> str:
    """Between which hours it is safe to call or text."""
    if (first, last) == (0, 24):
        return _("At any hour")
    return _("From %(first)s to %(last)s", first=hour_words(first), last=hour_words(last))


def safety_words(kind: str, safety: str) -> str:
    """Whether only the person reads or hears what comes this way; `kind` is sms, phone or email."""
    return str((SAFETY if kind == "sms" else SAFETY_OF_CALLS)[safety])


def _age(value: int) -> str:
    if value < 1:
        return _("Less than 1 year")
    return ngettext("%(num)d year", "%(num)d years", value)


def _area(value: Mapping[str, str]) -> str:
    county = people.counties().get(value.get("county") or "", "")
    parts = [
        _("ZIP %(zip)s", zip=value["zip"]) if value.get("zip") else "",
        _("%(county)s County", county=county) if county else "",
    ]
    return ", ".join(filter(None, parts)) or _("Not known")


def _household(value: int) -> str:
    return ngettext("%(num)d person", "%(num)d people", value)


def _contact(value: Mapping[str, Any]) -> str:
    first, last = value["hours"]
    sentences = [str(value["value"]), str(OWNERS[value["owner"]]), safety_words(value["kind"], value["safety"])]
    if (first, last) != (0, 24):
        sentences.append(hours_words(first, last))
    if value["no_voicemail"]:
        sentences.append(_("Leave no voicemail"))
    return ". ".join(sentences)


def _language(value: Mapping[str, Any]) -> str:
    name = language_name(value["code"])
    return _("%(language)s. Needs an interpreter", language=name) if value["interpreter"] else name


def _file(value: Any) -> str:
    return str(value["name"]) if isinstance(value, Mapping) else str(value)


_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "need": asked_for,
    "urgency": lambda value: str(URGENCIES[value]),
    "age": _age,
    "area": _area,
    "household": _household,
    "contact": _contact,
    "language": _language,
    "file": _file,
}
