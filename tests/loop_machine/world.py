"""An exchange to try things in: organizations, services, two persons who share a phone, staff, a clock and a worker."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import calendar, consent, events, messaging, referrals
from cie.access import SYSTEM, Actor, ActorKind, Door, Role
from cie.consent import DataSet
from cie.consent.models import Release
from cie.db import current, reading, transaction
from cie.errors import CieError, ConsentRequired
from cie.events import AuditEntry, Outcome
from cie.messaging import TextDeliverer
from cie.participants import ParticipantKind
from cie.people import DangerAlert
from cie.referrals import Attachment, Entry, Referral, ReferralTask, Request
from tests.factories import NOON, make_consent, make_participant, make_person, make_phone, make_service, make_staff
from tests.loop_machine import promises, standing
from tests.loop_machine.sharing import Said, Sharing, plain
from tests.loop_machine.snapshot import WATCHED, Record, Step, on_record
from tests.loop_machine.texting import Phone, Texting
from tests.support.texts import RecordingGateway

NEVER_IDLE = tuple(table for table in WATCHED if table is not AuditEntry)
READ_FROM = (ReferralTask, Release, Entry, Attachment)
"""What readers are given of a loop hangs on these alone."""
NUMBER = "+15595550142"
SECRETS = ("Moreno", "Aster", "Briar", "Clover", "Lantern", "Heron", "Harbor", "Blue Kite", "Food box")
WORKERS = (Role.CASEWORKER, Role.NAVIGATOR)
IDLE = (Role.ORGANIZATION_ADMINISTRATOR, Role.NETWORK_ADMINISTRATOR, Role.PRIVACY_OFFICER)
DOORS = (Door.WEB, Door.WEB, Door.API, Door.LINK, Door.FILE)


@dataclass
class Place:
    """An organization with its staff."""

    id: UUID
    workers: list[Actor]
    idle: list[Actor]


class World:
    """Runs one act at a time, holds it against every promise, and remembers what the acts allowed."""

    def __init__(self, deliverer: TextDeliverer) -> None:
        self.now: datetime = NOON
        self.gateway = RecordingGateway()
        self.deliverer = replace(deliverer, gateway=self.gateway)
        self.sharing, self.texting = Sharing(), Texting()
        self.requests: dict[UUID, Request] = {}
        self.worker_ran, self.texts_in, self.changed = True, 0, True
        with transaction() as session:
            self._open(session)
        self.record: Record = on_record()
        self.read: Record = {}

    def _open(self, session: Session) -> None:
        def place(name: str, kind: ParticipantKind = ParticipantKind.CBO) -> Any:
            return make_participant(session, name=name, kind=kind, attempts_before_unreachable=promises.TRIES)

        clinic, pantry = place("Blue Kite Clinic", ParticipantKind.CLINIC), place("Lantern Pantry")
        house, refuge = place("Heron House"), place("Safe Harbor", ParticipantKind.VICTIM_SERVICES)
        self.places = [self._staffed(session, each) for each in (clinic, pantry, house, refuge)]
        asked = (pantry, pantry, house, clinic, refuge)
        self.services = [make_service(session, each).id for each in asked]
        self.place_of = {service: each.id for service, each in zip(self.services, asked, strict=True)}
        self.protected = frozenset(self.services[-1:])
        self.sharing.protected = refuge.id
        self.stranger = self._staffed(session, make_participant(session, name="Nobody Asked"))
        self.persons = [make_person(session, clinic), make_person(session, house, given_name="Briar", language="en")]
        for person in self.persons:
            self.sharing.owner_of[person.id] = person.organization_id
            phone = make_phone(session, person)
            self.texting.phones[phone.id] = Phone(phone.id, person.id, NUMBER, may_text=True, safe=True)
            yes = make_consent(session, person)
            self.sharing.hear(Said(yes.id, person.id, True, frozenset(yes.categories), frozenset(), None))
        self.newcomer = make_person(session, clinic, given_name="Clover")
        self.sharing.owner_of[self.newcomer.id] = clinic.id
        self.texting.secrets = set(SECRETS)

    def _staffed(self, session: Session, place: Any) -> Place:
        def actors(roles: tuple[Role, ...]) -> list[Actor]:
            users = [make_staff(session, place, role) for role in roles]
            return [Actor(ActorKind.STAFF, u.id, place.id, u.roles) for u in users]

        return Place(place.id, actors(WORKERS), actors(IDLE))

    @property
    def day(self) -> Any:
        return calendar.local_day(self.now)

    def staff(self, place_id: UUID, pick: int = 0, *, idle: bool = False) -> Actor:
        """Somebody of an organization, through some door."""
        place = next(p for p in [*self.places, self.stranger] if p.id == place_id)
        people = place.idle if idle else place.workers
        return replace(people[pick % len(people)], door=DOORS[pick // 2 % len(DOORS)])

    def act(self, actor: Actor, verb: Callable[..., Any], *arguments: Any, **values: Any) -> Step:
        """Let the actor do it, and hold what it made against every promise."""
        says = values.pop("says", {})
        step = Step(verb.__name__, actor, self.now, self.record, {**says, **values})
        try:
            with transaction() as session:
                first = () if actor.kind == ActorKind.SYSTEM or says.get("without_actor") else (actor,)
                step.result = verb(session, *first, *arguments, at=self.now, **values)
                step.actor = step.result if isinstance(step.result, Actor) else actor
        except CieError as error:
            step.refusal = error
        self.record = step.after = on_record(self.record)
        self.changed = self.changed or any(step.differs(table) for table in NEVER_IDLE)
        promises.check(step)
        standing.check(step, self.protected)
        self.sharing.check_new_releases(step, self.day, says.get("message"))
        return step

    def refuses(self, actor: Actor, verb: Callable[..., Any], *arguments: Any, **values: Any) -> CieError:
        """This must not be done; whatever it did all the same is undone."""
        try:
            with transaction() as session:
                verb(session, actor, *arguments, at=self.now, **values)
                raise AssertionError(f"{verb.__name__} was done by one who may not, or at a time when nobody may")
        except CieError as refusal:
            if isinstance(refusal, ConsentRequired):
                self.record = on_record(self.record)
            return refusal

    def may_be_told(self, task: Any) -> bool:
        """Whether the person still allows whoever is to be asked by this task to learn of it."""
        need_code = self.record[Referral][task.referral_id].need_code
        return self.sharing.may_hear(task.person_id, task.performer_id, need_code, self.day)

    def coming(self, task: Any) -> None:
        """Remember what the gate would show the receivers of this loop now: an answer lets more be read."""
        request = self.requests.get(task.referral_id)
        if request is None:
            return
        sender = self.staff(task.organization_id)
        for each in [t for t in self.record[ReferralTask].values() if t.referral_id == task.referral_id]:
            alone = replace(request, service_ids=(each.service_id,))
            pair = replace(request, service_ids=(each.service_id, each.service_id))
            if each.status == "draft":
                self._remember(sender, pair, each, DataSet.OFFER)
            elif each.is_offer and each.status == "requested":
                self._remember(sender, alone, each, DataSet.REFERRAL)

    def _remember(self, sender: Actor, request: Request, task: Any, data_set: DataSet) -> None:
        shown = self.preview(sender, request)[0]
        self.sharing.previewed[task.id, task.performer_id, data_set] = shown

    def preview(self, sender: Actor, request: Request) -> list[dict[str, Any]]:
        """What the page would show for each receiver."""
        with reading() as session:
            found = referrals.preview(session, sender, request, at=self.now)
            return [plain({e.code: e.value for e in p.ruling.permitted} if p.ruling else {}) for p in found]

    def run_worker(self) -> None:
        """What the clock asks for: late answers, consents that ended, texts that are due."""
        with Session(current().reader) as session:
            late = [task.id for task in referrals.overdue(session, at=self.now)]
            ended = consent.persons_with_ended_consent(session, at=self.now)
        for task_id in late:
            self.act(SYSTEM, _remind_or_return, task_id)
        for person_id in ended:
            self.act(SYSTEM, consent.end_what_has_expired, person_id)
        self.worker_ran = True
        self.deliver()

    def deliver(self) -> None:
        """Deliver what is due; each text is held against what its phone allows before it goes."""
        while claimed := self._claim():
            self._deliver(claimed[0])
            self.changed = True
        self.record = on_record(self.record) if self.changed else self.record

    def _claim(self) -> list[Any]:
        with transaction() as session:
            return events.claim(session, [messaging.KIND], at=self.now)

    def _deliver(self, claimed: Any) -> None:
        with transaction() as session:
            row = events.held(session, claimed)
            assert row is not None
            prepared = self.deliverer.prepare(session, row, at=self.now)
        if not isinstance(prepared, Outcome):
            self.texting.check(row, prepared.to, prepared.body, self.record, at=self.now)
        outcome = prepared if isinstance(prepared, Outcome) else self.deliverer.send(prepared, interrupted=False)
        with transaction() as session:
            events.settle(session, claimed, outcome, self.deliverer, at=self.now)

    def pass_time(self, span: timedelta, *, worker: bool) -> None:
        self.now += span
        self.worker_ran = False
        if worker:
            self.run_worker()

    def check_standing(self) -> None:
        """What holds at every moment, whatever happened last."""
        if self.changed:
            self.texting.check_queue(self.record)
            self.texting.check_permissions(self.record)
            places = [place.id for place in (*self.places, self.stranger)]
            self.sharing.check_what_receivers_read(self.record, self._loops_that_changed(), self.staff, places)
            self.read = self.record
        self.changed = False
        if self.worker_ran:
            self.sharing.check_all_readable(self.record, self.day)

    def _loops_that_changed(self) -> set[UUID]:
        """Since somebody last looked what is read of them."""
        changed: set[UUID] = set()
        for table in READ_FROM:
            before = self.read.get(table, {})
            changed |= {row.referral_id for key, row in self.record[table].items() if before.get(key) != row}
        return changed

    def alerts(self) -> list[DangerAlert]:
        return [a for a in self.record[DangerAlert].values() if a.closed_at is None]


def _remind_or_return(session: Session, task_id: UUID, *, at: datetime) -> None:
    referrals.remind_or_return(session, session.get_one(ReferralTask, task_id), at=at)
