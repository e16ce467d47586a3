"""Everything that a reader can be given: each GET route of the app with every record it may know, and each text."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlmodel import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from cie import consent
from cie.access import is_allowed
from cie.consent import law
from cie.db import current, reading
from cie.db.encryption import Keyring
from cie.directory.models import Service
from cie.measures import Breakdown
from cie.participants import Participant
from cie.participants.models import Agreement
from cie.settings import Settings
from tests.factories import NOON
from tests.noninterference.comparing import Key, Output
from tests.noninterference.place import OWN_NUMBER, Place, acting
from tests.support.texts import RecordingGateway, deliver_all
from tests.support.web import Browser, make_app, signed_in

COOKIE = "cie-session"
APART = {
    "static": "files of the program, the same for everybody",
    "bootstrap.static": "files of the program, the same for everybody",
    "health.metrics": "counts the requests of this process, so no two answers are alike; declared as `used` and `late`",
    "invitations.open_link": "opens by a secret alone; its page is drawn without one",
    "my.open_link": "opens by a secret alone; its page is drawn without one",
    "sandbox.phone": "stands only where a pretend network of phones runs, never where persons are served",
}
"""Routes that are not drawn, and why."""

PERSONS_OWN = "a known gap: here the reader would be the person, with link and PIN; these readers are refused"
LEAD_ELSEWHERE = {
    "pages.home": "leads to the directory",
    "pages.exit": "leads away from here",
    "sign_in.code": "for a sign-in under way; anybody else is led to its beginning",
    "invitations.show": "for an open invitation; anybody else is told that there is none",
    "my.code": "for who opened the link of a person's own page; anybody else is told that there is none",
    "my.enter": "for who opened the link of a person's own page; anybody else is told that there is none",
    "privacy.purging": "for a victim service alone; in this place no reader works at one",
    "privacy.everything": "for a victim service alone; in this place no reader works at one",
    "own_page.card": "a known gap: the card of a link that was made; in this place nobody made one",
    "my.show": PERSONS_OWN,
    "my.seen": PERSONS_OWN,
    "my.take_back": PERSONS_OWN,
}
"""Routes that are drawn, and never show these readers a page of their own."""

ASKED_WITH = {
    "directory.index": ("?words=food", "?accepts_referrals=yes"),
    "directory.find_help": ("?words=food",),
    "measures.index": ("?whose=everybody",),
    "measures.download": ("?whose=everybody",),
    "worklist.index": ("?team=all", "?owed=others"),
    "privacy.incidents": ("?show=all",),
    "referring.new": ("?person={person_id}&need=food",),
}
"""Addresses with a question, beside the plain ones."""


@dataclass(frozen=True)
class Address:
    """One address of a route: what stands in it by name."""

    endpoint: str
    path: str
    values: dict[str, Any]


class Work:
    """Counts what an answer takes: statements, and every use of a key of the data."""

    def __init__(self) -> None:
        self.statements = self.key_operations = 0

    @contextmanager
    def counted(self, patch: pytest.MonkeyPatch) -> Iterator["Work"]:
        for name in ("open", "seal", "match_key"):
            patch.setattr(Keyring, name, self._counting(getattr(Keyring, name)))
        event.listen(current().engine, "before_cursor_execute", self._statement)
        try:
            yield self
        finally:
            event.remove(current().engine, "before_cursor_execute", self._statement)

    def _statement(self, *_arguments: Any) -> None:
        self.statements += 1

    def _counting(self, operation: Any) -> Any:
        def run(*arguments: Any, **values: Any) -> Any:
            self.key_operations += 1
            return operation(*arguments, **values)

        return run


def readable(app: Flask) -> list[Rule]:
    """The rules of the route map that answer a GET."""
    return sorted((r for r in app.url_map.iter_rules() if "GET" in (r.methods or ())), key=lambda rule: rule.rule)


def known_ids(place: Place) -> dict[str, list[Any]]:
    """What may stand in an address for each name: what the readers may know, and what everybody may."""
    with reading() as session:
        services = session.exec(select(Service.id).order_by(Service.id)).all()
        organizations = session.exec(select(Participant.id).order_by(Participant.id)).all()
        agreements = session.exec(select(Agreement).order_by(Agreement.id)).all()
    return {
        **place.ids,
        "service_id": list(services),
        "organization_id": list(organizations),
        "agreement_id": [agreement.id for agreement in agreements[:1]],
        "table": [each.value for each in Breakdown],
        "part": ["1"],
        "rule_id": list(law.texts())[:1],
        "form_type": list(consent.forms()),
    }


def addresses(app: Flask, ids: dict[str, list[Any]]) -> list[Address]:
    """Every address of every route that is drawn."""
    found = []
    for rule in readable(app):
        if rule.endpoint in APART:
            continue
        names = sorted(rule.arguments)
        for chosen in product(*(ids[name] for name in names)):
            values = dict(zip(names, chosen, strict=True))
            found += [Address(rule.endpoint, path, values) for path in _paths(app, rule.endpoint, values, ids)]
    return found


def _paths(app: Flask, endpoint: str, values: dict[str, Any], ids: dict[str, list[Any]]) -> Iterator[str]:
    with app.test_request_context():
        path = app.url_for(endpoint, **values)
    yield path
    for query in ASKED_WITH.get(endpoint, ()):
        yield path + query.format(**{name: found[0] for name, found in ids.items()})


class Readers:
    """The readers in browsers of their own, whose every answer is kept with what it took."""

    def __init__(self, place: Place, settings: Settings) -> None:
        self.place, self.settings = place, settings
        self.app = make_app(settings)
        self.ids = known_ids(place)
        signed = {name: signed_in(self.app, u) if u else Browser(self.app) for name, u in place.readers.items()}
        self.cookies = {name: browser.client.get_cookie(COOKIE) for name, browser in signed.items()}
        self.browsers = signed

    def begin_again(self) -> None:
        """Browsers that were signed in just now, and know nothing else."""
        for name, cookie in self.cookies.items():
            self.browsers[name] = Browser(self.app)
            if cookie is not None:
                self.browsers[name].client.set_cookie(COOKIE, cookie.value)

    def everything(self, only: Collection[str] = (), *, first: int | None = None) -> dict[Key, Output]:
        """All that they are given, one after the other; `only` of some endpoints, or to the `first` readers alone."""
        self.begin_again()
        every = [a for a in addresses(self.app, self.ids) if not only or a.endpoint in only]
        found: dict[Key, Output] = {}
        for name in list(self.browsers)[:first]:
            found |= self._all_of(name, every)
            found |= {} if only else self.questions(name)
        return found

    def _all_of(self, name: str, every: Collection[Address]) -> dict[Key, Output]:
        """Each address; of a route that the reader's roles do not open at all, the first alone."""
        found: dict[Key, Output] = {}
        closed: set[str] = set()
        for address in every:
            if address.endpoint not in closed:
                found[name, address.path] = self.draw(name, lambda b, a=address: b.get(a.path))
                closed |= set() if self._opens(name, address.endpoint) else {address.endpoint}
        return found

    def _opens(self, name: str, endpoint: str) -> bool:
        view, reader = self.app.view_functions[endpoint], self.place.readers[name]
        if getattr(view, "is_public", False):
            return True
        return reader is not None and is_allowed(acting(reader), view.permission)  # type: ignore[attr-defined]

    def questions(self, name: str) -> dict[Key, Output]:
        """Answers to what travels in a form since it must not stand in an address, and changes nothing."""
        found: dict[Key, Output] = {}
        for path, fields in self._asked().items():
            page = path.partition("#")[0]
            found[name, path] = self.draw(name, lambda b, p=page, f=fields: b.post(p, page="/help", **f))
        return found

    def _asked(self) -> dict[str, dict[str, str]]:
        """By address, and a word to tell them apart: whom they look for, would add, what they would send."""
        known = {"person": str(self.ids["person_id"][0]), "service": str(self.place.hidden.third.id), "zip": "93702"}
        sent = {**known, "need": "food", "urgency": "urgent", "action": "check", "form_id": "one"}
        born = {"birth_month": "3", "birth_day": "27", "birth_year": "1992", "zip": "93702", "language": "es"}
        return {
            "/people#theirs": {"name": "Aster Moreno"},
            "/people#ours": {"name": "Briar Ashe"},
            "/people/new#again": {"given_name": "Briar", "family_name": "Ashe", "form_id": "one", **born},
            "/referrals/new#check": {key: str(value) for key, value in sent.items()},
            "/privacy-office/requests/new#theirs": {"name": "Aster Moreno"},
        }

    def draw(self, name: str, ask: Callable[[Browser], TestResponse]) -> Output:
        """One answer to one reader, and what it took."""
        with pytest.MonkeyPatch.context() as patch, Work().counted(patch) as work:
            answer = ask(self.browsers[name])
            body = answer.get_data()
        headers = tuple(answer.headers.items())
        return Output(self._endpoint(answer), answer.status_code, headers, body, work.statements, work.key_operations)

    def _endpoint(self, answer: TestResponse) -> str:
        with self.app.test_request_context(answer.request.path, method=answer.request.method) as context:
            return context.request.endpoint or "none"

    def texts(self) -> dict[Key, Output]:
        """Let the worker send what is due; the texts that their person gets, in order."""
        gateway = RecordingGateway()
        deliver_all(self.settings, gateway)
        bodies = [body for to, body, _sid in gateway.sent if to == OWN_NUMBER]
        return {("their person", "texts"): Output("texts", 200, (), "\n".join(bodies).encode())}


def stop_the_clock(patch: pytest.MonkeyPatch) -> None:
    """It is noon for everything that asks, so that two worlds are drawn at the same moment."""

    class Noon(type(NOON)):  # type: ignore[misc]  # a datetime class whose now is fixed
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return NOON.astimezone(tz)

    for module in ("cie.http", "cie.web.health", "cie.events.recording", "cie.jobs.delivery", "tests.support.web"):
        patch.setattr(f"{module}.datetime", Noon)
