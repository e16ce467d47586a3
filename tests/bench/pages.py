"""The pages that are measured, as the people of the demo open them."""

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from html import unescape
from itertools import cycle, islice

from flask import Flask
from sqlalchemy import select
from sqlmodel import Session, col
from werkzeug.test import TestResponse

from cie import identity
from cie.db import reading
from cie.directory.models import Organization, Service, ServiceNeed
from cie.identity import UserAccount
from cie.people.models import Person
from cie.referrals import Referral, ReferralTask, TaskStatus
from tests.support.web import Browser, signed_in

Calls = Iterator[Callable[[], TestResponse]]
CHECKED = re.compile(r'<form method="post" action="/referrals".*?</form>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
SEARCHES = (
    "need=food&words=box&zip=93702",
    "words=rent+help&zip=93701",
    "need=transportation&zip=93727&language=es",
    "words=diapers&zip=93722&accepts_referrals=yes",
)
FORM = {"need": "food", "urgency": "urgent", "zip": "93702", "words": "food box", "message": "Mornings are best."}


class Visitors:
    """The navigator of the clinic that refers most, and the caseworker of a pantry."""

    def __init__(self, app: Flask) -> None:
        with reading() as session:
            self.sorrel, self.wren = (_account(session, name) for name in ("sorrel@bluekite", "wren@lantern"))
        self.navigator, self.caseworker = signed_in(app, self.sorrel), signed_in(app, self.wren)

    def worklist(self, count: int) -> Calls:
        paths = ("/worklist", "/worklist?team=all", "/worklist?owed=others")
        return (_get(self.navigator, path) for path in islice(cycle(paths), count))

    def referral(self, count: int) -> Calls:
        with reading() as session:
            query = select(col(Referral.id)).where(col(Referral.organization_id) == self.sorrel.organization_id)
            ids = session.execute(query.limit(count * 7)).scalars().all()[::7]
        return (_get(self.navigator, f"/referrals/{id}") for id in islice(cycle(ids), count))

    def search(self, count: int) -> Calls:
        return (_get(self.navigator, f"/directory?{query}") for query in islice(cycle(SEARCHES), count))

    def accept(self, count: int) -> Calls:
        with reading() as session:
            query = select(col(ReferralTask.id)).where(
                col(ReferralTask.performer_id) == self.wren.organization_id,
                col(ReferralTask.status) == TaskStatus.REQUESTED,
            )
            ids = session.execute(query.limit(count)).scalars().all()
        token = self.caseworker._token("/help")
        return (_post(self.caseworker, f"/tasks/{id}/acceptance", {"csrf_token": token or ""}) for id in ids)

    def check(self, count: int) -> Calls:
        """The preview of a filled form."""
        for fields in self.forms(count):
            yield _post(self.navigator, "/referrals/new", fields | {"csrf_token": self._token})

    def send(self, count: int) -> Calls:
        """Each form is filled and checked first; what is measured is the sending."""
        for fields in self.forms(count):
            page = f"/referrals/new?person={fields['person']}"
            checked = self.navigator.post("/referrals/new", page=page, **fields).get_data(as_text=True)
            form = CHECKED.search(checked)
            assert form is not None, "the check of a referral has no form to send"
            hidden = {name: unescape(value) for name, value in HIDDEN.findall(form.group())}
            yield _post(self.navigator, "/referrals", hidden)

    @cached_property
    def _token(self) -> str:
        return self.navigator._token("/help") or ""

    def forms(self, count: int) -> Iterator[dict[str, str]]:
        """A filled form for each of so many people of the clinic."""
        with reading() as session:
            people = select(col(Person.id)).where(col(Person.organization_id) == self.sorrel.organization_id)
            person_ids = session.execute(people.order_by(col(Person.id).desc()).limit(count)).scalars().all()
            service = session.execute(
                select(col(Service.id))
                .join(Organization, col(Organization.id) == col(Service.organization_id))
                .join(ServiceNeed, col(ServiceNeed.service_id) == col(Service.id))
                .where(
                    col(Organization.participant_id) == self.wren.organization_id, col(ServiceNeed.need_code) == "food"
                )
                .limit(1)
            ).scalar_one()
        for person_id in person_ids:
            yield {**FORM, "person": str(person_id), "service": str(service), "action": "check"}


def _account(session: Session, email: str) -> UserAccount:
    found = identity.account_for(session, f"{email}.example.org")
    assert found is not None
    return found


def _get(browser: Browser, path: str) -> Callable[[], TestResponse]:
    return lambda: browser.get(path)


def _post(browser: Browser, path: str, fields: dict[str, str]) -> Callable[[], TestResponse]:
    return lambda: browser.client.post(path, data=fields, headers={"Accept-Language": "en"})
