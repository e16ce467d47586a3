"""The one consent gate: what of a person may go to which organization, and why or why not.

Cautious form: until the rule engine exists it refuses whatever a special law protects. The order of the rules is
that of the design: federal hard denies, victim-service isolation, state denies, the person's own no, then the
person's consent; without consent nothing goes. Each refusal names its rule, its source and what can be done instead.
"""

import hashlib
import hmac
from collections.abc import Sequence
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
class Refusal:
    """Why something may not go: a code, the rule in one sentence, its source, and what can be done instead."""

    rule: str
    sentence: str
    source: str
    remedy: str = ""


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
    refusal = next((r for r in (rule(facts) for rule in HARD_RULES) if r), None)
    if refusal:
        return Ruling((), tuple(Withheld(e, refusal) for e in disclosure.elements), refusal)
    return _by_consent(facts)


def _facts(session: Session, disclosure: Disclosure, at: datetime) -> Facts:
    today = calendar.local_day(at)
    sides = disclosure.discloser_id, disclosure.recipient_id
    discloser, recipient = (participants.get_participant(session, side) for side in sides)
    first, second = (participants.current_agreement(session, side, on=today) is not None for side in sides)
    owner = disclosure.person.organization_id
    consents = in_force(consents_of(session, owner, disclosure.person.id), today)
    return Facts(disclosure, discloser, recipient, (first, second), consents, today)


def agreement_is_current(facts: Facts) -> Refusal | None:
    sides = zip(facts.agreed, (facts.discloser, facts.recipient), _NO_AGREEMENT, strict=True)
    lapsed = next((sentence for agreed, side, sentence in sides if not agreed or not side.is_active), None)
    if lapsed is None:
        return None
    return Refusal(
        "agreement", lapsed, "Participation agreement of the network", "Give the person the contact, or call"
    )


_NO_AGREEMENT = (
    "Your organization has no current participation agreement",
    "They have no current participation agreement",
)


_SPECIAL = {
    Category.SUD_PART2: ("part2", "Substance use treatment records need a consent of their own", "42 CFR 2.31"),
    Category.MENTAL_HEALTH: ("lps", "Mental health records need a rule we do not have yet", "WIC 5328"),
    Category.HIV: ("hiv", "HIV information needs a consent of its own", "HSC 120980"),
    Category.REPRODUCTIVE: ("ab352", "This kind of care is kept apart from exchange", "Civ. Code 56.110"),
}


def service_is_not_specially_protected(facts: Facts) -> Refusal | None:
    special = _SPECIAL.get(facts.disclosure.service_category)
    if special is None:
        return None
    rule, sentence, source = special
    return Refusal(rule, sentence, source, "Give the person the contact instead. They can call themselves")


def victim_services_send_nothing_out(facts: Facts) -> Refusal | None:
    if facts.discloser.kind != ParticipantKind.VICTIM_SERVICES:
        return None
    return Refusal(
        "vawa",
        "A victim service tells nobody about the people it serves",
        "34 USC 12291(b)(2); 42 USC 10406(c)(5); 28 CFR 94.115",
        "The person can call other services themselves",
    )


def victim_services_are_asked_for_by_the_person(facts: Facts) -> Refusal | None:
    if not _is_protected(facts) or facts.disclosure.at_person_request:
        return None
    return Refusal(
        "vawa-inbound",
        "A protected service is asked only when the person wants it",
        "34 USC 12291(b)(2)",
        "Give the contact without a name, or call together",
    )


def _is_protected(facts: Facts) -> bool:
    """A victim service, or a service that a privacy officer marked like one."""
    marked = facts.disclosure.service_category == Category.VICTIM_SERVICES
    return marked or facts.recipient.kind == ParticipantKind.VICTIM_SERVICES


def minor_has_an_entitled_signer(facts: Facts) -> Refusal | None:
    birth = facts.disclosure.person.birth_text
    under = is_under(BirthDate.from_text(birth), ADULT_YEARS, facts.today) if birth else False
    if under is False or _entitled(facts):
        return None
    return Refusal(
        "minor",
        "This person may be under 18 and nobody entitled to sign for this has signed",
        "Fam. Code 6910, 6922, 6924",
        "Record who signed, and for which kinds of data they may sign",
    )


def _entitled(facts: Facts) -> bool:
    wanted = {e.category.value for e in facts.disclosure.elements} | {facts.disclosure.service_category.value}
    return any(c.signer != SignerKind.PERSON and wanted <= set(c.entitled_categories) for c in facts.consents)


def person_did_not_say_no(facts: Facts) -> Refusal | None:
    if not says_no([c for c in facts.consents if _concerns(c, facts)]):
        return None
    return Refusal(
        "persons-no",
        "The person said no to sharing with this place",
        "The person's own choice",
        "Give a printed sheet or the contact. The person gets the same care",
    )


HARD_RULES = (
    agreement_is_current,
    service_is_not_specially_protected,
    victim_services_send_nothing_out,
    victim_services_are_asked_for_by_the_person,
    minor_has_an_entitled_signer,
    person_did_not_say_no,
)


def _by_consent(facts: Facts) -> Ruling:
    covering = [c for c in facts.consents if c.decision == Decision.SHARE and _concerns(c, facts)]
    allowed = {category for c in covering for category in c.categories}
    permitted = tuple(e for e in facts.disclosure.elements if e.category.value in allowed)
    stays = tuple(Withheld(e, _NOT_COVERED) for e in facts.disclosure.elements if e not in permitted)
    if not permitted:
        return Ruling((), stays, _NO_CONSENT if not covering else _NOT_COVERED)
    used = tuple(c.id for c in covering if any(e.category.value in c.categories for e in permitted))
    return Ruling(permitted, stays, None, "consent", used, _is_protected(facts))


_NOT_COVERED = Refusal("scope", "The person did not agree to share this", "The person's consent", "")
_NO_CONSENT = Refusal(
    "no-consent",
    "The person has not agreed to share with this place",
    "Deny by default",
    "Ask the person, and record what they say",
)


def _concerns(consent: Consent, facts: Facts) -> bool:
    """Meant for the two organizations and the purpose: whoever discloses, the person named the other."""
    other = facts.recipient.id
    if facts.disclosure.discloser_id != consent.organization_id:
        other = facts.discloser.id
    return consent.is_about(other) and consent.purpose == facts.disclosure.purpose.value
