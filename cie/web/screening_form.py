"""The boxes of a section of questions: drawing them from the instrument, and reading what was chosen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from markupsafe import Markup
from marshmallow import fields, validate

from cie.errors import Invalid
from cie.screening import GivenAnswer, Item, NeedDecision, NeedStatus, Section, Wish, offers_refusal
from cie.web.forms import FormSchema, typed, typed_list
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext

DECLINES = "~declined"
WISH = "Wish: choose one"
YES_OR_NO = (("true", lazy_gettext("Yes")), ("false", lazy_gettext("No")))
HINTS = {
    "integer": lazy_gettext("A whole number"),
    "decimal": lazy_gettext("A number"),
    "quantity": lazy_gettext("A number"),
    "date": lazy_gettext("Year, month and day, like 2026-05-12"),
    "dateTime": lazy_gettext("Day and time, like 2026-05-12 14:30"),
}


@dataclass(frozen=True)
class Question:
    """One question as the page shows it. `kind`: one (radio buttons), many (boxes to tick) or text.

    Declining is an answer of its own kind: an option beside the instrument's own, or a box under the text.
    """

    name: str
    text: Markup
    kind: str
    options: list[dict[str, Any]] = field(default_factory=list)
    value: str = ""
    values: list[str] = field(default_factory=list)
    declined: bool = False
    hint: str | None = None
    other: str | None = None


def questions_of(
    section: Section, answers: Mapping[str, GivenAnswer], language: str, declines: str | None = None
) -> list[Question]:
    """The questions of a section, filled with what was typed, else with what is kept.

    `declines`: how a refusal is worded where the person reads it themselves.
    """
    words = declines or _("Does not want to answer")
    return [
        _question(name, item, answers.get(item.link_id, GivenAnswer()), language, words)
        for name, item in _named(section).items()
    ]


def _question(name: str, item: Item, kept: GivenAnswer, language: str, declines: str) -> Question:
    text = _spoken(item.text, language)
    options = [{"value": code, "label": label} for code, label in _offered(item, language)]
    if not options:
        declined = bool(typed(f"{name}_declined", "yes" if kept.declined else ""))
        value = typed(name, "".join(kept.codes))
        return Question(name, text, "text", value=value, declined=declined, hint=_hint(item))
    offered = {option["value"] for option in options}
    if not offers_refusal(item):
        options.append({"value": DECLINES, "label": declines})
    chosen = [DECLINES] if kept.declined else [code for code in kept.codes if code in offered]
    own_words = next((code for code in kept.codes if code not in offered), "")
    other = typed(f"{name}_other", own_words) if item.kind == "open-choice" else None
    if item.repeats:
        return Question(name, text, "many", options, values=typed_list(name, chosen), other=other)
    return Question(name, text, "one", options, value=typed(name, next(iter(chosen), "")), other=other)


def _hint(item: Item) -> str | None:
    return str(HINTS[item.kind]) if item.kind in HINTS else None


def _spoken(text: str, language: str) -> Markup:
    """Words of the instrument, marked with their own language."""
    return Markup('<span lang="{}">{}</span>').format(language, text)


def _offered(item: Item, language: str) -> list[tuple[str, Any]]:
    if item.kind == "boolean":
        return list(YES_OR_NO)
    return [(option.code, _spoken(option.display, language)) for option in item.options]


def read_answers(section: Section) -> tuple[dict[str, GivenAnswer], bool]:
    """What was answered, by linkId, and whether to stop here. Raises Invalid for a box that the section has not."""
    named = _named(section)
    boxes: dict[str, Any] = {"stop": fields.Str(), "seen": fields.Str()}
    for name, item in named.items():
        boxes[name] = fields.List(fields.Str()) if item.repeats and item.options else fields.Str()
        boxes[f"{name}_other"] = boxes[f"{name}_declined"] = fields.Str()
    form = _schema(boxes).read()
    return {item.link_id: _read(form, name) for name, item in named.items()}, "stop" in form


def _read(form: Mapping[str, Any], name: str) -> GivenAnswer:
    posted = form.get(name, [])
    chosen = [posted] if isinstance(posted, str) else list(posted)
    if other := form.get(f"{name}_other"):
        chosen.append(other)
    declined = DECLINES in chosen or f"{name}_declined" in form
    return GivenAnswer(tuple(code for code in chosen if code != DECLINES), declined)


def at_questions(errors: Sequence[Invalid], section: Section) -> list[Invalid]:
    """Errors of the domain, whose field is a linkId, put at the boxes of the page and named by the question."""
    names = {item.link_id: (name, number) for number, (name, item) in enumerate(_named(section).items(), 1)}
    return [
        Invalid(_("Question %(number)s: %(what)s", number=names[e.field][1], what=_(e.message)), names[e.field][0])
        if e.field in names
        else e
        for e in errors
    ]


def _named(section: Section) -> dict[str, Item]:
    """The names of the inputs: a linkId may hold what an id should not."""
    return {f"q{number}": item for number, item in enumerate(section.items, 1)}


def read_decisions(need_ids: Iterable[UUID]) -> list[NeedDecision]:
    """What was decided on each need, and what the person wishes, from boxes that end with its id. Raises Invalid."""
    ids = list(need_ids)
    boxes: dict[str, Any] = {}
    for need_id in ids:
        either = validate.OneOf(["confirmed", "dismissed", "resolved"], error="Is this a concern: choose one")
        boxes[f"status_{need_id.hex}"] = fields.Str(validate=either)
        boxes[f"wish_{need_id.hex}"] = fields.Enum(Wish, by_value=True, error_messages={"unknown": WISH})
    form = _schema(boxes).read()
    return [_decision(need_id, form) for need_id in ids]


def _decision(need_id: UUID, form: Mapping[str, Any]) -> NeedDecision:
    status = form.get(f"status_{need_id.hex}")
    return NeedDecision(need_id, NeedStatus(status) if status else None, form.get(f"wish_{need_id.hex}"))


def _schema(boxes: dict[str, Any]) -> FormSchema:
    return cast(FormSchema, FormSchema.from_dict(boxes)())
