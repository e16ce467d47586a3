"""What a consent record says, in words that staff and the person can read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from cie.access import Purpose
from cie.consent import Consent, Decision, Expiry, Method, SignerKind, has_ended
from cie.directory import Category
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.person_words import dated

METHODS: Mapping[Method, Any] = {
    Method.IN_PERSON: lazy_gettext("in person"),
    Method.SIGNED_PAPER: lazy_gettext("on signed paper"),
    Method.ON_SCREEN: lazy_gettext("signed on a screen"),
    Method.BY_VOICE: lazy_gettext("by voice"),
    Method.BY_LINK: lazy_gettext("by a link"),
}
CATEGORIES: Mapping[Category, tuple[Any, Any]] = {
    Category.GENERAL: (
        lazy_gettext("Name, how to reach them, and everyday needs"),
        lazy_gettext("Like food, clothes, rides or child care. Without it little help can be found."),
    ),
    Category.HOUSING: (lazy_gettext("Housing"), lazy_gettext("Where they stay, rent, repairs, being without a home.")),
    Category.MENTAL_HEALTH: (
        lazy_gettext("Mental health"),
        lazy_gettext("Counseling, and what they feel. It goes only with a signed form for medical information."),
    ),
    Category.SUD_PART2: (
        lazy_gettext("Alcohol and drug treatment"),
        lazy_gettext("Protected by 42 CFR Part 2. It goes only with its own signed form."),
    ),
    Category.HIV: (
        lazy_gettext("HIV"),
        lazy_gettext("Tests and care. It goes only with a signed form for medical information."),
    ),
    Category.REPRODUCTIVE: (
        lazy_gettext("Reproductive and gender-affirming care"),
        lazy_gettext("Kept apart by California law. It goes only with a signature, to places by name."),
    ),
    Category.IMMIGRATION: (
        lazy_gettext("Legal help for immigrants"),
        lazy_gettext("That they want such help. We never keep an immigration status."),
    ),
    Category.EDUCATION: (lazy_gettext("School"), lazy_gettext("Classes, training, and children at school.")),
    Category.JUSTICE: (lazy_gettext("Courts and jail"), lazy_gettext("Help during or after a case.")),
    Category.VICTIM_SERVICES: (
        lazy_gettext("Safety from violence"),
        lazy_gettext("Only for a service that the person asked for."),
    ),
}
MEDICAL = lazy_gettext("Medical care: visits, tests, medicines")
KINDS: Mapping[Category, Any] = {
    Category.GENERAL: CATEGORIES[Category.GENERAL][0],
    Category.HOUSING: CATEGORIES[Category.HOUSING][0],
    Category.MEDICAL: MEDICAL,
    **{kind: words for kind, (words, _hint) in CATEGORIES.items()},
}
"""Every kind of data that a permission can name; medical facts go only with a form that was signed for them."""
ABOUT_YOU = lazy_gettext("Your name, how to reach you, and everyday needs")
"""The first kind, said to the person."""
SIGNERS: Mapping[SignerKind, Any] = {
    SignerKind.PERSON: lazy_gettext("The person"),
    SignerKind.MINOR: lazy_gettext("The person, under 18, for themselves"),
    SignerKind.PARENT_OR_GUARDIAN: lazy_gettext("A parent or guardian"),
    SignerKind.LEGAL_REPRESENTATIVE: lazy_gettext("Someone who represents them by law"),
}
PURPOSES: Mapping[str, Any] = {
    Purpose.TREATMENT.value: lazy_gettext("To treat the person"),
    Purpose.PAYMENT.value: lazy_gettext("To pay for care"),
    Purpose.CARE_COORDINATION.value: lazy_gettext("To help the person"),
    Purpose.OPERATIONS.value: lazy_gettext("To run the service"),
    Purpose.EMERGENCY.value: lazy_gettext("In an emergency"),
    Purpose.PERSON_REQUEST.value: lazy_gettext("The person asked for it"),
    Purpose.PUBLIC_HEALTH.value: lazy_gettext("Public health"),
}
OWN_PURPOSES: Mapping[str, Any] = {
    **PURPOSES,
    Purpose.TREATMENT.value: lazy_gettext("To treat you"),
    Purpose.PAYMENT.value: lazy_gettext("To pay for your care"),
    Purpose.CARE_COORDINATION.value: lazy_gettext("To help you"),
    Purpose.PERSON_REQUEST.value: lazy_gettext("You asked for it"),
}
"""The same, said to the person."""


@dataclass(frozen=True)
class ConsentLine:
    """One record: what was said, when and how, and whether it holds today."""

    id: UUID
    said: str
    given: str
    until: str
    holds: bool
    shares: bool


def consent_line(record: Consent, today: date, *, replaced: bool = False) -> ConsentLine:
    """The record in words, as it stands on `today`; `replaced` by a newer one, it holds no more."""
    return ConsentLine(
        id=record.id,
        said=said_words(record),
        given=_("Said %(day)s, %(how)s", day=dated(record.given_at), how=METHODS[record.method]),
        until=_until(record, today, replaced),
        holds=record.revoked_at is None and not replaced and not has_ended(record, today),
        shares=record.decision is Decision.SHARE,
    )


def said_words(record: Consent) -> str:
    """The decision itself."""
    return _("Yes, share") if record.decision is Decision.SHARE else _("No, do not share")


def _until(record: Consent, today: date, replaced: bool) -> str:
    if record.revoked_at is not None:
        return _("Taken back %(day)s", day=dated(record.revoked_at))
    if replaced:
        return _("Replaced by something newer")
    return end_words(record, today)


def end_words(record: Consent, today: date) -> str:
    """The day or the event until which it was given."""
    if record.expiry is Expiry.EVENT:
        return _("Until something happens that the paper names")
    if record.expires_on is None:
        return _("No end")
    words = _("Ended %(day)s") if has_ended(record, today) else _("Until %(day)s")
    return words % {"day": dated(record.expires_on)}


def category_words(codes: Sequence[str]) -> list[str]:
    """The kinds of data, in the order of the form."""
    return [str(words) for kind, words in KINDS.items() if kind.value in codes]


def method_choices(methods: Iterable[Method]) -> list[dict[str, Any]]:
    """How it can be said to staff, as options of a group."""
    return [{"value": method.value, "label": str(METHODS[method]).capitalize()} for method in methods]
