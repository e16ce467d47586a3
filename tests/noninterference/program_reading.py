"""All that a program is given: what it reads, asks and does by the API, and the notices that it is sent.

An app in which staff work is given what the first of these are: nobody exports to it or tells it anything.
"""

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import orjson
from flask import Flask
from uuid_utils.compat import uuid7
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from cie.jobs import deliver_next
from cie.webhooks import KIND, WebhookDeliverer
from tests.api.receiver import Receiver
from tests.noninterference.comparing import Key, Output
from tests.noninterference.hidden import Act
from tests.noninterference.keeping import Rows, put_back
from tests.noninterference.normaliser import without_hash, without_new
from tests.noninterference.place import BEFORE
from tests.noninterference.program_acts import ACTS, Ask, questions
from tests.noninterference.program_hidden import Fact, make_end, make_true
from tests.noninterference.program_place import EVERYBODY, KNOWS_AS, ProgramPlace, exported
from tests.noninterference.reading import FOR_TOKENS, addresses_of, know_who_has_keys, known_ids
from tests.noninterference.work import drawn

PREFIX = "/api/v1"
KNOWN_TO_ALL = ("service_id",)
ASKED_WITH = {
    "api_referrals.index": ("?side=performer", "?status=active", "?updated_since=2026-11-22T20:00:01Z"),
    "api_people.show": ("?fields=given_name",),
    "api_services.index": ("?words=food", "?accepts_referrals=true&has_room=true", "?limit=1&page=2"),
    "api_measures.show": ("?month=2026-11-01", "?month=2026-11-01&whose=everybody"),
}
"""Addresses with a question, beside the plain ones."""

MOVED = ("api_referrals.index", "api_webhooks.notices", "api_people.show")
"""What is read once more after the program did something."""


def rules_for_tokens(app: Flask, method: str = "GET") -> list[Rule]:
    """The rules of the API that answer a method."""
    found = (rule for rule in app.url_map.iter_rules() if method in (rule.methods or ()))
    return sorted((rule for rule in found if rule.endpoint.startswith(FOR_TOKENS)), key=lambda rule: rule.rule)


class Programs:
    """The programs, whose every answer is kept with what it took."""

    def __init__(self, place: ProgramPlace, receivers: Mapping[str, Receiver]) -> None:
        self.place, self.receivers = place, receivers
        self.app: Flask = place.systems[EVERYBODY[0]].app
        know_who_has_keys()
        everybodys = {name: found for name, found in known_ids(place).items() if name in KNOWN_TO_ALL}
        self.ids = {name: {**known, **everybodys} for name, known in place.known.items()}

    def everything(self, name: str) -> dict[Key, Output]:
        """All that one is given, and an app beside it at a glance; in the end what follows when it does something."""
        beside = [self.at_a_glance(app) for app, program in KNOWS_AS.items() if program == name]
        reads = {**self.reads(name), **self._pages(name), **self._asked(name), **self._introspected(name)}
        return {**ChainMap(*beside), **reads, **self._exported(name), **self.done(name)}

    def at_a_glance(self, name: str) -> dict[Key, Output]:
        """One address of each route that reads, and what it asks."""
        return {**self.reads(name, one_of_each=True), **self._asked(name)}

    def reads(
        self, name: str, only: tuple[str, ...] = ("",), when: str = "", *, one_of_each: bool = False
    ) -> dict[Key, Output]:
        """Each address of each route that reads; `only` of endpoints that begin so, perhaps `one_of_each`."""
        rules = [rule for rule in rules_for_tokens(self.app) if rule.endpoint.startswith(only)]
        every = addresses_of(self.app, rules, self.ids[name], ASKED_WITH)
        chosen = {each.endpoint: each for each in every}.values() if one_of_each else every
        paths = [each.path.removeprefix(PREFIX) for each in chosen]
        return {(name, when + path): self._draw(name, Ask("GET", path)) for path in paths}

    def _pages(self, name: str) -> dict[Key, Output]:
        """The list of changes page by page, as its cursors lead."""
        found: dict[Key, Output] = {}
        cursor: str | None = ""
        while cursor is not None:
            page = self._draw(name, Ask("GET", f"/referrals?limit=2&cursor={cursor}"))
            found[name, f"page {len(found) + 1} of changes"] = page
            cursor = orjson.loads(page.body)["next"]
        return found

    def _asked(self, name: str) -> dict[Key, Output]:
        """What travels in a body and changes nothing."""
        return {(name, str(ask)): self._draw(name, ask) for ask in questions(self.place, name)}

    def _introspected(self, name: str) -> dict[Key, Output]:
        """What it is told of its own token, and of another's."""
        found = {}
        for whose, system in self.place.systems.items():
            form = {"token": system.token, **self.place.systems[name].proof()}
            ask = self._posting("/oauth/introspect", form)
            found[name, f"token of {whose}"] = drawn(self.app, ask)
        return found

    def _exported(self, name: str) -> dict[Key, Output]:
        """An export that is made now of all that changed since before anything was hidden."""
        if name not in self.receivers:
            return {}
        export_id, names = exported(self.place.systems[name], updated_since=BEFORE.isoformat())
        files = [f"files/{file_name}.ndjson" for file_name in names]
        asks = {path: Ask("GET", f"/exports/{export_id}/{path}".rstrip("/")) for path in ("", *files)}
        return {(name, f"export: {path}"): self._draw(name, ask) for path, ask in asks.items()}

    def _posting(self, path: str, form: dict[str, str]) -> Callable[[], TestResponse]:
        return lambda: self.app.test_client().post(path, data=form)

    def done(self, name: str) -> dict[Key, Output]:
        """What follows when it does something: the answers, what it reads afterwards, the notices.

        What it does may end or start what it does not see as well, and the work of that is not compared.
        """
        done = {(name, str(ask)): self._act(name, ask) for ask in ACTS[name](self.place)}
        return {**done, **self.reads(name, MOVED, "after it: "), **self._notices(name)}

    def _act(self, name: str, ask: Ask) -> Output:
        return replace(self._draw(name, ask), statements=0, key_operations=0)

    def _notices(self, name: str) -> dict[Key, Output]:
        """Let the worker deliver what waits; what comes to the program's address, in order."""
        if name not in self.receivers:
            return {}
        receiver = self.receivers[name]
        receiver.came.clear()
        while deliver_next({KIND: WebhookDeliverer(may_be_private=True)}):
            pass
        bodies = [body for _headers, body in receiver.came]
        return {(name, "notices"): Output("notices", 200, (), b"\n".join(bodies))}

    def _draw(self, name: str, ask: Ask) -> Output:
        system = self.place.systems[name]
        return drawn(self.app, lambda: system.call(ask.method, ask.path, ask.body, **ask.headers))


def _without_new(output: Output, since: UUID) -> Output:
    """An answer without the ids of what was made since: in its body, its headers, and the tag that is a hash of it."""
    body = without_new(output.body, since)
    tagged = output.headers if body == output.body else without_hash(output.headers)
    headers = tuple((name, without_new(value.encode(), since).decode()) for name, value in tagged)
    return replace(output, body=body, headers=headers)


Look = Callable[[Programs, str], dict[Key, Output]]


@dataclass
class ProgramWorlds:
    """One world as it was before any hidden fact, and what each program is given in it."""

    place: ProgramPlace
    rows: Rows
    programs: Programs

    def given(
        self, name: str, acts: list[Act], ending: Fact | None = None, *, look: Look = Programs.everything
    ) -> dict[Key, Output]:
        """What this program is given when these facts hold; all of it, or where one looks."""
        put_back(self.rows)
        make_true(self.place, acts)
        since = uuid7()
        if ending is not None:
            make_end(self.place, ending)
        return {key: _without_new(output, since) for key, output in look(self.programs, name).items()}
