"""The page of one referral: heading, two witnesses, next step, what happened, facts beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g, url_for
from sqlmodel import Session

from cie import referrals
from cie.access import Permission, is_allowed
from cie.http import Page
from cie.referrals import ReferralTask, TaskStatus
from cie.web import referral_loading
from cie.web.duties import duty_words
from cie.web.element_words import asked_for
from cie.web.forms import Notice
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.paging import Pages, pages_of, wanted_page
from cie.web.referral_actions import Action, more_of
from cie.web.referral_facts import Fact, facts_of
from cie.web.referral_happening import EVENTS_A_PAGE, SHOWS, Happening
from cie.web.referral_scene import Scene
from cie.web.referral_sharing import summaries_of
from cie.web.referral_steps import Step, step_of
from cie.web.referral_timeline import happenings_of
from cie.web.referral_words import KEPT_BACK, Head, Pair, head_of, pair_of
from cie.web.words_of_time import ago, long_day

DONE: dict[str, tuple[Any, Any]] = {
    "accepted": (lazy_gettext("Your yes was sent."), lazy_gettext("They know. Contact the person next.")),
    "declined": (lazy_gettext("Your answer was sent."), lazy_gettext("They choose another place. Nothing more to do.")),
    "waitlisted": (lazy_gettext("Your answer was sent."), lazy_gettext("They and the person choose now.")),
    "start": (lazy_gettext("Saved."), lazy_gettext("The other side sees that help has started.")),
    "hold": (lazy_gettext("Paused."), lazy_gettext("The clock has stopped until the day you named.")),
    "complete": (lazy_gettext("Closed: help was given."), lazy_gettext("The person is asked whether help came.")),
    "fail": (lazy_gettext("Closed."), lazy_gettext("They are told and choose what is next.")),
    "contact": (lazy_gettext("The try is on record."), None),
    "told": (lazy_gettext("Their answer is kept."), lazy_gettext("It is shown as told by phone until they confirm.")),
    "cancelled": (lazy_gettext("Cancelled."), lazy_gettext("The other side is told.")),
    "closed": (lazy_gettext("Closed."), lazy_gettext("Whoever was still asked is told.")),
    "word": (lazy_gettext("The person's word is kept."), None),
    "in-error": (lazy_gettext("Marked as sent by mistake."), lazy_gettext("It is not counted.")),
    "given": (lazy_gettext("Kept: the person was given the contact."), None),
    "informed": (lazy_gettext("Kept: the person was given the contact."), None),
    "message": (lazy_gettext("Your message was sent."), None),
    "note": (lazy_gettext("Your note is saved."), lazy_gettext("Only your organization can read it.")),
    "file": (lazy_gettext("Your file is saved."), None),
    "kept-apart": (
        lazy_gettext("The file was kept apart."),
        lazy_gettext("It is not what it says it is, so nobody can open it and it went nowhere."),
    ),
    "enrollment": (lazy_gettext("The enrollment is on record."), None),
    "taken-back": (lazy_gettext("Taken back. Nobody reads it any more."), None),
    "assigned": (lazy_gettext("Saved who is in charge."), None),
}


@dataclass(frozen=True)
class Filter:
    """A filter of what happened, with its count."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class Writing:
    """To whom a message goes; the others that it could go to are links."""

    task_id: UUID
    recipient: str
    others: Sequence[Action]


@dataclass(frozen=True)
class ReferralPage:
    """Everything on the page."""

    id: UUID
    is_sender: bool
    context: str
    heading: str
    urgency: str | None
    head: Head
    pair: Pair | None
    step: Step
    events: Sequence[Happening]
    filters: Sequence[Filter]
    pages: Pages | None
    writing: Writing | None
    own_name: str
    may_write: bool
    about: Sequence[Fact]
    shared: Sequence[str]
    more: Sequence[Action]
    duties: Sequence[str]
    opened: Notice | None
    to_open: ReferralTask | None
    kept_back: bool


def page_of(session: Session, referral_id: UUID, *, show: str, to: UUID | None) -> ReferralPage:
    """The page for the caller's side. Raises NotFound."""
    scene = referral_loading.load(session, g.actor, referral_id)
    happened = happenings_of(scene)
    shown = [each for each in happened if each.belongs_to(show)]
    number = wanted_page()
    part = shown[(number - 1) * EVENTS_A_PAGE : number * EVENTS_A_PAGE]
    step = step_of(scene)
    in_step = {action.url for action in (step.primary, *step.others) if action}
    paged = Page(part, number, EVENTS_A_PAGE, len(shown) > number * EVENTS_A_PAGE, len(shown))
    return ReferralPage(
        id=scene.id,
        is_sender=scene.is_sender,
        context=_context(scene),
        heading=_heading(scene),
        urgency=_urgency(scene),
        head=head_of(scene),
        pair=pair_of(scene),
        step=step,
        events=part,
        filters=_filters(scene, happened, show),
        pages=pages_of(paged, "referrals.show", referral_id=scene.id, show=show),
        writing=_writing(scene, to),
        own_name=scene.organizations[scene.own_id].name,
        may_write=is_allowed(g.actor, Permission.REFERRAL_ENTRY_WRITE) and not scene.is_erased,
        about=facts_of(session, scene),
        shared=summaries_of(scene) if scene.is_sender else (),
        more=[action for action in more_of(scene) if action.url not in in_step],
        duties=duty_words(scene.duties),
        opened=_opened(scene),
        kept_back=scene.main is not None and scene.main.id in scene.kept_back,
        to_open=next((t for t in scene.tasks if referrals.is_unopened(g.actor, t)), None),
    )


def done_notice(page: ReferralPage, done: str) -> Notice | None:
    """What was just done, in words; None for a code that is not ours."""
    if done == "sent" and page.writing is not None and page.is_sender:
        return Notice("good", _("Sent to %(name)s.", name=page.writing.recipient), page.step.due)
    if done == "sent":
        return Notice("good", _("Sent."))
    found = DONE.get(done)
    if found is None:
        return None
    text = found[1]
    if done in ("declined", "complete", "fail", "cancelled") and page.kept_back:
        text = KEPT_BACK
    if done in ("start", "complete", "fail") and page.pair is not None and page.pair.verdict == "masked":
        text = _("The other side is not told how it goes on, and the person is not asked.")
    return Notice("good", str(found[0]), str(text) if text else None)


def _context(scene: Scene) -> str:
    asked = [task for task in scene.tasks if task.requested_at is not None]
    if scene.is_unclaimed:
        return _("Asked whoever can help, %(day)s", day=long_day(scene.offers[0].sent_at))
    if not asked or asked[0].requested_at is None:
        given = scene.referral.first_sent_at if scene.referral is not None else None
        return _("Contact given %(day)s", day=long_day(given)) if given else _("Not sent to anybody")
    when = long_day(asked[0].requested_at)
    if not scene.is_sender:
        return _("From %(name)s, %(day)s", name=scene.sender, day=when)
    if scene.masked:
        return _("Sent %(day)s", day=when)
    places = ", ".join(scene.provider(task) for task in asked)
    return _("Sent to %(name)s, %(day)s", name=places, day=when)


def _heading(scene: Scene) -> str:
    if scene.masked and scene.is_sender:
        what = _("A protected service")
    elif scene.referral is not None:
        what = asked_for(scene.referral.title)
    else:
        assert scene.main is not None
        what = scene.service(scene.main)
    return _("%(what)s, for %(name)s", what=what, name=scene.short_name)


def _urgency(scene: Scene) -> str | None:
    if scene.referral is not None:
        return None if scene.masked else scene.referral.urgency.value
    found: str | None = scene.released.get("urgency")
    return found


def _filters(scene: Scene, happened: Sequence[Happening], show: str) -> list[Filter]:
    return [
        Filter(
            f"{words} ({sum(each.belongs_to(code) for each in happened)})",
            url_for("referrals.show", referral_id=scene.id, show=None if code == "everything" else code),
            code == show,
        )
        for code, words in SHOWS.items()
    ]


def _writing(scene: Scene, to: UUID | None) -> Writing | None:
    if scene.tells_nobody:
        return None
    listening = [task for task in scene.tasks if referrals.has_open_ears(task)]
    if not listening:
        return None
    current = next((t for t in listening if t.id == to), None)
    current = current or next((t for t in listening if scene.main and t.id == scene.main.id), listening[0])
    others = [
        Action(scene.other(task), url_for("referrals.show", referral_id=scene.id, to=task.id) + "#message")
        for task in listening
        if task.id != current.id and scene.is_sender
    ]
    return Writing(current.id, scene.other(current), others)


def _opened(scene: Scene) -> Notice | None:
    task = scene.main
    if scene.is_sender or task is None or task.opened_at is None or task.opened_by_id in (None, g.actor.id):
        return None
    name = scene.staff_name(task.opened_by_id)
    if task.status is not TaskStatus.REQUESTED or not name:
        return None
    when = ago(task.opened_at)
    title = _("%(name)s opened this %(when)s.", name=name, when=when)
    return Notice("info", title, _("You can still answer. The first answer counts."))
