"""Where a referral stands and what its two witnesses say, in words for the side that reads."""

from dataclasses import dataclass
from datetime import datetime

from flask import g

from cie import referrals
from cie.events import DeliveryState, Outbox
from cie.referrals import (
    Closing,
    PersonWord,
    Reason,
    ReferralStatus,
    ReferralTask,
    TaskHistory,
    TaskStatus,
    WordOfPerson,
)
from cie.web.language import chosen_language, lazy_gettext, ngettext
from cie.web.language import gettext as _
from cie.web.referral_scene import Scene, is_untold
from cie.web.words import closing_words, reason_words, status_words, witness_words
from cie.web.words_of_time import day, due_words

OWN_REASONS = {
    Reason.RECALLED: lazy_gettext("Someone else said yes first"),
    Reason.LOOP_CLOSED: lazy_gettext("The request was closed"),
}
"""Reasons that nobody chooses from a list."""

SAID_YES = frozenset({PersonWord.GOT_HELP})
SAID_NO = frozenset({TaskStatus.FAILED, TaskStatus.REJECTED})
SAID_NOT_YET = frozenset({PersonWord.CONTACTED_NO_HELP, PersonWord.NOT_CONTACTED})


@dataclass(frozen=True)
class Head:
    """The state under the heading; `mark` instead of the code's own, when the two witnesses ask for another."""

    code: str
    words: str
    mark: str | None = None


@dataclass(frozen=True)
class Witness:
    """One cell of the pair."""

    name: str
    word: str
    tone: str = "none"
    detail: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Pair:
    """What provider and person say, never merged."""

    provider: Witness
    person: Witness
    verdict: str


def reason_of(reason: Reason | None) -> str:
    """Why a task was declined, paused or ended."""
    if reason is None:
        return ""
    own = OWN_REASONS.get(reason)
    return str(own) if own else reason_words(reason.value, chosen_language())


def head_of(scene: Scene) -> Head:
    """The state of the loop for its sender, of the own task for those who were asked."""
    if not scene.is_sender:
        assert scene.main is not None
        return _task_head(scene, scene.main)
    assert scene.referral is not None
    if scene.masked:
        return Head("masked", status_words("masked", "sender", chosen_language()))
    if scene.referral.status == ReferralStatus.ENTERED_IN_ERROR:
        return Head("entered-in-error", status_words("entered-in-error", "sender", chosen_language()))
    if scene.referral.closing is not None:
        return _closed_head(scene, scene.referral.closing)
    if scene.referral.status == ReferralStatus.DRAFT:
        return Head("draft", status_words("draft", "sender", chosen_language()))
    if scene.is_unclaimed:
        return Head("requested", _("Nobody has said yes yet"))
    if scene.main is None:
        return Head("informed", _("The person has the contact"))
    return _task_head(scene, scene.main)


def closing_of(scene: Scene) -> str:
    """How the loop ended, in words, as its sender knows it."""
    assert scene.referral is not None
    code = referrals.closing_code(scene.referral, scene.tasks)
    return closing_words(code, chosen_language()) if code else ""


def _closed_head(scene: Scene, closing: Closing) -> Head:
    if closing != Closing.SERVICES_RECEIVED:
        return Head("cancelled", _("Closed: %(how)s", how=closing_of(scene)))
    by = _closed_by(scene)
    confirmed = bool(scene.words) and scene.words[0].word in SAID_YES
    if confirmed:
        return Head("completed", _("Closed by %(by)s. Confirmed by %(name)s.", by=by, name=scene.first_name))
    words = _("Closed by %(by)s. Not confirmed by %(name)s.", by=by, name=scene.first_name)
    return Head("completed", words, "half")


def _closed_by(scene: Scene) -> str:
    done = next((t for t in scene.tasks if t.status == TaskStatus.COMPLETED and not is_untold(scene, t)), None)
    return scene.provider(done) if done else scene.sender


def _task_head(scene: Scene, task: ReferralTask) -> Head:
    audience = "sender" if scene.is_sender else "provider"
    if is_untold(scene, task):
        return Head("answered", status_words("answered", "sender", chosen_language()), "half")
    code = _code_of(task, g.now)
    if code == "cancelled" and not scene.is_sender and _cancelled_here(scene, task):
        return Head(code, _and_kept(scene, task, _("You cancelled: %(reason)s", reason=reason_of(task.reason))))
    if scene.masked and not scene.is_sender and code in _WITHOUT_CLOCK:
        return Head(code, str(_WITHOUT_CLOCK[code]))
    late = due_words("answer", task.due_at)
    reason = reason_of(task.reason)
    words = status_words(
        code,
        audience,
        chosen_language(),
        sender=scene.sender,
        provider=scene.provider(task),
        day=_day_of(task),
        reason=reason,
        late=late.text if late else "",
    )
    return Head(code, _and_kept(scene, task, words))


def _and_kept(scene: Scene, task: ReferralTask, words: str) -> str:
    return f"{words}. {KEPT_BACK}" if task.id in scene.kept_back else words


KEPT_BACK = lazy_gettext("The other side sees only that you answered")
"""Said to the one who answered."""


_WITHOUT_CLOCK = {
    "requested": lazy_gettext("Can you help?"),
    "accepted": lazy_gettext("You said yes. Contact them"),
}
"""No day is set for a protected service."""


def _cancelled_here(scene: Scene, task: ReferralTask) -> bool:
    return any(
        row.task_id == task.id and row.to_status == TaskStatus.CANCELLED and row.actor_organization_id == scene.own_id
        for row in scene.history
    )


def _code_of(task: ReferralTask, now: datetime) -> str:
    if task.recalled:
        return "recalled"
    if task.status == TaskStatus.REQUESTED:
        if task.waitlist_until:
            return "requested-waitlist"
        return "requested-late" if task.due_at and task.due_at < now else "requested"
    return task.status.value


def _day_of(task: ReferralTask) -> str:
    when = task.waitlist_until or task.hold_until or task.due_at
    return day(when) if when else _("a day not set")


def pair_of(scene: Scene) -> Pair | None:
    """The two witnesses once something was said or asked; None before that."""
    if scene.is_sender and scene.main is None:
        return None
    if scene.masked:
        place = Witness("", _("Not collected"), label=_("The place says"))
        return Pair(place, Witness("", _("Not asked"), label=_("The person says")), "masked")
    provider = _provider(scene)
    if not scene.is_sender:
        if scene.main is None or scene.main.status not in (TaskStatus.COMPLETED, TaskStatus.FAILED):
            return None
        return Pair(provider, Witness(scene.first_name, _("Not shared with you")), "not-shared")
    asked = [text for text in scene.texts if text.codes.get("question") and text.state == DeliveryState.SENT]
    if not scene.words and not asked and not _has_ended(scene):
        return None
    return Pair(provider, _person(scene, asked), _verdict(scene))


def _has_ended(scene: Scene) -> bool:
    said = any(task.status in (TaskStatus.COMPLETED, TaskStatus.FAILED) for task in scene.tasks)
    return said or (scene.referral is not None and scene.referral.closing == Closing.SERVICES_RECEIVED)


_SAYS = {
    TaskStatus.COMPLETED: (lazy_gettext("Yes, help was given"), "yes"),
    TaskStatus.FAILED: (lazy_gettext("No, help was not given"), "not-yet"),
    TaskStatus.REJECTED: (lazy_gettext("They cannot help"), "not-yet"),
    TaskStatus.ACCEPTED: (lazy_gettext("Not yet"), "not-yet"),
    TaskStatus.IN_PROGRESS: (lazy_gettext("Help has started"), "not-yet"),
    TaskStatus.ON_HOLD: (lazy_gettext("Not yet"), "not-yet"),
}


def _speaking(scene: Scene) -> ReferralTask | None:
    """The task whose place is the provider of the pair: the one that says that it helped, if one does."""
    return next((t for t in scene.tasks if t.status == TaskStatus.COMPLETED and not is_untold(scene, t)), scene.main)


def _provider(scene: Scene) -> Witness:
    task = _speaking(scene)
    if task is None:
        return Witness(scene.sender, _("Nobody was asked"))
    if is_untold(scene, task):
        return Witness(scene.provider(task), status_words("answered", "sender", chosen_language()))
    word, tone = _SAYS.get(task.status, (_("No answer yet"), "none"))
    row = next((h for h in scene.history if h.task_id == task.id and h.to_status == task.status), None)
    return Witness(scene.provider(task), str(word), tone, _said_by(scene, row) if row and tone != "none" else None)


def _said_by(scene: Scene, row: TaskHistory) -> str:
    who = scene.staff_name(row.actor_id)
    if row.told_by:
        if scene.is_sender:
            return _("Told by phone to %(name)s. Not yet confirmed by them", name=who or scene.sender)
        return _("Written down by %(name)s. Not yet confirmed by you", name=scene.sender)
    return f"{who}, {day(row.at)}" if who else day(row.at)


def _person(scene: Scene, asked: list[Outbox]) -> Witness:
    if not scene.words:
        return Witness(scene.first_name, _("No answer yet"), "none", _asked_words(scene, asked))
    newest = scene.words[0]
    tone = "yes" if newest.word in SAID_YES else "not-yet" if newest.word in SAID_NOT_YET else "none"
    word = witness_words(newest.word.value, "sender", chosen_language())
    return Witness(scene.first_name, word, tone, _taken(scene, newest, len(asked)))


def _taken(scene: Scene, word: WordOfPerson, asked: int) -> str:
    who = scene.staff_name(word.taken_by_id)
    if who:
        how = _("Told to %(name)s, %(day)s.", name=who, day=day(word.said_at))
    elif word.door == "text":
        how = _("By text, %(day)s.", day=day(word.said_at))
    else:
        how = _("On their own page, %(day)s.", day=day(word.said_at))
    return f"{how} {_times(asked)}." if asked else how


def _times(count: int) -> str:
    return ngettext("Asked %(num)d time", "Asked %(num)d times", count)


def _asked_words(scene: Scene, asked: list[Outbox]) -> str:
    waiting = [t for t in scene.texts if t.codes.get("question") and t.state == DeliveryState.WAITING]
    closed = scene.referral is not None and scene.referral.closed_at is not None
    coming = [t.due_at for t in waiting if str(t.codes.get("when", "")).startswith("sent") != closed]
    first = _times(len(asked)) if asked else _("Not asked by text")
    return _("%(asked)s. Next on %(day)s", asked=first, day=day(min(coming))) if coming else first


def _verdict(scene: Scene) -> str:
    assert scene.referral is not None
    task, newest = _speaking(scene), next(iter(scene.words), None)
    status = task.status if task and not is_untold(scene, task) else None
    return verdict_of(scene.referral.closing, status, newest.word if newest else None)


def verdict_of(closing: Closing | None, provider: TaskStatus | None, word: PersonWord | None) -> str:
    """How the two words stand to each other and how that is counted, as a code of the words of `witness_pair`.

    Received is what the loop was closed as, confirmed the person's yes to that; silence is never a yes.
    """
    said_no, said_yes = provider in SAID_NO, word in SAID_YES
    if closing is None:
        return _while_open(word, said_no=said_no, said_yes=said_yes)
    if closing != Closing.SERVICES_RECEIVED:
        return "differ-not-counted" if said_yes else "no-help"
    if word is None:
        return "silent"
    if not said_yes:
        return "differ"
    if provider == TaskStatus.COMPLETED:
        return "agree"
    return "differ-counted" if said_no else "person-alone"


def _while_open(word: PersonWord | None, *, said_no: bool, said_yes: bool) -> str:
    if said_no and said_yes:
        return "differ-open"
    return "open" if word or said_no else "nobody"
