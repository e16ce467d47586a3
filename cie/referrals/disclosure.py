"""What a referral would tell its receiver: the elements of the offer and of the referral data set, in their order."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import directory, people
from cie.consent import DataSet, Disclosure, Element
from cie.directory.models import Category, Service
from cie.people import ContactPoint, Person
from cie.people.birth import BirthDate, age_on
from cie.people.formats import format_phone
from cie.referrals.models import Urgency

OFFER_ELEMENTS = ("need", "urgency", "area", "language", "household")


def elements_of(
    session: Session,
    person: Person,
    service: Service,
    *,
    title: str,
    need_category: Category,
    urgency: Urgency,
    message: str | None,
    today: date,
) -> list[Element]:
    """Every element of the referral data set that has a value, with its literal value."""
    point = next(iter(people.contact_points(session, person)), None)
    birth = person.birth_text
    age = age_on(BirthDate.from_text(birth), today) if birth else None
    general: list[tuple[str, Any]] = [
        ("urgency", urgency.value),
        ("name", person.full_name),
        ("age", age),
        ("area", {"zip": person.zip, "county": person.county_fips}),
        ("household", person.household_size),
        ("contact", _contact(point) if point else None),
        ("language", {"code": person.language, "interpreter": person.interpreter}),
    ]
    found = [Element("need", title, need_category)]
    found += [Element(code, value) for code, value in general if value not in (None, "")]
    if message:
        found.append(Element("message", message, strictest(service.sensitivity, need_category)))
    return found


def _contact(point: ContactPoint) -> dict[str, Any]:
    return {
        "kind": point.kind.value,
        "value": format_phone(point.value) if point.kind.value != "email" else point.value,
        "owner": point.owner.value,
        "safety": point.safety.value,
        "hours": [point.safe_from_hour, point.safe_until_hour],
        "no_voicemail": point.no_voicemail,
    }


def strictest(*categories: Category) -> Category:
    """The first category that is not general: what free words may tell is as sensitive as anything around them."""
    return next((c for c in categories if c != Category.GENERAL), Category.GENERAL)


def disclosure_of(
    session: Session,
    person: Person,
    service: Service,
    performer_id: UUID,
    data_set: DataSet,
    *,
    title: str,
    need_code: str,
    urgency: Urgency,
    message: str | None,
    at_person_request: bool,
    today: date,
) -> Disclosure:
    """What sending this to one service would let its organization read."""
    category = directory.need(need_code).category
    elements = elements_of(
        session,
        person,
        service,
        title=title,
        need_category=category,
        urgency=urgency,
        message=message,
        today=today,
    )
    if data_set == DataSet.OFFER:
        elements = [e for e in elements if e.code in OFFER_ELEMENTS]
    return Disclosure(
        person=person,
        discloser_id=person.organization_id,
        recipient_id=performer_id,
        data_set=data_set,
        elements=elements,
        service_category=service.sensitivity,
        at_person_request=at_person_request,
    )
