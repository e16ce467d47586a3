"""Delivering texts: asking again whether they may go, rendering them, handing them to the gateway exactly once.

When an answer of the gateway was lost, or a worker died in the middle, the text is looked up before it is sent again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import calendar, consent, people
from cie.db import KeyDestroyed
from cie.events import UNCERTAIN, DeliveryState, Outbox, Outcome
from cie.messaging import codes, own_links
from cie.messaging.gateway import (
    GatewayDown,
    GatewayError,
    GatewayRefused,
    GatewayUncertain,
    RefusalKind,
    Sent,
    TextGateway,
)
from cie.messaging.models import Direction, PhoneStop, TextMessage, TextQuestion
from cie.messaging.own_links import StillWaits
from cie.messaging.telling import is_stopped, stop_key, text_time
from cie.messaging.templates import TEMPLATES, render, text_day
from cie.people import ContactOwner, ContactPoint, ContactState, Person

StillAsked = Callable[[Session, UUID, str], bool]
ASK_AGAIN_AFTER = timedelta(hours=6)
QUESTION_LIVES = timedelta(days=21)
_REFUSED = "refused "
_REPLIES_AFTER_STOP = frozenset({"stopped", "wrong-number-goodbye"})


@dataclass(frozen=True)
class PreparedText:
    """A text ready to go."""

    to: str
    body: str
    since: datetime
    status_callback: str
    known: frozenset[str]
    """Ids of texts to this phone that are accounted for: two texts may have the same words."""


@dataclass(frozen=True)
class TextDeliverer:
    """Delivers outbox rows of kind `text`. `still_asked` tells, by question, whether a planned ask is still wanted.

    `own_page`: the address of a person's own page, to which the token of their link is added. `still_waits` tells, by
    the template of a text with that link, whether what it is about waits there still.
    """

    gateway: TextGateway
    label: str
    help_phone: str
    status_callback: str
    own_page: str
    still_asked: Mapping[str, StillAsked]
    still_waits: Mapping[str, StillWaits]

    def prepare(self, session: Session, row: Outbox, *, at: datetime) -> PreparedText | Outcome:
        """Ask once more whether this text may go now, and render it."""
        try:
            return self._prepared(session, row, at)
        except KeyDestroyed:
            return Outcome(DeliveryState.DROPPED, "the organization purged its records")

    def _prepared(self, session: Session, row: Outbox, at: datetime) -> PreparedText | Outcome:
        point = session.get_one(ContactPoint, row.destination_id)
        person = session.get_one(Person, point.person_id)
        verdict = _may_go(session, row, point, person, at) or self._opens_question(session, row, point, at)
        if verdict:
            return verdict
        drawn = self._drawn(session, row, at)
        if drawn is None:
            return Outcome(DeliveryState.DROPPED, "too late")
        _remember(session, row, point, at)
        body = self._body(row, person, drawn)
        return PreparedText(point.value, body, row.created_at, self.status_callback, _sent_to(session, point))

    def _drawn(self, session: Session, row: Outbox, at: datetime) -> dict[str, str] | None:
        """What stands in the text and nowhere else; None when it comes too late."""
        if row.codes["template"] == codes.TEMPLATE:
            code = codes.drawn_code(session, row, at=at)
            return None if code is None else {"code": code}
        if waits := self.still_waits.get(row.codes["template"]):
            token = own_links.token_to_text(session, row, waits, at=at)
            return None if token is None else {"url": self.own_page + token}
        return {}

    def _opens_question(self, session: Session, row: Outbox, point: ContactPoint, at: datetime) -> Outcome | None:
        question = row.codes.get("question")
        if question is None or row.subject_id is None:
            return None
        if not self.still_asked[question](session, row.subject_id, row.codes["when"]):
            return Outcome(DeliveryState.DROPPED, "not wanted any more")
        return _open_question(session, row, row.subject_id, point, question, at)

    def _body(self, row: Outbox, person: Person, drawn: Mapping[str, str]) -> str:
        template, language = row.codes["template"], person.language
        values = {"phone": self.help_phone, **drawn, **{k: v for k, v in row.codes.items() if isinstance(v, str)}}
        for name in ("by", "day"):
            if name in values:
                values[name] = text_day(calendar.local_day(datetime.fromisoformat(values[name])), language)
        wanted = {name: values[name] for name in TEMPLATES[template] if name != "label"}
        return render(template, language, label=self.label, **wanted)

    def send(self, prepared: PreparedText, *, interrupted: bool) -> Outcome:
        """Hand the text over; an earlier attempt that may have got through is looked up first."""
        try:
            sent = self._found(prepared) if interrupted else None
            sent = sent or self.gateway.send(prepared.to, prepared.body, status_callback=self.status_callback)
        except GatewayRefused as error:
            if error.kind == RefusalKind.OPTED_OUT:
                # the carrier knows of the opt-out and has confirmed it to the person itself
                return Outcome(DeliveryState.DROPPED, _REFUSED + error.kind.value)
            return Outcome(DeliveryState.DEAD if error.permanent else DeliveryState.RETRY, _REFUSED + error.kind.value)
        except GatewayDown:
            return Outcome(DeliveryState.RETRY, UNCERTAIN if interrupted else "gateway away")
        except (GatewayUncertain, GatewayError):
            return Outcome(DeliveryState.RETRY, UNCERTAIN)
        return Outcome(DeliveryState.SENT, "", sent.sid)

    def _found(self, prepared: PreparedText) -> Sent | None:
        return self.gateway.find(prepared.to, prepared.body, since=prepared.since, known=prepared.known)

    def settled(self, session: Session, row: Outbox, outcome: Outcome, *, at: datetime) -> None:
        """Keep what the gateway said: its id, or that the phone cannot or will not be texted."""
        message = session.get(TextMessage, row.id)
        if outcome.state == DeliveryState.SENT and message is not None:
            message.gateway_id, message.status = outcome.reference, message.status or "sent"
            session.add(message)
            if row.codes["template"] == "first-text":
                session.get_one(ContactPoint, row.destination_id).introduced_at = at
        kind = outcome.result.removeprefix(_REFUSED)
        if kind != outcome.result:
            learn_refusal(session, row.destination_id, RefusalKind(kind), at=at)


def learn_refusal(session: Session, point_id: UUID | None, kind: RefusalKind, *, at: datetime) -> None:
    """What a refusal of the gateway says of a phone: that it wants no texts, or cannot get any."""
    point = session.get(ContactPoint, point_id) if point_id else None
    if point is None:
        return
    if kind == RefusalKind.OPTED_OUT:
        session.merge(PhoneStop(phone_key=stop_key(point), stopped_at=at, reason="gateway"))
    if kind in (RefusalKind.BAD_NUMBER, RefusalKind.LANDLINE):
        point.state = ContactState.BAD_NUMBER
        session.add(point)


def _sent_to(session: Session, point: ContactPoint) -> frozenset[str]:
    query = select(col(TextMessage.gateway_id)).where(
        col(TextMessage.phone_key) == point.value_key,
        col(TextMessage.direction) == Direction.OUT,
        col(TextMessage.gateway_id).is_not(None),
    )
    return frozenset(session.execute(query).scalars())


def _may_go(session: Session, row: Outbox, point: ContactPoint, person: Person, at: datetime) -> Outcome | None:
    if row.codes["template"] in _REPLIES_AFTER_STOP:
        return None
    if row.codes["template"] == codes.TEMPLATE:
        return None if codes.may_get_code(session, point, at=at) else Outcome(DeliveryState.DROPPED, "no permission")
    if is_stopped(session, point) or not people.may_be_texted(point):
        return Outcome(DeliveryState.DROPPED, "no permission")
    if row.codes.get("answer"):
        return None
    if _is_told_to_others(session, row, point, person, at):
        return Outcome(DeliveryState.DROPPED, "not their own phone")
    if person.texts_paused_at is not None:
        return Outcome(DeliveryState.DROPPED, "texts are paused")
    opens = text_time(point, at)
    return Outcome(DeliveryState.WAITING, "quiet hours", due_at=opens) if opens > at else None


def _is_told_to_others(session: Session, row: Outbox, point: ContactPoint, person: Person, at: datetime) -> bool:
    """Whether somebody else answers this phone, too, and the text is for the person alone: a link, a minor's affair."""
    if point.owner == ContactOwner.SELF or row.subject_id is None:
        return False
    if row.codes["template"] in (own_links.LINK, own_links.WAITING):
        return True
    return consent.is_minors_own(session, person, row.subject_id, at=at)


def _open_question(
    session: Session, row: Outbox, subject_id: UUID, point: ContactPoint, question: str, at: datetime
) -> Outcome | None:
    if session.get(TextQuestion, row.id) is not None:
        return None
    query = select(TextQuestion).where(
        col(TextQuestion.phone_key) == point.value_key, col(TextQuestion.closed_at).is_(None)
    )
    earlier = session.execute(query.with_for_update()).scalar_one_or_none()
    if earlier is not None and earlier.subject_id != subject_id and earlier.expires_at > at:
        return Outcome(DeliveryState.WAITING, "another question is open", due_at=at + ASK_AGAIN_AFTER)
    if earlier is not None:
        earlier.closed_at = at
        session.add(earlier)
        session.flush()
    session.add(_question(row, subject_id, point, question, at))
    session.flush()
    return None


def _question(row: Outbox, subject_id: UUID, point: ContactPoint, question: str, at: datetime) -> TextQuestion:
    return TextQuestion(
        id=row.id,
        organization_id=row.organization_id,
        person_id=point.person_id,
        contact_point_id=point.id,
        phone_key=point.value_key,
        question=question,
        subject_id=subject_id,
        asked_at=at,
        expires_at=at + QUESTION_LIVES,
    )


def _remember(session: Session, row: Outbox, point: ContactPoint, at: datetime) -> None:
    if session.get(TextMessage, row.id) is not None:
        return
    session.add(
        TextMessage(
            id=row.id,
            organization_id=row.organization_id,
            person_id=point.person_id,
            contact_point_id=point.id,
            phone_key=point.value_key,
            direction=Direction.OUT,
            template=row.codes["template"],
            codes=row.codes,
            question_id=row.id if row.codes.get("question") else None,
            at=at,
        )
    )
    session.flush()
