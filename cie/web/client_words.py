"""Programs in words: what kind they are, how they sign in, what for, whether they work."""

from typing import Any

from cie.access import Purpose
from cie.identity import Client, ClientAuthentication, ClientKind
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext

KINDS: dict[ClientKind, tuple[Any, Any]] = {
    ClientKind.SYSTEM: (
        lazy_gettext("A system that works by itself"),
        lazy_gettext("Like the data hub of a county or a plan. Nobody sits in front of it."),
    ),
    ClientKind.STAFF_APP: (
        lazy_gettext("An app that staff use"),
        lazy_gettext("Each of them is asked once, and it never sees more than they may."),
    ),
}
WAYS: dict[ClientAuthentication, tuple[Any, Any]] = {
    ClientAuthentication.PRIVATE_KEY_JWT: (
        lazy_gettext("With a key of its own"),
        lazy_gettext("The safest way, and the only one for a system."),
    ),
    ClientAuthentication.SECRET: (
        lazy_gettext("With a secret"),
        lazy_gettext("For an app with a server of its own. You see the secret once."),
    ),
    ClientAuthentication.NONE: (
        lazy_gettext("With neither"),
        lazy_gettext("For an app on a phone or in a browser, which cannot keep a secret."),
    ),
}
PURPOSES: dict[Purpose, Any] = {
    Purpose.CARE_COORDINATION: lazy_gettext("Working together on care and services"),
    Purpose.TREATMENT: lazy_gettext("Treatment"),
    Purpose.PAYMENT: lazy_gettext("Payment"),
    Purpose.OPERATIONS: lazy_gettext("Running a clinic or a plan"),
    Purpose.PUBLIC_HEALTH: lazy_gettext("Public health"),
}


def options_of(words: dict[Any, tuple[Any, Any]]) -> list[dict[str, Any]]:
    """A table of words with hints as options of a form."""
    return [{"value": code.value, "label": label, "hint": hint} for code, (label, hint) in words.items()]


def purpose_options() -> list[dict[str, Any]]:
    """What data may be used for, as options."""
    return [{"value": code.value, "label": label} for code, label in PURPOSES.items()]


def purpose_words(codes: list[str]) -> str:
    """What a program may use data for."""
    return ", ".join(str(PURPOSES[Purpose(code)]) for code in codes)


def state_words(client: Client, *, is_under_agreement: bool) -> str:
    """Whether a program works now."""
    if client.suspended_at is not None:
        return _("Held back")
    return _("Working") if is_under_agreement else _("Stopped since the agreement ended")
