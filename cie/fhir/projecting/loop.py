"""What each side of a loop reads of it over FHIR.

The sender reads the loop with every task; of one with a protected service only that it was sent. A side that was asked
reads its own tasks, and of the person what is released to it at this moment. Before the yes to an offer without a name
the person is a Patient that belongs to this offer alone. An open request is one task that nobody owns, to its sender
and to each who could take it, until somebody does; who leaves it to others is the only one to read that.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import consent, directory, referrals
from cie.access import Actor, ActorKind
from cie.consent import DataSet, Released
from cie.db import current
from cie.fhir.codes import DUTY, UNSPECIFIED
from cie.fhir.projecting.documents import DocumentsRead, documents_read
from cie.fhir.projecting.results import ResultsRead, results_read
from cie.fhir.resources.patient import masked_patient, released_patient
from cie.fhir.resources.procedure import service_given
from cie.fhir.resources.service_request import service_request
from cie.fhir.resources.task import open_task, referral_task
from cie.fhir.store import Content, Key
from cie.referrals import OpenOffer, Reason, Referral, ReferralStatus, ReferralTask, TaskStatus


@dataclass
class Sight:
    """What one audience reads of a loop, and what it reads no more."""

    contents: list[Content] = field(default_factory=list)
    gone: list[Key] = field(default_factory=list)


def sight_of(
    session: Session,
    organization_id: UUID,
    referral: Referral,
    tasks: Sequence[ReferralTask],
    offers: Sequence[OpenOffer],
) -> Sight:
    """What an organization reads of a loop now. One that both sent it and was asked reads it as its sender."""
    if organization_id == referral.organization_id:
        sight = _for_sender(session, referral, tasks)
        return sight if referral.masked else _labelled(sight, _labels(session, organization_id, [referral.id]))
    own = [task for task in tasks if task.performer_id == organization_id and task.requested_at is not None]
    if own:
        return _for_performer(session, organization_id, referral, own)
    offer = next((offer for offer in offers if offer.performer_id == organization_id), None)
    return _for_candidate(session, referral, offer) if offer else Sight()


def offer_id(task_id: UUID) -> UUID:
    """The id of the Patient that stands for the person of one offer; it tells nothing and leads nowhere."""
    digest = hmac.new(current().keyring.derived("fhir-offer"), task_id.bytes, sha256).digest()
    return UUID(bytes=digest[:16], version=4)


def _for_sender(session: Session, referral: Referral, tasks: Sequence[ReferralTask]) -> Sight:
    shown = [] if referral.masked else tasks
    sight, subject = Sight(), str(referral.person_id)
    loop = service_request(
        referral,
        status=_standing(referral),
        told=_asked(referral),
        subject=subject,
        authored_at=referral.first_sent_at or referral.created_at,
        performer_ids=sorted({task.performer_id for task in shown}),
    )
    sight.contents.append(Content(loop, referral.person_id))
    if referral.open_task_id and not tasks:
        sight.contents.append(Content(_open_task_for_sender(referral, subject), referral.person_id))
    reasons = referrals.reasons_told(session, _reader(referral.organization_id), shown)
    beside = _Beside.of(session, referral.organization_id, referral, shown)
    for task in shown:
        standing = _Standing(task.status, reasons[task.id], knows_outcome=not task.outcome_withheld)
        _add_task(sight, referral, task, standing, subject, _Told(_asked(referral)), beside)
    return sight


def _open_task_for_sender(referral: Referral, subject: str) -> dict[str, Any]:
    """A task that nobody took, as far as its loop is: it ends with it."""
    status = _UNCLAIMED.get(referral.status, TaskStatus.CANCELLED)
    reason = Reason.LOOP_CLOSED if status == TaskStatus.CANCELLED else None
    return open_task(referral, status=status, reason=reason, urgency=referral.urgency.value, subject=subject)


_UNCLAIMED = {
    ReferralStatus.ACTIVE: TaskStatus.REQUESTED,
    ReferralStatus.ENTERED_IN_ERROR: TaskStatus.ENTERED_IN_ERROR,
}


def _asked(referral: Referral) -> dict[str, Any]:
    """What the sender itself said; the name of a protected service stands nowhere."""
    title = directory.need(referral.need_code).label["en"] if referral.masked else referral.title
    return {"urgency": referral.urgency.value, "message": referral.message, "need": title}


def _standing(referral: Referral) -> str:
    """The status of the loop; how one with a protected service goes on after it was sent is told to nobody."""
    if referral.masked and referral.first_sent_at and referral.status != ReferralStatus.ENTERED_IN_ERROR:
        return "unknown"
    return referral.status.value


def _reader(organization_id: UUID) -> Actor:
    return Actor(kind=ActorKind.SYSTEM, organization_id=organization_id)


def _for_performer(session: Session, organization_id: UUID, referral: Referral, tasks: Sequence[ReferralTask]) -> Sight:
    sight, reader = Sight(), _reader(organization_id)
    own = referrals.withheld_answers(session, reader, [task.id for task in tasks if task.outcome_withheld])
    reasons = referrals.reasons_told(session, reader, tasks)
    live = consent.released_of_person(session, organization_id, referral.person_id)
    told = {task.id: _named_of(live, task.id) or _offered(session, organization_id, task.id) for task in tasks}
    beside = _Beside.of(session, organization_id, referral, tasks)
    for task in tasks:
        subject = _show_person(sight, referral, task.id, told[task.id])
        answer = own.get(task.id)
        standing = _Standing(answer.status, answer.reason) if answer else _Standing(task.status, reasons[task.id])
        _add_task(sight, referral, task, standing, subject, told[task.id], beside)
    newest = next((task for task in reversed(tasks) if told[task.id].release_id), tasks[-1])
    since = tasks[0].requested_at or referral.created_at
    sight.contents.append(_loop_released(referral, newest.id, since, [organization_id], told[newest.id]))
    labels = _labels(session, organization_id, [referral.id])
    sight = _labelled(sight, labels)
    about = {each.release.referral_id for each in live if each.release.referral_id}
    if about != {referral.id}:
        labels = _labels(session, organization_id, sorted(about))
    _show_named(sight, referral.person_id, live, labels)
    return sight


def _for_candidate(session: Session, referral: Referral, offer: OpenOffer) -> Sight:
    """What could be taken: nothing in it tells of others, nor, once it is over, of the person."""
    is_open = offer.status == TaskStatus.REQUESTED
    told = _offered(session, offer.performer_id, offer.task_id) if is_open else _Told()
    sight = Sight()
    subject = _show_person(sight, referral, offer.task_id, told)
    urgency = told.elements.get("urgency")
    task = open_task(referral, status=offer.status, reason=offer.reason, urgency=urgency, subject=subject)
    sight.contents.append(Content(task, referral.person_id, told.release_id))
    sight.contents.append(_loop_released(referral, offer.task_id, offer.sent_at, [], told))
    return _labelled(sight, _labels(session, offer.performer_id, [referral.id]))


def _labelled(sight: Sight, labels: Sequence[dict[str, str]]) -> Sight:
    """All that is shown, with the duties that go with it: 42 CFR 2.32 wants the notice with each disclosure."""
    return Sight([_with_labels(each, labels) for each in sight.contents], sight.gone) if labels else sight


def _labels(session: Session, organization_id: UUID, referral_ids: Sequence[UUID]) -> list[dict[str, str]]:
    duties = consent.duties_in_words(consent.duties_to(session, organization_id, referral_ids))
    return [{"system": DUTY, "code": duty.value, "display": words} for duty, words in duties.items()]


def _with_labels(content: Content, labels: Sequence[dict[str, str]]) -> Content:
    return replace(content, body={**content.body, "meta": {**content.body["meta"], "security": list(labels)}})


@dataclass(frozen=True)
class _Told:
    """What is released about one task now; `is_named` unless it is an offer without a name."""

    elements: dict[str, Any] = field(default_factory=dict)
    release_id: UUID | None = None
    is_named: bool = False


def _named_of(live: Sequence[Released], task_id: UUID) -> _Told | None:
    """What the newest of these releases, by which a person is known, tells about one task."""
    own = [each for each in live if each.release.subject_id == task_id]
    newest = max(own, key=lambda each: each.release.version, default=None)
    return _Told(newest.elements, newest.release.id, is_named=True) if newest else None


def _offered(session: Session, organization_id: UUID, task_id: UUID) -> _Told:
    found = consent.released_to(session, organization_id, task_id, DataSet.OFFER)
    return _Told(found.elements, found.release.id) if found else _Told()


def _show_person(sight: Sight, referral: Referral, task_id: UUID, told: _Told) -> str:
    """The id under which this audience reads the person of a task, after the Patient of an offer was put in sight."""
    hidden = offer_id(task_id)
    if told.is_named:
        sight.gone.append(("Patient", str(hidden)))
        return str(referral.person_id)
    sight.contents.append(Content(masked_patient(hidden, told.elements), referral.person_id, told.release_id))
    return str(hidden)


def _show_named(sight: Sight, person_id: UUID, live: Sequence[Released], labels: Sequence[dict[str, str]]) -> None:
    """The person under their own id, with all that any live release tells of them, the newest first."""
    if not live:
        sight.gone.append(("Patient", str(person_id)))
        return
    told = {code: value for each in reversed(live) for code, value in each.elements.items()}
    shown = Content(released_patient(person_id, told), person_id, live[0].release.id)
    sight.contents.append(_with_labels(shown, labels) if labels else shown)


def _loop_released(
    referral: Referral, task_id: UUID, since: datetime, performer_ids: Sequence[UUID], told: _Told
) -> Content:
    """The loop for those who were asked: whether and how the sender ended it is the sender's to tell."""
    is_error = referral.status == ReferralStatus.ENTERED_IN_ERROR
    body = service_request(
        referral,
        status=(ReferralStatus.ENTERED_IN_ERROR if is_error else ReferralStatus.ACTIVE).value,
        told=told.elements,
        subject=str(referral.person_id if told.is_named else offer_id(task_id)),
        authored_at=since,
        performer_ids=performer_ids,
    )
    return Content(body, referral.person_id, told.release_id)


@dataclass(frozen=True)
class _Standing:
    """How far a task is, as one side knows it."""

    status: TaskStatus
    reason: Reason | None
    knows_outcome: bool = True


@dataclass(frozen=True)
class _Beside:
    """What one side reads beside the tasks themselves: files, and what came of them."""

    documents: DocumentsRead
    results: ResultsRead

    @classmethod
    def of(
        cls, session: Session, organization_id: UUID, referral: Referral, tasks: Sequence[ReferralTask]
    ) -> "_Beside":
        documents = documents_read(session, organization_id, referral, tasks)
        return cls(documents, results_read(session, organization_id, tasks))


def _add_task(
    sight: Sight,
    referral: Referral,
    task: ReferralTask,
    standing: _Standing,
    subject: str,
    told: _Told,
    beside: _Beside,
) -> None:
    gave = standing.status == TaskStatus.COMPLETED and standing.knows_outcome
    body = referral_task(
        referral,
        task,
        status=standing.status,
        reason=standing.reason,
        urgency=told.elements.get("urgency"),
        subject=subject,
        inputs=beside.documents.named_in(task),
        outputs=[*([f"Procedure/{task.id}"] if gave else []), *beside.results.named_in(task)],
    )
    sight.contents.append(Content(body, referral.person_id, told.release_id))
    for each in (beside.documents, beside.results):
        sight.contents += each.contents(referral, task, subject)
        sight.gone += each.gone
    if not gave:
        sight.gone.append(("Procedure", str(task.id)))
        return
    category = directory.need(referral.need_code).gravity if "need" in told.elements else UNSPECIFIED
    given = service_given(referral, task, subject=subject, category=category)
    sight.contents.append(Content(given, referral.person_id, told.release_id))
