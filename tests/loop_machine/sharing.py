"""What the persons allowed, remembered apart from the product, and what each receiver was to see."""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import consent, referrals
from cie.access import Actor
from cie.consent import DataSet
from cie.consent.models import Release, ReleaseElement
from cie.db import current
from cie.errors import CieError, NotFound
from cie.referrals import Attachment, Referral, ReferralTask
from tests.loop_machine.promises import UNREADABLE
from tests.loop_machine.snapshot import Record, Step

ASKED = (DataSet.OFFER, DataSet.REFERRAL)
OFFERED = {"need", "urgency", "area", "language", "household"}
SENSITIVITY = {"rent-help": "housing", "food": "general"}
TELLING = {"need", "message", "text", "file", "outcome"}
"""What is as sensitive as the need that it is about; free words may tell of that."""
Key = tuple[UUID, UUID, str]


@dataclass
class Said:
    """A yes or a no, to these organizations or to all when none is named."""

    id: UUID
    person_id: UUID
    yes: bool
    categories: frozenset[str]
    to: frozenset[UUID]
    until: date | None
    ended: bool = False

    def is_about(self, other: UUID) -> bool:
        return not self.to or other in self.to

    def holds(self, day: date) -> bool:
        return not self.ended and (self.until is None or self.until >= day)


def plain(value: Any) -> Any:
    """A value as it comes back from the database."""
    return json.loads(json.dumps(value))


@dataclass
class Sharing:
    """All that was said, in order; what each receiver was to see by task, receiver and data set; what each saw."""

    owner_of: dict[UUID, UUID] = field(default_factory=dict)
    protected: UUID | None = None
    said: list[Said] = field(default_factory=list)
    previewed: dict[Key, dict[str, Any]] = field(default_factory=dict)
    frozen: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    next_tasks: dict[UUID, tuple[UUID | None, str, dict[str, Any]]] = field(default_factory=dict)
    """What the tasks that are about to be made are to show, by service."""

    def hear(self, new: Said) -> None:
        """The newest for the same recipients is replaced for good, however the new one ends."""
        same = [s for s in self.said if s.person_id == new.person_id and s.to == new.to and not s.ended]
        if same:
            same[-1].ended = True
        self.said.append(new)

    def take_back(self, ids: Iterable[UUID]) -> None:
        taken = set(ids)
        for each in self.said:
            each.ended = each.ended or each.id in taken

    def allowed(self, person_id: UUID, other: UUID, day: date) -> set[str]:
        """The kinds of data that may go between the owner of the person and this organization."""
        about = [s for s in self.said if s.person_id == person_id and s.is_about(other) and s.holds(day)]
        for place, no in enumerate(about):
            answers = (s for s in about[place + 1 :] if s.yes and (s.to or not no.to))
            if not no.yes and not any(answers):
                return set()
        return {category for s in about if s.yes for category in s.categories}

    def may_hear(self, person_id: UUID, other: UUID, need_code: str, day: date) -> bool:
        """Whether anything of an offer about this need may go there."""
        return bool(self.allowed(person_id, other, day) & {"general", SENSITIVITY[need_code]})

    def check_new_releases(self, step: Step, day: date, message: dict[str, Any] | None) -> None:
        """What became readable in this act is exactly what was previewed, and the person allows each part of it."""
        for task in step.new(ReferralTask):
            performer_id, data_set, shown = self.next_tasks[task.service_id]
            assert task.performer_id == performer_id, "another organization is asked"
            self.previewed[task.id, task.performer_id, data_set] = shown
        for row in step.new(Release):
            with Session(current().reader) as session:
                seen = consent.elements_of(session, row.id)
            self.frozen[row.id] = seen
            is_written = row.subject_id not in step.after[ReferralTask]
            expected = message if is_written else self._expected(step, row)
            assert expected is not None, "released and never previewed"
            assert seen == expected, f"what is released differs from what was previewed: {sorted(seen)}"
            assert row.data_set != DataSet.OFFER or set(seen) <= OFFERED, "an offer tells who it is"
            task = self._task_of(step, row)
            assert {row.organization_id, row.recipient_id} <= {task.organization_id, task.performer_id}
            self._check_allowed(step.after, row, day)
            self._check_protected(step, row)
            _check_sensitivity(step, row)

    def _check_protected(self, step: Step, row: Any) -> None:
        loop = step.after[Referral][row.referral_id]
        assert row.organization_id != self.protected, "a victim service tells of those it serves"
        assert row.recipient_id != self.protected or loop.at_person_request, "a protected service, and nobody wished it"

    def _expected(self, step: Step, row: Any) -> dict[str, Any] | None:
        task = step.after[ReferralTask].get(row.subject_id)
        assert task is not None, "released of what was not asked"
        if row.data_set == DataSet.ANSWER:
            assert (row.organization_id, row.recipient_id) == (task.performer_id, task.organization_id)
            return {"outcome": {"status": task.status.value, "reason": task.reason.value if task.reason else None}}
        assert task.performer_id == row.recipient_id, "released to somebody who was not asked"
        return self.previewed.get((row.subject_id, row.recipient_id, row.data_set))

    def _task_of(self, step: Step, row: Any) -> Any:
        tasks = step.after[ReferralTask]
        if row.subject_id in tasks:
            return tasks[row.subject_id]
        written = (step.after[table].get(row.subject_id) for table in (referrals.Entry, referrals.Attachment))
        return tasks[next(found for found in written if found is not None).task_id]

    def _check_allowed(self, record: Record, row: Any, day: date) -> None:
        owner = self.owner_of[row.person_id]
        other = row.recipient_id if row.organization_id == owner else row.organization_id
        allowed = self.allowed(row.person_id, other, day)
        kinds = {e.category for e in record[ReleaseElement].values() if e.release_id == row.id}
        assert kinds <= allowed, f"readable and not allowed: {sorted(kinds - allowed)}"

    def check_all_readable(self, record: Record, day: date) -> None:
        """Whatever anybody may read at this moment the person still allows."""
        for row in record[Release].values():
            if row.ended_at is None:
                self._check_allowed(record, row, day)

    def check_what_receivers_read(
        self, record: Record, loops: Collection[UUID], worker: Callable[[UUID], Actor], places: Iterable[UUID]
    ) -> None:
        """What the readers of the product give is what was frozen; after an end they give nothing."""
        live = [row for row in record[Release].values() if row.ended_at is None]
        with Session(current().reader) as session:
            for task in (t for t in record[ReferralTask].values() if t.referral_id in loops):
                self._check_read_of_task(session, task, live)
            for referral_id in loops:
                self._check_written(session, record, referral_id, live, worker)
            for place in places:
                _check_strangers(session, record, loops, worker(place))

    def _check_read_of_task(self, session: Session, task: Any, live: list[Any]) -> None:
        to, mine = task.performer_id, [r for r in live if r.subject_id == task.id and r.data_set in ASKED]
        for data_set in ASKED:
            found = consent.released_to(session, to, task.id, data_set)
            last = max((r for r in mine if r.data_set == data_set), key=lambda r: r.version, default=None)
            assert (found.elements if found else None) == (self.frozen[last.id] if last else None), "another value"
        best = max(mine, key=lambda r: (r.data_set == DataSet.REFERRAL, r.version), default=None)
        about = consent.released_about(session, to, [task.id])
        assert about == ({task.id: self.frozen[best.id]} if best else {}), "a list shows another value"
        assert not (task.status in UNREADABLE and best), f"{task.status} and still readable"

    def _check_written(
        self, session: Session, record: Record, referral_id: UUID, live: list[Any], worker: Callable[[UUID], Actor]
    ) -> None:
        tasks = [t for t in record[ReferralTask].values() if t.referral_id == referral_id]
        for reader in {t.performer_id for t in tasks if t.requested_at} | {t.organization_id for t in tasks}:
            mine = [t for t in tasks if reader in (t.organization_id, t.performer_id)]
            granted = {r.subject_id for r in live if r.recipient_id == reader}
            for read in (referrals.entries_for, referrals.attachments_for):
                for row in read(session, worker(reader), referral_id, mine):
                    is_own = row.organization_id == reader
                    assert is_own or row.id in granted, "what is written is read without a release"
                    assert is_own or getattr(row, "kind", "") != "note", "a note left its organization"
            for file in (f for f in record[Attachment].values() if f.referral_id == referral_id):
                may = (file.organization_id == reader or file.id in granted) and not file.quarantined
                assert may == _opens(worker(reader), file.id), "a file opens without a release, or not with it"


def _opens(actor: Actor, file_id: UUID) -> bool:
    try:
        with Session(current().reader) as session:
            referrals.open_attachment(session, actor, file_id)
    except CieError:
        return False
    return True


def _check_sensitivity(step: Step, row: Any) -> None:
    """The services here are general ones, so that the need alone says how sensitive words about it are."""
    about = SENSITIVITY[step.after[Referral][row.referral_id].need_code]
    for part in (e for e in step.new(ReleaseElement) if e.release_id == row.id):
        wanted = about if part.element in TELLING else "general"
        assert part.category == wanted, f"{part.element} is more sensitive than its release says"


def _check_strangers(session: Session, record: Record, loops: Collection[UUID], worker: Actor) -> None:
    """Whoever neither sent it nor was asked finds nothing; who is to be asked later, not yet."""
    for loop in (record[Referral][each] for each in loops):
        if loop.organization_id != worker.organization_id:
            assert _is_unknown(referrals.get_referral, session, worker, loop.id), "a stranger finds the loop"
    for task in (t for t in record[ReferralTask].values() if t.referral_id in loops):
        knows = {task.organization_id, *([task.performer_id] if task.requested_at else [])}
        unknown = _is_unknown(referrals.get_task, session, worker, task.id)
        assert unknown == (worker.organization_id not in knows), "a stranger finds the task"


def _is_unknown(read: Callable[..., Any], *arguments: Any) -> bool:
    try:
        read(*arguments)
    except NotFound:
        return True
    return False
