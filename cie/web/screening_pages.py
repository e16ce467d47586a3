"""What the pages of a screening and of needs show, gathered from the domain."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from sqlmodel import Session

from cie import directory, identity, participants, people, screening
from cie.access import Actor
from cie.errors import NotFound
from cie.people import Person
from cie.people.formats import format_phone
from cie.screening import (
    Finding,
    Instrument,
    Need,
    NeedStatus,
    QuestionnaireRow,
    SafetyGate,
    Screening,
    Section,
    SectionProgress,
    Wish,
)
from cie.web.language import chosen_language, lazy_gettext
from cie.web.language import gettext as _

WISHES = {
    Wish.WANTS_HELP: lazy_gettext("Wants help"),
    Wish.NOT_NOW: lazy_gettext("Not now"),
    Wish.HAS_HELP: lazy_gettext("Already has help"),
    Wish.PREFERS_ALONE: lazy_gettext("Prefers to do it alone"),
}
NEED_STATES = {
    NeedStatus.PROPOSED: lazy_gettext("Not decided yet"),
    NeedStatus.CONFIRMED: lazy_gettext("A concern to work on"),
    NeedStatus.DISMISSED: lazy_gettext("Not a concern"),
    NeedStatus.RESOLVED: lazy_gettext("Solved"),
    NeedStatus.ENTERED_IN_ERROR: lazy_gettext("Written down by mistake"),
}
OPEN = (NeedStatus.PROPOSED, NeedStatus.CONFIRMED)


@dataclass(frozen=True)
class NeedRow:
    """A need as staff see it; `key` ends the names of its boxes. `is_private` keeps it off paper."""

    id: UUID
    key: str
    title: str
    state: str
    since: datetime
    codes: str
    status: NeedStatus
    wish: Wish | None
    wish_words: str
    is_open: bool
    is_private: bool
    from_screening: bool


def need_row(need: Need) -> NeedRow:
    """One need with its words."""
    codes = [f"ICD-10-CM {need.icd10}" if need.icd10 else "", f"SNOMED CT {need.snomed}" if need.snomed else ""]
    return NeedRow(
        id=need.id,
        key=need.id.hex,
        title=need_title(need.need_code),
        state=str(NEED_STATES[need.status]),
        since=need.created_at,
        codes=", ".join(filter(None, codes)),
        status=need.status,
        wish=need.wish,
        wish_words=str(WISHES[need.wish]) if need.wish else "",
        is_open=need.status in OPEN,
        is_private=screening.is_private(need),
        from_screening=need.screening_id is not None,
    )


def need_title(code: str) -> str:
    """What a need is called in the reader's language."""
    label = directory.need(code).label
    return label.get(chosen_language(), label["en"])


def need_choices() -> list[tuple[str, str]]:
    """Every need of the list, with an empty line first."""
    named = [(code, need_title(code)) for code in directory.needs()]
    return [("", _("Choose one")), *sorted(named, key=lambda need: need[1])]


def wish_choices() -> list[dict[str, Any]]:
    """What the person may wish, as the options of a group."""
    return [{"value": wish.value, "label": words} for wish, words in WISHES.items()]


@dataclass(frozen=True)
class OnCall:
    """The member of staff whom to call when somebody may be in danger."""

    name: str
    phone: str
    phone_text: str


@dataclass(frozen=True)
class Danger:
    """What the page says about danger: whom to call, and the organization's own steps."""

    on_call: OnCall | None
    steps_url: str | None


def danger_of(session: Session, actor: Actor) -> Danger:
    """Whom to call in the caller's organization, and where its steps are."""
    organization = participants.get_participant(session, actor.organization)
    steps_url = url_for("organization.danger_steps")
    if organization.on_call_user_id is None:
        return Danger(None, steps_url)
    try:
        user = identity.get_staff(session, actor, organization.on_call_user_id)
    except NotFound:
        return Danger(None, steps_url)
    phone = organization.on_call_phone
    return Danger(OnCall(user.name, phone, format_phone(phone)), steps_url)


@dataclass(frozen=True)
class Asking:
    """A screening that is being asked, with everything that its pages share."""

    screening: Screening
    person: Person
    questionnaire: QuestionnaireRow
    instrument: Instrument
    progress: Sequence[SectionProgress]

    @property
    def language(self) -> str:
        """The language of the instrument's own words."""
        return str(self.questionnaire.resource.get("language", "en"))

    @property
    def is_foreign(self) -> bool:
        """Whether the questions are in another language than the page."""
        return self.language.split("-")[0] != chosen_language()

    @property
    def is_finished(self) -> bool:
        return self.screening.status is not screening.ScreeningStatus.IN_PROGRESS

    @property
    def has_safety_answers(self) -> bool:
        return any(p.section.safety and p.state is screening.SectionState.DONE for p in self.progress)

    @property
    def tasks(self) -> list[dict[str, Any]]:
        """The sections as the tasks macro wants them; a finished screening is no longer changed, so without links."""
        return [
            {"title": p.section.title, "state": p.state.value, "url": None if self.is_finished else self.url_of(number)}
            for number, p in enumerate(self.progress, 1)
        ]

    def url_of(self, number: int) -> str:
        """Where a section is, counted from 1; safety opens on the question that comes first."""
        if not screening.may_open(self.screening, self.instrument.sections[number - 1]):
            return url_for("screenings.gate", screening_id=self.screening.id)
        return url_for("screenings.section", screening_id=self.screening.id, part=number)

    def url_after(self, number: int) -> str:
        """Where to go from a section: the next one that can still be asked, else the end."""
        for following in range(number + 1, len(self.instrument.sections) + 1):
            if not self._is_skipped(self.instrument.sections[following - 1]):
                return self.url_of(following)
        return url_for("screenings.review", screening_id=self.screening.id)

    def _is_skipped(self, section: Section) -> bool:
        """Safety questions to which the person said not now, or no."""
        return section.safety and self.screening.safety_gate in (SafetyGate.NOT_SAFE, SafetyGate.DECLINED)

    def first_open_url(self) -> str:
        """Where to go on: the first section without any answer that can be asked, else the end."""
        for number, progress in enumerate(self.progress, 1):
            if progress.state is screening.SectionState.TODO and not self._is_skipped(progress.section):
                return self.url_of(number)
        return url_for("screenings.review", screening_id=self.screening.id)

    def first_safety(self) -> int:
        """The number of the first safety section. Raises NotFound when the instrument has none."""
        for number, section in enumerate(self.instrument.sections, 1):
            if section.safety:
                return number
        raise NotFound("There is no such page")


def asking_of(session: Session, actor: Actor, screening_id: UUID, here: str | None = None) -> Asking:
    """A screening with its person, instrument and progress. Raises NotFound."""
    found = screening.get_screening(session, actor, screening_id)
    questionnaire = screening.questionnaire_of(session, found)
    return Asking(
        found,
        people.get_person(session, actor, found.person_id),
        questionnaire,
        screening.instrument_of(questionnaire),
        screening.section_states(session, actor, screening_id, here),
    )


@dataclass(frozen=True)
class SafetyResult:
    """What the safety answers came to, for a staff screen: words, and the questions answered above "rarely"."""

    words: str
    concerns: list[str]
    danger: bool


def safety_result(asking: Asking, found: Iterable[Finding]) -> SafetyResult | None:
    """The result of the safety questions; None unless they were opened in this talk and something was answered."""
    if asking.screening.safety_gate is not SafetyGate.SAFE or not asking.has_safety_answers:
        return None
    findings = screening.safety_findings(asking.instrument, found)
    named = {question for finding in findings for question in (finding.question, *finding.concerns)}
    concerns = [item.text for item in asking.instrument.items if item.code in named]
    words = next((_score_words(f) for f in findings if f.result == "incomplete" or f.score is not None), "")
    return SafetyResult(words, concerns, screening.tells_of_danger(asking.instrument, findings))


def _score_words(finding: Finding) -> str:
    if finding.score is None:
        return str(_("Not totalled, since not every question was answered. This is not a “no”."))
    if finding.is_positive:
        return str(_("Total %(score)s of 20. From 11 on it points to harm.", score=finding.score))
    return str(_("Total %(score)s of 20. Under 11.", score=finding.score))


@dataclass(frozen=True)
class OnPerson:
    """What the page of a person shows of screenings and needs; `ask_again_url` only there, and never on paper."""

    needs: list[NeedRow]
    needs_url: str
    new_url: str
    ask_again_url: str | None
    unfinished: bool


def on_person(session: Session, actor: Actor, person_id: UUID) -> OnPerson:
    """The open needs, and whether the safety questions wait for a moment alone. Raises NotFound, NotAllowed."""
    waiting = screening.to_ask_in_private(session, actor, person_id)
    found = screening.screenings_of(session, actor, person_id)
    return OnPerson(
        needs=[row for row in map(need_row, screening.needs_of(session, actor, person_id)) if row.is_open],
        needs_url=url_for("screenings.needs", person_id=person_id),
        new_url=url_for("screenings.new", person_id=person_id),
        ask_again_url=url_for("screenings.gate", screening_id=waiting.id) if waiting else None,
        unfinished=any(one.status is screening.ScreeningStatus.IN_PROGRESS for one in found),
    )
