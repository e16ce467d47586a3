"""Answers to questions as FHIR writes them, in a QuestionnaireResponse and in an Observation."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cie.calendar import CALIFORNIA
from cie.fhir.codes import ABSENT, concept
from cie.screening import Item

DECLINED = "asked-declined"
ABSENT_REASONS = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
Resource = dict[str, Any]

_TYPES: Mapping[str, str] = {
    "boolean": "Boolean",
    "integer": "Integer",
    "decimal": "Decimal",
    "quantity": "Quantity",
    "date": "Date",
    "dateTime": "DateTime",
}


def _moment(code: str) -> str:
    """A date and a time; one without a zone is California's."""
    at = datetime.fromisoformat(code)
    return (at if at.tzinfo else at.replace(tzinfo=CALIFORNIA)).isoformat(timespec="seconds")


_VALUES: Mapping[str, Callable[[str], Any]] = {
    "boolean": lambda code: code == "true",
    "integer": int,
    "date": lambda code: date.fromisoformat(code).isoformat(),
    "decimal": Decimal,
    "quantity": lambda code: {"value": Decimal(code)},
    "dateTime": _moment,
}


def _coding(item: Item, code: str) -> dict[str, str] | None:
    """The answer of the list with this code; None for words and for answers without a code system."""
    option = next((each for each in item.options if each.code == code and each.system), None)
    return {"system": option.system, "code": option.code, "display": option.display} if option else None


def answer(item: Item, code: str) -> Resource:
    """One answer of a QuestionnaireResponse."""
    coding = _coding(item, code)
    if coding:
        return {"valueCoding": coding}
    return {f"value{_TYPES.get(item.kind, 'String')}": _VALUES.get(item.kind, str)(code)}


def declined_answer(item: Item) -> Resource:
    """That the person chose not to answer; without any answer the question was left open."""
    why = {"extension": [{"url": ABSENT, "valueCode": DECLINED}]}
    coded = any(option.system for option in item.options)
    if coded or item.kind == "quantity":
        return {"valueCoding" if coded else "valueQuantity": why}
    return {f"_value{_TYPES.get(item.kind, 'String')}": why}


def observed(item: Item, code: str) -> Resource:
    """The value of an Observation; numbers are quantities, of which US Core reads the value alone."""
    coding = _coding(item, code)
    if coding:
        return {"valueCodeableConcept": concept(coding, text=coding["display"])}
    if item.kind in ("integer", "decimal", "quantity"):
        return {"valueQuantity": {"value": Decimal(code)}}
    kind = "dateTime" if item.kind == "date" else item.kind
    return {f"value{_TYPES.get(kind, 'String')}": _VALUES.get(item.kind, str)(code)}


def not_observed() -> Resource:
    """In place of the value of an Observation, that the person chose not to answer."""
    return {"dataAbsentReason": concept({"system": ABSENT_REASONS, "code": DECLINED, "display": "Asked But Declined"})}
