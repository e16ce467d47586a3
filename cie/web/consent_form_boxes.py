"""The boxes of a signed form: what it offers for this person, and reading what was written down."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from marshmallow import fields, validate
from sqlmodel import Session

from cie import consent
from cie.access import Purpose
from cie.calendar import local_day
from cie.consent import Capacity, Decision, Expiry, FormType, Method, Reach, SignerKind, Stated
from cie.directory import Category
from cie.errors import CieError, Invalid
from cie.participants.models import Program
from cie.people import Person
from cie.web.consent_form import CATEGORY, METHOD, PLACE, RECIPIENTS, UNTIL, place_choices
from cie.web.consent_form_words import CAPACITIES, GROUPS, STATES
from cie.web.consent_words import KINDS, PURPOSES, SIGNERS, method_choices
from cie.web.day_boxes import required_day_in, with_days
from cie.web.forms import FormSchema
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.signing_words import no_link_words, ways_to_sign
from cie.web.standing_words import PROGRAMS

SIGNER = lazy_gettext("Who signed: choose one")
DECISION = lazy_gettext("What it says: choose one")
METHODS = (Method.SIGNED_PAPER, Method.IN_PERSON, Method.BY_VOICE)
NAME_BOXES = {SignerKind.PARENT_OR_GUARDIAN: "parent_name", SignerKind.LEGAL_REPRESENTATIVE: "representative_name"}
BOXES = (
    "form", "signer", "parent_name", "custody_limits", "representative_name", "capacity", "signed_on", "paper",
    "form_version", "method",
    "witness_name", "decision", "categories", "programs", "purposes", "until", "expires", "stated", "names_network",
    "to", "recipients",
)  # fmt: skip
"""The boxes from the top of the page to its end."""
TELL_ALL = frozenset({"signer", "categories", "programs", "stated"})
"""Boxes at which every fault is told, not the first one alone."""


def _choice(kind: type[Any], words: Any) -> Any:
    return fields.Enum(kind, by_value=True, load_default=None, error_messages={"unknown": words})


def _several(kind: type[Any]) -> Any:
    each = fields.Enum(kind, by_value=True, error_messages={"unknown": CATEGORY})
    return fields.List(each, load_default=list)


class _FormOnPaperSchema(FormSchema):
    signer = _choice(SignerKind, SIGNER)
    parent_name = fields.Str(load_default=None)
    custody_limits = _several(Category)
    representative_name = fields.Str(load_default=None)
    capacity = _choice(Capacity, SIGNER)
    method = _choice(Method, METHOD)
    witness_name = fields.Str(load_default=None)
    decision = _choice(Decision, DECISION)
    categories = _several(Category)
    programs = _several(Program)
    purposes = _several(Purpose)
    until = _choice(Expiry, UNTIL)
    stated = _several(Stated)
    names_network = fields.Bool(load_default=False)
    to = fields.Str(
        load_default=None,
        validate=validate.OneOf(["named", "anyone", *(reach.value for reach in GROUPS)], error=RECIPIENTS),
    )
    recipients = fields.List(fields.UUID(error_messages={"invalid_uuid": PLACE}), load_default=list)
    paper = fields.Str(load_default=None)
    form_version = fields.Str(load_default="")
    own_version = fields.Int(load_default=0, error_messages={"invalid": "Form: choose one of the list"})
    seen_newest = fields.UUID(load_default=None)


FormOnPaperSchema = with_days(_FormOnPaperSchema, "signed_on", "expires")
"""What a signed form says."""


def read_form(form: FormType, boxes: Mapping[str, Any], faults: list[Invalid]) -> dict[str, Any]:
    """What was written down, by the names of `record_consent`; what was not chosen is None and joins `faults`."""
    decision = Decision.DO_NOT_SHARE if consent.only_says_no(form) else boxes.get("decision")
    signer, method, to = boxes.get("signer"), boxes.get("method"), boxes.get("to")
    asked = [("signer", SIGNER, signer), ("method", METHOD, method), ("decision", DECISION, decision)]
    if not consent.only_says_no(form):
        asked.append(("to", RECIPIENTS, to))
    faults += [Invalid(str(words), box) for box, words, chosen in asked if chosen is None]
    if to == "named" and not boxes.get("recipients"):
        faults.append(Invalid("Who may see it: choose at least one organization", "recipients"))
    return {
        "form": form.id,
        "own_version": form.version,
        "signer": signer,
        "signer_name": boxes.get(NAME_BOXES.get(signer, ""), None) if signer else None,
        "capacity": boxes.get("capacity") if signer is SignerKind.LEGAL_REPRESENTATIVE else None,
        "custody_limits": boxes.get("custody_limits", []) if signer is SignerKind.PARENT_OR_GUARDIAN else [],
        "signed_on": None if method in consent.SIGNED_HERE else _day(boxes, "signed_on", _("Signed on"), faults),
        "method": method,
        "witness_name": boxes.get("witness_name") if method is Method.BY_VOICE else None,
        "decision": decision,
        "recipient_ids": boxes.get("recipients", []) if to == "named" else [],
        "recipient_class": Reach(to) if to in {reach.value for reach in GROUPS} else None,
        **(_yes(form, boxes, faults) if decision is Decision.SHARE else NOTHING),
    }


NOTHING: Mapping[str, Any] = {"categories": (), "purposes": None, "expiry": None, "expires_on": None}
"""What a no says of kinds, purposes and an end: it is about all."""


def _yes(form: FormType, boxes: Mapping[str, Any], faults: list[Invalid]) -> dict[str, Any]:
    is_here = boxes.get("method") in consent.SIGNED_HERE
    until = Expiry.DAY if form.longest_days is not None else boxes.get("until")
    return {
        "categories": boxes.get("categories", []),
        "programs": boxes.get("programs", []),
        "purposes": boxes.get("purposes", []) if len(form.purposes) > 1 else None,
        "expiry": until,
        "expires_on": _day(boxes, "expires", _("Until when"), faults) if until is Expiry.DAY else None,
        # what is signed here states all that the form has a place for, and names the network where a law wants it
        "stated": [each for each in Stated if each in form.states] if is_here else boxes.get("stated", []),
        "names_network": "part2" in form.satisfies if is_here else boxes.get("names_network", False),
    }


def _day(boxes: Mapping[str, Any], name: str, label: str, faults: list[Invalid]) -> date | None:
    try:
        return required_day_in(boxes, name, label)
    except Invalid as error:
        faults.append(error)
        return None


def in_order(faults: Sequence[Invalid], signer: SignerKind | None) -> list[Invalid]:
    """The faults in the order of the page, the first of each box; where one box stands for several things, each.

    Where names are missing, the choice to name organizations was right.
    """
    told: dict[Any, Invalid] = {}
    for fault in (_at_box(each, signer) for each in faults):
        told.setdefault((fault.field, fault.message) if fault.field in TELL_ALL else fault.field, fault)
    if "recipients" in told:
        told.pop("to", None)
    return sorted(told.values(), key=lambda fault: BOXES.index(fault.field) if fault.field in BOXES else len(BOXES))


def _at_box(fault: Invalid, signer: SignerKind | None) -> Invalid:
    """The fault at its box of the page, with kinds of data and programs in words."""
    names: dict[str, Any] = {kind.value: words for kind, words in KINDS.items()}
    names |= {program.value: words for program, words in PROGRAMS.items()}
    values: dict[str, Any] = {name: str(names.get(str(value), value)) for name, value in fault.values.items()}
    box = NAME_BOXES.get(signer) if fault.field == "signer_name" and signer else fault.field
    return Invalid(fault.template, box, **values)


def by_box(errors: Sequence[CieError]) -> dict[str, str]:
    """All that is wrong at each box, in one text."""
    found: dict[str, list[str]] = {}
    for error in errors:
        found.setdefault(error.field or "", []).append(error.message)
    return {box: ". ".join(messages) for box, messages in found.items()}


@dataclass(frozen=True)
class Offered:
    """What a form offers for this person; nothing is chosen beforehand but what the form is for."""

    signers: list[dict[str, Any]]
    capacities: list[dict[str, Any]]
    kinds: list[dict[str, Any]]
    methods: list[dict[str, Any]]
    categories: list[dict[str, Any]]
    programs: list[dict[str, Any]]
    purposes: list[dict[str, Any]]
    states: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    places: list[dict[str, Any]]
    names_network: bool
    no_link: str


def offered_by(session: Session, person: Person, form: FormType, *, at: datetime) -> Offered:
    """The choices of one form, by the person's age and the laws that the form was written for."""
    today, signed_here = local_day(at), ways_to_sign(session, person, form.methods, at)
    programs = [p for p in consent.programs_of(form) if p not in consent.own_programs_of(form)]
    return Offered(
        signers=_options(consent.possible_signers(person, today), SIGNERS),
        capacities=_options(consent.possible_capacities(person, today), CAPACITIES),
        kinds=_options(KINDS, KINDS),
        methods=[*method_choices(method for method in METHODS if method in form.methods), *signed_here],
        categories=_options((kind for kind in KINDS if kind in consent.kinds_of(form)), KINDS),
        programs=_options(programs, PROGRAMS),
        purposes=_options((p for p in Purpose if p in form.purposes), PURPOSES),
        states=_options((each for each in Stated if each in form.states), STATES),
        groups=_options(consent.groups_of(form), GROUPS),
        places=place_choices(session, person),
        names_network="part2" in form.satisfies,
        no_link=no_link_words(session, person, form.methods, at),
    )


def _options(codes: Iterable[Any], words: Mapping[Any, Any]) -> list[dict[str, Any]]:
    return [{"value": code.value, "label": words[code]} for code in codes]
