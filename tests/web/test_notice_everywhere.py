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
from cie.people.filing import file_person
from cie.resources import resource
from tests.api.place import System
from tests.factories import make_consent, make_found, make_loop, make_person, make_staff, send_one, staff_of
from tests.fhir.place import make_all, own_by
from tests.fhir.readers import Reader
from tests.support.web import Browser, make_app, signed_in
from tests.web.test_duties import NOTICE, NOW, full_consent, full_words

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
        "file_name": "referrals-1",
    }
    others = (
        "alert consent delivery invitation agreement number group demand incident request screening session message"
        " document statement hold proxy client grant need webhook link signing official_form export notice"
        " resource version subscription asked result refused"
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
        body = answer.get_data().decode("utf-8", "replace")
        if shows_records(body):
            found[endpoint] = found.get(endpoint, True) and NOTICE in body
    return found


def opened(browser: Browser, address: str) -> Any:
    return browser.get(address)


def sent_empty(browser: Browser, address: str) -> Any:
    """A form that lacks everything comes back with what it is about."""
    return browser.post(address, page="/help")


def ask_openly(story) -> Callable[[], str]:
    """The list of what the receiver could take, with an offer of the same treatment in it."""
    with transaction() as session:
        make_found(session, story.loop.service)
        asked = story.loop.request(service_ids=(), is_open=True)
        referrals.ask_openly(session, story.loop.navigator, asked, previewed=None, at=NOW)
    return lambda: story.wren.get("/open-requests").get_data(as_text=True)


def preview(story) -> str:
    """The check before sending: what the receiver will get, with what goes with it."""
    fields = {"person": story.loop.person.id, "need": "food", "urgency": "urgent", "service": story.loop.service.id}
    answer = story.sorrel.post("/referrals/new", **fields, zip="93702", form_id="again", message="Hi.", action="check")
    return answer.get_data(as_text=True)


def ask_elsewhere(story) -> Callable[[], str]:
    """The receiver serves somebody else, too, and asks if the sender keeps a permission: the answer, each time."""
    with transaction() as session:
        clinic, pantry = session.merge(story.loop.clinic), session.merge(story.loop.pantry)
        own, theirs = (make_person(session, place, given_name="Fern", family_name="Ashe") for place in (pantry, clinic))
        for each in (own, theirs):
            file_person(session, each)
        make_consent(session, theirs, **full_words(pantry))
    path = f"/people/{own.id}/permission-elsewhere"
    return lambda: story.wren.post(path, page="/help", purpose="COC").get_data(as_text=True)


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

    def test_each_answer_to_a_program_carries_it(self, story):
        program = System(story.app, story.loop.pantry)
        addresses = [(endpoint, path) for endpoint, path in outputs(story, "GET") if endpoint.startswith("api_")]

        found = scan(program, addresses, lambda caller, path: caller.get(path.removeprefix("/api/v1")))

        assert "api_referrals.show" in found
        assert without_notice(found) == set()

    @pytest.mark.parametrize("is_accepted", [False, True])
    def test_each_resource_that_shows_records_over_fhir_carries_it(self, story, is_accepted):
        assert Reader(story.app, story.loop.pantry).client
        make_all()
        if is_accepted:
            accept(story)

        shown = {key: str(body) for key, body in own_by(story.loop.pantry).items() if shows_records(str(body))}

        assert {key.partition("/")[0] for key in shown} == {"Patient", "ServiceRequest"}
        assert [key for key, body in shown.items() if NOTICE not in body] == []

    def test_the_preview_of_a_program_shows_it(self, story):
        program = System(story.app, story.loop.clinic)
        said = {
            "person_id": str(story.loop.person.id), "need_code": "food", "urgency": "urgent",
            "service_ids": [str(story.loop.service.id)],
        }  # fmt: skip

        shown = program.post("/referrals/preview", said).get_data(as_text=True)

        assert RECORDS[0] in shown and NOTICE in shown


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
    names, ask, could_take = templates_with_notice(), ask_elsewhere(story), ask_openly(story)
    assert len(names) >= 4 and NOTICE in ask() and NOTICE in could_take()

    for name in names:
        with taken_out(story.app, name):
            lacking = without_notice(scan(story.wren, addresses, opened)) or NOTICE not in preview(story)
            lacking = lacking or NOTICE not in ask() or NOTICE not in could_take()
        assert lacking, f"nobody notices that {name} lost the notice"
