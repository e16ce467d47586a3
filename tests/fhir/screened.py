"""People who were asked the questions of an instrument, at a clinic whose programs read over FHIR."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from cie import screening
from cie.access import SYSTEM, Actor, Role
from cie.db import transaction
from cie.screening import GivenAnswer, QuestionnaireRow, SafetyGate
from tests.factories import NOON, Loop, make_staff, staff_of

PRAPARE = "gravity/us-core-screening-examples/Questionnaire-prapare-example.json"
AHC, HVS = "96777-8", "88121-9"
OFTEN, SOMETIMES, NEVER = "LA28397-0", "LA6729-3", "LA28398-8"
FREQUENTLY = "LA6482-9"
FOOD = {"/88122-7": GivenAnswer((OFTEN,)), "/88123-5": GivenAnswer((NEVER,))}
HITS = ("/95618-5", "/95617-7", "/95616-9", "/95615-1")
DANGER = {link_id: GivenAnswer((FREQUENTLY,)) for link_id in HITS}
PRIVATE_WORDS = ("95618-5", "95617-7", "95616-9", "95615-1", "95614-4", FREQUENTLY, "707087005", "76501-6", "93026-3")
PRIVATE_WORDS += ("intimate-partner-violence", "safety-from-abuse", "Safety from someone", "safety_gate", "not-safe")


def load_instruments() -> dict[str, UUID]:
    """The instruments that travel with the code, by their LOINC codes."""
    with transaction() as session:
        return {row.code: row.id for row in screening.import_shipped(session, SYSTEM, at=NOON)}


def load(resource: dict[str, Any]) -> UUID:
    with transaction() as session:
        return screening.import_questionnaire(session, SYSTEM, resource, at=NOON).id


def load_prapare(reference: Path) -> UUID:
    return load(orjson.loads((reference / PRAPARE).read_bytes()))


def make_worker(loop: Loop) -> Actor:
    """A member of staff of the clinic with an account."""
    with transaction() as session:
        return staff_of(loop.clinic, Role.NAVIGATOR, id=make_staff(session, loop.clinic).id)


def ask(actor: Actor, person_id: UUID, questionnaire_id: UUID, answers: Mapping[str, GivenAnswer], **said: Any) -> UUID:
    """The screening of a person who answered all this."""
    with transaction() as session:
        values = {"at": NOON, **said}
        return screening.record_screening(session, actor, person_id, questionnaire_id, answers, **values).id


def ask_safety(actor: Actor, screening_id: UUID, answers: Mapping[str, GivenAnswer]) -> None:
    """Ask afterwards about safety, in a talk with somebody who is alone and safe."""
    with transaction() as session:
        screening.answer_safety_gate(session, actor, screening_id, SafetyGate.SAFE, at=NOON)
    with transaction() as session:
        screening.save_section(session, actor, screening_id, "safety", answers, at=NOON)


def every_answer(row: QuestionnaireRow, turn: int) -> dict[str, GivenAnswer]:
    """An answer to each open question; another one at each turn."""
    sections = (section for section in screening.instrument_of(row).sections if not section.safety)
    items = [item for section in sections for item in section.items]
    coded = {
        item.link_id: GivenAnswer((item.options[turn % len(item.options)].code,)) for item in items if item.options
    }
    return {item.link_id: coded.get(item.link_id, GivenAnswer(("6",))) for item in items}
