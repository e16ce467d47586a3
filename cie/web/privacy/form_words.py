"""The form types in words for a privacy officer: what staff will see of each, what it is good for, its files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for

from cie import consent
from cie.access import Purpose
from cie.consent import FormType, Lack, Method, OfficialForm, OwnForm, Stated
from cie.web.consent_form_words import GROUPS, LAWS, STATES, law_words, title_of
from cie.web.consent_papers import paper_words
from cie.web.consent_words import KINDS, METHODS, PURPOSES
from cie.web.forms import translated
from cie.web.language import gettext as _
from cie.web.standing_words import PROGRAMS
from cie.web.words_of_time import day


@dataclass(frozen=True)
class FormRow:
    """One form type of the list."""

    url: str
    title: str
    note: str
    facts: list[dict[str, str]]


@dataclass(frozen=True)
class FileRow:
    """One official file: which it is, since when, from where, and its mark in groups of eight."""

    id: UUID
    words: str
    since: str
    source: str
    mark: str


@dataclass(frozen=True)
class LawRow:
    """One law that a form claims, and what it still lacks for it."""

    law: str
    citation: str
    missing: list[str]


def form_row(form: FormType, files: Sequence[OfficialForm], *, is_retired: bool = False) -> FormRow:
    """A form type with what it is good for, how it is signed, and what is loaded."""
    loaded = ". ".join(paper_words(each) for each in files)
    rows = [
        (_("Good for"), "; ".join(law_words(form)) or _("It only takes back")),
        (_("How a yes can be given"), method_words(form)),
        (_("Official files"), loaded or _("None loaded")),
    ]
    return FormRow(url_for("privacy.form", form_type=form.id), title_of(form), note_of(form, is_retired), _rows(rows))


def note_of(form: FormType, is_retired: bool) -> str:
    """Where it comes from, and whether it is in use."""
    if not form.version:
        return _("Comes with the program. Source: %(citation)s", citation=form.citation)
    words = _("Version %(number)s. Source: %(citation)s", number=form.version, citation=form.citation)
    return f"{_('Retired.')} {words}" if is_retired else words


def method_words(form: FormType) -> str:
    """How somebody can say yes on it."""
    return _listed(METHODS[method] for method in Method if method in form.methods)


def _listed(words: Iterable[Any]) -> str:
    """Words in a row, the first with a capital."""
    text = ", ".join(str(each) for each in words)
    return text[:1].upper() + text[1:]


def staff_will_see(form: FormType) -> list[dict[str, str]]:
    """The questions of the page on which staff write it down, each with what can be chosen."""
    rows = [
        (_("How was it said?"), method_words(form)),
        (_("What may be shared?"), ". ".join(str(KINDS[kind]) for kind in KINDS if kind in consent.kinds_of(form))),
        (_("Records of programs"), _listed(PROGRAMS[program] for program in consent.programs_of(form))),
        (_("What for?"), ". ".join(str(PURPOSES[p.value]) for p in Purpose if p in form.purposes)),
        (_("Until when?"), _until(form)),
        (_("What does the paper say?"), ". ".join(str(STATES[each]) for each in Stated if each in form.states)),
        (_("With whom?"), _whom(form)),
        (_("For whom?"), _("Only for people in Medi-Cal") if form.medi_cal_only else _("Everybody")),
    ]
    return _rows(rows)


def _until(form: FormType) -> str:
    if form.longest_days:
        return _("A last day, at most %(count)s days after it was signed", count=form.longest_days)
    return _("A day, something that happens, or no end")


def _whom(form: FormType) -> str:
    named = _("One organization, by name") if form.one_recipient else _("Only with some, by name")
    return ". ".join([named, *(str(GROUPS[reach]) for reach in consent.groups_of(form))])


def _rows(rows: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"label": label, "value": value} for label, value in rows if value]


def file_rows(files: Iterable[OfficialForm]) -> list[FileRow]:
    """The files of a form type, the newest first."""
    return [
        FileRow(
            each.id,
            paper_words(each),
            _("Counts from %(day)s", day=day(each.effective_on, year=True)),
            each.source,
            " ".join(each.sha256[start : start + 8] for start in range(0, 64, 8)),
        )
        for each in files
    ]


def law_rows(form: FormType) -> list[LawRow]:
    """Each law that the form claims, with what is missing for it."""
    found: dict[str, list[Lack]] = {law: [] for law in consent.LAWS if law in form.satisfies}
    for lack in consent.lacks_of(form):
        found[lack.law].append(lack)
    demands = consent.form_demands()
    return [
        LawRow(str(LAWS[law]), _(demands[law].citation), [translated(lack.fault).message for lack in lacks])
        for law, lacks in found.items()
    ]


def version_lines(versions: Sequence[OwnForm]) -> list[tuple[str, str]]:
    """Where each version of a form of the network can be read, and since when it holds."""
    return [
        (
            url_for("privacy.form", form_type=row.code, version=row.version),
            _("Version %(number)s, %(day)s", number=row.version, day=day(row.recorded_at, year=True)),
        )
        for row in versions
        if not row.is_retired
    ]


def law_choices() -> list[dict[str, Any]]:
    """The laws that a form can be good for, each with its place in the law."""
    demands = consent.form_demands()
    return [{"value": law, "label": LAWS[law], "hint": _(demands[law].citation)} for law in consent.LAWS]


def options(codes: Iterable[Any], words: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """Choices of a group of boxes; `words` by the code or its value."""
    return [{"value": code.value, "label": _capital(words, code)} for code in codes]


def _capital(words: Mapping[Any, Any], code: Any) -> str:
    return _listed([words[code] if code in words else words[code.value]])
