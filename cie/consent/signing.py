"""Asking somebody to sign: what staff filled in is laid before the person, who signs exactly that, or does not.

Nothing is signed that differs from what was shown: the text is made once more when the signature comes in. A request
only ever changes its state; what was signed becomes a record by `record_consent`, with the signature, in one step.
"""

from datetime import datetime
from typing import Unpack
from uuid import UUID

import orjson
from sqlmodel import Session

from cie import events, people
from cie.access import Actor, ActorKind, Permission, check
from cie.consent.form_types import is_replaced
from cie.consent.models import Consent, Decision, Method
from cie.consent.recording import Said, as_drafted, record_consent, what_is_wrong
from cie.consent.records import consents_of
from cie.consent.said import as_data, from_data
from cie.consent.signatures import SIGNED_HERE, NewSignature, Signed, mark_of, new_salt
from cie.consent.signing_requests import (
    LIVES,
    Lines,
    SigningRequest,
    SigningState,
    draft_of,
    get_signing,
    own_signing,
    tells_of_protected,
)
from cie.errors import Ended, Invalid, NotFound, NotPossibleNow, Stale
from cie.people import Person


def draft_to_sign(
    session: Session, actor: Actor, person_id: UUID, *, at: datetime, **said: Unpack[Said]
) -> tuple[Person, Consent]:
    """The person, and the record that their signature would make, for the text; nothing is kept.

    Raises NotFound, NotAllowed; Invalid with every fault of what was filled in, also why no link can be sent.
    """
    faults = what_is_wrong(session, actor, person_id, at=at, **said)
    person, consent = as_drafted(session, actor, person_id, at=at, **said)
    if consent.method not in SIGNED_HERE:
        faults.append(Invalid("How it was said: choose one", "method"))
    if consent.method == Method.BY_LINK and (refusal := why_no_link(session, person, at=at)):
        faults.append(Invalid(refusal.template, "method"))
    if consent.method == Method.BY_LINK and tells_of_protected(session, consent):
        faults.append(
            Invalid(
                "How it was said: what names a protected service is not sent by a link. Let them sign on this screen, "
                "or on paper",
                "method",
            )
        )
    if is_replaced(session, consent):
        faults.append(Invalid("Form: the network has a newer version of this one. Open that one", "form"))
    if faults:
        raise Invalid.all(faults)
    return person, consent


def why_no_link(session: Session, person: Person, *, at: datetime) -> NotPossibleNow | None:
    """Why nothing can be signed by a link; None when it can."""
    if people.why_no_own_page(session, person, at=at) is None:
        return None
    return NotPossibleNow("No link to sign can be sent for this person. They sign on this screen, or on paper")


def ask_to_sign(
    session: Session, actor: Actor, person_id: UUID, *, lines: Lines, at: datetime, **said: Unpack[Said]
) -> SigningRequest:
    """Lay a text before the person, made of what was filled in. Raises what `draft_to_sign` raises."""
    _person, draft = draft_to_sign(session, actor, person_id, at=at, **said)
    request = SigningRequest(
        organization_id=draft.organization_id,
        person_id=draft.person_id,
        form=draft.form,
        language=draft.language,
        method=draft.method,
        text_sha256="",
        asked_at=at,
        asked_by_id=actor.id,
        expires_at=at + LIVES,
    )
    salt = new_salt()
    request.said, request.text = as_data(said), {"salt": salt, "lines": lines}
    request.text_sha256 = _mark(salt, lines)
    session.add(request)
    session.flush()
    how, mark = request.method.value, request.text_sha256
    events.record(session, actor, "signing.ask", request, at=at, method=how, text_sha256=mark)
    return request


def _mark(salt: str, lines: Lines) -> str:
    return mark_of(salt, orjson.dumps(lines))


def sign(
    session: Session, actor: Actor, signing_id: UUID, *, lines: Lines, signature: NewSignature, at: datetime
) -> Consent:
    """The person signs what is laid before them; `lines` is its text, made again at this moment.

    Raises NotFound, NotAllowed; Ended (answered, withdrawn, expired, or a yes older than a no); Stale (the text is not
    as it was); Invalid.
    """
    request = _locked(session, actor, signing_id, at=at)
    is_as_shown = _mark(request.text["salt"], lines) == request.text_sha256
    if not is_as_shown or is_replaced(session, draft_of(session, actor, request, at=at)[1]):
        raise Stale("This text changed, and cannot be signed as it was. Ask for a new one")
    _refuse_over_a_newer_no(session, request)
    signed = Signed(signature, request.text_sha256)
    record = record_consent(session, actor, request.person_id, signed=signed, at=at, **from_data(request.said))
    request.consent_id = record.id
    _end(session, actor, request, SigningState.SIGNED, at)
    return record


def _refuse_over_a_newer_no(session: Session, request: SigningRequest) -> None:
    """A yes that was asked for before the person said no to sharing is not signed over that no."""
    records = consents_of(session, request.organization_id, request.person_id)
    is_yes = from_data(request.said)["decision"] == Decision.SHARE
    if is_yes and any(each.decision == Decision.DO_NOT_SHARE and each.given_at > request.asked_at for each in records):
        raise Ended("A no to sharing is newer than this. Ask for a new one")


def decline(session: Session, actor: Actor, signing_id: UUID, *, at: datetime) -> SigningRequest:
    """The person does not sign. That is no record of a no to sharing: nothing is allowed and nothing is refused by it.

    Raises NotFound, NotAllowed; Ended.
    """
    request = _locked(session, actor, signing_id, at=at)
    _end(session, actor, request, SigningState.DECLINED, at)
    return request


def _locked(session: Session, actor: Actor, signing_id: UUID, *, at: datetime) -> SigningRequest:
    """An open request, to the person by their link or to staff by their screen, with nobody else about it.

    The person's row is locked first, as by whoever writes something down or erases.
    """
    request = _theirs(session, actor, signing_id, at)
    person = session.get_one(Person, request.person_id)
    session.refresh(person, with_for_update=True)
    people.require_on_file(person)
    session.refresh(request, with_for_update=True)
    _require_open(request, at)
    return request


def _theirs(session: Session, actor: Actor, signing_id: UUID, at: datetime) -> SigningRequest:
    if actor.kind is ActorKind.PERSON:
        return own_signing(session, actor, signing_id, at=at)
    request = get_signing(session, actor, signing_id)
    check(actor, Permission.CONSENT_WRITE, request)
    if request.method != Method.ON_SCREEN:
        raise NotFound("There is no such record")
    return request


_OVER = {
    SigningState.SIGNED: Ended("This was signed already"),
    SigningState.DECLINED: Ended("They did not want to sign this"),
    SigningState.WITHDRAWN: Ended("Nobody asks for this any more. It cannot be signed"),
    SigningState.EXPIRED: Ended("The time to sign this is over. Ask for a new one"),
}


def _require_open(request: SigningRequest, at: datetime) -> None:
    standing = request.standing(at)
    if standing != SigningState.OPEN:
        raise Ended(_OVER[standing].template)


def _end(session: Session, actor: Actor, request: SigningRequest, state: SigningState, at: datetime) -> None:
    request.state, request.ended_at = state, at
    if request.method == Method.ON_SCREEN:
        request.read_at = at
    session.add(request)
    session.flush()
    events.record(session, actor, f"signing.{state.value}", request, at=at, organization_id=request.organization_id)


def withdraw(session: Session, actor: Actor, signing_id: UUID, *, at: datetime) -> SigningRequest:
    """Staff take a request back; the link shows it no more. Raises NotFound, NotAllowed, Ended."""
    request = get_signing(session, actor, signing_id)
    check(actor, Permission.CONSENT_WRITE, request)
    session.refresh(request, with_for_update=True)
    _require_open(request, at)
    _end(session, actor, request, SigningState.WITHDRAWN, at)
    return request


def take_note(session: Session, actor: Actor, signing_id: UUID, *, at: datetime) -> SigningRequest:
    """A member of staff read the answer. Raises NotFound, NotAllowed."""
    request = get_signing(session, actor, signing_id)
    check(actor, Permission.CONSENT_WRITE, request)
    if request.read_at is None and request.state in (SigningState.SIGNED, SigningState.DECLINED):
        request.read_at = at
        session.add(request)
        events.record(session, actor, "signing.read", request, at=at)
    return request
