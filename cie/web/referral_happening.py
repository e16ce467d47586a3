"""One event of a referral as its timeline draws it, and the filters through which it is looked at."""

from dataclasses import dataclass
from datetime import datetime

from cie.web.language import lazy_gettext
from cie.web.words_of_time import clock, day

EVENTS_A_PAGE = 50
SHOWS = {
    "everything": lazy_gettext("Everything"),
    "messages": lazy_gettext("Messages"),
    "notes": lazy_gettext("Our notes"),
}


@dataclass(frozen=True)
class When:
    """An instant as the timeline macro wants it."""

    day: str
    clock: str
    iso: str


@dataclass(frozen=True)
class Happening:
    """One event. `key` says that it changed the loop; `message` and `note` are words, with who can read them.

    Words that the other side cannot read, or no longer, are drawn as a note whatever they were written as (`shown`).
    """

    at: datetime
    title: str
    by: str | None = None
    key: bool = False
    shown: str = ""
    message: str | None = None
    note: str | None = None
    readers: tuple[str, ...] = ()
    file_name: str | None = None
    file_url: str | None = None

    @property
    def when(self) -> When:
        return When(day(self.at), clock(self.at), self.at.isoformat())

    def belongs_to(self, show: str) -> bool:
        """Whether a filter of `SHOWS` lets it through."""
        return show in ("everything", self.shown)
