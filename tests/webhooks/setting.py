"""A clinic whose program is told of what happens, the clock of the worker that tells it, and what a receiver got."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlmodel import col
from standardwebhooks import Webhook as StandardWebhook

from cie import referrals, webhooks
from cie.access import Actor, ActorKind, Door, Role
from cie.db import reading, transaction
from cie.events import Outbox
from cie.identity import Client
from cie.jobs import deliver_next
from cie.webhooks import KIND, NewWebhook, Webhook, WebhookDeliverer
from tests.factories import Loop, make_loop, send_one
from tests.oauth.place import new_key, public, register
from tests.support.outbox import deliver_until

KEY = new_key()
SCOPES = ("api/webhooks.*", "api/referrals.*")
NOTE = "entry.note"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
Notice = dict[str, Any]


@dataclass
class Told:
    """A webhook, its secret, and what became of its notices."""

    hook: Webhook
    secret: str

    def rows(self) -> list[Outbox]:
        """The notices, oldest first."""
        with reading() as session:
            mine = select(Outbox).where(col(Outbox.destination_id) == self.hook.id).order_by(col(Outbox.id))
            return list(session.execute(mine).scalars())

    def states(self) -> list[tuple[str, str]]:
        return [(row.state.value, row.result) for row in self.rows()]

    def ids(self, referral_id: UUID | None = None) -> list[str]:
        """The ids of the notices, of one referral or all, in the order in which things happened."""
        return [str(row.id) for row in self.rows() if referral_id in (None, row.subject_id)]

    def read(self, requests: list[bytes]) -> list[Notice]:
        """What a receiver was sent, each signature checked by a library that others wrote."""
        return [self._checked(request) for request in requests]

    def _checked(self, request: bytes) -> Notice:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line.partition(b": ") for line in head.split(b"\r\n")[1:]]
        headers = {name.decode().lower(): value.decode() for name, _, value in lines}
        notice = StandardWebhook(self.secret).verify(body, headers)
        assert notice["id"] == headers["webhook-id"]
        return notice

    def in_order(self, notices: list[Notice]) -> bool:
        """Of each referral what came, repeats left out, is in the order of what happened; each repeat says the same."""
        came = first_of_each(notices)
        happened = [self.ids(about) for about in {row.subject_id for row in self.rows()}]
        each = [(ids, [notice for notice in came if notice in ids]) for ids in happened]
        return all(got == [notice for notice in ids if notice in got] for ids, got in each)


@dataclass
class Setting(Told):
    """A clinic whose program is told; `now` is the time of the worker, which only goes on when a test says so."""

    loop: Loop
    program: Actor
    began: datetime
    now: datetime
    deliverer: WebhookDeliverer = field(default_factory=lambda: WebhookDeliverer(may_be_private=True))
    port: int = 0
    referrals: Sequence[UUID] = ()

    def send(self) -> UUID:
        """A referral of the clinic; its webhook is told."""
        with transaction() as session:
            referral, _task = send_one(session, self.loop, at=self.now)
        return referral.id

    def note(self, referral_id: UUID) -> None:
        """Something happens to a referral that its sender is told of."""
        with transaction() as session:
            referrals.write_note(session, self.loop.navigator, referral_id, "Rang twice.", at=self.now)

    def deliver(self, after: timedelta = timedelta()) -> None:
        """So long after, the worker delivers what may go then, until nothing is left."""
        self.now += after
        while deliver_next({KIND: self.deliverer}, lambda: self.now):
            pass

    def deliver_until(self, end: datetime) -> None:
        """The worker works on; its clock jumps to whatever is due next."""
        deliver_until(self, end)

    def act(self, verb: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """The program does something with its webhook."""
        with transaction() as session:
            return verb(session, self.program, self.hook.id, *arguments, **named, at=self.now)


def make_setting(url: str, **said: Any) -> Setting:
    """A clinic with a program, and a webhook of it at this address."""
    now = datetime.now(UTC)
    with transaction() as session:
        loop = make_loop(session)
    client, _no_secret = register(loop.clinic, jwks=public(KEY), scopes=SCOPES)
    told = tell(client, url, at=now, **said)
    return Setting(told.hook, told.secret, loop, program_of(client), now, now)


def program_of(client: Client) -> Actor:
    return Actor(ActorKind.CLIENT, client.id, client.organization_id, frozenset({Role.CASEWORKER}), door=Door.API)


def tell(client: Client, url: str, *, at: datetime, **said: Any) -> Told:
    """From now on a program is told at this address."""
    new = NewWebhook(client.id, url, may_be_private=True, **said)
    with transaction() as session:
        return Told(*webhooks.add_webhook(session, program_of(client), new, at=at))


def first_of_each(notices: list[Notice]) -> list[str]:
    """The ids of what came, without repeats; each repeat must say the same."""
    known: dict[str, bytes] = {}
    for notice in notices:
        assert known.setdefault(notice["id"], orjson.dumps(notice)) == orjson.dumps(notice)
    return list(known)
