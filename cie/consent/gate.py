"""The one consent gate: what of a person may go to which organization, and why or why not.

The gate gathers the facts, asks the rules, and words their answer; the rules themselves are in `consent.law`.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import Session

from cie import participants
from cie.access import Purpose
from cie.consent import law
from cie.consent.asking import question_of
from cie.consent.elements import data_sets
from cie.consent.models import DataSet, EmergencyKind
from cie.db import current
from cie.directory.models import Category
from cie.participants.models import ParticipantKind, Program
from cie.people.models import Person


@dataclass(frozen=True)
class Refusal:
    """Why something may not go: a code, the rule in one sentence, its source, and what can be done instead.

    `missing`: what the consent that comes nearest still lacks, by code.
    """

    rule: str
    sentence: str
    source: str
    remedy: str = ""
    missing: tuple[str, ...] = ()


NO_FURTHER_UPDATES = Refusal(
    "no-further-updates",
    "There are no further updates about this person",
    "",
    "Keep an internal note. It stays with you",
)
"""All that a receiver hears of a refusal that hangs on the person or on the other side, never why."""
ISOLATION = "vawa"
OWN_RULES = frozenset({"legal-demand", "own-agreement", "psychotherapy", "minimum-set", "part2-role"})
"""Rules that look at the discloser and at the service alone: their refusal tells nothing of the person or the other."""


@dataclass(frozen=True)
class Element:
    """One named fact that could leave, with the category that decides whether it may; `program`: whose record it is."""

    code: str
    value: Any
    category: Category = Category.GENERAL
    program: Program | None = None


@dataclass(frozen=True)
class Disclosure:
    """What one organization would let another read of a person. `service_category` is what the service itself tells.

    `emergency`: what a member of staff recorded who asks for it in an emergency.
    """

    person: Person
    discloser_id: UUID
    recipient_id: UUID
    data_set: DataSet
    elements: Sequence[Element]
    service_category: Category = Category.GENERAL
    purpose: Purpose = Purpose.CARE_COORDINATION
    at_person_request: bool = False
    emergency: EmergencyKind | None = None


@dataclass(frozen=True)
class Withheld:
    """An element that stays, and why."""

    element: Element
    refusal: Refusal


@dataclass(frozen=True)
class Ruling:
    """The answer of the gate, with all that it rests on. When `refusal` is set nothing may go."""

    permitted: tuple[Element, ...]
    withheld: tuple[Withheld, ...]
    refusal: Refusal | None
    question: law.Question
    answers: tuple[law.Answer, ...]
    masked: bool = False

    @property
    def basis(self) -> str:
        """The rules that let it go, in the order in which they are asked."""
        used = {answer.rule_id for answer in self.answers if answer.permitted}
        order = list(law.texts())
        return ",".join(sorted(used, key=lambda code: order.index(code.partition("+")[0])))

    @property
    def consent_ids(self) -> tuple[UUID, ...]:
        """The consents that it rests on."""
        return tuple(dict.fromkeys(found for answer in self.answers for found in answer.record_ids))

    @property
    def obligations(self) -> tuple[law.Obligation, ...]:
        """What must go with it."""
        return tuple(sorted({duty for answer in self.answers for duty in answer.obligations}))

    @property
    def fingerprint(self) -> str:
        """The mark of exactly what would be seen; equal to the preview's when nothing changed."""
        return fingerprint_of(self.permitted)


def fingerprint_of(elements: Sequence[Element]) -> str:
    """A keyed digest of what these elements show."""
    content = orjson.dumps([[e.code, e.category, e.value] for e in elements])
    return hmac.digest(current().keyring.derived("preview"), content, hashlib.sha256).hex()


def decide(session: Session, disclosure: Disclosure, *, at: datetime) -> Ruling:
    """What of this disclosure the rules permit at this moment. Writes nothing."""
    question = _question(session, disclosure, at)
    if disclosure.person.erased_at is not None:
        return _nothing(disclosure, question)
    answers = tuple(law.decide(question))
    pairs = list(zip(disclosure.elements, answers, strict=True))
    permitted = tuple(element for element, answer in pairs if answer.permitted)
    stays = tuple(Withheld(element, _worded(question, answer)) for element, answer in pairs if not answer.permitted)
    refusal = None if permitted else _worded(question, _first_in_the_way(answers))
    return Ruling(permitted, stays, refusal, question, answers, _is_masked(session, disclosure))


def _question(session: Session, disclosure: Disclosure, at: datetime) -> law.Question:
    about, purpose = disclosure.service_category, disclosure.purpose
    least = data_sets()[disclosure.data_set]
    return question_of(
        session,
        disclosure.person,
        disclosure.discloser_id,
        disclosure.recipient_id,
        [law.Item(e.code, e.category, about, e.program, least.holds(e.code, purpose)) for e in disclosure.elements],
        purpose=purpose,
        asked_for_it=disclosure.at_person_request,
        emergency=disclosure.emergency,
        at=at,
    )


def _nothing(disclosure: Disclosure, question: law.Question) -> Ruling:
    """Nothing goes about somebody whose record was erased, and nobody hears why."""
    stays = tuple(Withheld(element, NO_FURTHER_UPDATES) for element in disclosure.elements)
    return Ruling((), stays, NO_FURTHER_UPDATES, question, ())


def _first_in_the_way(answers: Iterable[law.Answer]) -> law.Answer:
    """Of several refusals the one whose rule is asked first: it must be met before any other."""
    order = list(law.texts())
    return min(answers, key=lambda answer: order.index(answer.rule_id))


def _worded(question: law.Question, answer: law.Answer) -> Refusal:
    """What the discloser may hear: the owner of the record all, a receiver what hangs on itself alone.

    Of every other refusal a receiver hears the same, whether the person took a consent back, its last day passed or the
    sender's agreement ended; a victim service always that it tells nobody.
    """
    code = answer.rule_id
    if question.discloser.id != question.owner_id and code not in OWN_RULES:
        if question.discloser.kind != ParticipantKind.VICTIM_SERVICES:
            return NO_FURTHER_UPDATES
        code = ISOLATION
    text = law.text_of(code)
    return Refusal(text.id, text.reason, text.citation, text.remedy, answer.missing if code == answer.rule_id else ())


def _is_masked(session: Session, disclosure: Disclosure) -> bool:
    """Whether the receiver is a victim service, or a service that a privacy officer marked like one."""
    marked = disclosure.service_category == Category.VICTIM_SERVICES
    recipient = participants.get_participant(session, disclosure.recipient_id)
    return marked or recipient.kind == ParticipantKind.VICTIM_SERVICES
