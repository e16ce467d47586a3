"""What the worklist says: the groups with why they wait, and what happened last, by the codes of the read model."""

from collections.abc import Mapping
from typing import Any

from cie.web.language import chosen_language, lazy_gettext, ngettext
from cie.web.language import gettext as _
from cie.web.words import reason_words

TITLES: Mapping[str, Any] = {
    "answer": lazy_gettext("Answer new referrals"),
    "next-step": lazy_gettext("Do the next step"),
    "differ": lazy_gettext("Check: the two words differ"),
    "choose": lazy_gettext("They cannot help: choose another"),
    "call-them": lazy_gettext("No reply: call them"),
    "read-text": lazy_gettext("Read a text"),
    "draft": lazy_gettext("Not sent yet"),
    "not-shared": lazy_gettext("Answered, details not shared: ask the person"),
    "waiting-reply": lazy_gettext("Waiting for a reply"),
    "papers": lazy_gettext("Waiting for papers"),
    "waiting-answer": lazy_gettext("Waiting for an answer"),
    "waiting-list": lazy_gettext("On a waiting list"),
    "under-way": lazy_gettext("Help under way"),
}

WHYS: Mapping[str, Any] = {
    "answer": lazy_gettext("The sender is waiting for yes or no"),
    "next-step": lazy_gettext("You promised this to the person"),
    "differ": lazy_gettext("The person says something else. Ask them"),
    "choose": lazy_gettext("Nobody is helping yet. You and the person choose"),
    "call-them": lazy_gettext("They did not answer in time"),
    "read-text": lazy_gettext("A person wrote, and nobody has read it yet"),
    "draft": lazy_gettext("You saved these for later"),
    "not-shared": lazy_gettext("The place may not tell you more. The person can"),
    "waiting-reply": lazy_gettext("We asked if help came"),
    "papers": lazy_gettext("The clock is stopped"),
    "waiting-answer": lazy_gettext("You asked them. The clock runs"),
    "waiting-list": lazy_gettext("You look again on the day you named"),
    "under-way": lazy_gettext("Somebody said yes"),
}

LAST: Mapping[str, Mapping[str, Any]] = {
    "sender": {
        "referral.send": lazy_gettext("You sent this"),
        "referral.draft": lazy_gettext("You saved this for later"),
        "referral.give-contact": lazy_gettext("You gave the contact"),
        "referral.close": lazy_gettext("Closed"),
        "referral.unclaimed": lazy_gettext("Nobody said yes in time"),
        "task.requested": lazy_gettext("You asked them"),
        "task.accepted": lazy_gettext("They said yes"),
        "task.in-progress": lazy_gettext("Help has started"),
        "task.on-hold": lazy_gettext("They paused this"),
        "task.completed": lazy_gettext("They say help was given"),
        "task.answered": lazy_gettext("They answered, details not shared"),
        "task.failed": lazy_gettext("They could not help"),
        "task.rejected": lazy_gettext("They cannot help"),
        "task.cancelled": lazy_gettext("This was cancelled"),
        "task.waitlist": lazy_gettext("Put on their waiting list"),
        "task.remind": lazy_gettext("Reminder sent"),
        "task.return": lazy_gettext("No reply in time"),
    },
    "provider": {
        "referral.send": lazy_gettext("New"),
        "task.requested": lazy_gettext("New"),
        "task.accepted": lazy_gettext("You said yes"),
        "task.in-progress": lazy_gettext("You started to help"),
        "task.on-hold": lazy_gettext("You paused this"),
        "task.completed": lazy_gettext("You closed this"),
        "task.answered": lazy_gettext("You closed this"),
        "task.failed": lazy_gettext("You closed this"),
        "task.rejected": lazy_gettext("You said no"),
        "task.cancelled": lazy_gettext("This was cancelled"),
        "task.waitlist": lazy_gettext("Put on your waiting list"),
        "task.remind": lazy_gettext("Reminder sent"),
    },
}

BOTH: Mapping[str, Any] = {
    "assign": lazy_gettext("Who is in charge changed"),
    "entry.note": lazy_gettext("You saved a note"),
    "entry.message:us": lazy_gettext("You sent a message"),
    "entry.message:sender": lazy_gettext("Sender added a message"),
    "entry.message:provider": lazy_gettext("They sent a message"),
    "result.give:us": lazy_gettext("You wrote down what came of it"),
    "result.tell:provider": lazy_gettext("They wrote down what came of it"),
    "file.add:us": lazy_gettext("You added a file"),
    "file.add:sender": lazy_gettext("Sender added a file"),
    "file.add:provider": lazy_gettext("They added a file"),
}

TEXTED: Mapping[str, Any] = {
    "got-help": lazy_gettext("Person texted: yes, got help"),
    "contacted-no-help": lazy_gettext("Person texted: no help yet"),
    "not-contacted": lazy_gettext("Person texted: nobody called"),
    "no-longer-needs": lazy_gettext("Person texted: no longer needs it"),
}

SAID: Mapping[str, Any] = {
    "got-help": lazy_gettext("Person said: yes, got help"),
    "contacted-no-help": lazy_gettext("Person said: no help yet"),
    "not-contacted": lazy_gettext("Person said: nobody called"),
    "no-longer-needs": lazy_gettext("Person said: no longer needs it"),
}


NO_REASON = frozenset({"recalled", "loop-closed"})


def last_words(code: str, side: str) -> str:
    """What happened last, to this side. An unknown code raises KeyError: a page never shows a code."""
    if code.startswith("contact.attempt"):
        _action, method, reached, count = code.split(":")
        return _attempts(method, reached == "yes", int(count))
    if code.startswith("person.word"):
        _action, word, door = code.split(":")
        return str((TEXTED if door == "text" else SAID)[word])
    if code in BOTH:
        return str(BOTH[code])
    action, _colon, reason = code.partition(":")
    return _because(str(LAST[side][action]), reason)


def _because(step: str, reason: str) -> str:
    """A step with its reason, when it has one that is for people."""
    if not reason or reason in NO_REASON:
        return step
    words = reason_words(reason, chosen_language())
    return _("%(step)s: %(reason)s", step=step, reason=words[:1].lower() + words[1:])


def _attempts(method: str, reached: bool, count: int) -> str:
    if reached:
        return _("You reached the person")
    if method == "phone":
        return ngettext("%(num)d call, not reached", "%(num)d calls, not reached", count)
    if method == "text":
        return ngettext("%(num)d text, no reply", "%(num)d texts, no reply", count)
    return ngettext("%(num)d try, not reached", "%(num)d tries, not reached", count)


def things_words(count: int) -> str:
    """How much waits for the reader: "6 things need you."."""
    if count == 0:
        return _("Nothing needs you.")
    if count >= 100:
        return _("More than 99 things need you.")
    return ngettext("%(num)d thing needs you.", "%(num)d things need you.", count)


def late_words(count: int) -> str:
    """How much of that is late, as a link: "1 is late"."""
    if count >= 100:
        return _("More than 99 are late")
    return ngettext("%(num)d is late", "%(num)d are late", count)


def count_words(count: int) -> str:
    """A number as lists show it: exact to 99."""
    return str(count) if count < 100 else "99+"
