"""The worklist as one page shows it: what was asked for by its address, the counts, the groups with their rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import g, url_for
from marshmallow import ValidationError, fields, validate
from sqlmodel import Session

from cie import directory, messaging, participants, people, referrals
from cie.http import Page
from cie.messaging import TextMessage
from cie.people import DangerAlert
from cie.referrals import COUNTED_TO, GROUP_ROWS, GROUPS, READ_TEXT, Filters, Owed, OwedCounts, WorklistItem
from cie.web.duties import duty_words
from cie.web.forms import LooseSchema
from cie.web.language import chosen_language
from cie.web.language import gettext as _
from cie.web.language_names import language_name
from cie.web.paging import Pages
from cie.web.worklist_facts import Facts, gather
from cie.web.worklist_rows import Row, row_of, text_row
from cie.web.worklist_words import TITLES, WHYS, count_words

LAST_PAGE = 500
SIDES = {"us": Owed.US, "person": Owed.PERSON, "others": Owed.OTHERS}


class AskedSchema(LooseSchema):
    """The address of a worklist; what is malformed in it is left out."""

    owed = fields.Str(load_default="us", validate=validate.OneOf([*SIDES, "all"]))
    team = fields.Str(load_default="", validate=validate.OneOf(["", "all"]))
    need = fields.Str(load_default="", validate=validate.Length(max=40))
    language = fields.Str(load_default="", validate=validate.Length(max=12))
    counterpart = fields.UUID(load_default=None, data_key="with")
    late = fields.Str(load_default="", validate=validate.OneOf(["", "yes"]))
    filters = fields.Str(load_default="", validate=validate.OneOf(["", "yes"]))


@dataclass(frozen=True)
class Asked:
    """Which worklist is asked for. `pages` holds the page of each group that is not at its first."""

    owed: str = "us"
    team: str = ""
    need: str = ""
    language: str = ""
    counterpart: UUID | None = None
    late: str = ""
    filters: str = ""
    pages: Mapping[str, int] | None = None

    @property
    def wanted(self) -> Filters:
        """The filters as the domain has them."""
        return Filters(
            self.team == "all", self.need or None, self.language or None, self.counterpart, self.late == "yes"
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out beside what is not mine."""
        return bool(self.need or self.language or self.counterpart or self.late)

    def url(self, **changes: Any) -> str:
        """The address of this worklist with something changed; back at the first page of each group."""
        other = replace(self, **{"pages": None, "filters": "", **changes})
        values: dict[str, Any] = {name: getattr(other, name) for name in ("owed", "team", "need", "language")}
        values |= {"with": other.counterpart, "late": other.late, "filters": other.filters}
        values |= {f"page-{group}": number for group, number in (other.pages or {}).items() if number > 1}
        return url_for("worklist.index", **{name: value for name, value in values.items() if value})


def asked(arguments: Mapping[str, str]) -> Asked:
    """What an address asks for; an empty or malformed filter is none."""
    given = {name: value.strip() for name, value in arguments.items() if value.strip()}
    schema = AskedSchema()
    try:
        found = schema.load(given)
    except ValidationError as error:
        bad = set(error.messages_dict)
        found = schema.load({name: value for name, value in given.items() if name not in bad})
    pages = {group: _page(given.get(f"page-{group}", "")) for groups in GROUPS.values() for group in groups}
    return Asked(**found, pages=pages)


def _page(text: str) -> int:
    return min(int(text), LAST_PAGE) if text.isascii() and text.isdecimal() and int(text) > 0 else 1


@dataclass(frozen=True)
class Group:
    """One group of rows, with its pager when there are more."""

    id: str
    title: str
    why: str
    count: int
    rows: list[Row]
    pager: Pages | None


@dataclass(frozen=True)
class Alert:
    """Somebody may be in danger. `is_told`: the reader is to act; `on_call`: who else was told."""

    url: str
    is_told: bool
    on_call: str


@dataclass(frozen=True)
class Board:
    """The page."""

    asked: Asked
    counts: dict[str, int]
    late: int
    team: str
    groups: list[Group]
    only: list[str]
    alerts: list[Alert]
    duties: list[str]


def load(session: Session, ask: Asked) -> Board:
    """Everything that the page shows, in a number of statements that does not grow with its rows."""
    owed = SIDES.get(ask.owed)
    counts = referrals.owed_counts(session, g.actor, ask.wanted, owed, at=g.now)
    unread = _unread(session, ask)
    alerts = people.open_alerts(session, g.actor)
    sides = [owed] if owed else list(SIDES.values())
    found = _lines(session, ask, sides, counts, unread)
    items = [line for lines in found.values() for line in lines if isinstance(line, WorklistItem)]
    texts = [line for lines in found.values() for line in lines if isinstance(line, TextMessage)]
    on_call = {alert.on_call_user_id for alert in alerts if alert.on_call_user_id}
    facts = gather(session, g.actor, _shown(items, found), texts, on_call)
    groups = {**counts.groups, READ_TEXT: unread}
    late_texts = messaging.unread_count(session, g.actor, late_at=g.now) if unread else 0
    return Board(
        asked=ask,
        counts=_tabs(counts, unread),
        late=min(counts.late + late_texts, COUNTED_TO),
        team=count_words(min(counts.team + (unread if owed in (None, Owed.US) else 0), COUNTED_TO)),
        groups=[_group(ask, group, groups[group], lines, facts) for group, lines in found.items()],
        only=_only(session, ask),
        alerts=[_alert(alert, facts) for alert in alerts],
        duties=duty_words(facts.duties),
    )


def _shown(items: list[WorklistItem], found: Mapping[str, list[Any]]) -> list[WorklistItem]:
    """Without the one row beyond each page, which only says that there is a next page."""
    beyond = {id(lines[GROUP_ROWS]) for lines in found.values() if len(lines) > GROUP_ROWS}
    return [item for item in items if id(item) not in beyond]


def _unread(session: Session, ask: Asked) -> int:
    """Texts to read belong to no need, language or organization, so that those filters leave them out."""
    if ask.need or ask.language or ask.counterpart:
        return 0
    return messaging.unread_count(session, g.actor, late_at=g.now if ask.late else None)


def _lines(
    session: Session, ask: Asked, sides: Sequence[Owed], counts: OwedCounts, unread: int
) -> dict[str, list[Any]]:
    """The lines of each group that has some, in the order in which the groups are shown."""
    shown = [
        group for side in sides for group in GROUPS[side] if group in counts.groups or (group == READ_TEXT and unread)
    ]
    pages = {group: (ask.pages or {}).get(group, 1) for group in shown}
    texts: dict[str, list[Any]] = {}
    if page := pages.pop(READ_TEXT, 0):
        late = g.now if ask.late else None
        skipped = (page - 1) * GROUP_ROWS
        texts = {
            READ_TEXT: messaging.unread_texts(session, g.actor, late_at=late, offset=skipped, limit=GROUP_ROWS + 1)
        }
    found = {**referrals.lines(session, g.actor, pages, ask.wanted, at=g.now), **texts}
    return {group: found[group] for group in shown}


def _tabs(counts: OwedCounts, unread: int) -> dict[str, int]:
    found = {name: counts.of(owed) for name, owed in SIDES.items()}
    found["us"] = min(found["us"] + unread, COUNTED_TO)
    found["all"] = min(sum(found.values()), COUNTED_TO)
    return found


def _group(ask: Asked, group: str, count: int, lines: list[Any], facts: Facts) -> Group:
    shown = [_row(line, facts) for line in lines[:GROUP_ROWS]]
    rows = [row for row in shown if row is not None]
    page = Page(lines[:GROUP_ROWS], (ask.pages or {}).get(group, 1), GROUP_ROWS, len(lines) > GROUP_ROWS, count)
    return Group(f"group-{group}", str(TITLES[group]), str(WHYS[group]), count, rows, _pager(ask, group, page))


def _row(line: WorklistItem | TextMessage, facts: Facts) -> Row | None:
    return row_of(line, facts) if isinstance(line, WorklistItem) else text_row(line, facts)


def _pager(ask: Asked, group: str, page: "Page[Any]") -> Pages | None:
    if page.number == 1 and not page.has_next:
        return None

    def at(number: int) -> str:
        return ask.url(pages={**(ask.pages or {}), group: number}) + f"#group-{group}"

    words = _(
        "%(first)s to %(last)s of %(count)s", first=page.first, last=page.last, count=count_words(page.total or 0)
    )
    return Pages(
        at(page.number - 1) if page.number > 1 else None,
        at(page.number + 1) if page.has_next and page.number < LAST_PAGE else None,
        words,
    )


def _only(session: Session, ask: Asked) -> list[str]:
    """What the filters leave, in words."""
    term = directory.needs().get(ask.need)
    found = [term.label[chosen_language()]] if term else []
    found += [language_name(ask.language)] if ask.language else []
    found += [_("Late")] if ask.late else []
    if ask.counterpart:
        found += participants.names_of(session, [ask.counterpart]).values()
    return found


def _alert(alert: DangerAlert, facts: Facts) -> Alert:
    on_call = facts.colleagues.get(alert.on_call_user_id) if alert.on_call_user_id else None
    told = people.is_told(g.actor, alert)
    return Alert(url_for("alerts.show", alert_id=alert.id), told, on_call.name if on_call else "")


def organizations(session: Session) -> list[tuple[str, str]]:
    """The organizations with which the reader's own has something open, for the filter form."""
    names = participants.names_of(session, referrals.counterparts(session, g.actor))
    return sorted(((str(id_), name) for id_, name in names.items()), key=lambda pair: pair[1].casefold())
