"""What a referral would tell its receiver: the elements of the offer and of the referral data set, in their order."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import consent, directory, people
from cie.consent import DataSet, Disclosure, Element
from cie.directory.models import Category, Service
from cie.participants import Program
from cie.people import ContactPoint, Person
from cie.people.birth import BirthDate, age_on
from cie.people.formats import format_phone
from cie.referrals.models import Urgency


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
    """Everything that can be told of a request and has a value, with its literal value.

    All of it, the name too, is a record of the program that the sender runs: 7 CFR 272.1(c), 246.26(d).
    """
    program = directory.program_of_files(session, person.organization_id)
    point = next(iter(people.contact_points(session, person)), None)
    birth = person.birth_text
    age = age_on(BirthDate.from_text(birth), today) if birth else None
    known: list[tuple[str, Any]] = [
        ("need", title),
        ("urgency", urgency.value),
        ("name", person.full_name),
        ("age", age),
        ("area", {"zip": person.zip, "county": person.county_fips}),
        ("household", person.household_size),
        ("contact", _contact(point) if point else None),
        ("language", {"code": person.language, "interpreter": person.interpreter}),
        ("message", message),
    ]
    return [
        element(code, value, need=need_category, service=service.sensitivity, program=program)
        for code, value in known
        if value not in (None, "")
    ]


def element(code: str, value: Any, *, need: Category, service: Category, program: Program | None = None) -> Element:
    """One fact with its value, and what it tells beside this need and this service; `program`: whose record it is."""
    return Element(code, value, consent.data_elements()[code].category(need=need, service=service), program)


def _contact(point: ContactPoint) -> dict[str, Any]:
    return {
        "kind": point.kind.value,
        "value": format_phone(point.value) if point.kind.value != "email" else point.value,
        "owner": point.owner.value,
        "safety": point.safety.value,
        "hours": [point.safe_from_hour, point.safe_until_hour],
        "no_voicemail": point.no_voicemail,
    }


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
    least = consent.data_sets()[data_set].elements
    return Disclosure(
        person=person,
        discloser_id=person.organization_id,
        recipient_id=performer_id,
        data_set=data_set,
        elements=[e for e in elements if e.code in least],
        service_category=service.sensitivity,
        at_person_request=at_person_request,
    )
