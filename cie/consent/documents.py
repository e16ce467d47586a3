"""The paper that somebody signed, kept with the record of what it says: 42 CFR 2.31(a)(8), 45 CFR 164.508(b)(6).

Nothing is ever replaced or taken away; the mark of each file (SHA-256) stands in the audit chain as well, so that a
paper that was exchanged later is found.
"""

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, func, select
from sqlalchemy.orm import defer
from sqlmodel import Field, Session, col

from cie import events, people
from cie.access import Actor, Permission, check
from cie.consent.models import Consent
from cie.consent.records import get_consent
from cie.db import Sealed, Table, at_field, id_field, sealed_field
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.files import claims_are_true, clean_name, require_content, told_type

MOST_DOCUMENTS = 10
TYPES = frozenset({"application/pdf", "image/png", "image/jpeg"})


class ConsentDocument(Table, table=True):
    """One page or file of the paper that was signed, as it was handed in. Append-only; `sha256` is its mark, in hex."""

    __tablename__ = "consent_document"
    __table_args__ = (Index("ix_consent_document_consent", "organization_id", "consent_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    consent_id: UUID = Field(foreign_key="consent.id")
    sha256: str = Field(max_length=64)
    media_type: str = Field(max_length=40)
    size_bytes: int
    added_at: datetime = at_field()
    added_by_id: UUID | None = None
    name_sealed: bytes | None = sealed_field()
    content_sealed: bytes | None = sealed_field()

    name = Sealed[str]("name_sealed")
    content = Sealed[str]("content_sealed")


_FILE: Any = ConsentDocument


def add_document(
    session: Session, actor: Actor, consent_id: UUID, *, name: str, content: bytes, claimed: str, at: datetime
) -> ConsentDocument:
    """Keep a file of the signed paper with its record. `claimed` is the type that came with it, if any.

    Raises Invalid (empty, too large, another type than it says), NotPossibleNow (10 are there, the person's record was
    erased), NotFound, NotAllowed.
    """
    consent = get_consent(session, actor, consent_id)
    check(actor, Permission.CONSENT_WRITE, consent)
    people.get_person(session, actor, consent.person_id)
    shown_name = clean_name(name)
    media_type = _type_of(content, shown_name, claimed)
    session.refresh(consent, with_for_update=True)
    if _count(session, consent) >= MOST_DOCUMENTS:
        raise NotPossibleNow("10 files are with this already. Put the rest into one PDF, and write it down anew")
    row = ConsentDocument(
        organization_id=consent.organization_id,
        person_id=consent.person_id,
        consent_id=consent.id,
        sha256=hashlib.sha256(content).hexdigest(),
        media_type=media_type,
        size_bytes=len(content),
        added_at=at,
        added_by_id=actor.id,
    )
    row.name, row.content = shown_name, base64.b64encode(content).decode()
    session.add(row)
    session.flush()
    events.record(session, actor, "consent.document", row, at=at, sha256=row.sha256)
    return row


def _type_of(content: bytes, name: str, claimed: str) -> str:
    require_content(content)
    found = told_type(content)
    if found not in TYPES:
        raise Invalid("File: choose a PDF, or a PNG or JPEG picture of the paper", "file")
    if not claims_are_true(found, name, claimed):
        raise Invalid("File: this is not what its name says. Save it again as a PDF, PNG or JPEG", "file")
    return found


def _count(session: Session, consent: Consent) -> int:
    query = select(func.count()).select_from(ConsentDocument).where(*_of(consent))
    return session.execute(query).scalar() or 0


def _of(consent: Consent) -> tuple[Any, Any]:
    return (
        col(ConsentDocument.organization_id) == consent.organization_id,
        col(ConsentDocument.consent_id) == consent.id,
    )


def documents_of(session: Session, consent: Consent) -> Sequence[ConsentDocument]:
    """The files of one record, oldest first; their content is not read."""
    query = (
        select(ConsentDocument)
        .options(defer(_FILE.content_sealed, raiseload=True))
        .where(*_of(consent))
        .order_by(col(ConsentDocument.added_at), col(ConsentDocument.id))
    )
    return session.execute(query).scalars().all()


def open_document(session: Session, actor: Actor, document_id: UUID) -> tuple[ConsentDocument, bytes]:
    """One file with its content; that the caller saw it is recorded. Raises NotFound, NotAllowed."""
    row = session.get(ConsentDocument, document_id)
    if row is None or row.content_sealed is None:
        raise NotFound("There is no such record")
    check(actor, Permission.CONSENT_READ, row)
    events.showed(session, actor, row.person_id)
    return row, base64.b64decode(row.content)
