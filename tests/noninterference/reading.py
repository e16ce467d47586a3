"""Everything that a reader can be given: each GET route of the app with every record it may know, and each text."""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlmodel import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

import cie
from cie import consent
from cie.access import is_allowed
from cie.consent import law
from cie.db import current, reading
from cie.directory.models import Service
from cie.jobs import deliver_next
from cie.measures import Breakdown
from cie.oauth import uses
from cie.participants import Participant
from cie.participants.models import Agreement
from cie.settings import Settings
from cie.webhooks import KIND, WebhookDeliverer
from tests.factories import NOON
from tests.noninterference.comparing import Key, Output
from tests.noninterference.place import APP_ADDRESS, OWN_NUMBER, Place, acting
from tests.noninterference.work import drawn, endpoint_of
from tests.support.texts import RecordingGateway, deliver_all
from tests.support.web import Browser, make_app, signed_in

COOKIE = "cie-session"
APART = {
    "static": "files of the program, the same for everybody",
    "bootstrap.static": "files of the program, the same for everybody",
    "health.metrics": "counts the requests of this process, so no two answers are alike; declared as `used` and `late`",
    "invitations.open_link": "opens by a secret alone; its page is drawn without one",
    "mail_addresses.open_link": "opens by a secret alone; its page is drawn without one",
    "my.open_link": "opens by a secret alone; its page is drawn without one",
    "sandbox.mailbox": "stands only where a pretend mail server runs, never where persons are served",
    "sandbox.phone": "stands only where a pretend network of phones runs, never where persons are served",
}
"""Routes that are not drawn, and why."""

FOR_TOKENS = "api_"
"""How the endpoints begin that only a program with a token opens; `program_reading` draws them."""

OVER_FHIR, PUBLIC_OVER_FHIR = "fhir.", "fhir.metadata"
"""Those over FHIR that only a program with a token opens, but for the one that is public."""

ROOT = "/my"
"""Under it stands the own page of a person; `own_reading` draws it to whoever opens it by a link."""

LEAD_ELSEWHERE = {
    "pages.home": "leads to the directory",
    "pages.exit": "leads away from here",
    "sign_in.code": "for a sign-in under way; anybody else is led to its beginning",
    "organization_sign_in.come_back": "for who comes back from a provider; anybody else is told to begin",
    "organization_sign_in.leaving": "for who signed out after coming from a provider; anybody else is led to sign in",
    "invitations.show": "for an open invitation; anybody else is told that there is none",
    "signing.screen": "for a screen that was handed over; anybody else is led to the page that does so",
    "screening_corrections.new": "for a screening that was finished; of theirs, which is not, they are led to its page",
    "handing_over.take_back": "for a screen that was handed over; anybody else is led on",
    "refused_messages.content": "for an administrator who may also read of people",
    "refused_messages.file": "for an administrator who may also read of people",
    "mail_addresses.show": "for whoever opened a link in an e-mail; anybody else is told that there is none",
    "privacy.purging": "for a victim service alone; in this place no reader works at one",
    "privacy.everything": "for a victim service alone; in this place no reader works at one",
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
    "oauth.authorize": (
        "?response_type=code&client_id={client_id}&scope=user/Task.rs&state=s&code_challenge_method=S256"
        f"&code_challenge={'c' * 43}&redirect_uri={APP_ADDRESS}",
    ),
}
"""Addresses with a question, beside the plain ones."""


@dataclass(frozen=True)
class Address:
    """One address of a route: what stands in it by name."""

    endpoint: str
    path: str
    values: dict[str, Any]


def readable(app: Flask) -> list[Rule]:
    """The rules of the route map that answer a GET, but for those that only a program with a token can open."""
    asked = (rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()))
    return sorted((rule for rule in asked if not _needs_token(rule)), key=lambda rule: rule.rule)


def _needs_token(rule: Rule) -> bool:
    return rule.endpoint.startswith((FOR_TOKENS, OVER_FHIR)) and rule.endpoint != PUBLIC_OVER_FHIR


def own_rules(app: Flask) -> list[Rule]:
    """Those under a person's own page that are drawn: whoever opened no link of one is told that there is none."""
    rules = [rule for rule in readable(app) if rule.rule == ROOT or rule.rule.startswith(f"{ROOT}/")]
    return [rule for rule in rules if rule.endpoint not in APART]


def known_ids(place: Place) -> dict[str, list[Any]]:
    """What may stand in an address for each name: what the readers may know, and what everybody may."""
    with reading() as session:
        services = session.exec(select(Service.id).order_by(Service.id)).all()
        organizations = session.exec(select(Participant.id).order_by(Participant.id)).all()
        agreements = session.exec(select(Agreement).order_by(Agreement.id)).all()
        form_types, papers = list(consent.form_types(session)), consent.official_forms(session)
    return {
        **place.ids,
        "service_id": list(services),
        "organization_id": list(organizations),
        "agreement_id": [agreement.id for agreement in agreements[:1]],
        "table": [each.value for each in Breakdown],
        "part": ["1"],
        "rule_id": list(law.texts())[:1],
        "form_type": form_types,
        "official_form_id": [paper.id for paper in papers],
    }


def addresses(app: Flask, ids: dict[str, list[Any]]) -> list[Address]:
    """Every address of every route that is drawn."""
    return addresses_of(app, [rule for rule in readable(app) if rule.endpoint not in APART], ids, ASKED_WITH)


def addresses_of(
    app: Flask, rules: Collection[Rule], ids: Mapping[str, list[Any]], questions: Mapping[str, Collection[str]]
) -> list[Address]:
    """Every address of these routes with every record that the reader may know, plain and with its questions."""
    found = []
    for rule in rules:
        names = sorted(rule.arguments)
        for chosen in product(*(ids[name] for name in names)):
            values = dict(zip(names, chosen, strict=True))
            paths = _paths(app, rule.endpoint, values, ids, questions.get(rule.endpoint, ()))
            found += [Address(rule.endpoint, path, values) for path in paths]
    return found


def _paths(
    app: Flask, endpoint: str, values: dict[str, Any], ids: Mapping[str, list[Any]], questions: Collection[str]
) -> Iterator[str]:
    with app.test_request_context():
        path = app.url_for(endpoint, **values)
    yield path
    for query in questions:
        yield path + query.format(**{name: found[0] for name, found in ids.items() if found})


class Readers:
    """The readers in browsers of their own, whose every answer is kept with what it took."""

    def __init__(self, place: Place, settings: Settings) -> None:
        self.place, self.settings = place, settings
        self.app = make_app(settings)
        know_who_has_keys()
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
            found |= self.all_of_these(name, every)
            found |= self.questions(name, only)
        return found

    def all_of_these(self, name: str, every: Collection[Address]) -> dict[Key, Output]:
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
        return reader is not None and is_allowed(acting(reader), view.permission)

    def questions(self, name: str, only: Collection[str] = ()) -> dict[Key, Output]:
        """Answers to what travels in a form since it must not stand in an address; `only` of some endpoints."""
        found: dict[Key, Output] = {}
        for path, fields in self._asked().items():
            page = path.partition("#")[0]
            if not only or endpoint_of(self.app, page, "POST") in only:
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
            f"/people/{self.place.hidden.fern}/permission-elsewhere": {"purpose": "COC"},
            f"/people/{self.place.hidden.fern}/permission-elsewhere#again": {"purpose": "TREAT"},
        }

    def draw(self, name: str, ask: Callable[[Browser], TestResponse]) -> Output:
        """One answer to one reader, and what it took."""
        return drawn(self.app, lambda: ask(self.browsers[name]))

    def texts(self) -> dict[Key, Output]:
        """Let the worker send what is due; the texts that their person gets, in order."""
        gateway = RecordingGateway()
        deliver_all(self.settings, gateway)
        while deliver_next({KIND: WebhookDeliverer(may_be_private=False)}):
            pass  # a program that waits drops its notices, and that of the readers has none
        bodies = [body for to, body, _sid in gateway.sent if to == OWN_NUMBER]
        return {("their person", "texts"): Output("texts", 200, (), "\n".join(bodies).encode())}


def know_who_has_keys() -> None:
    """Let this process ask now what each asks once for good: which organizations have no key of their own."""
    with reading() as session:
        for organization_id in session.exec(select(Participant.id)).all():
            current().keyring_of(organization_id)


def stop_the_clock(patch: pytest.MonkeyPatch) -> None:
    """It is noon for everything that asks, so that two worlds are drawn at the same moment."""

    class Noon(type(NOON)):  # a datetime class whose now is fixed
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return NOON.astimezone(tz)

    tests = ("tests.support.web", "tests.oauth.place")
    for module in (*_asking_for_the_time(), *tests, "werkzeug.http"):  # which turns the age of a cookie into a moment
        patch.setattr(f"{module}.datetime", Noon)
    # a clock that stands would let the first request of a program alone be noted, so that its work is of its own
    patch.setattr(uses, "_is_due", lambda *_asked: False)


@cache
def _asking_for_the_time() -> tuple[str, ...]:
    """The modules of ours that ask what time it is."""
    root = Path(cie.__file__).parent
    asking = (path for path in root.rglob("*.py") if "datetime.now(" in path.read_text("utf-8"))
    names = (".".join(("cie", *path.relative_to(root).with_suffix("").parts)) for path in asking)
    return tuple(name for name in names if name in sys.modules)
