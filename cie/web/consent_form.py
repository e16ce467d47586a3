"""The form on which staff write down what a person says about sharing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from marshmallow import fields, validate
from sqlmodel import Session

from cie import consent, participants, people
from cie.consent import Capacity, Decision, Method, SignerKind
from cie.directory import Category
from cie.errors import CieError, Invalid
from cie.people import Person
from cie.people.birth import is_under
from cie.web.consent_form_words import CAPACITIES
from cie.web.consent_words import CATEGORIES, SIGNERS
from cie.web.day_boxes import required_day_in, with_days
from cie.web.forms import FormSchema
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.words_of_time import day

SIGNER = lazy_gettext("Who says it: choose one")
RIGHT = lazy_gettext("By what right they sign: choose one")
DECISION = lazy_gettext("What they say: choose one")
RECIPIENTS = lazy_gettext("With whom: choose one")
METHOD = lazy_gettext("How it was said: choose one")
UNTIL = lazy_gettext("Until when: choose one")
TAKER = lazy_gettext("Who takes it back: choose one")
CATEGORY = lazy_gettext("What may be shared: choose from the list")
PLACE = lazy_gettext("Who may see it: choose organizations of the list")
STAFF_METHODS = (Method.IN_PERSON, Method.SIGNED_PAPER, Method.BY_VOICE)
SIGNER_BOXES = {
    SignerKind.MINOR: "minor",
    SignerKind.PARENT_OR_GUARDIAN: "parent",
    SignerKind.LEGAL_REPRESENTATIVE: "representative",
}
SUGGESTED = timedelta(days=365)
BOXES = (
    "wording_version", "language", "signer", "signer_name", "parent_name", "representative_name", "capacity",
    "entitled", "minor_entitled", "parent_entitled", "representative_entitled", "decision", "categories", "until",
    "expires", "to", "recipients", "method", "witness_name",
)  # fmt: skip
"""The boxes from the top of the page to its end."""


def _one_of(kind: type[Any], words: Any) -> Any:
    return fields.Enum(kind, by_value=True, required=True, error_messages={"required": words, "unknown": words})


def _categories() -> Any:
    each = fields.Enum(Category, by_value=True, error_messages={"unknown": CATEGORY})
    return fields.List(each, load_default=list)


class _ConsentSchema(FormSchema):
    signer = _one_of(SignerKind, SIGNER)
    parent_name = fields.Str(load_default=None)
    representative_name = fields.Str(load_default=None)
    capacity = fields.Enum(Capacity, by_value=True, load_default=None, error_messages={"unknown": RIGHT})
    minor_entitled = _categories()
    parent_entitled = _categories()
    representative_entitled = _categories()
    decision = _one_of(Decision, DECISION)
    categories = _categories()
    until = fields.Str(load_default="", validate=validate.OneOf(["", "year", "day", "none"], error=UNTIL))
    to = fields.Str(
        required=True,
        validate=validate.OneOf(["anyone", "named"], error=RECIPIENTS),
        error_messages={"required": RECIPIENTS},
    )
    recipients = fields.List(fields.UUID(error_messages={"invalid_uuid": PLACE}), load_default=list)
    method = _one_of(Method, METHOD)
    witness_name = fields.Str(load_default=None)
    language = fields.Str(load_default=None, validate=validate.Length(max=12))
    seen_newest = fields.UUID(load_default=None)
    wording_version = fields.Str(
        required=True, error_messages={"required": lazy_gettext("Words: read the words of today, then save again")}
    )


ConsentSchema = with_days(_ConsentSchema, "expires")
"""What a person says about sharing."""


class StopSchema(FormSchema):
    """How the person said that sharing ends."""

    method = _one_of(Method, METHOD)


class TakeBackSchema(StopSchema):
    """How a record is taken back, and by whom where more than one could."""

    revoked_by = fields.Enum(SignerKind, by_value=True, load_default=None, error_messages={"unknown": TAKER})


def read_taker(form: Mapping[str, Any], faults: list[Invalid], person: Person, *, today: date) -> SignerKind:
    """Who takes it back; the person themselves where nobody else is asked about. A missing choice joins `faults`."""
    chosen: SignerKind | None = form.get("revoked_by")
    if chosen is None and taker_choices(person, today):
        faults.append(Invalid(str(TAKER), "revoked_by"))
    return chosen or SignerKind.PERSON


def taker_choices(person: Person, today: date) -> list[dict[str, Any]]:
    """Who may take a permission back in place of an adult: the young person, a parent, who represents them by law."""
    if is_under(people.birth_of(person), consent.ADULT_YEARS, today) is False:
        return []
    return [{"value": kind.value, "label": SIGNERS[kind]} for kind in SIGNER_BOXES]


def read_consent(form: Mapping[str, Any], faults: list[Invalid], *, today: date) -> dict[str, Any]:
    """What was written down, by the names of `record_consent`; what was not chosen is None.

    What is wrong joins `faults`, so that a form with several is shown again once.
    """
    is_yes = form.get("decision") is Decision.SHARE
    if form.get("to") == "named" and not form.get("recipients"):
        faults.append(Invalid("Who may see it: choose at least one organization", "recipients"))
    expires_on = _last_day(form, faults, today) if is_yes else None
    box = SIGNER_BOXES.get(form["signer"], "") if "signer" in form else ""
    return {
        "signer": form.get("signer"),
        "signer_name": form.get(f"{box}_name"),
        "capacity": form.get("capacity") if box == "representative" else None,
        "entitled_categories": form.get(f"{box}_entitled", []),
        "decision": form.get("decision"),
        "categories": form.get("categories", []) if is_yes else [],
        "expires_on": expires_on,
        "recipient_ids": form.get("recipients", []) if form.get("to") == "named" else [],
        "method": form.get("method"),
        "witness_name": form.get("witness_name") if form.get("method") is Method.BY_VOICE else None,
        "language": form.get("language"),
        "wording_version": form.get("wording_version", consent.FORM_VERSION),
    }


def in_order(faults: Sequence[Invalid]) -> list[Invalid]:
    """One fault for each box, in the order of the page."""
    first: dict[str | None, Invalid] = {}
    for fault in faults:
        first.setdefault(fault.field, fault)
    return sorted(first.values(), key=lambda fault: _place(fault.field))


def _place(field: str | None) -> int:
    return BOXES.index(field) if field in BOXES else len(BOXES)


def _last_day(form: Mapping[str, Any], faults: list[Invalid], today: date) -> date | None:
    """The last day of a yes, as chosen; a day that cannot be joins `faults`."""
    if not form.get("until"):
        faults.append(Invalid(str(UNTIL), "until"))
    if form.get("until") != "day":
        return today + SUGGESTED if form.get("until") == "year" else None
    try:
        return required_day_in(form, "expires", _("Until when"))
    except Invalid as error:
        faults.append(error)
        return None


def at_consent_boxes(errors: Sequence[CieError], signer: str) -> list[Invalid]:
    """The errors at the boxes that stand for their fields on the page."""
    box = next((box for kind, box in SIGNER_BOXES.items() if kind.value == signer), "representative")
    names = {"signer_name": f"{box}_name", "entitled": f"{box}_entitled", "wording_version": "language"}
    return [Invalid(e.message, names.get(e.field or "", e.field)) for e in errors]


@dataclass(frozen=True)
class ConsentForm:
    """What the form offers for this person; nothing about sharing is chosen beforehand."""

    signers: list[dict[str, Any]]
    capacities: list[dict[str, Any]]
    categories: list[dict[str, Any]]
    places: list[dict[str, Any]]
    suggested: str
    aloud: list[dict[str, str]]


def form_for(session: Session, person: Person, *, today: date) -> ConsentForm:
    """The choices: who may say it at this person's age, the kinds of data, the organizations of the network."""
    return ConsentForm(
        signers=[{"value": kind.value, "label": SIGNERS[kind]} for kind in _possible_signers(person, today)],
        capacities=[{"value": c.value, "label": CAPACITIES[c]} for c in consent.possible_capacities(person, today)],
        categories=[{"value": c.value, "label": words, "hint": hint} for c, (words, hint) in CATEGORIES.items()],
        places=place_choices(session, person),
        suggested=day(today + SUGGESTED, year=True),
        aloud=_aloud(person),
    )


def place_choices(session: Session, person: Person) -> list[dict[str, Any]]:
    """The other organizations of the network, by name."""
    others = [p for p in participants.participants(session) if p.is_active and p.id != person.organization_id]
    return [{"value": str(p.id), "label": p.name} for p in sorted(others, key=lambda p: p.name.casefold())]


def _possible_signers(person: Person, today: date) -> list[SignerKind]:
    birth = people.birth_of(person)
    is_minor = is_under(birth, consent.ADULT_YEARS, today)
    kinds = [] if is_minor else [SignerKind.PERSON]
    if is_minor is not False:
        kinds += [SignerKind.MINOR] if not is_under(birth, consent.MINOR_WHO_MAY_SIGN_YEARS, today) else []
        kinds += [SignerKind.PARENT_OR_GUARDIAN]
    return [*kinds, SignerKind.LEGAL_REPRESENTATIVE]


def _aloud(person: Person) -> list[dict[str, str]]:
    languages = ["es", "en"] if person.language.partition("-")[0] == "es" else ["en"]
    return [{"lang": code, "words": consent.WORDING[code]} for code in languages]
