"""Files with the tasks of a loop as each side may open them: its own, and those that the other side let it have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session

from cie import consent, referrals
from cie.access import Actor, ActorKind
from cie.consent import DataSet
from cie.fhir.resources.document_reference import document_reference
from cie.fhir.store import Content, Key
from cie.referrals import Attachment, Referral, ReferralTask


@dataclass(frozen=True)
class DocumentsRead:
    """The files of some tasks as one audience may open them, and those that it may not, or no more.

    `releases`: by which release it may open each, for those of the other side.
    """

    shown: Sequence[Attachment] = ()
    releases: Mapping[UUID, UUID] = field(default_factory=dict)
    gone: Sequence[Key] = ()

    def named_in(self, task: ReferralTask) -> list[str]:
        """The references to what its sender gave along with a task, the oldest first."""
        given = [each for each in self._of(task) if each.organization_id == task.requester_id]
        return [f"DocumentReference/{each.id}" for each in given]

    def contents(self, referral: Referral, task: ReferralTask, subject: str) -> Iterator[Content]:
        """The files with a task."""
        for each in self._of(task):
            body = document_reference(each, referral, task, subject)
            yield Content(body, referral.person_id, self.releases.get(each.id))

    def _of(self, task: ReferralTask) -> list[Attachment]:
        return [each for each in reversed(self.shown) if each.task_id == task.id]


def documents_read(
    session: Session, organization_id: UUID, referral: Referral, tasks: Sequence[ReferralTask]
) -> DocumentsRead:
    """What an organization may open now of the files with these tasks.

    What its own program sent it reads as it was sent, and not once more; what is kept apart it reads nowhere.
    """
    every = referrals.attachment_ids(session, tasks)
    if not every:
        return DocumentsRead()
    reader = Actor(kind=ActorKind.SYSTEM, organization_id=organization_id)
    found = referrals.attachments_for(session, reader, referral.id, tasks)
    shown = [each for each in found if not each.quarantined and not (_is_own(reader, each) and each.source)]
    releases = {each.id: _release(session, reader, each) for each in shown if not _is_own(reader, each)}
    hidden = set(every) - {each.id for each in shown}
    return DocumentsRead(shown, releases, [("DocumentReference", str(id)) for id in sorted(hidden)])


def _is_own(reader: Actor, row: Attachment) -> bool:
    return row.organization_id == reader.organization


def _release(session: Session, reader: Actor, row: Attachment) -> UUID:
    found = consent.released_to(session, reader.organization, row.id, DataSet.MESSAGE)
    assert found is not None
    return found.release.id
