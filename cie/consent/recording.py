"""Keeping what a person allows or refuses, and ending at once what that no longer allows."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, Required, TypedDict, Unpack
from uuid import UUID

from sqlmodel import Session

from cie import calendar, events, people
from cie.access import Actor, ActorKind, Permission, Purpose, check
from cie.consent.ending import end_what_is_not_allowed
from cie.consent.faults import faults_of_every_form, faults_of_the_plain_form
from cie.consent.form_faults import faults_of_form
from cie.consent.form_scope import ASCMI, PLAIN, TAKES_BACK, own_programs_of
from cie.consent.form_types import form_of, form_type
from cie.consent.law import Stated, forms
from cie.consent.models import Capacity, Consent, Decision, Expiry, Method, Reach, SignerKind
from cie.consent.records import FORM_VERSION, consents_of, in_force
from cie.consent.revocation import may_take_back, revoke
from cie.consent.signatures import SIGNED_HERE, Signed, faults_of_signature, faults_of_signing_here, keep_signature
from cie.directory.models import Category
from cie.errors import Invalid, NotAllowed, NotFound, Stale
from cie.participants.models import Program
from cie.people import Person


class Said(TypedDict, total=False):
    """What a person said about sharing, or what a form says that they signed; what was not chosen yet is None.

    No recipients means any organization that can help, or on a form the group `recipient_class`. A no needs no words
    that were read (`wording_version` empty). `purposes` None is what the form is for. `signed_on` None is today.
    `form_version` is printed on the paper; `own_version` is that of a form of the network, its newest when left out.
    """

    decision: Required[Decision | None]
    categories: Required[Sequence[Category]]
    recipient_ids: Required[Sequence[UUID]]
    method: Required[Method | None]
    expires_on: Required[date | None]
    form: str
    own_version: int
    form_version: str
    signer: SignerKind | None
    signer_name: str | None
    capacity: Capacity | None
    custody_limits: Sequence[Category]
    entitled_categories: Sequence[Category]
    witness_name: str | None
    language: str | None
    wording_version: str
    programs: Sequence[Program]
    recipient_class: Reach | None
    purposes: Sequence[Purpose] | None
    expiry: Expiry | None
    stated: Sequence[Stated]
    names_network: bool
    signed_on: date | None


def record_consent(
    session: Session,
    actor: Actor,
    person_id: UUID,
    *,
    signed: Signed | None = None,
    at: datetime,
    **said: Unpack[Said],
) -> Consent:
    """Keep what the person said or signed, a no as well as a yes. It replaces the newest for the same recipients.

    What is signed on a screen or by a link comes with its signature (`signing.sign`), and nothing else does. Releases
    that it no longer allows end at once; the form that takes ASCMI forms back ends those, too.
    Raises NotFound, NotAllowed; Invalid with every fault at once.
    """
    person = _person(session, actor, person_id)
    consent = _written(session, actor, person, said, at)
    if actor.kind is ActorKind.PERSON and consent.method is not Method.BY_LINK:
        raise NotAllowed("With a link they can only sign the text that was sent to them")
    earlier = consents_of(session, person.organization_id, person.id)
    faults = [
        *_faults(session, person, consent, calendar.local_day(at)),
        *faults_of_signature(person, consent, signed),
        *_faults_of_order(consent, earlier),
    ]
    if faults:
        raise Invalid.all(faults)
    kept = _keep(session, actor, consent, earlier, at=at)
    if signed is not None:
        keep_signature(session, actor, person, kept, signed, at=at)
    if kept.form == TAKES_BACK:
        _take_ascmi_back(session, actor, kept, earlier, at=at)
    return kept


def _person(session: Session, actor: Actor, person_id: UUID) -> Person:
    """The person, to staff who serve them or to themselves. Raises NotFound, NotAllowed, NotPossibleNow (erased)."""
    if actor.kind is not ActorKind.PERSON:
        person = people.get_person(session, actor, person_id)
        check(actor, Permission.CONSENT_WRITE, person)
        return person
    own = people.own_record(session, actor)
    if own.id != person_id:
        raise NotFound("There is no such record")
    people.require_on_file(own)
    return own


def require_newest(session: Session, actor: Actor, person_id: UUID, seen: UUID | None) -> None:
    """Refuse to go on when something was written down since `seen` was the newest record; locks the person.

    So that a form that stood open does not put an older yes over a newer no. Raises NotFound, NotAllowed, Stale.
    """
    person = people.get_person(session, actor, person_id)
    session.refresh(person, with_for_update=True)
    newest = next(iter(consents_of(session, person.organization_id, person.id)), None)
    if newest is not None and newest.id != seen:
        raise Stale("This changed while you were typing")


def what_is_wrong(
    session: Session, actor: Actor, person_id: UUID, *, at: datetime, **said: Unpack[Said]
) -> list[Invalid]:
    """The faults of what is written down so far, for a form that is not whole. Raises NotFound, NotAllowed."""
    person = people.get_person(session, actor, person_id)
    check(actor, Permission.CONSENT_WRITE, person)
    return _faults(session, person, _written(session, actor, person, said, at), calendar.local_day(at))


def as_drafted(
    session: Session, actor: Actor, person_id: UUID, *, at: datetime, **said: Unpack[Said]
) -> tuple[Person, Consent]:
    """The person, and the record that would be kept, for the text that is laid before them; nothing is kept.

    Raises NotFound, NotAllowed, NotPossibleNow.
    """
    person = _person(session, actor, person_id)
    return person, _written(session, actor, person, said, at)


def _written(session: Session, actor: Actor, person: Person, said: Any, at: datetime) -> Consent:
    consent = Consent(
        organization_id=person.organization_id,
        person_id=person.id,
        decision=said["decision"],
        categories=[c.value for c in said["categories"]],
        recipient_ids=sorted({str(r) for r in said["recipient_ids"]}),
        method=said["method"],
        signer=said.get("signer", SignerKind.PERSON),
        entitled_categories=[c.value for c in said.get("entitled_categories", ())],
        language=said.get("language") or person.language,
        given_at=_given_at(said, at),
        expires_on=said["expires_on"],
        recorded_by_id=None if actor.kind is ActorKind.PERSON else actor.id,
        **_on_form(session, said),
    )
    consent.signer_name, consent.witness_name = said.get("signer_name"), said.get("witness_name")
    return consent


def _on_form(session: Session, said: Any) -> dict[str, Any]:
    """What depends on the form, or stands only on some."""
    code, printed = said.get("form", PLAIN), said.get("form_version", "").strip()
    form = form_type(session, code, said.get("own_version", 0)) or forms()[PLAIN]
    chosen = form.purposes if said.get("purposes") is None else said["purposes"]
    purposes = [purpose.value for purpose in Purpose if purpose in chosen]
    return {
        "form": code,
        "form_version": said.get("wording_version", FORM_VERSION) if code == PLAIN else printed,
        "own_form_id": form.own_id,
        "programs": sorted({*own_programs_of(form), *said.get("programs", ())}),
        "recipient_class": None if said["recipient_ids"] else said.get("recipient_class"),
        "purpose": purposes[0] if purposes else "",
        "more_purposes": purposes[1:],
        "capacity": said.get("capacity"),
        "custody_limits": [c.value for c in said.get("custody_limits", ())],
        "stated": [s.value for s in said.get("stated", ())],
        "names_network": said.get("names_network", False),
        "expiry": said.get("expiry"),
    }


def _given_at(said: Any, at: datetime) -> datetime:
    """The moment of giving. Of an earlier day only the day is known: a yes counts from its start, a no from its end,
    so that a no of the same day holds. What is signed here is given when it is signed.
    """
    day = said.get("signed_on") if said["method"] not in SIGNED_HERE else None
    if day is None or day == calendar.local_day(at):
        return at
    return calendar.instant(day, time.min if said["decision"] == Decision.SHARE else time.max)


def _keep(session: Session, actor: Actor, consent: Consent, earlier: Sequence[Consent], *, at: datetime) -> Consent:
    consent.supersedes_id = next((c.id for c in _standing_for_same(earlier, consent)), None)
    session.add(consent)
    session.flush()
    events.changed(session, actor, consent, {"decision": [None, consent.decision.value]}, at=at)
    events.record(session, actor, "consent.record", consent, at=at, decision=consent.decision.value)
    end_what_is_not_allowed(session, actor, consent, at=at)
    return consent


def _standing_for_same(records: Sequence[Consent], new: Consent) -> list[Consent]:
    """Those on the same form, for the same recipients and a purpose in common, that nothing has replaced yet."""
    taken = {c.supersedes_id for c in records}
    return [c for c in records if c.id not in taken and c.revoked_at is None and _is_for_same(c, new)]


def _is_for_same(one: Consent, new: Consent) -> bool:
    has_same_whom = sorted(one.recipient_ids) == new.recipient_ids and one.recipient_class == new.recipient_class
    is_same_form = one.form == new.form and not _purposes(one).isdisjoint(_purposes(new))
    return is_same_form and has_same_whom and _is_of_one_hand(one, new)


def _is_of_one_hand(one: Consent, new: Consent) -> bool:
    """A parent's word does not replace the minor's own, nor the minor's a parent's: each counts for its own kinds."""
    own = (SignerKind.PERSON, SignerKind.MINOR)
    return SignerKind.MINOR not in (one.signer, new.signer) or (one.signer in own and new.signer in own)


def _purposes(consent: Consent) -> set[str]:
    return {consent.purpose, *consent.more_purposes}


def _take_ascmi_back(session: Session, actor: Actor, no: Consent, earlier: Sequence[Consent], *, at: datetime) -> None:
    """The form that takes ASCMI back ends every yes on an ASCMI form that its signer may take back."""
    for record in in_force(earlier, calendar.local_day(at)):
        is_yes = record.form in ASCMI and record.decision == Decision.SHARE
        if is_yes and may_take_back(record, no.signer):
            revoke(session, actor, record.id, method=no.method, revoked_by=no.signer, at=at)


def _faults(session: Session, person: Person, consent: Consent, today: date) -> list[Invalid]:
    form = form_of(session, consent)
    if form is None:
        return [Invalid("Form: choose one of the list", "form")]
    common = [*faults_of_every_form(session, consent, today), *faults_of_signing_here(consent, form)]
    if form.id == PLAIN:
        return [*common, *faults_of_the_plain_form(consent, person, today)]
    return [*common, *faults_of_form(session, person, consent, form, today)]


def _faults_of_order(consent: Consent, earlier: Sequence[Consent]) -> Iterator[Invalid]:
    """A paper of an earlier day does not replace what was given later."""
    if any(record.given_at > consent.given_at for record in _standing_for_same(earlier, consent)):
        yield Invalid("Signed on: a newer one for the same organizations is on record", "signed_on")
