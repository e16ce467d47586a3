"""Files with a referral: their type is told from their content, and what cannot be told or pretends is kept apart.

A file goes to the other side only through a release of its own; its content is read only while that release holds.
"""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from cie import consent, events
from cie.access import Actor, Permission, check
from cie.consent import Disclosure
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.files import ENDINGS, claims_are_true, clean_name, require_content, told_type
from cie.referrals.entries import has_open_ears, readable_now, require_open_ears, require_own_on_file, to_other_side
from cie.referrals.models import Attachment, ReferralTask
from cie.referrals.queries import get_task

_FILE: Any = Attachment


def add_attachment(
    session: Session,
    actor: Actor,
    task_id: UUID,
    *,
    name: str,
    content: bytes,
    claimed: str,
    shared: bool,
    at: datetime,
    source: str = "",
) -> Attachment:
    """Keep a file with a task and, when `shared`, let the other side open it. `source` as in `Attachment`.

    `claimed` is the type that came with the file, if any. A file whose type cannot be told, or is not the one that its
    name or `claimed` says, is kept in quarantine and goes nowhere. Raises Invalid (no file, too large, another type),
    ConsentRequired when nothing may go there, NotPossibleNow (it has ended there), NotFound, NotAllowed.
    """
    task = get_task(session, actor, task_id)
    check(actor, Permission.REFERRAL_ENTRY_WRITE, task)
    require_own_on_file(session, actor, task.person_id)
    found, shown_name = _checked(content), clean_name(name)
    row = Attachment(
        organization_id=actor.organization,
        referral_id=task.referral_id,
        task_id=task.id,
        person_id=task.person_id,
        author_id=actor.id,
        media_type=found or "",
        size_bytes=len(content),
        quarantined=found is None or not claims_are_true(found, shown_name, claimed),
        source=source,
        added_at=at,
    )
    row.name, row.content = shown_name, base64.b64encode(content).decode()
    session.add(row)
    session.flush()
    events.record(session, actor, "file.add", row, at=at, quarantined=row.quarantined)
    if shared:
        require_open_ears(task)
    if shared and not row.quarantined:
        _share(session, actor, task, row, at=at)
    return row


def bring_along(
    session: Session,
    actor: Actor,
    task_id: UUID,
    *,
    name: str,
    content: bytes,
    claimed: str,
    source: str,
    at: datetime,
) -> Attachment:
    """Keep a file that a program sent with a task, once for each source, and let the other side open it where it may.

    What goes to several places without a name goes without files as well. Raises Invalid, NotFound, NotAllowed.
    """
    task = get_task(session, actor, task_id)
    before = _brought_before(session, actor, task, source)
    if before is not None:
        return before
    row = add_attachment(
        session, actor, task_id, name=name, content=content, claimed=claimed, shared=False, at=at, source=source
    )
    if has_open_ears(task) and not row.quarantined and not task.is_offer and _may_go(session, actor, task, row, at):
        _share(session, actor, task, row, at=at)
    return row


def _brought_before(session: Session, actor: Actor, task: ReferralTask, source: str) -> Attachment | None:
    query = select(Attachment).where(
        col(Attachment.referral_id) == task.referral_id,
        col(Attachment.task_id) == task.id,
        col(Attachment.organization_id) == actor.organization,
        col(Attachment.source) == source,
    )
    return session.execute(query).scalar_one_or_none()


def _may_go(session: Session, actor: Actor, task: ReferralTask, row: Attachment, at: datetime) -> bool:
    return consent.preview(session, _disclosure(session, actor, task, row), at=at).refusal is None


def _share(session: Session, actor: Actor, task: ReferralTask, row: Attachment, *, at: datetime) -> None:
    disclosure = _disclosure(session, actor, task, row)
    consent.release(session, actor, disclosure, referral_id=task.referral_id, subject_id=row.id, at=at)


def _disclosure(session: Session, actor: Actor, task: ReferralTask, row: Attachment) -> Disclosure:
    value = {"name": row.name, "type": row.media_type, "bytes": row.size_bytes}
    return to_other_side(session, actor, task, "file", value)


def _checked(content: bytes) -> str | None:
    require_content(content)
    found = told_type(content)
    if found is not None and found not in ENDINGS:
        raise Invalid("File: choose a PDF, a PNG or JPEG picture, or plain text", "file")
    return found


def attachments_for(
    session: Session, actor: Actor, referral_id: UUID, tasks: Sequence[ReferralTask]
) -> Sequence[Attachment]:
    """The files of the caller's organization about these tasks, and those that it may open of the other side.

    Their content is not read; `open_attachment` does that, one by one.
    """
    query = (
        select(Attachment)
        .options(defer(_FILE.content_sealed, raiseload=True))
        .where(
            col(Attachment.referral_id) == referral_id,
            col(Attachment.task_id).in_([task.id for task in tasks]),
            or_(
                col(Attachment.organization_id) == actor.organization_id,
                col(Attachment.id).in_(readable_now(actor, referral_id)),
            ),
        )
        .order_by(col(Attachment.added_at).desc(), col(Attachment.id).desc())
    )
    return session.execute(query).scalars().all()


def attachment_ids(session: Session, tasks: Sequence[ReferralTask]) -> list[UUID]:
    """All files with these tasks, whoever may open them."""
    about = {"referral_ids": list({t.referral_id for t in tasks}), "task_ids": [t.id for t in tasks]}
    return list(session.execute(_IDS, about).scalars()) if tasks else []


_IDS = select(col(Attachment.id)).where(
    col(Attachment.referral_id).in_(bindparam("referral_ids", expanding=True)),
    col(Attachment.task_id).in_(bindparam("task_ids", expanding=True)),
)


def open_attachment(session: Session, actor: Actor, attachment_id: UUID) -> tuple[Attachment, bytes]:
    """A file with its content; that the caller saw it is recorded.

    Raises NotFound (also when its release has ended), NotPossibleNow (kept apart), NotAllowed.
    """
    row = session.get(Attachment, attachment_id)
    # asked whether there is such a file or not: one that the caller may not know of takes as much work as none
    readable = _is_released(session, actor, attachment_id)
    if row is None or row.task_id is None or not (readable or row.organization_id == actor.organization_id):
        raise NotFound("There is no such record")
    task = get_task(session, actor, row.task_id)
    if row.quarantined:
        raise NotPossibleNow("This file is kept apart and cannot be opened: it is not what it says it is")
    events.showed(session, actor, task.person_id)
    return row, base64.b64decode(row.content)


def _is_released(session: Session, actor: Actor, attachment_id: UUID) -> bool:
    return consent.released_to(session, actor.organization, attachment_id, consent.DataSet.MESSAGE) is not None
