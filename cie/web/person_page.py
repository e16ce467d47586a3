"""What the page of one person shows, gathered from the domain for a caller who may see the parts."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import url_for
from sqlmodel import Session, col

from cie import consent, people, referrals, retention
from cie.access import Actor, Permission, is_allowed
from cie.calendar import local_day
from cie.people import Person, PersonIdentifier
from cie.people.birth import age_on
from cie.people.formats import identifier_namespaces
from cie.people.standing import counting_on
from cie.referrals import Kind, Referral, ReferralStatus
from cie.web.consent_endings import ending_words
from cie.web.consent_words import ConsentLine, consent_line
from cie.web.element_words import asked_for
from cie.web.language import chosen_language, ngettext
from cie.web.language import gettext as _
from cie.web.language_names import language_name
from cie.web.person_words import ContactLine, birth_words, contact_line, dated, full_name, standing_words
from cie.web.signing_words import SigningLine, lines_on_person
from cie.web.words import closing_words

MOST_REFERRALS = 20


@dataclass(frozen=True)
class ReferralLine:
    """A referral that we sent, by what was asked and where it stands."""

    url: str
    title: str
    state: str


@dataclass(frozen=True)
class NumberLine:
    """A number of another system."""

    id: UUID
    label: str
    value: str


@dataclass(frozen=True)
class PersonPage:
    """One person. `asks_medi_cal`: a number on record suggests Medi-Cal, and nobody said so yet."""

    id: UUID
    name: str
    first_name: str
    summary: str
    facts: list[dict[str, str]]
    asks_medi_cal: bool
    contacts: list[ContactLine]
    numbers: list[NumberLine]
    consents: list[ConsentLine]
    asked: list[SigningLine]
    ending: str
    referrals: list[ReferralLine]
    texts_paused: bool
    in_danger: bool


def page_of(session: Session, actor: Actor, person_id: UUID, *, at: datetime) -> PersonPage:
    """Everything on the page; that the caller saw it is recorded. Raises NotFound."""
    today = local_day(at)
    person = people.get_person(session, actor, person_id)
    return PersonPage(
        id=person.id,
        name=full_name(person),
        first_name=person.first_name or _("This person"),
        summary=_summary(person, today),
        facts=[*facts_of(person, today), *_standing(person, today)],
        asks_medi_cal=people.suggests_medi_cal(session, person),
        contacts=[contact_line(point) for point in people.contact_points(session, person)],
        numbers=[_number(number) for number in people.identifiers_of(session, person)],
        consents=_consents(session, actor, person, today),
        asked=_asked(session, actor, person, at=at),
        ending=_ending(session, actor, person, at=at),
        referrals=_referrals(session, actor, person),
        texts_paused=person.texts_paused_at is not None,
        in_danger=people.has_open_alert(session, person),
    )


def _summary(person: Person, today: date) -> str:
    """What one wants to know first: age, language, ZIP."""
    age = age_on(people.birth_of(person), today)
    said = [
        _("Age %(age)s.", age=age) if age is not None else "",
        f"{_language(person)}.",
        _("ZIP %(zip)s.", zip=person.zip) if person.zip else "",
    ]
    return " ".join(filter(None, said))


def facts_of(person: Person, today: date) -> list[dict[str, str]]:
    """The facts of a person, each with its label."""
    rows = [
        (_("Birth date"), _birth(person, today)),
        (_("Pronouns"), person.pronouns or ""),
        (_("Address"), _address(person)),
        (_("County"), people.counties().get(person.county_fips, "")),
        (_("Language"), _language(person)),
        (_("Household"), _household(person)),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def _standing(person: Person, today: date) -> list[dict[str, str]]:
    """What the rules look at beside age; only the person's own page shows it."""
    counting = counting_on(person.standing or (), people.birth_of(person), today)
    label = _("Other facts that the rules look at")
    return [{"label": label, "value": standing_words(counting)}] if counting else []


def _birth(person: Person, today: date) -> str:
    birth = people.birth_of(person)
    age = age_on(birth, today)
    if age is None:
        return _("Not known")
    return _("%(day)s, age %(age)s", day=birth_words(birth), age=age)


def _address(person: Person) -> str:
    street = _("No fixed address") if person.no_fixed_address else person.street or ""
    zip = _("ZIP %(zip)s", zip=person.zip) if person.zip else ""
    return ", ".join(filter(None, [street, zip])) or _("Not known")


def _language(person: Person) -> str:
    name = language_name(person.language)
    return _("%(language)s. Needs an interpreter", language=name) if person.interpreter else name


def _household(person: Person) -> str:
    size = person.household_size
    return ngettext("%(num)d person", "%(num)d people", size) if size else ""


def _number(number: PersonIdentifier) -> NumberLine:
    return NumberLine(number.id, _(identifier_namespaces()[number.namespace]["label"]), number.value)


def _consents(session: Session, actor: Actor, person: Person, today: date) -> list[ConsentLine]:
    if not is_allowed(actor, Permission.CONSENT_READ, person):
        return []
    found = consent.consents_of(session, person.organization_id, person.id)
    return [consent_line(record, today) for record in found]


def _asked(session: Session, actor: Actor, person: Person, *, at: datetime) -> list[SigningLine]:
    """What waits for their signature, and what they did not sign."""
    if not is_allowed(actor, Permission.CONSENT_READ, person):
        return []
    return lines_on_person(session, actor, person.id, at=at)


def _ending(session: Session, actor: Actor, person: Person, *, at: datetime) -> str:
    if not is_allowed(actor, Permission.CONSENT_READ, person):
        return ""
    return ending_words(retention.ending_soon(session, actor, person_id=person.id, at=at))


def _referrals(session: Session, actor: Actor, person: Person) -> list[ReferralLine]:
    query = (
        referrals.visible_to(actor)
        .where(col(Referral.person_id) == person.id, col(Referral.organization_id) == actor.organization_id)
        .order_by(col(Referral.id).desc())
        .limit(MOST_REFERRALS)
    )
    return [_referral(row) for row in session.execute(query).scalars()]


def _referral(referral: Referral) -> ReferralLine:
    url = url_for("referrals.show", referral_id=referral.id)
    if referral.masked:
        return ReferralLine(url, _("A protected service"), "")
    return ReferralLine(url, asked_for(referral.title), _state(referral))


def _state(referral: Referral) -> str:
    if referral.status is ReferralStatus.ENTERED_IN_ERROR:
        return _("Sent by mistake. Not counted")
    if referral.closing and referral.closed_at:
        words = closing_words(referral.closing.value, chosen_language())
        return _("Closed %(day)s: %(how)s", day=dated(referral.closed_at), how=words)
    if referral.first_sent_at is None:
        return _("Not sent yet")
    if referral.kind is Kind.INFORMATIONAL:
        return _("Open. Contact given %(day)s", day=dated(referral.first_sent_at))
    return _("Open. Sent %(day)s", day=dated(referral.first_sent_at))
