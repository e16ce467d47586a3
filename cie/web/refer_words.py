"""What the pages of a new referral say: who it is for, what the receiver will see, what will follow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import g, url_for
from sqlmodel import Session

from cie import consent, people, referrals
from cie.calendar import local_day
from cie.consent import Refusal
from cie.people import Person
from cie.people.birth import age_on
from cie.referrals import Preview, Request, Urgency
from cie.web.consent_form_words import missing_words
from cie.web.consent_words import ConsentLine, consent_line
from cie.web.duties import duty_words
from cie.web.element_words import URGENCIES, element_label, element_value
from cie.web.forms import rules_url
from cie.web.language import gettext as _
from cie.web.language_names import language_name
from cie.web.words_of_time import clock, day, long_day


@dataclass(frozen=True)
class Shown:
    """A preview as its macro wants it."""

    elements: list[dict[str, str]]
    withheld: list[dict[str, str]]
    refused: dict[str, str] | None
    rules_url: str | None = None
    duties: list[str] = field(default_factory=list)


def shown(preview: Preview, person: Person) -> Shown:
    """What they will see, literally, and what they will not, each with its reason."""
    if preview.refusal:
        return Shown([], [], refused_words(preview.refusal))
    assert preview.ruling is not None
    elements = [
        {"label": element_label(e.code), "value": element_value(e.code, e.value)} for e in preview.ruling.permitted
    ]
    withheld = [
        {"label": element_label(w.element.code), "reason": _(w.refusal.sentence) + "."} for w in preview.ruling.withheld
    ]
    duties = duty_words(preview.ruling.obligations, before_sending=True)
    return Shown(elements, withheld + _never_sent(person), None, url_for("consents.rules"), duties)


def _never_sent(person: Person) -> list[dict[str, str]]:
    reason = _("Not part of a referral.")
    labels = [_("Street address")] if person.street else []
    return [{"label": label, "reason": reason} for label in (*labels, _("Screening answers"), _("Your own notes"))]


def refused_words(refusal: Refusal) -> dict[str, str]:
    """The rule in one sentence, its source, what can be done instead, and where the rule stands among the others."""
    return {
        "rule": _(refusal.sentence) + ".",
        "source": _(refusal.source),
        "remedy": _(refusal.remedy) + "." if refusal.remedy else "",
        "missing": missing_words(refusal.missing),
        "rules_url": rules_url(refusal.rule) or "",
    }


@dataclass(frozen=True)
class Asked:
    """The person as the pages name them, and what is on file of their permission."""

    person: Person
    name: str
    first_name: str
    facts: str
    permission: ConsentLine | None


def asked_of(session: Session, person: Person) -> Asked:
    """Who it is for."""
    today = local_day(g.now)
    given = consent.consents_of(session, person.organization_id, person.id)
    lines = [consent_line(c, today) for c in consent.in_force(given, today)]
    return Asked(
        person,
        person.short_name,
        person.first_name or _("This person"),
        _facts(person),
        next((line for line in lines if line.holds), None),
    )


def _facts(person: Person) -> str:
    age = age_on(people.birth_of(person), local_day(g.now))
    said = [
        _("Age %(age)s.", age=age) if age is not None else "",
        f"{language_name(person.language)}.",
        _("ZIP %(zip)s.", zip=person.zip) if person.zip else "",
    ]
    return " ".join(filter(None, said))


def urgency_choices() -> list[dict[str, Any]]:
    """How soon, as options of a group."""
    return [{"value": code, "label": words, "hint": None} for code, words in URGENCIES.items()]


def what_follows(session: Session, asked: Asked, request: Request, preview: Preview) -> list[str]:
    """What sending starts, in order, with its days."""
    them = preview.recipient_name
    if preview.protected:
        return [
            _("%(them)s is told now.", them=them),
            _("It shows as a protected service. There are no texts, no reminders, and it is not counted."),
        ]
    soon = referrals.expected(request.urgency, at=g.now)
    when = when_words(request.urgency, soon)
    items = [
        _("%(them)s is told now. They should answer by %(when)s.", them=them, when=when),
        text_words(session, asked),
        _("If nobody answers, you are told on %(day)s.", day=long_day(soon.told_of_silence_on)),
        *asks_words(session, asked, soon),
    ]
    if request.replaces_id:
        items.append(_("The earlier request ends, unless somebody there may still answer."))
    return items


def when_words(urgency: Urgency, soon: referrals.Expected) -> str:
    """By when they should answer: a clock time where it is today's, else a day."""
    if urgency != Urgency.TODAY:
        return long_day(soon.answer_by)
    if local_day(soon.answer_by) != local_day(g.now):
        return f"{long_day(soon.answer_by)}, {clock(soon.answer_by)}"
    today: str = _("today, %(clock)s", clock=clock(soon.answer_by))
    return today


def asks_words(session: Session, asked: Asked, soon: referrals.Expected) -> list[str]:
    """When the person is asked whether help came, if they may be texted."""
    if not _is_texted(session, asked.person):
        return []
    first, second, last = (day(each) for each in soon.asked_on)
    days = {"first": first, "second": second, "last": last}
    return [_("We ask %(name)s if help came on %(first)s, %(second)s and %(last)s.", name=asked.name, **days)]


def _is_texted(session: Session, person: Person) -> bool:
    return person.texts_paused_at is None and people.texting_point(session, person) is not None


def text_words(session: Session, asked: Asked) -> str:
    """Whether the person hears of it by text."""
    if _is_texted(session, asked.person):
        return _("%(name)s gets a text. It names no need and no place.", name=asked.name)
    return _("%(name)s gets no text, since no number may be texted. Tell them yourself.", name=asked.name)


def permission_words(session: Session, preview: Preview, asked: Asked) -> str:
    """The yes on which the sending rests: what was said, when, how, until when."""
    used: Mapping[Any, Any] = dict.fromkeys(preview.ruling.consent_ids if preview.ruling else ())
    records = consent.consents_of(session, asked.person.organization_id, asked.person.id)
    lines = [consent_line(record, local_day(g.now)) for record in records if record.id in used]
    return ". ".join(f"{line.said}. {line.given}. {line.until}" for line in lines[:1]) + "." if lines else ""
