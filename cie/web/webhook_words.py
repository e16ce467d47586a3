"""Webhooks in words: how one stands, what a notice was about, and what came of the last try."""

from typing import Any

from cie.events import Outbox
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.words_of_time import ago
from cie.webhooks import PING, Webhook

ABOUT: dict[str, Any] = {
    "referral": lazy_gettext("The referral itself"),
    "task": lazy_gettext("An answer or a step"),
    "entry": lazy_gettext("A message or a note"),
    "file": lazy_gettext("A file"),
    "result": lazy_gettext("What came of it"),
    "contact": lazy_gettext("A try to reach the person"),
    "person": lazy_gettext("The word of the person"),
    "assign": lazy_gettext("Who is in charge"),
}
"""What happened, by the kind of change; more of it an administrator has no need to know."""
ANSWERS: dict[str, Any] = {
    "gone": lazy_gettext("It answered 410: nobody is there any more."),
    "address refused": lazy_gettext("We may not call an address like this."),
}
NO_ANSWER = lazy_gettext("Nobody answered in time, with a good certificate, from a public address.")
OTHERWISE = lazy_gettext("Something broke here while it was sent.")


def standing_words(hook: Webhook) -> str:
    """Whether notices arrive at a webhook."""
    if hook.paused_at is not None:
        return _("Paused %(when)s", when=ago(hook.paused_at))
    if hook.failed_at is not None and (hook.reached_at is None or hook.reached_at < hook.failed_at):
        return _("Does not take notices now")
    return _("Notices arrive") if hook.reached_at else _("Nothing sent yet")


def event_words(row: Outbox) -> str:
    """What a notice was about, never what it said."""
    if row.codes["event"] == PING:
        return _("A notice that says nothing")
    return str(ABOUT[row.codes["change"].partition(":")[0].partition(".")[0]])


def answer_words(row: Outbox) -> str:
    """What came of the last try."""
    if row.result.startswith("no answer"):
        return str(NO_ANSWER)
    if row.result.startswith("answered "):
        return _("It answered %(status)s.", status=row.result.removeprefix("answered "))
    return str(ANSWERS.get(row.result, OTHERWISE))
