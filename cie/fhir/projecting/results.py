"""What each side of a loop reads of what came of its tasks: the sender what is released, the one asked its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from cie import referrals
from cie.access import Actor, ActorKind
from cie.fhir.formats import read_json
from cie.fhir.resources.result import TOLD_TYPES, About, enrollment_status, told_as
from cie.fhir.store import Body, Content, Key
from cie.referrals import ReadResult, Referral, ReferralTask


@dataclass(frozen=True)
class ResultsRead:
    """The results of some tasks as one audience reads them, and those that it does not, or no more."""

    shown: Sequence[ReadResult] = ()
    gone: Sequence[Key] = ()

    def named_in(self, task: ReferralTask) -> list[str]:
        """The references to what came of a task, in the order in which it was given."""
        return [f"{_type_of(each)}/{each.id}" for each in self._of(task)]

    def contents(self, referral: Referral, task: ReferralTask, subject: str) -> Iterator[Content]:
        """What came of a task."""
        own, about = self._of(task), About(referral, task, subject)
        names = {each.source: f"{_type_of(each)}/{each.id}" for each in own if each.source}
        names[f"HealthcareService/{task.service_id}"] = f"HealthcareService/{task.service_id}"
        for each in own:
            if each.body is None:
                body = enrollment_status(each, about)
            else:
                body = told_as(_parts(each), each.id, about, at=each.given_at, names=names)
            yield Content(body, referral.person_id, each.release_id)

    def _of(self, task: ReferralTask) -> list[ReadResult]:
        return [each for each in self.shown if each.task_id == task.id]


def results_read(session: Session, organization_id: UUID, tasks: Sequence[ReferralTask]) -> ResultsRead:
    """What an organization reads now of what came of these tasks.

    What its own program sent it reads as it was sent, and not once more.
    """
    every = referrals.result_ids(session, tasks)
    if not every:
        return ResultsRead()
    found = referrals.results_for(session, Actor(kind=ActorKind.SYSTEM, organization_id=organization_id), tasks)
    shown = [each for each in found if each.release_id or not each.source]
    hidden = set(every) - {each.id for each in shown}
    return ResultsRead(shown, [(kind, str(id)) for id in sorted(hidden) for kind in TOLD_TYPES])


def _type_of(result: ReadResult) -> str:
    return "Observation" if result.body is None else str(_parts(result)["resourceType"])


def _parts(result: ReadResult) -> Body:
    return read_json((result.body or "").encode())
