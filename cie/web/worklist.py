"""The worklist: what is owed, by whom, by when; and the sender's reminder of those who have not answered."""

from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from flask import Blueprint, g, redirect, render_template
from werkzeug.wrappers import Response

from cie import calendar, consent, directory, referrals
from cie.access import Permission
from cie.db import reading, transaction
from cie.errors import NotPossibleNow
from cie.http import STATUS, requires
from cie.web import worklist_board
from cie.web.forms import Notice, notice_of, own_page
from cie.web.language import chosen_language, lazy_gettext
from cie.web.language_names import language_choices
from cie.web.organization import done_notice
from cie.web.worklist_words import count_words, late_words, things_words

blueprint = Blueprint("worklist", __name__)
DONE = {
    "reminded": lazy_gettext("Reminder sent."),
    "read": lazy_gettext("Saved. The text is off the list."),
    "danger": lazy_gettext("Saved. What you did is on record."),
}


def page(notice: Notice | None = None) -> str:
    """The worklist that the address asks for."""
    ask = _asked()
    with reading() as session:
        board = worklist_board.load(session, ask)
        answers = len(consent.answers_to_read(session, g.actor))
        open_requests = referrals.count_open_offers(session, g.actor)
        organizations = worklist_board.organizations(session) if ask.filters else []
    return render_template(
        "worklist/index.html",
        board=board,
        ask=ask,
        today=calendar.local_day(g.now),
        things=things_words(board.counts["us"]),
        late=late_words(board.late) if board.late else "",
        needs=[(code, term.label[chosen_language()]) for code, term in directory.needs().items()],
        languages=language_choices(),
        answers=answers,
        open_requests=count_words(open_requests),
        organizations=organizations,
        notice=notice or done_notice(DONE),
    )


@blueprint.get("/worklist")
@requires(Permission.WORKLIST_READ)
def index() -> str:
    """What is owed by us, by the person, by others."""
    return page()


@blueprint.post("/worklist/<uuid:task_id>/reminder")
@requires(Permission.REFERRAL_WRITE)
def remind(task_id: UUID) -> "Response | tuple[str, int]":
    """Remind those who have not answered, at most once a business day."""
    try:
        with transaction() as session:
            referrals.remind(session, g.actor, task_id, at=g.now)
    except NotPossibleNow as error:
        return page(notice_of(error)), STATUS[error.code]
    return redirect(f"{_asked().url()}&done=reminded", 303)


def _asked() -> worklist_board.Asked:
    """The worklist that is shown, also to a form that stands on it."""
    return worklist_board.asked(dict(parse_qsl(urlsplit(own_page()).query)))
