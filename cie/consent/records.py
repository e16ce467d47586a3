"""What is on record of a person's yes and no, and which of it holds."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from cie.access import Actor, Permission, check
from cie.consent.models import Consent, Decision
from cie.errors import NotFound
from cie.resources import resource

WORDING: Mapping[str, str] = json.loads(resource("seed_data", "texts", "consent.json").read_text("utf-8"))
"""The words that are read to the person before they decide, by language, with their version."""
FORM_VERSION = WORDING["version"]


NEWEST_FIRST = (
    select(Consent)
    .where(
        col(Consent.organization_id) == bindparam("organization_id"), col(Consent.person_id) == bindparam("person_id")
    )
    .order_by(col(Consent.given_at).desc(), col(Consent.id).desc())
)
"""The query for all consent records of a person."""


def consents_of(session: Session, organization_id: UUID, person_id: UUID) -> Sequence[Consent]:
    """All consent records of a person, newest first."""
    whose = {"organization_id": organization_id, "person_id": person_id}
    return session.execute(NEWEST_FIRST, whose).scalars().all()


def in_force(records: Sequence[Consent], today: date) -> list[Consent]:
    """Those of all records of a person that hold on this day: not taken back, not ended, not replaced by a newer one.

    What was replaced does not come back when the newer record ends.
    """
    replaced = {c.supersedes_id for c in records}
    return [c for c in records if c.id not in replaced and c.revoked_at is None and not has_ended(c, today)]


def says_no(about: Sequence[Consent]) -> bool:
    """Whether a no stands among the records in force about one place, newest first.

    A no holds until a later yes; one that names the place holds until a later yes that names it, too.
    """
    return any(c.decision == Decision.DO_NOT_SHARE and not _answered(c, about[:n]) for n, c in enumerate(about))


def _answered(no: Consent, later: Sequence[Consent]) -> bool:
    return any(c.decision == Decision.SHARE and (no.names_anyone or not c.names_anyone) for c in later)


def has_ended(record: Consent, today: date) -> bool:
    """Whether the day until which it was given is past."""
    return record.expires_on is not None and record.expires_on < today


def with_replaced(session: Session, record: Consent) -> list[Consent]:
    """This record and those that it replaced, directly or in turn: what rested on them rests on this one now."""
    line = [record]
    if record.supersedes_id is None:
        return line
    records = {c.id: c for c in consents_of(session, record.organization_id, record.person_id)}
    while (earlier := records.get(line[-1].supersedes_id or line[-1].id)) and earlier is not line[-1]:
        line.append(earlier)
    return line


def get_consent(session: Session, actor: Actor, consent_id: UUID) -> Consent:
    """One record. Raises NotFound, also to those who may not know of it."""
    consent = session.get(Consent, consent_id)
    if consent is None:
        raise NotFound("There is no such record")
    check(actor, Permission.CONSENT_READ, consent)
    return consent
