"""Whose record is past its time: what last happened of each kind is longer ago than that kind is kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, false, func, select
from sqlmodel import col

from cie import calendar
from cie.access import Actor, Permission, check
from cie.consent import Consent, Release
from cie.events import Change
from cie.messaging import TextMessage
from cie.people import ContactPoint, Person
from cie.privacy import PersonRequest
from cie.referrals import (
    Attachment,
    ContactAttempt,
    Entry,
    Referral,
    ReferralStatus,
    ReferralTask,
    Result,
    WordOfPerson,
)
from cie.retention.holds import lasting
from cie.retention.models import LegalHold
from cie.retention.spans import RecordKind, spans_on
from cie.screening.models import Need, Screening

HAPPENED: Mapping[RecordKind, tuple[tuple[Any, Any], ...]] = {
    RecordKind.PERSON: ((ContactPoint, col(ContactPoint.created_at)), (Change, col(Change.at))),
    RecordKind.SCREENING: (
        (Screening, col(Screening.saved_at)), (Need, func.coalesce(col(Need.decided_at), col(Need.created_at))),
    ),
    RecordKind.CONSENT: ((Consent, func.coalesce(col(Consent.revoked_at), col(Consent.given_at))),),
    RecordKind.RELEASE: ((Release, func.coalesce(col(Release.ended_at), col(Release.released_at))),),
    RecordKind.REFERRAL: (
        (Referral, func.coalesce(col(Referral.closed_at), col(Referral.created_at))),
        (ReferralTask, col(ReferralTask.ended_at)),
        (WordOfPerson, col(WordOfPerson.said_at)),
    ),
    RecordKind.ENTRY: (
        (Entry, col(Entry.written_at)),
        (ContactAttempt, col(ContactAttempt.entered_at)),
        (Result, col(Result.given_at)),
    ),
    RecordKind.FILE: ((Attachment, col(Attachment.added_at)),),
    RecordKind.TEXT: ((TextMessage, col(TextMessage.at)),),
    RecordKind.REQUEST: ((PersonRequest, func.coalesce(col(PersonRequest.closed_at), col(PersonRequest.opened_at))),),
}  # fmt: skip
"""When something last happened of a kind: tables that name the person, with the instant that counts.

Where two instants follow each other the later one stands first, so that no index but that of the person is used.
"""
_OF_A_LOOP = (ReferralTask, WordOfPerson, Entry, ContactAttempt, Attachment, Result)


def past_all_spans(organization_id: UUID, at: datetime) -> list[ColumnElement[bool]]:
    """What must hold of a person of an organization whose record is past its time; no open referral, either."""
    spans = spans_on(calendar.local_day(at))
    waiting = [kind for kind in HAPPENED if kind not in spans or spans[kind].waits]
    if any(kind not in spans for kind in waiting):
        return [false()]
    limits = {kind: spans[kind].over_before(at) for kind in waiting}
    return [
        col(Person.organization_id) == organization_id,
        col(Person.erased_at).is_(None),
        col(Person.created_at) < limits.get(RecordKind.PERSON, at),
        ~_rows(Referral, organization_id, col(Referral.status) == ReferralStatus.ACTIVE),
        *(
            ~_rows(model, organization_id, happened >= limits[kind])
            for kind in waiting
            for model, happened in HAPPENED[kind]
        ),
    ]


def _rows(model: Any, organization_id: UUID, which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the organization has such rows about the person; what belongs to a referral is found by its index."""
    is_theirs = col(model.person_id) == col(Person.id)
    if model in _OF_A_LOOP:
        loops = select(col(Referral.id)).where(
            col(Referral.organization_id) == organization_id, col(Referral.person_id) == col(Person.id)
        )
        is_theirs = col(model.referral_id).in_(loops.correlate(Person))
    return exists().where(col(model.organization_id) == organization_id, is_theirs, which).correlate(Person)


def past_their_time(actor: Actor, *, at: datetime) -> Select[Person]:
    """Those of the caller's organization whose record is past its time and on hold for nobody, oldest first.

    Raises NotAllowed.
    """
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    own = actor.organization
    held = _rows(LegalHold, own, lasting(at))
    return select(Person).where(*past_all_spans(own, at), ~held).order_by(col(Person.id))
