"""Open requests: what anyone who can help may take, for those who could, and saying yes first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import consent, directory, events, participants, referrals
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import paginate, requires
from cie.referrals import OpenOffer
from cie.web.duties import duty_words
from cie.web.element_words import element_label, element_value
from cie.web.forms import Notice, again
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.paging import Pages, pages_of, wanted_page
from cie.web.words_of_time import Due, due_words

blueprint = Blueprint("open_requests", __name__, url_prefix="/open-requests")

OFFERS_A_PAGE = 20
DONE = {"passed": lazy_gettext("It is off your list. Nobody is told.")}


@dataclass(frozen=True)
class Row:
    """One open request: what this organization may know of it, and which of its services could meet it."""

    task_id: UUID
    title: str
    facts: Sequence[tuple[str, str]]
    service: str
    sender: str
    due: Due | None
    urgency: str | None


@dataclass(frozen=True)
class Listed:
    """One page of them, with the duties that go with what it shows."""

    rows: Sequence[Row]
    pages: Pages | None
    duties: Sequence[str]


def _listed(session: Session) -> Listed:
    page = paginate(session, referrals.offers_open_to(g.actor), number=wanted_page(), size=OFFERS_A_PAGE, total=None)
    offers: Sequence[OpenOffer] = page.items
    events.showed(session, g.actor, *(offer.person_id for offer in offers))
    known = consent.released_about(session, g.actor.organization, [offer.task_id for offer in offers])
    senders = participants.names_of(session, {offer.organization_id for offer in offers})
    duties = consent.duties_to(session, g.actor.organization, [offer.referral_id for offer in offers])
    rows = [_row(session, offer, known.get(offer.task_id, {}), senders[offer.organization_id]) for offer in offers]
    return Listed(rows, pages_of(page, "open_requests.index"), duty_words(duties))


def _row(session: Session, offer: OpenOffer, seen: Mapping[str, Any], sender: str) -> Row:
    facts = [(element_label(code), element_value(code, value)) for code, value in seen.items() if code not in _APART]
    return Row(
        task_id=offer.task_id,
        title=element_value("need", seen["need"]) if "need" in seen else _("A request"),
        facts=facts,
        service=directory.get_service(session, offer.service_id).name,
        sender=sender,
        due=due_words("answer", offer.due_at),
        urgency=seen.get("urgency"),
    )


_APART = frozenset({"need", "urgency"})
"""What a row says in its heading and beside it."""


def page(notice: Notice | None = None) -> str:
    """The list."""
    with reading() as session:
        listed = _listed(session)
    return render_template("open_requests/index.html", listed=listed, notice=notice or done_notice(DONE))


def _again(errors: Any = (), notice: Notice | None = None, **_view: Any) -> str:
    return page(notice)


@blueprint.get("")
@requires(Permission.TASK_ANSWER)
def index() -> str:
    """What this organization could take now, urgent and due first."""
    return page()


@blueprint.post("/<uuid:task_id>/acceptance")
@requires(Permission.TASK_ANSWER)
@again(_again)
def claim(task_id: UUID) -> Response:
    """Yes, we can help: the first one has it."""
    with transaction() as session:
        task = referrals.claim(session, g.actor, task_id, at=g.now)
        referral_id = task.referral_id
    return redirect(url_for("referrals.show", referral_id=referral_id, done="accepted"), 303)


@blueprint.post("/<uuid:task_id>/passing")
@requires(Permission.TASK_ANSWER)
@again(_again)
def pass_by(task_id: UUID) -> Response:
    """Leave it to others."""
    with transaction() as session:
        referrals.pass_by(session, g.actor, task_id, at=g.now)
    return redirect(url_for("open_requests.index", done="passed"), 303)
