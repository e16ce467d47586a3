"""What was taken from a line after it was made: a release on which its referral rested ended, or a newer one counts.

Instants are not compared, since a release can end by a transaction that began before the line was made and was written
after it: releases are counted that ended or have a newer version, before the record is read and again when it is given
out. The count never goes back.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlmodel import Session, col

from cie.consent import Release
from cie.exports.models import ExportFile, ExportLine

LONGEST_TRANSACTION = timedelta(hours=1)
ENDS: Any = func.count(col(Release.ended_at)) + func.count(case((col(Release.version) > 1, 1)))


def ends_of(session: Session, organization_id: UUID, referral_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """How many releases to an organization ended or were replaced, by referral; none for one that is not there."""
    query = (
        select(col(Release.referral_id), ENDS)
        .where(col(Release.recipient_id) == organization_id, col(Release.referral_id).in_(referral_ids))
        .group_by(col(Release.referral_id))
    )
    return {row[0]: row[1] for row in session.execute(query)} if referral_ids else {}


def was_taken_back() -> ColumnElement[bool]:
    """Whether a line, a row of the statement around it, holds what its organization may not read any more."""
    its = col(Release.recipient_id) == ExportLine.organization_id, col(Release.referral_id) == ExportLine.referral_id
    ends = select(ENDS).where(*its).correlate(ExportLine).scalar_subquery()
    return and_(col(ExportLine.referral_id).is_not(None), ends > ExportLine.ends)


def taken_from(session: Session, file: ExportFile, since: datetime) -> int:
    """How many lines of a file give nothing any more, of an export that was asked for at `since`.

    Looked for where releases ended since, so that a file of a hundred thousand lines costs no more than a small one.
    """
    ended = select(col(Release.referral_id)).where(
        col(Release.recipient_id) == file.organization_id, col(Release.ended_at) >= since - LONGEST_TRANSACTION
    )
    is_gone = col(ExportLine.content_sealed).is_(None)
    gone = select(func.count()).select_from(ExportLine).where(col(ExportLine.file_id) == file.id, is_gone)
    taken = (
        select(func.count())
        .select_from(ExportLine)
        .where(col(ExportLine.file_id) == file.id, ~is_gone, col(ExportLine.referral_id).in_(ended), was_taken_back())
    )
    counts: list[int] = [session.execute(query).scalar_one() for query in (gone, taken)]
    return sum(counts)
