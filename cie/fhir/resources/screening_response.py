"""Observations of a screening: one for each answer, the result of the Hunger Vital Sign, and the panel that holds them.

Only what LOINC has a code for is an Observation; all else stands in the QuestionnaireResponse alone.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cie.fhir.codes import LOINC, SDOH, SDOHCC, SURVEY, UNSPECIFIED, concept, profiled, reference, temporary
from cie.fhir.moments import instant
from cie.fhir.resources.answers import not_observed, observed
from cie.screening import Finding, GivenAnswer, Item, OpenRecord, Screening, domains_of, loinc_check_digit

PROFILE = f"{SDOHCC}SDOHCC-ObservationScreeningResponse"
_INTERPRETATIONS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_MEANS = {"at-risk": ("POS", "Positive"), "no-risk": ("NEG", "Negative")}
_RISK = "Food insecurity risk [HVS]"
_RISKS = {"at-risk": "At risk", "no-risk": "No risk"}
Resource = dict[str, Any]
IdOf = Callable[[str, str], str]
"""The id of an Observation, by the question and, where there may be several answers, the answer."""


def screening_responses(record: OpenRecord, id_of: IdOf) -> list[Resource]:
    """All Observations of one screening."""
    members = [*_of_answers(record, id_of), *_of_results(record, id_of)]
    return [*members, _panel(record, id_of, members)] if members and _is_loinc(record.instrument.code) else members


def evidence_ids(record: OpenRecord, need_code: str, id_of: IdOf) -> list[str]:
    """The ids of the Observations whose answers point to a need."""
    named = {item.code: item for item, _given in record.answers}
    found = [each for each in record.findings if each.need == need_code and each.is_positive]
    ids = [
        _id(named[each.question], code, id_of) if each.question in named else id_of(each.question, "")
        for each in found
        for code in each.codes
        if _is_loinc(each.question)
    ]
    return list(dict.fromkeys(ids))


def _is_loinc(code: str) -> bool:
    return loinc_check_digit(code)


def _id(item: Item, code: str, id_of: IdOf) -> str:
    return id_of(item.link_id, code if item.repeats else "")


def _of_answers(record: OpenRecord, id_of: IdOf) -> Iterator[Resource]:
    for item, given in record.answers:
        if _is_loinc(item.code):
            yield from _of_answer(record, item, given, id_of)


def _of_answer(record: OpenRecord, item: Item, given: GivenAnswer, id_of: IdOf) -> Iterator[Resource]:
    code = {"system": LOINC, "code": item.code, "display": item.text}
    for said in (None,) if given.declined else given.codes:
        domains = domains_of(record.instrument.code, item.code, said) or (UNSPECIFIED,)
        value = observed(item, said) if said is not None else not_observed()
        id = _id(item, said or "", id_of)
        yield {**_observation(record, id, code, domains), **value, **_derived(record)}


def _of_results(record: OpenRecord, id_of: IdOf) -> Iterator[Resource]:
    """What the answers to the Hunger Vital Sign come to, when they come to anything."""
    for finding in record.findings:
        if finding.result in _RISKS:
            yield _result(record, finding, id_of(finding.question, ""))


def _result(record: OpenRecord, finding: Finding, id: str) -> Resource:
    code, display = _MEANS[finding.result]
    value = {"system": LOINC, "code": finding.codes[0], "display": _RISKS[finding.result]}
    asked = {"system": LOINC, "code": finding.question, "display": _RISK}
    return {
        **_observation(record, id, asked, (finding.domain,)),
        "valueCodeableConcept": concept(value, text=value["display"]),
        "interpretation": [concept({"system": _INTERPRETATIONS, "code": code, "display": display})],
        **_derived(record),
    }


def _panel(record: OpenRecord, id_of: IdOf, members: Sequence[Resource]) -> Resource:
    instrument = record.instrument
    code = {"system": LOINC, "code": instrument.code, "display": instrument.title}
    about = {tuple(_domains_in(each)) for each in members}
    domains = next(iter(about)) if len(about) == 1 else ()
    return {
        **_observation(record, id_of("", ""), code, domains),
        "hasMember": [reference("Observation", each["id"]) for each in members],
        **_derived(record),
    }


def _domains_in(observation: Resource) -> list[str]:
    return [each["coding"][0]["code"] for each in observation["category"][2:]]


def _observation(record: OpenRecord, id: str, code: dict[str, str], domains: Sequence[str]) -> Resource:
    person = reference("Patient", record.screening.person_id)
    return {
        **profiled("Observation", id, PROFILE),
        "status": _status(record.screening),
        "category": [concept(SURVEY), concept(SDOH), *(concept(temporary(each)) for each in domains)],
        "code": concept(code, text=code["display"]),
        "subject": person,
        "effectiveDateTime": instant(record.screening.started_at),
        "performer": [person],
    }


def _status(screening: Screening) -> str:
    if screening.is_mistake:
        return "entered-in-error"
    return "corrected" if screening.amended_at else "final"


def _derived(record: OpenRecord) -> Resource:
    return {"derivedFrom": [reference("QuestionnaireResponse", record.screening.id)]}
