"""Every output that shows a receiver treatment records carries the notice of 42 CFR 2.32; none can be forgotten.

The outputs are all the routes there are. A route whose address needs something new fails here until it is named.
"""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from jinja2 import BaseLoader, Environment
from sqlalchemy import select

from cie import consent, referrals
from cie.access import Purpose, Role
from cie.consent import DataSet, Disclosure, Element, EmergencyAccess, EmergencyKind, Release
from cie.db import reading, transaction
from cie.directory import Category
from cie.participants import ParticipantKind
from cie.resources import resource
from tests.factories import make_loop, make_staff, send_one, staff_of
from tests.support.web import Browser, make_app, signed_in
from tests.web.test_duties import NOTICE, NOW, full_consent

RECORDS = ("Aster", "Moreno", "555-0142", "Please text first.")
NOT_PAGES = {"static", "bootstrap.static"}
AS_IT_WAS_ADDED = "attachments.show"
"""A file goes out byte for byte; the page that leads to it carries the notice."""
CALLS = re.compile(r"\{\{-? *duties_box\([^}]*\) *-?\}\}|\{%-? *if release\.duties *-?%\}")
"""Where a template puts the notice: the box of the receiver, or the list of the check before sending."""
SENDS = {"sign_in.sign_out"}


@pytest.fixture
def story(database, migrated):
    """A clinic asked for substance use treatment with a consent of 42 CFR 2.31, with words and a file."""
    with transaction() as session:
        loop = make_loop(session)
        full_consent(session, loop)
        referral, task = send_one(session, loop, at=NOW, message=RECORDS[-1])
        roles = [role for role in Role if role is not Role.NETWORK_ADMINISTRATOR]
        users = make_staff(session, loop.pantry, *roles), make_staff(session, loop.clinic, Role.NAVIGATOR)
    app = make_app(migrated)
    wren, sorrel = (signed_in(app, user) for user in users)
    made = SimpleNamespace(
        app=app, loop=loop, referral=referral, task=task, wren=wren, sorrel=sorrel, reader=users[0], file=uuid4()
    )
    made.file = add_file(made)
    made.access = open_in_emergency(made)
    return made


def open_in_emergency(story) -> EmergencyAccess:
    """More of the same request, as if it had been withheld before, with a reason that names the person."""
    with transaction() as session:
        pantry = session.merge(story.loop.pantry)
        pantry.kind = ParticipantKind.CLINIC
        session.flush()
        more = Disclosure(
            story.loop.person, story.loop.clinic.id, pantry.id, DataSet.EMERGENCY,
            [Element("message", RECORDS[-1], Category.SUD_PART2)], purpose=Purpose.EMERGENCY,
            emergency=EmergencyKind.MEDICAL,
        )  # fmt: skip
        ids = {"referral_id": story.referral.id, "subject_id": story.task.id}
        release = consent.release(session, staff_of(pantry, id=story.reader.id), more, **ids, at=NOW)
        access = EmergencyAccess(
            organization_id=story.loop.clinic.id, recipient_id=pantry.id, person_id=story.loop.person.id,
            referral_id=story.referral.id, task_id=story.task.id, release_id=release.id, kind=EmergencyKind.MEDICAL,
            opened_by_id=uuid4(), opened_at=NOW, until_at=NOW + timedelta(hours=4),
        )  # fmt: skip
        access.reason = f"{RECORDS[0]} did not wake."
        access.record = {"receiver": "Wren Alder", "affiliation": pantry.name, "discloser": story.loop.clinic.name}
        session.add(access)
    return access


def add_file(story) -> UUID:
    path = f"/referrals/tasks/{story.task.id}/files"
    story.sorrel.post(path, page=f"{path}/new", file=(io.BytesIO(b"Aster Moreno"), "plan.txt"), shared="yes")
    page = story.wren.get(f"/referrals/{story.referral.id}").get_data(as_text=True)
    return UUID(re.search(r"/referrals/files/([0-9a-f-]{36})", page).group(1))


def parts(story) -> dict[str, Any]:
    """What stands in addresses, by name: the records of this story, else something that does not exist."""
    with reading() as session:
        release = session.execute(select(Release).where(Release.referral_id == story.referral.id)).scalars().first()
    known = {
        "referral_id": story.referral.id,
        "task_id": story.task.id,
        "attachment_id": story.file,
        "person_id": story.loop.person.id,
        "contact_id": story.loop.phone.id,
        "service_id": story.loop.service.id,
        "organization_id": story.loop.pantry.id,
        "user_id": story.reader.id,
        "release_id": release.id,
        "access_id": story.access.id,
        "token": "none",
        "part": "food",
        "table": "answered",
        "form_type": "part2",
        "rule_id": "none",
    }
    others = (
        "alert consent delivery invitation agreement number group demand incident request screening session message"
        " document statement hold proxy"
    )
    return known | {f"{name}_id": uuid4() for name in others.split()}


def outputs(story, method: str) -> Iterator[tuple[str, str]]:
    """Each route of this method, with an address. Fails when a new one needs what is not known here."""
    known = parts(story)
    with story.app.test_request_context():
        urls = story.app.url_map.bind("localhost")
        for rule in story.app.url_map.iter_rules():
            if method in (rule.methods or ()) and rule.endpoint not in NOT_PAGES | SENDS:
                assert rule.arguments <= known.keys(), f"{rule.rule}: say in `parts` what stands in its address"
                yield rule.endpoint, urls.build(rule.endpoint, {name: known[name] for name in rule.arguments})


def shows_records(body: str) -> bool:
    return any(record in body for record in RECORDS)


def scan(browser: Browser, addresses: Iterator[tuple[str, str]], ask: Callable[..., Any]) -> dict[str, bool]:
    """The outputs that show records, by route, and whether all of them carry the notice."""
    found: dict[str, bool] = {}
    for endpoint, address in addresses:
        answer = ask(browser, address)
        assert answer.status_code != 500, endpoint
        body = answer.get_data(as_text=True)
        if shows_records(body):
            found[endpoint] = found.get(endpoint, True) and NOTICE in body
    return found


def opened(browser: Browser, address: str) -> Any:
    return browser.get(address)


def sent_empty(browser: Browser, address: str) -> Any:
    """A form that lacks everything comes back with what it is about."""
    return browser.post(address, page="/help")


def preview(story) -> str:
    """The check before sending: what the receiver will get, with what goes with it."""
    fields = {"person": story.loop.person.id, "need": "food", "urgency": "urgent", "service": story.loop.service.id}
    answer = story.sorrel.post("/referrals/new", **fields, zip="93702", form_id="again", message="Hi.", action="check")
    return answer.get_data(as_text=True)


def accept(story) -> None:
    with transaction() as session:
        referrals.accept(session, staff_of(story.loop.pantry, id=story.reader.id), story.task.id, at=NOW)


def without_notice(found: dict[str, bool]) -> set[str]:
    return {endpoint for endpoint, has_notice in found.items() if not has_notice} - {AS_IT_WAS_ADDED}


class TestOutputs:
    def test_each_page_of_a_request_that_waits_carries_the_notice(self, story):
        found = scan(story.wren, outputs(story, "GET"), opened)

        assert found.keys() >= {"worklist.index", "referrals.show", "tasks.answer", "tasks.decline", AS_IT_WAS_ADDED}
        assert found.keys() >= {"emergency.show", "privacy.emergency"}
        assert without_notice(found) == set()

    def test_each_page_after_a_yes_carries_it_too_and_each_form_that_comes_back(self, story):
        accept(story)

        pages = scan(story.wren, outputs(story, "GET"), opened)
        forms = scan(story.wren, list(outputs(story, "POST")), sent_empty)

        assert pages.keys() >= {"worklist.index", "referrals.show", "tasks.update"} and forms
        assert without_notice(pages) | without_notice(forms) == set()

    def test_the_check_before_sending_shows_it(self, story):
        shown = preview(story)

        assert "This is exactly what they will see" in shown and NOTICE in shown


class Without(BaseLoader):
    """The templates as they are, but one of them without the notice."""

    def __init__(self, loader: BaseLoader, name: str) -> None:
        self.loader, self.name = loader, name

    def get_source(self, environment: Environment, template: str) -> Any:
        source, file, up_to_date = self.loader.get_source(environment, template)
        if template == self.name:
            source = CALLS.sub(lambda call: "{% if false %}" if "if" in call.group() else "", source)
        return source, file, up_to_date


@contextmanager
def taken_out(app: Flask, name: str) -> Iterator[None]:
    loader = app.jinja_env.loader
    app.jinja_env.loader = Without(loader, name)
    app.jinja_env.cache.clear()
    try:
        yield
    finally:
        app.jinja_env.loader = loader
        app.jinja_env.cache.clear()


def templates_with_notice() -> list[str]:
    folder = resource("templates")
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*.html") if CALLS.search(file.read_text()))


def test_taking_the_notice_out_of_any_template_is_noticed(story):
    addresses = list(outputs(story, "GET"))
    showing = scan(story.wren, addresses, opened).keys()
    addresses = [(endpoint, address) for endpoint, address in addresses if endpoint in showing]
    names = templates_with_notice()
    assert len(names) >= 4

    for name in names:
        with taken_out(story.app, name):
            lacking = without_notice(scan(story.wren, addresses, opened)) or NOTICE not in preview(story)
        assert lacking, f"nobody notices that {name} lost the notice"
