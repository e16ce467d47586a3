"""The form of a referral: what was chosen and typed so far, and reading it into a request of the domain."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from flask import g, request
from marshmallow import ValidationError, fields, pre_load, validate, validates_schema
from sqlmodel import Session

from cie import directory, geography, people, referrals, screening
from cie.errors import Invalid, NotFound
from cie.people import Person
from cie.referrals import LONGEST_MESSAGE, Referral, Request, Urgency
from cie.screening import Need, NeedStatus, Wish
from cie.web.day_boxes import DayToComeSchema
from cie.web.forms import FormSchema, typed

OTHER, ANYONE = "other", "anyone"
OPEN_NEEDS = (NeedStatus.PROPOSED, NeedStatus.CONFIRMED)
CHOOSE_PERSON: Any = {"required": "Person: choose one", "invalid_uuid": "Person: choose one"}
CHOOSE_NEED = "What they want help with: choose one"
CHOOSE_URGENCY: Any = {"required": "How soon: choose one", "unknown": "How soon: choose one"}
CHOOSE_SERVICE: Any = {
    "required": "Who should we ask: choose a service",
    "invalid_uuid": "Who should we ask: choose one",
}
SEARCH = ("words", "zip", "language", "open_now", "has_room")
"""The boxes of the search, which decide nothing of what is asked."""
NO_SERVICE: Any = {"invalid_uuid": "Who should we ask: choose one"}


class DraftSchema(FormSchema):
    """What is asked; a draft may still lack the service. The search boxes come along and decide nothing.

    `is_open`: instead of a service, whoever can help was chosen.
    """

    person = fields.UUID(required=True, error_messages=CHOOSE_PERSON)
    need = fields.Str(required=True, error_messages={"required": "What they want help with: choose one"})
    other_need = fields.Str(load_default=None)
    urgency = fields.Enum(Urgency, by_value=True, required=True, error_messages=CHOOSE_URGENCY)
    service = fields.UUID(load_default=None, error_messages=NO_SERVICE)
    is_open = fields.Bool(load_default=False)
    message = fields.Str(
        load_default=None,
        validate=validate.Length(max=LONGEST_MESSAGE, error="Message: use at most 2000 characters"),
    )
    at_person_request = fields.Str(load_default=None)
    draft = fields.UUID(load_default=None)
    replaces = fields.UUID(load_default=None)
    words = fields.Str(load_default="")
    zip = fields.Str(load_default="")
    language = fields.Str(load_default="")
    open_now = fields.Str(load_default="")
    has_room = fields.Str(load_default="")
    page = fields.Str(load_default="")
    action = fields.Str(load_default="")
    preview = fields.Str(load_default="")

    @pre_load
    def anyone_is_no_service(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Whoever can help is chosen in the same group as a service."""
        if data.get("service") != ANYONE:
            return {name: value for name, value in data.items() if name != "is_open"}
        return {**{name: value for name, value in data.items() if name != "service"}, "is_open": True}

    @validates_schema(skip_on_field_errors=False)
    def name_the_other(self, data: dict[str, Any], **_options: Any) -> None:
        """ "Something else" says what."""
        if data.get("need") == OTHER and not data.get("other_need"):
            raise ValidationError({"other_need": [CHOOSE_NEED]})


class ReferralSchema(DraftSchema):
    """A request that is whole: somebody is asked, or whoever can help."""

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def ask_somebody(self, data: dict[str, Any], original: dict[str, Any], **_options: Any) -> None:
        """Who is asked is chosen."""
        if not data.get("is_open") and not original.get("service"):
            raise ValidationError({"service": [CHOOSE_SERVICE["required"]]})


class ContactSchema(DraftSchema, DayToComeSchema):
    """A contact that is given: when to look again, and what they said when somebody called."""

    service = fields.UUID(required=True, error_messages=CHOOSE_SERVICE)
    said = fields.Str(
        load_default=None,
        validate=validate.Length(max=2000, error="What they said: use at most 2000 characters"),
    )


@dataclass(frozen=True)
class Filled:
    """The form as it stands, whether or not it is right."""

    person_id: UUID
    need: str
    urgency: str
    service_id: UUID | None
    is_open: bool
    message: str
    words: str
    zip: str
    language: str
    open_now: bool
    has_room: bool
    page: int
    at_person_request: bool
    draft: str
    replaces: str
    form_id: str

    def hidden(self) -> dict[str, str]:
        """The fields as the next page carries them."""
        values = {
            "person": str(self.person_id),
            "need": self.need,
            "urgency": self.urgency,
            "service": ANYONE if self.is_open else str(self.service_id or ""),
            "message": self.message,
            "words": self.words,
            "zip": self.zip,
            "language": self.language,
            "open_now": "yes" if self.open_now else "",
            "has_room": "yes" if self.has_room else "",
            "at_person_request": "yes" if self.at_person_request else "",
            "draft": self.draft,
            "replaces": self.replaces,
            "form_id": self.form_id,
        }
        return {name: value for name, value in values.items() if value}


def filled(session: Session, *, fresh_id: bool = False) -> Filled | None:
    """The form as posted, as kept from before a sign-out, or as its address, draft or earlier referral begins it.

    None when no person is chosen. Raises NotFound.
    """
    start = {} if request.method == "POST" else _start(session)
    person_id = as_uuid(typed("person", start.get("person")))
    if person_id is None:
        return None
    person = people.get_person(session, g.actor, person_id)
    start = {"zip": known_zip(person), "need": _only_need(session, person), **start}
    need, service = typed("need", start["need"]), typed("service", start.get("service"))
    page = str(typed("page", ""))
    return Filled(
        person_id=person_id,
        need=typed("other_need") if need == OTHER else need,
        urgency=typed("urgency", start.get("urgency")),
        service_id=as_uuid(service, refuse=False),
        is_open=service == ANYONE,
        message=typed("message", start.get("message")),
        words=str(typed("words", start.get("words")))[:200],
        zip=str(typed("zip", start["zip"])).strip()[:10],
        language=typed("language", start.get("language")),
        open_now=typed("open_now", start.get("open_now")) == "yes",
        has_room=typed("has_room", start.get("has_room")) == "yes",
        page=int(page) if page.isdecimal() and len(page) < 4 else 1,
        at_person_request=typed("at_person_request", start.get("at_person_request")) == "yes",
        draft=typed("draft", start.get("draft")),
        replaces=typed("replaces", start.get("replaces")),
        form_id=uuid4().hex if fresh_id else typed("form_id") or uuid4().hex,
    )


def _start(session: Session) -> dict[str, str]:
    names = ("person", "need", "urgency", "service", "replaces", "draft", *SEARCH)
    given = {name: request.args[name] for name in names if request.args.get(name)}
    if draft_id := as_uuid(given.get("draft")):
        return {**_of_referral(referrals.get_draft(session, g.actor, draft_id)), **given}
    if earlier_id := as_uuid(given.get("replaces")):
        earlier = referrals.get_referral(session, g.actor, earlier_id)
        return {"person": str(earlier.person_id), "need": earlier.need_code, "urgency": earlier.urgency.value, **given}
    return given


def _of_referral(draft: Referral) -> dict[str, str]:
    found = {
        "person": draft.person_id,
        "need": draft.need_code,
        "urgency": draft.urgency.value,
        "service": ANYONE if draft.asks_anyone else draft.service_id,
        "message": draft.message,
        "replaces": draft.replaces_id,
        "at_person_request": "yes" if draft.at_person_request else None,
    }
    return {name: str(value) for name, value in found.items() if value}


def as_uuid(value: Any, *, refuse: bool = True) -> UUID | None:
    """The id that was given; None for none. Raises NotFound for what is no id, unless told not to."""
    if not value:
        return None
    try:
        return UUID(str(value))
    except ValueError as error:
        if refuse:
            raise NotFound("There is no such record") from error
        return None


def known_zip(person: Person) -> str:
    """The person's ZIP where the search knows it."""
    return person.zip if person.zip and geography.point_of_zip(person.zip) else ""


def wanted_needs(session: Session, person: Person) -> list[Need]:
    """The confirmed needs that the person wants help with, newest first."""
    needs = screening.needs_of(session, g.actor, person.id)
    return [need for need in needs if need.status == NeedStatus.CONFIRMED and need.wish == Wish.WANTS_HELP]


def has_undecided_needs(session: Session, person: Person) -> bool:
    """Whether a screening found something of which nobody has said yet if the person wants help with it."""
    return any(need.status == NeedStatus.PROPOSED for need in screening.needs_of(session, g.actor, person.id))


def _only_need(session: Session, person: Person) -> str:
    found = wanted_needs(session, person)
    return found[0].need_code if len(found) == 1 else ""


def request_of(session: Session, form: Mapping[str, Any]) -> Request:
    """What was posted, as the domain asks for it. Raises NotFound, Invalid (a service that there is not)."""
    person = people.get_person(session, g.actor, form["person"])
    code = form["other_need"] if form["need"] == OTHER else form["need"]
    service_id = form["service"]
    if service_id is not None:
        require_service(session, service_id)
    return Request(
        person.id,
        code,
        form["urgency"],
        (service_id,) if service_id else (),
        form["message"],
        need_id=_need_id(session, person, code),
        at_person_request=form["at_person_request"] == "yes",
        replaces_id=form["replaces"],
        is_open=form["is_open"],
    )


def _need_id(session: Session, person: Person, code: str) -> UUID | None:
    needs = screening.needs_of(session, g.actor, person.id)
    return next((need.id for need in needs if need.need_code == code and need.status in OPEN_NEEDS), None)


def require_service(session: Session, service_id: UUID) -> None:
    """Refuse an id that is no service. Raises Invalid."""
    try:
        directory.get_service(session, service_id)
    except NotFound as error:
        raise Invalid("Who should we ask: choose a service of the list", "service") from error
