"""All that somebody is given who opened a person's own page: each GET route under it, the copy, the taking back."""

from dataclasses import dataclass, replace

from cie import people
from cie.settings import Settings
from tests.noninterference.comparing import Key, Output
from tests.noninterference.keeping import Rows, put_back
from tests.noninterference.own_hidden import Act, Fact, make_true
from tests.noninterference.own_place import EVERYBODY, FINDER, PARENTS_NUMBER, PHONE, PIN, OwnPlace
from tests.noninterference.reading import ROOT, Address, Readers, addresses_of, own_rules
from tests.support.texts import RecordingGateway, deliver_all
from tests.support.web import Browser, make_app

COPY, BACK = "/my/copy", "/my/permissions/{consent_id}/revocation"
OWN_ASKED_WITH = {
    "my.show": ("?stopped={consent_id}", "?ended=yes", "?page=2"),
    "my.seen": ("?page=2",),
}
"""Addresses with a question, beside the plain ones."""


class OwnReaders(Readers):
    """Whoever opened a link and gave the PIN, or did not, each in a browser of their own."""

    def __init__(self, place: OwnPlace, settings: Settings) -> None:
        self.own, self.settings, self.app = place, settings, make_app(settings)
        self.browsers = {name: self._come_in(name) for name in EVERYBODY if name != PHONE}
        self.kept = {name: browser.client._cookies for name, browser in self.browsers.items()}

    def _come_in(self, name: str) -> Browser:
        browser = Browser(self.app)
        browser.get(f"{ROOT}/{people.link_token(self.own.links[name])}")
        if name != FINDER:
            assert browser.post(f"{ROOT}/enter", code=PIN).location == ROOT
        return browser

    def begin_again(self) -> None:
        """Browsers that came in just now, and know nothing else."""
        for name, cookies in self.kept.items():
            self.browsers[name] = Browser(self.app)
            self.browsers[name].client._cookies = dict(cookies)

    def all_of(self, name: str, *, pages_alone: bool = False) -> dict[Key, Output]:
        """All that one reader is given; with or without what follows when they take something back."""
        self.begin_again()
        if name == PHONE:
            return self._texts()
        return {**self._pages(name), **({} if pages_alone else self._taken(name))}

    def _pages(self, name: str, when: str = "") -> dict[Key, Output]:
        """Every page, and the copy."""
        found = {(name, f"{when}{a.path}"): self.draw(name, lambda b, a=a: b.get(a.path)) for a in self.addresses(name)}
        return {**found, (name, f"{when}{COPY}"): self.draw(name, lambda b: b.post(COPY, page="/help"))}

    def _taken(self, name: str) -> dict[Key, Output]:
        """What follows when they take back what was said.

        It ends what the page does not show as well, and the work of that is not compared.
        """
        back = BACK.format(consent_id=self.own.known(name)["consent_id"][0])
        taken = self.draw(name, lambda b: b.post(back, page="/help"))
        after = self._pages(name, "after it: ") if "stopped" in dict(taken.headers).get("Location", "") else {}
        return {(name, "taking back"): replace(taken, statements=0, key_operations=0), **after}

    def addresses(self, name: str) -> list[Address]:
        """Every address of every route under the page."""
        known, rules = self.own.known(name), own_rules(self.app)
        new = {argument for rule in rules for argument in rule.arguments} - known.keys()
        assert not new, f"OwnPlace.known says what this reader may know by these names: {new}"
        return addresses_of(self.app, rules, known, OWN_ASKED_WITH)

    def _texts(self) -> dict[Key, Output]:
        gateway = RecordingGateway()
        deliver_all(self.settings, gateway)
        bodies = [body for to, body, _sid in gateway.sent if to == PARENTS_NUMBER]
        return {(PHONE, "texts"): Output("texts", 200, (), "\n".join(bodies).encode())}


@dataclass
class OwnWorlds:
    """One world as it was before any hidden fact, and what each reader is given in it."""

    place: OwnPlace
    rows: Rows
    readers: OwnReaders

    def given(
        self, reader: str, acts: list[Act], ending: Fact | None = None, *, pages_alone: bool = False
    ) -> dict[Key, Output]:
        """What this reader is given when these facts hold."""
        put_back(self.rows)
        make_true(self.place, reader, acts, ending)
        return self.readers.all_of(reader, pages_alone=pages_alone)
