"""How it goes with a program in words: what it does here, what it was refused, whether it hears of what happens."""

from datetime import datetime
from typing import Any

from cie.access.scopes import READ, WRITE, read_scope
from cie.identity import Client, ClientUse
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.words_of_time import ago

SUBSCRIPTIONS: dict[str, Any] = {
    "requested": lazy_gettext("Asked whether it wants to hear; no answer yet"),
    "active": lazy_gettext("Events go there"),
    "error": lazy_gettext("Stopped, since it did not answer"),
}
"""How a subscription stands, by its status."""


def doings(client: Client, *, is_told: bool) -> str:
    """What a program may do here, and whether it is told of what happens."""
    opened = frozenset[str]().union(*(scope.may for text in client.scopes if (scope := read_scope(text))))
    words = [_("sends")] if opened & WRITE else []
    words += [_("reads")] if opened & READ else []
    words += [_("hears of what happens")] if is_told else []
    return ", ".join(words) or _("nothing so far")


def success_words(use: ClientUse | None) -> str:
    """When it last went well."""
    return ago(use.succeeded_at) if use and use.succeeded_at else _("Never")


def failure_words(use: ClientUse | None) -> str:
    """What a program was refused last, and where: for who writes it."""
    if use is None or use.refused_at is None:
        return _("Never")
    what = {"status": use.refused_status, "code": use.refused_code, "route": use.refused_route}
    return _("%(when)s: %(route)s answered %(status)s, %(code)s", when=ago(use.refused_at), **what)


def trial_words(reached_at: datetime | None, failed_at: datetime | None, *, is_on_its_way: bool = False) -> str:
    """Whether the address answered when something went there last."""
    if is_on_its_way:
        return _("On its way")
    if failed_at is not None and (reached_at is None or reached_at < failed_at):
        return _("It did not answer, %(when)s", when=ago(failed_at))
    return _("It answered, %(when)s", when=ago(reached_at)) if reached_at else _("Nothing went there yet")
