"""Permissions that end soon while an open referral rests on them: whom to ask whether it goes on, soonest first."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, g, render_template, url_for
from sqlmodel import Session

from cie import people, retention
from cie.access import Permission
from cie.db import reading
from cie.http import Page, requires
from cie.people import Person
from cie.retention import Renewal
from cie.web.language import gettext as _
from cie.web.language import ngettext
from cie.web.paging import pages_of, wanted_page
from cie.web.person_words import full_name
from cie.web.words_of_time import Due, day

blueprint = Blueprint("consent_endings", __name__, url_prefix="/consents/ending")
ROWS_A_PAGE = 20


@blueprint.get("")
@requires(Permission.CONSENT_READ)
def index() -> str:
    """The list."""
    with reading() as session:
        found = retention.ending_soon(session, g.actor, at=g.now)
        page = _page_of(found)
        rows = _rows(session, page.items)
    return render_template("consents/ending.html", rows=rows, pages=pages_of(page, "consent_endings.index"))


def _page_of(found: Sequence[Renewal]) -> Page[Renewal]:
    number = wanted_page()
    start = (number - 1) * ROWS_A_PAGE
    items = list(found[start : start + ROWS_A_PAGE])
    return Page(items, number, ROWS_A_PAGE, len(found) > start + ROWS_A_PAGE, len(found))


def _rows(session: Session, found: Sequence[Renewal]) -> list[dict[str, Any]]:
    persons = people.get_persons(session, g.actor, {each.consent.person_id for each in found})
    return [_row(each, persons[each.consent.person_id]) for each in found]


def _row(renewal: Renewal, person: Person) -> dict[str, Any]:
    ends = day(renewal.ends_on, year=True)
    words = _("Very soon: ask by %(day)s", day=ends) if renewal.is_near else _("Ask by %(day)s", day=ends)
    return {
        "url": url_for("consents.show", consent_id=renewal.consent.id),
        "name": full_name(person),
        "rests": rests_words(renewal),
        "due": Due(words, renewal.ends_on.isoformat(), "plain"),
    }


def rests_words(renewal: Renewal) -> str:
    """How many open referrals rest on the permission."""
    count = len(renewal.referrals)
    return ngettext("%(num)d open referral rests on it.", "%(num)d open referrals rest on it.", count)


def ending_words(found: Sequence[Renewal]) -> str:
    """What the page of one person says above everything; nothing when nothing ends soon."""
    if not found:
        return ""
    ends = day(found[0].ends_on, year=True)
    return _("Their permission ends after %(day)s. %(rests)s", day=ends, rests=rests_words(found[0]))
