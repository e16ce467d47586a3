"""QuestionnaireResponse: what a person answered, without anything about safety, under the id of the screening."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cie.fhir.codes import ABSENT, US_CORE, profiled, reference
from cie.fhir.moments import instant
from cie.fhir.resources.answers import DECLINED, answer, declined_answer
from cie.fhir.resources.questionnaire import canonical
from cie.screening import GivenAnswer, Item, OpenRecord, Screening, computed_codes

SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaireresponse"
PROFILE = f"{US_CORE}us-core-questionnaireresponse"
Resource = dict[str, Any]
_Given = Mapping[str, tuple[Item, GivenAnswer]]


def questionnaire_response(record: OpenRecord, author: dict[str, str]) -> Resource:
    """What was asked and answered openly, in the groups of the instrument. `author`: who wrote it down."""
    screening = record.screening
    given = {item.link_id: (item, said) for item, said in record.answers}
    items = list(_items(record.questionnaire.resource.get("item", []), given))
    return {
        **profiled("QuestionnaireResponse", screening.id, SDC, PROFILE),
        "questionnaire": canonical(record.questionnaire),
        "status": _status(screening),
        "subject": reference("Patient", screening.person_id),
        "authored": instant(screening.started_at),
        "author": author,
        "source": reference("Patient", screening.person_id),
        **({"item": items} if items else {}),
    }


def _status(screening: Screening) -> str:
    if screening.is_mistake:
        return "entered-in-error"
    return "amended" if screening.amended_at else "completed"


def _items(asked: Sequence[Resource], given: _Given) -> Iterator[Resource]:
    """Each question that has an answer, within its groups."""
    for entry in asked:
        within = list(_items(entry.get("item", []), given))
        named = {"linkId": entry["linkId"], **({"text": entry["text"]} if entry.get("text") else {})}
        if entry["linkId"] in given:
            yield {**named, "answer": _answers(*given[entry["linkId"]], within)}
        elif within and entry["type"] == "group":
            yield {**named, "item": within}
        else:
            # a question inside another one that has no answer stands beside it
            yield from within


def _answers(item: Item, said: GivenAnswer, within: Sequence[Resource]) -> list[Resource]:
    answers = [declined_answer(item)] if said.declined else [answer(item, code) for code in said.codes]
    return [{**answers[0], "item": list(within)}, *answers[1:]] if within else answers


_ITEMS = frozenset({"item", "questionnaire", "text"})


def answered_otherwise(made: Resource, sent: Resource) -> frozenset[str]:
    """The elements that hold what was sent no more, once an answer was changed since."""
    return frozenset() if _said_in(made) == _said_in(sent) else _ITEMS


def question_in(link_id: str) -> str:
    """The code of a question where a link id ends in it, as those of LOINC forms do; else the link id."""
    return link_id.rpartition("/")[2] or link_id


def _said_in(body: Resource) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    for item in answered_items(body):
        question = question_in(item.get("linkId", ""))
        if question not in computed_codes():
            said.setdefault(question, []).extend(text for each in item["answer"] if (text := _text_of(each)))
    return {question: sorted(texts) for question, texts in said.items() if texts}


def answered_items(holder: Resource) -> Iterator[Resource]:
    """Every item with an answer, in whatever group or answer it stands."""
    for item in holder.get("item", []):
        if item.get("answer"):
            yield item
        yield from answered_items(item)
        for each in item.get("answer", []):
            yield from answered_items(each)


def _text_of(each: Resource) -> str:
    """An answer as a word to compare by."""
    if is_declined(each):
        return DECLINED
    name = next((name for name in each if name.startswith("value")), "")
    value = each.get(name)
    if isinstance(value, Mapping):
        value = value.get("code", value.get("value"))
    return "" if value is None else str(value)


def is_declined(each: Resource) -> bool:
    """Whether an answer says that the person chose not to give one."""
    values = (part for name, part in each.items() if name.lstrip("_").startswith("value") and isinstance(part, Mapping))
    return any(
        extension.get("url") == ABSENT and extension.get("valueCode") == DECLINED
        for value in values
        for extension in value.get("extension", [])
    )
