"""What was laid before a person to sign, and who may see it: staff who serve them, and the person by their link."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, select
from sqlmodel import Field, Session, col

from cie import people
from cie.access import Actor, ActorKind, Permission, Role, check
from cie.consent.form_types import form_of
from cie.consent.models import Consent, Method
from cie.consent.own_sight import protected_places
from cie.consent.recording import as_drafted
from cie.consent.said import from_data
from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field
from cie.directory.models import Category
from cie.errors import NotFound
from cie.people import Person

LIVES = timedelta(days=7)
_THEIR_LAW = "vawa"
"""The title of a form that is made for releases of victim services tells of one."""
Lines = list[list[str]]
"""A text to sign, line by line: a label, which may be empty, and what stands after it. The first is its title."""


class SigningState(StrEnum):
    """What became of a request. `expired` is never stored: it is what an open one is after its last day."""

    OPEN = "open"
    SIGNED = "signed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class SigningRequest(Table, table=True):
    """What was laid before a person to sign. Append-only but for what became of it.

    `said`: what staff filled in; `text`: the lines as they are shown, with the salt of their mark. `read_at`: when
    staff took note of an answer by link.
    """

    __tablename__ = "signing_request"
    __table_args__ = (
        Index("ix_signing_request_person", "organization_id", "person_id"),
        Index("ix_signing_request_state", "organization_id", "state"),
    )

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    form: str = Field(max_length=40)
    language: str = Field(max_length=12)
    method: Method = code_field(Method)
    text_sha256: str = Field(max_length=64)
    state: SigningState = code_field(SigningState, default=SigningState.OPEN)
    asked_at: datetime = at_field()
    asked_by_id: UUID | None = None
    expires_at: datetime = at_field()
    ended_at: datetime | None = at_field(optional=True)
    consent_id: UUID | None = Field(default=None, foreign_key="consent.id")
    read_at: datetime | None = at_field(optional=True)
    said_sealed: bytes | None = sealed_field()
    text_sealed: bytes | None = sealed_field()

    said = Sealed[Any]("said_sealed")
    text = Sealed[Any]("text_sealed")

    @property
    def lines(self) -> Lines:
        """What is laid before the person; nothing once it was erased."""
        return list((self.text or {}).get("lines", []))

    def standing(self, at: datetime) -> SigningState:
        """What became of it, as of this moment."""
        is_over = self.state == SigningState.OPEN and self.expires_at <= at
        return SigningState.EXPIRED if is_over else self.state


def tells_of_protected(session: Session, consent: Consent) -> bool:
    """Whether a page that others may find open would tell of a protected service: 34 USC 12291(b)(2)."""
    names_one = bool(protected_places(session) & set(consent.recipient_ids))
    form = form_of(session, consent)
    is_release = form is not None and _THEIR_LAW in form.satisfies
    return names_one or is_release or Category.VICTIM_SERVICES in consent.categories


def get_signing(session: Session, actor: Actor, signing_id: UUID) -> SigningRequest:
    """One request, to staff who serve the person. Raises NotFound, NotAllowed, NotPossibleNow (erased)."""
    request = session.get(SigningRequest, signing_id)
    if request is None or actor.kind is not ActorKind.STAFF:
        raise NotFound("There is no such record")
    check(actor, Permission.CONSENT_READ, request)
    people.get_person(session, actor, request.person_id)
    return request


def signings_of(session: Session, actor: Actor, person_id: UUID) -> Sequence[SigningRequest]:
    """All that was laid before a person, newest first: to staff. Raises NotFound, NotAllowed."""
    person = people.get_person(session, actor, person_id)
    check(actor, Permission.CONSENT_READ, person)
    return session.execute(_of(person).order_by(col(SigningRequest.id).desc())).scalars().all()


def _of(person: Person) -> Any:
    return select(SigningRequest).where(
        col(SigningRequest.organization_id) == person.organization_id, col(SigningRequest.person_id) == person.id
    )


def own_signings(session: Session, actor: Actor, *, at: datetime) -> list[SigningRequest]:
    """What was sent to the caller by a link and has no answer, oldest first; for a while also what is over by now.

    To a proxy there is nothing: nobody signs in another's place by a link.
    """
    if actor.kind is not ActorKind.PERSON:
        return []
    person = people.own_record(session, actor)
    query = _of(person).where(
        col(SigningRequest.method) == Method.BY_LINK,
        col(SigningRequest.state).in_([SigningState.OPEN, SigningState.WITHDRAWN]),
        col(SigningRequest.expires_at) > at - LIVES,
    )
    found = session.execute(query.order_by(col(SigningRequest.id))).scalars()
    return [request for request in found if not _is_hidden(session, actor, request, at)]


def own_signing(session: Session, actor: Actor, signing_id: UUID, *, at: datetime) -> SigningRequest:
    """One request that was sent to the caller by a link, whatever became of it. Raises NotFound."""
    request = session.get(SigningRequest, signing_id)
    is_theirs = actor.kind is ActorKind.PERSON and request is not None and request.person_id == actor.id
    if request is None or not is_theirs or request.method != Method.BY_LINK or _is_hidden(session, actor, request, at):
        raise NotFound("There is no such record")
    people.own_record(session, actor)
    return request


def _is_hidden(session: Session, actor: Actor, request: SigningRequest, at: datetime) -> bool:
    """A place that it names may be protected by now."""
    return request.text_sealed is None or tells_of_protected(session, draft_of(session, actor, request, at=at)[1])


def draft_of(session: Session, actor: Actor, request: SigningRequest, *, at: datetime) -> tuple[Person, Consent]:
    """The person, and the record that a signature under a request would make. Raises NotFound, NotPossibleNow."""
    if request.said is None:
        raise NotFound("There is no such record")
    return as_drafted(session, actor, request.person_id, at=at, **from_data(request.said))


def answers_to_read(session: Session, actor: Actor) -> Sequence[SigningRequest]:
    """Answers by link of which nobody took note yet, oldest first: to whoever asked; to supervisors all of them.

    Of those who were erased there is none: nothing is left that could be read.
    """
    check(actor, Permission.CONSENT_READ)
    query = select(SigningRequest).where(
        col(SigningRequest.organization_id) == actor.organization,
        col(SigningRequest.state).in_([SigningState.SIGNED, SigningState.DECLINED]),
        col(SigningRequest.read_at).is_(None),
        col(SigningRequest.text_sealed).is_not(None),
    )
    if Role.SUPERVISOR not in actor.roles:
        query = query.where(col(SigningRequest.asked_by_id) == actor.id)
    return session.execute(query.order_by(col(SigningRequest.ended_at), col(SigningRequest.id))).scalars().all()
