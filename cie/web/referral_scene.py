"""What the page of one referral is drawn from, and how it names who is in it to its reader.

The sender's side sees the loop: person, need, every task. A side that was asked sees its own tasks, its own entries and
what is released to it at this moment; nothing here holds the sender's records for it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

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
    OpenOffer,
    ReadResult,
    Referral,
    ReferralTask,
    Side,
    TaskHistory,
    TaskStatus,
    WordOfPerson,
)
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

    `informed` is the service whose contact the person was given, or that a draft names. `kept_back`: the reader's own
    tasks of which the sender knows only that they were answered. `offers`: who could take an open request.
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
    results: Sequence[ReadResult]
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
    kept_back: Collection[UUID] = ()
    offers: Sequence[OpenOffer] = ()

    @property
    def is_unclaimed(self) -> bool:
        """Whoever can help was asked, and nobody said yes yet."""
        return bool(self.offers) and not self.tasks

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


def is_untold(scene: Scene, task: ReferralTask) -> bool:
    """Whether the reader may know of this task that it was answered, and no more."""
    return scene.is_sender and task.outcome_withheld
