"""All that the page of one referral is drawn from, as far as the reader may know it.

The sender's side sees the loop: person, need, every task. A side that was asked sees its own tasks, its own entries and
what is released to it at this moment; nothing here holds the sender's records for it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import consent, directory, events, identity, participants, people, referrals
from cie.access import Actor
from cie.consent import Consent, DataSet, Obligation, Release
from cie.directory import Service
from cie.events import AuditEntry, Outbox
from cie.identity import UserAccount
from cie.participants import Participant, ParticipantKind
from cie.people import ContactPoint, Person
from cie.referrals import (
    Attachment,
    ContactAttempt,
    Entry,
    Line,
    Owed,
    Referral,
    ReferralTask,
    Side,
    TaskHistory,
    TaskStatus,
    WordOfPerson,
)
from cie.referrals.worklist import NOTHING_OWED
from cie.web.language import gettext as _
from cie.web.language import ngettext
from cie.web.person_words import nameless

DATA_SETS = (DataSet.REFERRAL, DataSet.OFFER)
NOT_COLLECTED = frozenset({TaskStatus.IN_PROGRESS, TaskStatus.ON_HOLD, TaskStatus.COMPLETED, TaskStatus.FAILED})
"""What became of it at a protected service is not collected."""
GOES_ON = NOT_COLLECTED | {TaskStatus.ACCEPTED}


@dataclass(frozen=True)
class Scene:
    """One referral from one side. `referral`, `person`, `words` and the like are empty for those who were asked.

    `informed` is the service whose contact the person was given, or that a draft names.
    """

    actor: Actor
    id: UUID
    side: Side
    tasks: Sequence[ReferralTask]
    main: ReferralTask | None
    line: Line
    masked: bool
    history: Sequence[TaskHistory]
    entries: Sequence[Entry]
    attempts: Sequence[ContactAttempt]
    files: Sequence[Attachment]
    shared: Collection[UUID]
    steps: Sequence[AuditEntry]
    services: Mapping[UUID, Service]
    organizations: Mapping[UUID, Participant]
    staff: Mapping[UUID, UserAccount]
    duties: Sequence[Obligation] = ()
    seen: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)
    referral: Referral | None = None
    person: Person | None = None
    contact: ContactPoint | None = None
    words: Sequence[WordOfPerson] = ()
    texts: Sequence[Outbox] = ()
    releases: Sequence[Release] = ()
    codes: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict)
    consents: Mapping[str, Consent] = field(default_factory=dict)
    informed: Service | None = None

    @property
    def is_sender(self) -> bool:
        return self.side == Side.REQUESTER

    @property
    def is_erased(self) -> bool:
        """The sender erased the record of the person; others are not told."""
        return self.person is not None and self.person.erased_at is not None

    @property
    def own_id(self) -> UUID:
        """The reader's organization."""
        return self.actor.organization

    @property
    def sender(self) -> str:
        """The organization that asked."""
        asked_by = self.main.requester_id if self.main else self.own_id
        return self.organizations[asked_by].name

    @property
    def released(self) -> Mapping[str, Any]:
        """What the reader may see of the person through the main task; empty for the sender."""
        return self.seen.get(self.main.id, {}) if self.main else {}

    @property
    def first_name(self) -> str:
        """What sentences call the person."""
        if self.person is not None:
            return self.person.first_name or _("the person")
        return str(self.released.get("name") or _("the person"))

    @property
    def short_name(self) -> str:
        """What the heading calls the person."""
        if self.person is not None:
            return nameless(self.person) if self.is_erased else self.person.short_name or _("the person")
        if name := self.released.get("name"):
            return str(name)
        size = self.released.get("household")
        return ngettext("a household of %(num)d", "a household of %(num)d", size) if size else _("the person")

    def seen_by(self, task: ReferralTask) -> Release | None:
        """The release through which a place sees the sender's facts at this moment."""
        live = [r for r in self.releases if r.id in self.codes and r.subject_id == task.id]
        return next((r for s in DATA_SETS for r in live if r.data_set == s), None)

    @property
    def tells_nobody(self) -> bool:
        """The reader's organization is a victim service: what it writes stays there."""
        return not self.is_sender and self.organizations[self.own_id].kind is ParticipantKind.VICTIM_SERVICES

    @property
    def is_out_of_sight(self) -> bool:
        """A protected service said yes: what becomes of it is not collected, and the sender's page stays as it is."""
        said_yes = self.main is not None and self.main.status in GOES_ON
        return self.masked and self.is_sender and said_yes

    def provider(self, task: ReferralTask, *, first: bool = False) -> str:
        """The organization asked, as this reader may name it; `first` where a sentence begins with it."""
        if self.masked and self.is_sender:
            return _("A protected service") if first else _("a protected service")
        return self.organizations[task.performer_id].name

    def other(self, task: ReferralTask) -> str:
        """The other side of a task."""
        return self.provider(task) if self.is_sender else self.sender

    def service(self, task: ReferralTask) -> str:
        """What was asked for, as this reader may name it."""
        return _("A protected service") if self.masked and self.is_sender else self.services[task.service_id].name

    def staff_name(self, user_id: UUID | None) -> str:
        """Who did something: colleagues by name, the staff of others too, those of a protected service not."""
        user = self.staff.get(user_id) if user_id else None
        if user is None or (self.masked and user.organization_id != self.own_id):
            return ""
        return str(user.name)


def load(session: Session, actor: Actor, referral_id: UUID) -> Scene:
    """The referral as the caller's side sees it; that it showed the person is recorded. Raises NotFound."""
    if referrals.side_of(session, actor, referral_id) == Side.REQUESTER:
        return _senders(session, actor, referral_id)
    return _receivers(session, actor, referral_id)


def _senders(session: Session, actor: Actor, referral_id: UUID) -> Scene:
    referral = referrals.get_referral(session, actor, referral_id)
    person = people.person_or_erased(session, actor, referral.person_id)
    tasks, words = referrals.tasks_of(session, referral), referrals.words_of(session, referral)
    line = NOTHING_OWED if person.erased_at else referrals.senders_line(session, referral, tasks, words)
    releases = referrals.releases_of(session, referral)
    given = consent.consents_of(session, referral.organization_id, person.id)
    informed = directory.get_service(session, referral.service_id) if referral.service_id else None
    steps = referrals.steps_of(session, referral.id)
    named = [referral.assignee_id, *(w.taken_by_id for w in words), *(s.actor_id for s in steps)]
    parts = _parts(session, actor, referral, tasks, named)
    return Scene(
        side=Side.REQUESTER,
        main=line.task or (tasks[-1] if tasks else None),
        line=line,
        masked=referral.masked,
        steps=steps,
        referral=referral,
        person=person,
        contact=next(iter(people.contact_points(session, person)), None),
        words=words,
        texts=() if referral.masked else referrals.texts_about(session, referral, tasks),
        releases=releases,
        codes={r.id: tuple(consent.elements_of(session, r.id)) for r in releases if _tells_of(r)},
        consents={str(c.id): c for c in given},
        informed=informed,
        **parts,
    )


def _tells_of(release: Release) -> bool:
    return release.data_set in DATA_SETS and release.ended_at is None


def _receivers(session: Session, actor: Actor, referral_id: UUID) -> Scene:
    tasks = referrals.tasks_asked_of(session, actor, referral_id)
    lines = [referrals.performers_line(task) for task in tasks]
    line = next((each for each in lines if each.owed is Owed.US), lines[-1])
    main = line.task or tasks[-1]
    events.showed(session, actor, main.person_id)
    # the loop itself is the sender's: it is read here for the parts of the reader's own tasks alone
    loop = session.get_one(Referral, referral_id)
    own = {task.id for task in tasks}
    steps = [s for s in referrals.steps_of(session, referral_id, ["task.waitlist"]) if s.subject_id in own]
    parts = _parts(session, actor, loop, tasks, [s.actor_id for s in steps])
    return Scene(
        side=Side.PERFORMER,
        main=main,
        line=line,
        masked=referrals.is_protected(session, parts["services"][main.service_id]),
        steps=steps,
        seen={task.id: _released(session, task) for task in tasks},
        **parts,
    )


def _released(session: Session, task: ReferralTask) -> Mapping[str, Any]:
    for data_set in DATA_SETS:
        found = consent.released_to(session, task.performer_id, task.id, data_set)
        if found:
            return found.elements
    return {}


def _parts(
    session: Session, actor: Actor, loop: Referral, tasks: Sequence[ReferralTask], named: Sequence[UUID | None]
) -> dict[str, Any]:
    own = {task.id for task in tasks}
    history = [row for row in referrals.history_of(session, loop) if row.task_id in own]
    entries = referrals.entries_for(session, actor, loop.id, tasks)
    attempts = referrals.attempts_for(session, actor, loop.id)
    files = referrals.attachments_for(session, actor, loop.id, tasks)
    sides = {loop.organization_id, actor.organization, *(task.performer_id for task in tasks)}
    ids = {
        *(row.actor_id for row in history),
        *(entry.author_id for entry in entries),
        *(each.by_id for each in attempts),
        *(each.author_id for each in files),
        *(task.opened_by_id for task in tasks),
        *(task.assignee_id for task in tasks),
        *named,
    }
    return {
        "actor": actor,
        "id": loop.id,
        "tasks": tasks,
        "history": history,
        "entries": entries,
        "attempts": attempts,
        "files": files,
        "shared": referrals.shared_now(session, actor, loop.id),
        "duties": consent.duties_to(session, actor.organization, [loop.id]),
        "services": {named_id: directory.get_service(session, named_id) for named_id in _services_named(tasks)},
        "organizations": {side: participants.get_participant(session, side) for side in sides},
        "staff": identity.accounts_by_id(session, {found for found in ids if found}),
    }


def _services_named(tasks: Sequence[ReferralTask]) -> set[UUID]:
    proposed = {task.proposed_service_id for task in tasks if task.proposed_service_id}
    return {task.service_id for task in tasks} | proposed
