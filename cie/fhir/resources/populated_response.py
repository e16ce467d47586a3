"""QuestionnaireResponse in progress: every question of a Questionnaire, those answered of which something is known.

What is about safety has its place and no answer, whatever is known, and keeps the mark by which staff alone ask it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from cie.fhir.moments import instant
from cie.fhir.resources.questionnaire_response import SDC, question_in
from cie.screening import STAFF_ONLY, is_about_safety

Resource = dict[str, Any]
Known = Callable[[Resource], list[Resource]]
"""What is known in answer to a question of a Questionnaire."""


def populated_response(
    questionnaire: Resource, canonical: str, subject: Resource, known: Known, *, at: datetime
) -> Resource:
    """The response to go on with. `canonical`: the address of the Questionnaire."""
    return {
        "resourceType": "QuestionnaireResponse",
        "meta": {"profile": [SDC]},
        "questionnaire": canonical,
        "status": "in-progress",
        "subject": subject,
        "authored": instant(at),
        "item": _items(questionnaire.get("item", []), known, is_private=False),
    }


def _items(asked: Sequence[Resource], known: Known, *, is_private: bool) -> list[Resource]:
    """What stands beside a question on safety is asked in private with it."""
    together = is_private or any(asks_in_private(each) for each in asked if each["type"] != "group")
    return [_item(each, known, together or asks_in_private(each)) for each in asked]


def _item(asked: Resource, known: Known, is_private: bool) -> Resource:
    """A question or a group, with all that is inside it."""
    answers = [] if is_private or asked["type"] in _UNASKED else known(asked) or _initial(asked)
    return {
        "linkId": asked["linkId"],
        **({"extension": [_MARK]} if is_private else {}),
        **({"text": asked["text"]} if asked.get("text") else {}),
        **_filled(answers, _items(asked.get("item", []), known, is_private=is_private)),
    }


_UNASKED = ("group", "display")
_MARK = {"url": STAFF_ONLY, "valueBoolean": True}


def _filled(answers: Sequence[Resource], within: Sequence[Resource]) -> Resource:
    """What is inside a question stands in its answer, where it has one."""
    if answers and within:
        return {"answer": [{**answers[0], "item": list(within)}, *answers[1:]]}
    return {**({"answer": list(answers)} if answers else {}), **({"item": list(within)} if within else {})}


def _initial(asked: Resource) -> list[Resource]:
    """What the Questionnaire gives as an answer to begin with."""
    chosen = [each for each in asked.get("answerOption", ()) if each.get("initialSelected")]
    values = ({name: part for name, part in each.items() if name.startswith("value")} for each in chosen)
    return [dict(each) for each in asked.get("initial", ())] or list(values)


def asks_in_private(asked: Resource) -> bool:
    """Whether a question is marked as one on safety, or is known as one."""
    codes = [each.get("code", "") for each in asked.get("code", ())]
    is_marked = any(each.get("url") == STAFF_ONLY and each.get("valueBoolean") for each in asked.get("extension", ()))
    return is_marked or any(is_about_safety(each) for each in (*codes, question_in(asked["linkId"])))


def has_private(asked: Sequence[Resource]) -> bool:
    """Whether any of these, or anything inside them, is about safety."""
    return any(asks_in_private(each) or has_private(each.get("item", ())) for each in asked)
