"""The signature under what was signed on a screen or by a link: a name that was typed, or a drawing.

Its mark (SHA-256) and that of the text above it stand in the audit chain as well. Both are taken with a random salt
that is sealed beside the content: the mark of a bare name would tell the name to whoever tries all names.
"""

import base64
import hashlib
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint, select
from sqlmodel import Field, Session, col

from cie import events
from cie.access import Actor
from cie.consent.drawings import MOST_BYTES, is_whole_drawing, pixels_alone
from cie.consent.faults import LONGEST_NAME
from cie.consent.law import FormType
from cie.consent.models import Consent, Expiry, Method, SignerKind
from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field
from cie.errors import Invalid
from cie.people import Person

SIGNED_HERE = frozenset({Method.ON_SCREEN, Method.BY_LINK})
"""The methods by which the exchange itself takes a signature."""
_OWN = frozenset({SignerKind.PERSON, SignerKind.MINOR})


class SignatureKind(StrEnum):
    """How it was made."""

    TYPED = "typed"
    DRAWN = "drawn"


class Signature(Table, table=True):
    """What was written under a text, for one record. Append-only.

    `text_sha256`: the mark of the text as it was shown. `other_name`: the signer said that they sign with another name
    than the one on record.
    """

    __tablename__ = "signature"
    __table_args__ = (UniqueConstraint("organization_id", "consent_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    consent_id: UUID = Field(foreign_key="consent.id")
    kind: SignatureKind = code_field(SignatureKind)
    other_name: bool = False
    content_sha256: str = Field(max_length=64)
    text_sha256: str = Field(max_length=64)
    signed_at: datetime = at_field()
    content_sealed: bytes | None = sealed_field()

    content = Sealed[Any]("content_sealed")

    @property
    def name(self) -> str:
        """What was typed; empty when it was only drawn, or erased."""
        return str((self.content or {}).get("name", ""))

    @property
    def drawing(self) -> bytes:
        """The picture that was drawn, a PNG; empty when it was typed, or erased."""
        return base64.b64decode((self.content or {}).get("drawing", ""))


@dataclass(frozen=True)
class NewSignature:
    """What was handed in. `is_own_name`: the signer says that they sign with the name as typed."""

    name: str = ""
    drawing: bytes = b""
    is_own_name: bool = False


@dataclass(frozen=True)
class Signed:
    """A signature with the mark of the text under which it stands."""

    signature: NewSignature
    text_sha256: str


def new_salt() -> str:
    """What makes a mark tell nothing of a short text."""
    return secrets.token_hex(16)


def mark_of(salt: str, content: bytes) -> str:
    """The mark of a content under its salt, in hex."""
    return hashlib.sha256(bytes.fromhex(salt) + content).hexdigest()


def faults_of_signing_here(consent: Consent, form: FormType) -> Iterator[Invalid]:
    """What cannot be signed on a screen or by a link, by the form and by what it says."""
    if consent.method not in SIGNED_HERE:
        return
    if consent.method not in form.methods:
        yield Invalid("How it was said: this form is not signed that way", "method")
    if consent.method == Method.BY_LINK and consent.signer not in {None, *_OWN}:
        yield Invalid(
            "How it was said: a link is for the person alone. Let the other one sign on this screen, or on paper",
            "method",
        )
    if consent.expiry == Expiry.EVENT:
        yield Invalid("Until when: what is signed here ends on a day, or when they take it back", "until")


def faults_of_signature(person: Person, consent: Consent, signed: Signed | None) -> Iterator[Invalid]:
    """A method that leaves a signature here needs one, and no other method takes one."""
    if consent.method in SIGNED_HERE:
        yield from _faults_of_content(person, consent, signed.signature if signed else NewSignature())
    elif signed is not None:
        yield Invalid("How it was said: they sign here, so choose a way of signing", "method")


def _faults_of_content(person: Person, consent: Consent, new: NewSignature) -> Iterator[Invalid]:
    if not any(map(str.isalnum, new.name)) and not new.drawing:
        yield Invalid("Signature: type your name, or draw it", "signature")
    if len(new.name) > LONGEST_NAME:
        yield Invalid("Signature: use at most %(most)s characters", "signature", most=LONGEST_NAME)
    elif new.name and not new.is_own_name and not is_name_on_record(person, consent, new.name):
        yield Invalid(
            "Signature: we know another name. Check what you typed. If it is your name, say so below", "signature"
        )
    if len(new.drawing) > MOST_BYTES:
        yield Invalid("Signature: this drawing is too large. Draw it again, or type your name", "signature")
    elif new.drawing and not is_whole_drawing(new.drawing):
        yield Invalid("Signature: we cannot read this drawing. Type your name", "signature")


def is_name_on_record(person: Person, consent: Consent, name: str) -> bool:
    """Whether this is the name of whoever signs, as it is on record; case, accents and spaces do not count."""
    if consent.signer in _OWN or not consent.signer_name:
        firsts = (person.given_name, person.chosen_name)
        known = {f"{first} {person.family_name or ''}" for first in firsts if first}
    else:
        known = {consent.signer_name}
    return _plain(name) in {_plain(each) for each in known}


def _plain(name: str) -> str:
    bare = (c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(bare).split())


def keep_signature(
    session: Session, actor: Actor, person: Person, consent: Consent, signed: Signed, *, at: datetime
) -> Signature:
    """Put the signature to its record; it was looked at before."""
    new, salt = signed.signature, new_salt()
    drawing = pixels_alone(new.drawing) if new.drawing else b""
    row = Signature(
        organization_id=consent.organization_id,
        person_id=consent.person_id,
        consent_id=consent.id,
        kind=SignatureKind.DRAWN if drawing else SignatureKind.TYPED,
        other_name=bool(new.name) and not is_name_on_record(person, consent, new.name),
        content_sha256=mark_of(salt, drawing or new.name.encode()),
        text_sha256=signed.text_sha256,
        signed_at=at,
    )
    row.content = {"salt": salt, "name": new.name, "drawing": base64.b64encode(drawing).decode()}
    session.add(row)
    session.flush()
    mark, kind = row.content_sha256, row.kind.value
    events.record(session, actor, "consent.signature", row, at=at, kind=kind, sha256=mark, text_sha256=row.text_sha256)
    return row


def signature_of(session: Session, consent: Consent) -> Signature | None:
    """The signature of a record; None for what was not signed here."""
    query = select(Signature).where(
        col(Signature.organization_id) == consent.organization_id, col(Signature.consent_id) == consent.id
    )
    return session.execute(query).scalar_one_or_none()
