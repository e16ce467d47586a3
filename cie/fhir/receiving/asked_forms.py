"""Which loaded instrument a QuestionnaireResponse answers, and which of its questions an item is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from cie import screening
from cie.fhir.resources.questionnaire import url_of
from cie.fhir.resources.questionnaire_response import answered_items, question_in
from cie.screening import Instrument, Item, QuestionnaireRow, computed_codes, is_about_safety, loinc_check_digit

_LOINC_FORMS = ("http://loinc.org/q/", "http://loinc.org/")
Resource = dict[str, Any]


@dataclass(frozen=True)
class Form:
    """An instrument that may be asked, as systems elsewhere name its questions."""

    row: QuestionnaireRow
    instrument: Instrument

    def item(self, link_id: str) -> Item | None:
        """The question with this link id, or whose code the link id ends in."""
        items = self.instrument.items
        exact = next((item for item in items if item.link_id == link_id), None)
        return exact or next((item for item in items if item.code == question_in(link_id)), None)

    def is_private(self, link_id: str) -> bool:
        """Whether it stands in a section that is asked in private alone."""
        asked = self.item(link_id)
        return any(asked in section.items for section in self.instrument.sections if section.safety)


def form_of(session: Session, response: Resource, base: str) -> Form | None:
    """The instrument whose address is named, else the smallest that has all of its questions by their LOINC codes."""
    forms = _forms(session)
    return _named(forms, response.get("questionnaire", ""), base) or _by_questions(forms, response)


def form_named(session: Session, canonical: str, base: str) -> Form | None:
    """The instrument whose address is named, with or without its version."""
    return _named(_forms(session), canonical, base)


def _forms(session: Session) -> list[Form]:
    return [Form(row, screening.instrument_of(row)) for row in screening.instruments(session)]


def _named(forms: Iterable[Form], canonical: str, base: str) -> Form | None:
    address = canonical.partition("|")[0]
    return next((form for form in forms if address in _addresses(form.row, base)), None)


def _addresses(row: QuestionnaireRow, base: str) -> set[str]:
    """How systems name an instrument: by itself, by what it was taken from, by its panel, as a resource here."""
    taken_from = {each.partition("|")[0] for each in row.resource.get("derivedFrom", [])}
    panels = {f"{form}{row.code}" for form in _LOINC_FORMS}
    return {url_of(row), f"{base}/Questionnaire/{row.id}", f"Questionnaire/{row.id}", *taken_from, *panels}


def _by_questions(forms: list[Form], response: Resource) -> Form | None:
    asked = {question_in(item.get("linkId", "")) for item in answered_items(response)} - computed_codes()
    if not asked or not all(loinc_check_digit(each) for each in asked):
        return None
    fitting = [form for form in forms if asked <= {item.code for item in form.instrument.items}]
    return min(fitting, key=lambda form: len(form.instrument.items), default=None)


def items_in(holder: Resource, path: str) -> Iterator[tuple[str, Resource]]:
    """Every item with an answer, and where it is."""
    for number, item in enumerate(holder.get("item", [])):
        here = f"{path}.item[{number}]"
        if item.get("answer"):
            yield here, item
        yield from items_in(item, here)
        for position, each in enumerate(item.get("answer", [])):
            yield from items_in(each, f"{here}.answer[{position}]")


def private_places(response: Resource, form: Form | None) -> list[str]:
    """Where a response answers what is asked in private alone, whatever form it is of."""
    return [
        path
        for path, item in items_in(response, "QuestionnaireResponse")
        if is_about_safety(question_in(item.get("linkId", ""))) or (form and form.is_private(item.get("linkId", "")))
    ]
