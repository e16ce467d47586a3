"""The privacy officer of a clinic in a browser, with colleagues of every other role and another place's officer."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from cie.access import Role
from cie.calendar import local_day
from cie.db import reading, transaction
from cie.events import AuditEntry
from cie.people.filing import file_person
from tests.factories import make_loop, make_staff
from tests.support.web import Browser, make_app, signed_in

ELSE = [role for role in Role if role is not Role.PRIVACY_OFFICER]
TODAY = local_day(datetime.now(UTC))


def make_place(settings: Any) -> SimpleNamespace:
    """The loop of the factories and who works there, each in a browser of their own."""
    with transaction() as session:
        loop = make_loop(session)
        file_person(session, loop.person)
        officer = make_staff(session, loop.clinic, Role.PRIVACY_OFFICER, name="Merlin Sedge")
        wren = make_staff(session, loop.clinic, Role.NAVIGATOR, name="Wren Alder")
        stranger = make_staff(session, loop.pantry, Role.PRIVACY_OFFICER)
    app = make_app(settings)
    return SimpleNamespace(
        loop=loop, officer=officer, wren=wren, app=app, browser=signed_in(app, officer),
        stranger=signed_in(app, stranger),
    )  # fmt: skip


def browser_of(place: SimpleNamespace, role: Role) -> Browser:
    """A colleague at the clinic who holds this role alone."""
    with transaction() as session:
        user = make_staff(session, place.loop.clinic, role)
    return signed_in(place.app, user)


def boxes(name: str, days_ago: int = 0) -> dict[str, str]:
    """The three boxes of a date."""
    day = TODAY - timedelta(days=days_ago)
    return {f"{name}_month": str(day.month), f"{name}_day": str(day.day), f"{name}_year": str(day.year)}


def actions() -> list[str]:
    """What the audit chains say was done, in order."""
    with reading() as session:
        return list(session.execute(select(AuditEntry.action).order_by(AuditEntry.id)).scalars())
