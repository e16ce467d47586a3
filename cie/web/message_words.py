"""Refused messages in words: what was sent, what was wrong with it, where it stands."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from cie.indenting import indented
from cie.quarantine import MessageState, RefusedMessage
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext

WRONG: dict[str, Any] = {
    "structure": lazy_gettext("It could not be read"),
    "required": lazy_gettext("Something is missing"),
    "value": lazy_gettext("A value is not written as it must be"),
    "invariant": lazy_gettext("Two parts do not fit each other, or a profile asks for more"),
    "code-invalid": lazy_gettext("A code is not one of those that may stand there"),
    "extension": lazy_gettext("An extension is not known"),
    "invalid": lazy_gettext("Something in it cannot be"),
    "not-found": lazy_gettext("It names something that is not here"),
    "not-supported": lazy_gettext("This is not served here"),
    "business-rule": lazy_gettext("A rule of the exchange forbids it now"),
    "duplicate": lazy_gettext("There is one already"),
    "conflict": lazy_gettext("Something changed meanwhile"),
    "too-long": lazy_gettext("It is too large"),
    "too-costly": lazy_gettext("It has too many parts"),
    "forbidden": lazy_gettext("The program may not do this"),
    "suppressed": lazy_gettext("The person's permission does not cover it"),
}
"""What kind of fault it was, by its code of IssueType."""
OTHERWISE = lazy_gettext("It could not be done")


def wrong_words(code: str) -> str:
    """What kind of fault a code names."""
    return str(WRONG.get(code, OTHERWISE))


def reasons(codes: Sequence[str]) -> str:
    """Why a message was refused, in one line."""
    return ". ".join(dict.fromkeys(wrong_words(code) for code in codes)) + "."


def faults_of(outcome: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Each issue of an OperationOutcome: what kind of fault, the words that the program got, and where it is."""
    for issue in outcome["issue"]:
        place = ", ".join(issue.get("expression", ()))
        yield {"kind": wrong_words(issue["code"]), "told": issue["details"]["text"], "place": place}


def message_state(row: RefusedMessage) -> str:
    """Whether it waits, or was taken."""
    if row.state is MessageState.TAKEN:
        return _("Taken when it was sent again") if row.became else _("Sent again in parts")
    return _("Waits for you") if not row.tries else _("Sent again and refused again")


def size_words(byte_count: int) -> str:
    """How large it is, in whole KB."""
    return _("%(count)s KB", count=f"{-(-byte_count // 1024):,}")


def readable(content: bytes) -> str:
    """What a message says, as somebody can read it: JSON in lines, all else as it came."""
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError:
        return content.decode("utf-8", "replace")
    return indented(content).decode()
