"""What the person's own page says: to the person, or to somebody who looks in their place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col

from cie import consent, participants, referrals
from cie.access import Actor, ActorKind
from cie.calendar import local_day
from cie.consent import OwnConsent, Release
from cie.directory import Category
from cie.people import Person
from cie.referrals import Referral, ReferralStatus
from cie.web.consent_pages import whom_words
from cie.web.consent_words import ABOUT_YOU, ConsentLine, category_words, consent_line
from cie.web.language import gettext as _
from cie.web.language import ngettext
from cie.web.person_words import dated


@dataclass(frozen=True)
class OwnLine:
    """One thing that the person said about sharing: with whom, which kinds of data, and whether it holds."""

    line: ConsentLine
    whom: str
    what: str
    may_take_back: bool


def is_told_to_them(actor: Actor) -> bool:
    """Whether the person reads it, and not somebody in their place."""
    return actor.kind is not ActorKind.PROXY


def own_lines(session: Session, actor: Actor, said: Sequence[OwnConsent], today: date) -> list[OwnLine]:
    """All that may be read of what was said, newest first."""
    names = _names(session, {UUID(id_) for each in said for id_ in each.places})
    replaced = {each.record.supersedes_id for each in said}
    return [_own_line(actor, each, names, today, replaced=each.record.id in replaced) for each in said]


def _names(session: Session, ids: Collection[UUID], masked: Collection[UUID] = ()) -> dict[UUID, str]:
    """The places by name; a protected or `masked` one, where it is shown at all, is not named."""
    hidden = {*consent.protected_places(session), *map(str, masked)}
    names = participants.names_of(session, ids)
    return {id_: _("A service you chose") if str(id_) in hidden else name for id_, name in names.items()}


def _own_line(actor: Actor, said: OwnConsent, names: dict[UUID, str], today: date, *, replaced: bool) -> OwnLine:
    line, to_them = consent_line(said.record, today, replaced=replaced), is_told_to_them(actor)
    whom, what = whom_words(said.record, names), _kinds(said.kinds, to_them=to_them)
    return OwnLine(line, whom, what, may_take_back=line.holds and line.shares)


def _kinds(codes: Sequence[str], *, to_them: bool) -> str:
    if not to_them or Category.GENERAL.value not in codes:
        return "; ".join(category_words(codes))
    return "; ".join([str(ABOUT_YOU), *category_words([code for code in codes if code != Category.GENERAL.value])])


@dataclass(frozen=True)
class TakingBack:
    """One permission before it is taken back: what was sent already, and what follows."""

    line: OwnLine
    id: UUID
    sent: list[str]
    follows: list[str]


def taking_back(session: Session, actor: Actor, person: Person, said: OwnConsent, at: datetime) -> TakingBack:
    """What is read before a permission is taken back."""
    every = own_lines(session, actor, consent.own_consents(session, actor, at=at), local_day(at))
    line = next(each for each in every if each.line.id == said.record.id)
    sent, live = consent.own_releases_under(session, actor, said.record, at=at)
    names = _names_of_releases(session, person, [*sent, *live])
    codes = consent.element_codes(session, [row.id for row in (*sent, *live)])
    to_them = is_told_to_them(actor)
    follows = [
        *(_lost(names[p], _facts(rows, codes), to_them=to_them) for p, rows in _by_place(live, person).items()),
        *_open_requests(session, actor, person, live, names),
        *_always(session, person, to_them=to_them),
    ]
    return TakingBack(line, said.record.id, _sent(sent, person, names, codes, to_them=to_them), follows)


def _names_of_releases(session: Session, person: Person, rows: Sequence[Release]) -> dict[UUID, str]:
    places = _by_place(rows, person)
    return _names(session, places, [place for place, found in places.items() if any(row.masked for row in found)])


def _by_place(rows: Sequence[Release], person: Person) -> dict[UUID, list[Release]]:
    found: dict[UUID, list[Release]] = {}
    for row in rows:
        found.setdefault(consent.other_side(row, person.organization_id), []).append(row)
    return found


def _facts(rows: Collection[Release], codes: Mapping[UUID, Sequence[str]]) -> str:
    count = len({code for row in rows for code in codes[row.id]})
    return ngettext("%(num)d fact", "%(num)d facts", count)


def _sent(
    rows: Sequence[Release], person: Person, names: Mapping[UUID, str], codes: Mapping[UUID, Sequence[str]],
    *, to_them: bool,
) -> list[str]:  # fmt: skip
    """Each place once, with how much it could read and since when."""
    return [
        _first(names[place], _facts(of_place, codes), dated(min(row.released_at for row in of_place)), to_them=to_them)
        for place, of_place in _by_place(rows, person).items()
    ]


def _first(place: str, facts: str, day: str, *, to_them: bool) -> str:
    if to_them:
        return _("%(place)s: %(facts)s about you, first on %(day)s.", place=place, facts=facts, day=day)
    return _("%(place)s: %(facts)s about them, first on %(day)s.", place=place, facts=facts, day=day)


def _lost(place: str, facts: str, *, to_them: bool) -> str:
    if to_them:
        return _("%(place)s can no longer read %(facts)s about you. They do not hear why.", place=place, facts=facts)
    return _("%(place)s can no longer read %(facts)s about them. Nobody there hears why.", place=place, facts=facts)


def _open_requests(
    session: Session, actor: Actor, person: Person, live: Sequence[Release], names: Mapping[UUID, str]
) -> list[str]:
    """What happens to each request that is still open; it is named by place and day, never by what was asked."""
    places: dict[UUID, dict[UUID, None]] = {}
    for row in reversed(live):
        if row.referral_id is not None:
            places.setdefault(row.referral_id, {})[consent.other_side(row, person.organization_id)] = None
    query = referrals.visible_to(actor).where(
        col(Referral.id).in_(places), col(Referral.status) == ReferralStatus.ACTIVE
    )
    found = session.execute(query.order_by(col(Referral.first_sent_at), col(Referral.id))).scalars()
    return [_request(actor, row, [names[place] for place in places[row.id]]) for row in found]


def _request(actor: Actor, referral: Referral, places: Sequence[str]) -> str:
    day, where = dated(referral.first_sent_at or referral.created_at), ", ".join(places)
    if is_told_to_them(actor):
        return _(
            "The request of %(day)s to %(places)s stays open. They cannot read about you. Tell us to end it.",
            day=day,
            places=where,
        )
    return _("The request of %(day)s to %(places)s stays open. Tell us to end it.", day=day, places=where)


def _always(session: Session, person: Person, *, to_them: bool) -> list[str]:
    stays = _("What they wrote down stays with them, and so does the fact that we asked them.")
    if not to_them:
        # a count of messages could tell of some that are not theirs to know
        return [stays, _("The person gets the same help from us.")]
    count = consent.on_the_way(session, person.organization_id, person.id)
    moving = ngettext(
        "%(num)d message is already on the way. It may still go.",
        "%(num)d messages are already on the way. They may still go.",
        count,
    )
    return [*([moving] if count else []), stays, _("You get the same help from us.")]


def own_facts(line: OwnLine) -> list[dict[str, Any]]:
    """One permission as label and value."""
    rows = [(_("What may be shared"), line.what), (_("With whom"), line.whom), (_("When"), line.line.given)]
    rows.append((_("Until when"), line.line.until if line.line.shares or not line.line.holds else ""))
    return [{"label": label, "value": value} for label, value in rows if value]
