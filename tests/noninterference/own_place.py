"""An exchange in which persons, and others in their place, open the page of the person by a link."""

from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import consent, identity, patient_tasks, people, referrals, screening
from cie.access import SYSTEM, Actor, ActorKind, Door, Role
from cie.consent import Consent, Decision, EmergencyAccess, EmergencyKind, Method, SignerKind
from cie.directory import Category
from cie.participants import Participant, ParticipantKind
from cie.patient_tasks import Asked, NewDocument, PatientTaskKind
from cie.people import AnyLink, ContactOwner, NewProxy, Person, ProxyScope, Relationship, Verified
from cie.people.birth import is_under
from cie.people.filing import file_person
from cie.referrals import Emergency, Referral, Request, Urgency
from tests.factories import (
    make_consent,
    make_participant,
    make_person,
    make_phone,
    make_service,
    make_staff,
)
from tests.noninterference.place import BEFORE, TODAY, acting

PIN = "482915"
OWN_NUMBER, JUNIPERS_NUMBER = "+15595550142", "+15595550144"
PARENTS_NUMBER, ROWANS_NUMBER = "+15595550143", "+15595550145"
LAST = TODAY + timedelta(days=100)
PERSON, TURNED_ON, MINOR = "the person", "the person who turned it on", "the young person"
PROXY, SEES_SAID, SEES_SHARED = "a proxy", "a proxy who sees what was said", "a proxy who sees who saw the data"
PARENT, FINDER, PHONE = "the parent", "who found the link", "the phone that a parent answers"
SCOPES = {
    PROXY: frozenset(ProxyScope),
    SEES_SAID: frozenset({ProxyScope.SEE_PERMISSIONS, ProxyScope.COPY}),
    SEES_SHARED: frozenset({ProxyScope.SEE_SHARED, ProxyScope.COPY}),
}
EVERYBODY = (PERSON, TURNED_ON, MINOR, *SCOPES, PARENT, FINDER, PHONE)


@dataclass
class About:
    """One person with what their page shows: a yes, what was sent because of it, and an emergency that was told."""

    person: Person
    said: Consent
    sent: Referral
    task: Any
    access: EmergencyAccess
    asked: UUID
    tasks: list[UUID]


@dataclass
class OwnPlace:
    """Who and what is there: by reader the link, and whom it is about."""

    hidden: SimpleNamespace
    links: dict[str, AnyLink] = field(default_factory=dict)
    abouts: dict[str, About] = field(default_factory=dict)

    def known(self, reader: str) -> dict[str, list[Any]]:
        """What may stand in an address of this reader's pages, by name."""
        about = self.abouts[reader]
        return {"consent_id": [about.said.id], "signing_id": [about.asked], "asked_id": about.tasks, "part": ["1"]}


def make_own_place(session: Session) -> OwnPlace:
    """Three persons of one clinic, before anything that is hidden happens."""
    hidden = _organizations(session)
    place = OwnPlace(hidden)
    adult = _about(session, hidden, given_name="Aster", number=OWN_NUMBER)
    place.abouts = dict.fromkeys((PERSON, *SCOPES, FINDER), adult)
    place.abouts[TURNED_ON] = _about(session, hidden, given_name="Juniper", number=JUNIPERS_NUMBER)
    place.abouts |= dict.fromkeys((MINOR, PARENT, PHONE), _minor(session, hidden))
    _let_in(session, place)
    return place


def _organizations(session: Session) -> SimpleNamespace:
    clinic = make_participant(session, name="Blue Kite Clinic", kind=ParticipantKind.CLINIC)
    pantry = make_participant(session, kind=ParticipantKind.CLINIC)  # whoever treats may open more in an emergency
    house = make_participant(session, name="Heron House", kind=ParticipantKind.HOSPITAL)
    refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
    instrument, hunger = screening.import_shipped(session, SYSTEM, at=BEFORE)
    return SimpleNamespace(
        clinic=clinic,
        pantry=pantry,
        house=house,
        harbor=refuge,
        food=make_service(session, pantry),
        third=make_service(session, house, name="Food bag"),
        marked=make_service(session, house, name="Safe stay", sensitivity=Category.VICTIM_SERVICES),
        counseling=make_service(session, house, name="Talks", sensitivity=Category.MENTAL_HEALTH),
        refuge=make_service(session, refuge, name="Safe place"),
        instrument=instrument,
        hunger=hunger,
        navigator=_staff(session, clinic, Role.NAVIGATOR),
        officer=_staff(session, clinic, Role.PRIVACY_OFFICER),
        administrator=_staff(session, clinic, Role.ORGANIZATION_ADMINISTRATOR),
        pantry_worker=_staff(session, pantry),
        house_worker=_staff(session, house),
        refuge_worker=_staff(session, refuge),
    )


def _staff(session: Session, organization: Participant, *roles: Role) -> Any:
    return acting(make_staff(session, organization, *roles))


def _about(session: Session, hidden: SimpleNamespace, *, number: str, **fields: Any) -> About:
    person = make_person(session, hidden.clinic, language="en", **fields)
    file_person(session, person)
    make_phone(session, person, number)
    said = make_consent(session, person, given_at=BEFORE)
    return _sent(session, hidden, person, said)


def _minor(session: Session, hidden: SimpleNamespace) -> About:
    """Fourteen years old, and reached first by a phone that a parent answers, too; the parent said yes to a place."""
    born = f"{TODAY.year - 14}-01-02"
    person = make_person(session, hidden.clinic, given_name="Rowan", birth_text=born, language="en")
    file_person(session, person)
    make_phone(session, person, ROWANS_NUMBER)
    make_phone(session, person, PARENTS_NUMBER, owner=ContactOwner.SHARED)
    signer, place = SignerKind.PARENT_OR_GUARDIAN, [str(hidden.pantry.id)]
    said = make_consent(session, person, signer=signer, recipient_ids=place, given_at=BEFORE, categories=["general"])
    said.signer_name = "Hazel Moreno"
    return _sent(session, hidden, person, said)


def _sent(session: Session, hidden: SimpleNamespace, person: Person, said: Consent) -> About:
    """The pantry was asked for food and said yes; later it opened more in an emergency."""
    asked = Request(person.id, "food", Urgency.WEEK, (hidden.food.id,), "Mornings are best")
    loop = referrals.send(session, hidden.navigator, asked, previewed=None, at=BEFORE)
    (task,) = referrals.tasks_of(session, loop)
    referrals.accept(session, hidden.pantry_worker, task.id, at=BEFORE)
    access, asked_to_sign = _opened(session, hidden, person), _asked_to_sign(session, hidden, person)
    return About(person, said, loop, task, access, asked_to_sign, _asked(session, hidden, person))


def _asked(session: Session, hidden: SimpleNamespace, person: Person) -> list[UUID]:
    """A question, something to read, and questions of an instrument that they began to answer."""
    kinds = (
        Asked(PatientTaskKind.QUESTION, "How will you get here?"),
        Asked(PatientTaskKind.MATERIAL, document=NewDocument("tea.txt", b"Drink water.")),
        Asked(PatientTaskKind.QUESTIONNAIRE, questionnaire_id=hidden.hunger.id, category="risk-questionnaire"),
    )
    made = [patient_tasks.ask(session, hidden.navigator, person.id, each, at=BEFORE).id for each in kinds]
    patient_tasks.begin_questions(session, Actor(ActorKind.PERSON, person.id, door=Door.LINK), made[-1], at=BEFORE)
    return made


def _asked_to_sign(session: Session, hidden: SimpleNamespace, person: Person) -> UUID:
    """Something that waits for their signature, by the link."""
    said = {"decision": Decision.DO_NOT_SHARE, "categories": [], "recipient_ids": [hidden.house.id]}
    said |= {"method": Method.BY_LINK, "expires_on": None, "wording_version": ""}
    if is_under(people.birth_of(person), consent.ADULT_YEARS, TODAY):
        said |= {"signer": SignerKind.MINOR}
    lines = [["", "Sharing"], ["Whose records they are", "Aster Moreno"]]
    return consent.ask_to_sign(session, hidden.navigator, person.id, lines=lines, **said, at=BEFORE).id


def _opened(session: Session, hidden: SimpleNamespace, person: Person) -> EmergencyAccess:
    asked = Request(person.id, "substance-use", Urgency.WEEK, (hidden.food.id,))
    loop = referrals.send(session, hidden.navigator, asked, previewed=None, at=BEFORE)
    (task,) = referrals.tasks_of(session, loop)
    said = Emergency(EmergencyKind.MEDICAL, "Fell from the bridge", cannot_ask=True)
    access = referrals.open_emergency(session, hidden.pantry_worker, task.id, said, at=BEFORE)
    assert access is not None, "there was something to open"
    return access


def _let_in(session: Session, place: OwnPlace) -> None:
    hashed = identity.hash_password(PIN)
    for name in (PERSON, TURNED_ON, MINOR):
        person_id = place.abouts[name].person.id
        place.links[name] = people.make_link(session, place.hidden.navigator, person_id, pin_hash=hashed, at=BEFORE)
    people.show_protected(session, place.hidden.navigator, place.abouts[TURNED_ON].person.id, shows=True, at=BEFORE)
    place.links[FINDER] = place.links[PERSON]
    for name, scope in SCOPES.items():
        place.links[name] = let(session, place, place.abouts[name].person, scope, hashed=hashed)
    by_law = Relationship.PARENT_OR_GUARDIAN
    minor = place.abouts[PARENT].person
    place.links[PARENT] = let(session, place, minor, frozenset(ProxyScope), by_law, hashed=hashed)


def let(
    session: Session,
    place: OwnPlace,
    person: Person,
    scope: frozenset[ProxyScope],
    relationship: Relationship = Relationship.CHOSEN,
    *,
    hashed: str,
) -> AnyLink:
    """Somebody may look in the person's place."""
    new = NewProxy("Rue Holloway", relationship, scope, Verified.KNOWN, LAST)
    return people.add_proxy(session, place.hidden.navigator, person.id, new, pin_hash=hashed, at=BEFORE)
