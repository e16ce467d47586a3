"""What the person's own page says, to the person."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session, col

from cie import consent, participants, referrals
from cie.access import Actor
from cie.consent import Consent, Release
from cie.directory import Category
from cie.people import Person
from cie.referrals import Referral, ReferralStatus
from cie.web.consent_pages import whom_words
from cie.web.consent_words import ConsentLine, category_words, consent_line
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext, ngettext
from cie.web.person_words import dated

ABOUT_YOU = lazy_gettext("Your name, how to reach you, and everyday needs")


@dataclass(frozen=True)
class OwnLine:
    """One thing that the person said about sharing: with whom, which kinds of data, and whether it holds."""

    line: ConsentLine
    whom: str
    what: str
    may_take_back: bool


def own_lines(session: Session, records: Sequence[Consent], today: date) -> list[OwnLine]:
    """All that the person may read of what they said, newest first."""
    names = participants.names_of(session, {UUID(id_) for record in records for id_ in record.recipient_ids})
    replaced = {record.supersedes_id for record in records}
    return [_own_line(record, names, today, replaced=record.id in replaced) for record in records]


def _own_line(record: Consent, names: dict[UUID, str], today: date, *, replaced: bool) -> OwnLine:
    line = consent_line(record, today, replaced=replaced)
    return OwnLine(line, whom_words(record, names), _kinds(record), may_take_back=line.holds and line.shares)


def _kinds(record: Consent) -> str:
    codes = consent.shown_categories(record)
    general = [str(ABOUT_YOU)] if Category.GENERAL.value in codes else []
    return "; ".join([*general, *category_words([code for code in codes if code != Category.GENERAL.value])])


@dataclass(frozen=True)
class TakingBack:
    """One permission before it is taken back: what was sent already, and what follows."""

    line: OwnLine
    id: UUID
    sent: list[str]
    follows: list[str]


def taking_back(session: Session, actor: Actor, person: Person, record: Consent, today: date) -> TakingBack:
    """What the person reads before they take a permission back."""
    (line,) = (
        each for each in own_lines(session, consent.own_consents(session, actor), today) if each.line.id == record.id
    )
    sent, live = consent.own_releases_under(session, actor, record)
    places = {consent.other_side(row, person.organization_id) for row in (*sent, *live)}
    names = participants.names_of(session, places)
    codes = consent.element_codes(session, [row.id for row in (*sent, *live)])
    follows = [
        *(_lost(names[place], _facts(rows, codes)) for place, rows in _by_place(live, person).items()),
        *_open_requests(session, actor, person, live, names),
        *_always(session, person),
    ]
    return TakingBack(line, record.id, _sent(sent, person, names, codes), follows)


def _by_place(rows: Sequence[Release], person: Person) -> dict[UUID, list[Release]]:
    found: dict[UUID, list[Release]] = {}
    for row in rows:
        found.setdefault(consent.other_side(row, person.organization_id), []).append(row)
    return found


def _facts(rows: Collection[Release], codes: Mapping[UUID, Sequence[str]]) -> str:
    count = len({code for row in rows for code in codes[row.id]})
    return ngettext("%(num)d fact", "%(num)d facts", count)


def _sent(
    rows: Sequence[Release], person: Person, names: Mapping[UUID, str], codes: Mapping[UUID, Sequence[str]]
) -> list[str]:
    """Each place once, with how much it could read and since when."""
    return [
        _("%(place)s: %(facts)s about you, first on %(day)s.", place=names[place], facts=_facts(of_place, codes),
          day=dated(min(row.released_at for row in of_place)))
        for place, of_place in _by_place(rows, person).items()
    ]  # fmt: skip


def _lost(place: str, facts: str) -> str:
    return _("%(place)s can no longer read %(facts)s about you. They do not hear why.", place=place, facts=facts)


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
    return [_request(row, [names[place] for place in places[row.id]]) for row in found]


def _request(referral: Referral, places: Sequence[str]) -> str:
    return _(
        "The request of %(day)s to %(places)s stays open. They cannot read about you. Tell us to end it.",
        day=dated(referral.first_sent_at or referral.created_at),
        places=", ".join(places),
    )


def _always(session: Session, person: Person) -> list[str]:
    count = consent.on_the_way(session, person.organization_id, person.id)
    moving = ngettext(
        "%(num)d message is already on the way. It may still go.",
        "%(num)d messages are already on the way. They may still go.",
        count,
    )
    return [
        *([moving] if count else []),
        _("What they wrote down stays with them, and so does the fact that we asked them."),
        _("You get the same help from us."),
    ]


def own_facts(line: OwnLine) -> list[dict[str, Any]]:
    """One permission as label and value."""
    rows = [(_("What may be shared"), line.what), (_("With whom"), line.whom), (_("When"), line.line.given)]
    rows.append((_("Until when"), line.line.until if line.line.shares or not line.line.holds else ""))
    return [{"label": label, "value": value} for label, value in rows if value]
