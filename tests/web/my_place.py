"""A clinic, a person whom it serves with a link to their own page, and browsers in which that page is open."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from cie import consent, identity, people, referrals
from cie.access import Actor, Role
from cie.consent import Consent, DataSet, Disclosure, Element
from cie.db import transaction
from cie.people import Person, PersonLink
from tests.factories import make_consent, make_loop, make_service, make_staff, staff_of
from tests.noninterference.normaliser import normal_body
from tests.noninterference.work import Work
from tests.support.web import Browser, signed_in

NOW = datetime.now(UTC)
PIN = "482915"
HASH = identity.hash_password(PIN)


@dataclass
class Place:
    """A clinic and the person it serves, who has a link."""

    app: object
    clinic: object
    pantry: object
    person_id: UUID
    navigator: Actor
    link: PersonLink

    @property
    def address(self):
        return f"/my/{people.link_token(self.link)}"

    def outside(self):
        """A browser in which the link was opened."""
        browser = Browser(self.app)
        browser.client.set_cookie("language", "en")
        browser.get(self.address)
        return browser

    def staff(self):
        """A browser in which somebody of the clinic is signed in."""
        with transaction() as session:
            user = make_staff(session, self.clinic, Role.NAVIGATOR)
        return signed_in(self.app, user)

    def inside(self):
        """A browser in which the PIN was given, too."""
        browser = self.outside()
        assert browser.post("/my/enter", code=PIN).status_code == 303
        return browser

    def change(self, verb, *arguments, at=NOW, **values):
        with transaction() as session:
            return verb(session, self.navigator, *arguments, at=at, **values)

    def yes(self, **fields):
        with transaction() as session:
            return make_consent(session, session.get_one(Person, self.person_id), given_at=NOW, **fields).id

    def send(self):
        """A request for food to the pantry; its id."""
        with transaction() as session:
            service = make_service(session, self.pantry)
            request = referrals.Request(self.person_id, "food", referrals.Urgency.WEEK, (service.id,))
            return referrals.send(session, self.navigator, request, previewed=None, at=NOW).id

    def release(self, recipient, *, masked=False, **fields):
        """A place may read two facts; the release's id."""
        with transaction() as session:
            person = session.get_one(Person, self.person_id)
            elements = (Element("name", "Aster Moreno"), Element("need", "Food box, weekly"))
            wanted = Disclosure(person, self.clinic.id, recipient.id, DataSet.REFERRAL, elements, **fields)
            row = consent.release(
                session, self.navigator, wanted, referral_id=None, subject_id=uuid4(), at=NOW - timedelta(hours=1)
            )
            row.masked = row.masked or masked
            session.add(row)
            return row.id


def make_my_place(app, **person_fields) -> Place:
    """The person speaks English and has said nothing about sharing yet."""
    with transaction() as session:
        loop = make_loop(session, **{"language": "en", **person_fields})
        given = session.execute(select(Consent)).scalar_one()
        session.delete(given)
        navigator = staff_of(loop.clinic, Role.NAVIGATOR, id=None)
        link = people.make_link(session, navigator, loop.person.id, pin_hash=HASH, at=NOW)
    return Place(app, loop.clinic, loop.pantry, loop.person.id, navigator, link)


def text(answer):
    return answer.get_data(as_text=True)


def steady(page):
    """A page without what differs each time: the token of its forms."""
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page)


def pages(browser, given):
    """All that somebody is shown on such a page, by the normaliser of the proof of non-interference."""
    found = [browser.get(path) for path in ("/my", "/my/seen", f"/my/permissions/{given}/revocation")]
    return [normal_body(answer.data) for answer in (*found, browser.post("/my/copy", page="/my"))]


def drawn(browser, given, monkeypatch):
    """The pages, with the statements and the key operations that they took."""
    with Work().counted(monkeypatch) as work:
        found = pages(browser, given)
    monkeypatch.undo()
    return found, work.statements, work.key_operations
