"""The one consent gate: what of a person may go to which organization, and why or why not.

Cautious form: until the rule engine exists it refuses whatever a special law protects. The order of the rules is
that of their table; each refusal names its rule, its source and what can be done instead.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import Session

from cie import calendar, participants
from cie.access import Purpose
from cie.consent.models import Consent, DataSet, Decision, SignerKind
from cie.consent.records import consents_of, in_force, says_no
from cie.consent.rules import HARD_RULES, NO_CONSENT, NO_FURTHER_UPDATES, NOT_COVERED, OWN_RULES, Refusal, Rule
from cie.db import current
from cie.directory.models import Category
from cie.participants.models import Participant, ParticipantKind
from cie.people.birth import BirthDate, is_under
from cie.people.models import Person

ADULT_YEARS = 18


@dataclass(frozen=True)
class Element:
    """One named fact that could leave, with the category that decides whether it may."""

    code: str
    value: Any
    category: Category = Category.GENERAL


@dataclass(frozen=True)
class Disclosure:
    """What one organization would let another read of a person. `service_category` is what the service itself tells."""

    person: Person
    discloser_id: UUID
    recipient_id: UUID
    data_set: DataSet
    elements: Sequence[Element]
    service_category: Category = Category.GENERAL
    purpose: Purpose = Purpose.CARE_COORDINATION
    at_person_request: bool = False


@dataclass(frozen=True)
class Withheld:
    """An element that stays, and why."""

    element: Element
    refusal: Refusal


@dataclass(frozen=True)
class Ruling:
    """The answer of the gate. When `refusal` is set nothing may go."""

    permitted: tuple[Element, ...]
    withheld: tuple[Withheld, ...]
    refusal: Refusal | None
    basis: str = ""
    consent_ids: tuple[UUID, ...] = ()
    masked: bool = False

    @property
    def fingerprint(self) -> str:
        """A keyed digest of exactly what would be seen; equal to the preview's when nothing changed."""
        content = orjson.dumps([[e.code, e.category, e.value] for e in self.permitted])
        return hmac.digest(current().keyring.derived("preview"), content, hashlib.sha256).hex()


@dataclass(frozen=True)
class Facts:
    """All that the rules look at; of the consents those in force, newest first."""

    disclosure: Disclosure
    discloser: Participant
    recipient: Participant
    agreed: tuple[bool, bool]
    consents: Sequence[Consent]
    today: date
    denied: tuple[Category, ...] = field(default=())


def decide(session: Session, disclosure: Disclosure, *, at: datetime) -> Ruling:
    """What of this disclosure the rules permit at this moment. Writes nothing."""
    facts = _facts(session, disclosure, at)
    if disclosure.discloser_id != disclosure.person.organization_id:
        return _decide_for_receiver(facts)
    return _decide(facts)


def _decide(facts: Facts) -> Ruling:
    refusal = _refusal(facts, HARD_RULES)
    return _nothing(facts, refusal) if refusal else _by_consent(facts)


def _refusal(facts: Facts, rules: Sequence[Rule]) -> Refusal | None:
    return next((rule.refusal for rule in rules if REFUSES[rule.code](facts)), None)


def _nothing(facts: Facts, refusal: Refusal) -> Ruling:
    return Ruling((), tuple(Withheld(e, refusal) for e in facts.disclosure.elements), refusal)


def _decide_for_receiver(facts: Facts) -> Ruling:
    """What a receiver may tell back. Rules of its own are asked first and named to it, since they hang on nothing else.

    Of every other refusal it hears the same, whether the person took a consent back, its last day passed or the
    sender's agreement ended.
    """
    refusal = _refusal(facts, OWN_RULES)
    if refusal:
        return _nothing(facts, refusal)
    ruling = _decide(facts)
    return _nothing(facts, NO_FURTHER_UPDATES) if ruling.refusal else ruling


def _facts(session: Session, disclosure: Disclosure, at: datetime) -> Facts:
    today = calendar.local_day(at)
    sides = disclosure.discloser_id, disclosure.recipient_id
    discloser, recipient = (participants.get_participant(session, side) for side in sides)
    first, second = (participants.current_agreement(session, side, on=today) is not None for side in sides)
    owner = disclosure.person.organization_id
    consents = in_force(consents_of(session, owner, disclosure.person.id), today)
    return Facts(disclosure, discloser, recipient, (first, second), consents, today)


def _is_about(category: Category) -> Callable[[Facts], bool]:
    return lambda facts: facts.disclosure.service_category == category


def _lacks_agreement(facts: Facts, side: int) -> bool:
    return not facts.agreed[side] or not (facts.discloser, facts.recipient)[side].is_active


def _comes_from_victim_services(facts: Facts) -> bool:
    return facts.discloser.kind == ParticipantKind.VICTIM_SERVICES


def _is_protected(facts: Facts) -> bool:
    """A victim service, or a service that a privacy officer marked like one."""
    marked = facts.disclosure.service_category == Category.VICTIM_SERVICES
    return marked or facts.recipient.kind == ParticipantKind.VICTIM_SERVICES


def _lacks_an_entitled_signer(facts: Facts) -> bool:
    birth = facts.disclosure.person.birth_text
    under = is_under(BirthDate.from_text(birth), ADULT_YEARS, facts.today) if birth else False
    return under is not False and not _entitled(facts)


def _entitled(facts: Facts) -> bool:
    wanted = {e.category.value for e in facts.disclosure.elements} | {facts.disclosure.service_category.value}
    return any(c.signer != SignerKind.PERSON and wanted <= set(c.entitled_categories) for c in facts.consents)


def _person_said_no(facts: Facts) -> bool:
    return says_no([c for c in facts.consents if _concerns(c, facts)])


REFUSES: Mapping[str, Callable[[Facts], bool]] = {
    "own-agreement": lambda facts: _lacks_agreement(facts, 0),
    "agreement": lambda facts: _lacks_agreement(facts, 1),
    "part2": _is_about(Category.SUD_PART2),
    "lps": _is_about(Category.MENTAL_HEALTH),
    "hiv": _is_about(Category.HIV),
    "ab352": _is_about(Category.REPRODUCTIVE),
    "vawa": _comes_from_victim_services,
    "vawa-inbound": lambda facts: _is_protected(facts) and not facts.disclosure.at_person_request,
    "minor": _lacks_an_entitled_signer,
    "persons-no": _person_said_no,
}
"""When a rule of the table says no."""


def _by_consent(facts: Facts) -> Ruling:
    covering = [c for c in facts.consents if c.decision == Decision.SHARE and _concerns(c, facts)]
    allowed = {category for c in covering for category in c.categories}
    permitted = tuple(e for e in facts.disclosure.elements if e.category.value in allowed)
    stays = tuple(Withheld(e, NOT_COVERED.refusal) for e in facts.disclosure.elements if e not in permitted)
    if not permitted:
        return Ruling((), stays, (NOT_COVERED if covering else NO_CONSENT).refusal)
    used = tuple(c.id for c in covering if any(e.category.value in c.categories for e in permitted))
    return Ruling(permitted, stays, None, "consent", used, _is_protected(facts))


def _concerns(consent: Consent, facts: Facts) -> bool:
    """Meant for the two organizations and the purpose: whoever discloses, the person named the other."""
    other = facts.recipient.id
    if facts.disclosure.discloser_id != consent.organization_id:
        other = facts.discloser.id
    return consent.is_about(other) and consent.purpose == facts.disclosure.purpose.value
