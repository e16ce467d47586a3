"""From what stands in the database to what the rules are asked."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from cie import calendar, participants
from cie.access import Purpose
from cie.consent.form_types import with_forms
from cie.consent.law import ConsentRecord, Elsewhere, FormType, Item, Network, Party, Question, Stated, Subject
from cie.consent.models import (
    Consent,
    Decision,
    EmergencyKind,
    NetworkPolicy,
    Reach,
    SignerKind,
)
from cie.consent.statements import ExternalStatement
from cie.directory.models import Category
from cie.participants.models import Participant, Program
from cie.people.birth import BirthDate
from cie.people.models import Person, Standing

_SETTINGS = tuple(setting.name for setting in fields(Network))
_POLICY = (
    select(NetworkPolicy)
    .where(col(NetworkPolicy.effective_on) <= bindparam("day"))
    .order_by(col(NetworkPolicy.effective_on).desc(), col(NetworkPolicy.recorded_at).desc())
    .limit(1)
)
_STATEMENTS = select(ExternalStatement).where(
    col(ExternalStatement.organization_id) == bindparam("organization_id"),
    col(ExternalStatement.person_id) == bindparam("person_id"),
)


def network_on(session: Session, day: date) -> Network:
    """The settings of the network on a day; nothing is opened until counsel recorded it."""
    policy = session.execute(_POLICY, {"day": day}).scalar_one_or_none()
    return Network(**{name: getattr(policy, name) for name in _SETTINGS}) if policy else Network()


def party_on(session: Session, organization_id: UUID, day: date) -> Party:
    """One of the two organizations as it stands on a day. Raises NotFound."""
    found = participants.get_participant(session, organization_id)
    return Party(
        id=found.id,
        kind=found.kind,
        hipaa=found.hipaa,
        is_part2_program=found.is_part2_program,
        treats=found.treats,
        state=found.state,
        programs=frozenset(Program(code) for code in found.programs),
        on_ab210_team=found.on_ab210_team,
        has_agreement=_may_take_part(session, found, day),
    )


def _may_take_part(session: Session, participant: Participant, day: date) -> bool:
    return participant.is_active and participants.current_agreement(session, participant.id, on=day) is not None


def subject_of(person: Person, *, asked_for_it: bool) -> Subject:
    """The person as the rules look at them."""
    standing = set(person.standing or ())
    return Subject(
        birth=BirthDate.from_text(person.birth_text or ""),
        in_medi_cal=Standing.MEDI_CAL in standing,
        lives_apart=Standing.LIVES_APART in standing,
        is_emancipated=Standing.EMANCIPATED in standing,
        is_foster_youth=Standing.FOSTER_YOUTH in standing,
        asked_for_it=asked_for_it,
    )


def records_of(session: Session, organization_id: UUID, person_id: UUID) -> list[ConsentRecord]:
    """All that is on record of a person, newest first."""
    return list(_read(with_forms(session, organization_id, person_id)))


def _read(found: Sequence[tuple[Consent, FormType]]) -> Iterator[ConsentRecord]:
    replaced = {consent.supersedes_id for consent, _form in found}
    for consent, form in found:
        yield ConsentRecord(
            id=consent.id,
            form=form,
            decision=consent.decision,
            categories=_categories(consent),
            given_on=calendar.local_day(consent.given_at),
            method=consent.method,
            signer=consent.signer,
            capacity=consent.capacity,
            custody_limits=frozenset(Category(code) for code in consent.custody_limits),
            programs=frozenset(Program(code) for code in consent.programs),
            reach=Reach.NAMED if consent.recipient_ids else consent.recipient_class or Reach.ANYONE,
            recipient_ids=frozenset(UUID(code) for code in consent.recipient_ids),
            purposes=frozenset(Purpose(code) for code in (consent.purpose, *consent.more_purposes)),
            expiry=consent.expiry,
            expires_on=consent.expires_on,
            is_revoked=consent.revoked_at is not None,
            revoked_by=consent.revoked_by,
            is_replaced=consent.id in replaced,
            stated=frozenset(Stated(code) for code in consent.stated),
            names_network=consent.names_network,
        )


def _categories(consent: Consent) -> frozenset[Category]:
    """The kinds of data of a record; of one that somebody else signed, those that they may sign for as recorded."""
    named = frozenset(Category(code) for code in consent.categories)
    if consent.signer == SignerKind.PERSON or not consent.entitled_categories:
        return named
    return named & {Category(code) for code in consent.entitled_categories}


def noes_elsewhere(session: Session, organization_id: UUID, person_id: UUID, today: date) -> list[Elsewhere]:
    """Every no in force that another consent system keeps, and that nobody set aside."""
    whose = {"organization_id": organization_id, "person_id": person_id}
    return [
        Elsewhere(frozenset(Category(c) for c in each.categories), frozenset(UUID(r) for r in each.recipient_ids))
        for each in session.execute(_STATEMENTS, whose).scalars()
        if each.decision == Decision.DO_NOT_SHARE and each.counts_on(today)
    ]


def question_of(
    session: Session,
    person: Person,
    discloser_id: UUID,
    recipient_id: UUID,
    items: Sequence[Item],
    *,
    purpose: Purpose,
    asked_for_it: bool,
    emergency: EmergencyKind | None = None,
    at: datetime,
) -> Question:
    """What the rules are asked about these items at this moment. Raises NotFound."""
    today = calendar.local_day(at)
    return Question(
        today=today,
        purpose=purpose,
        discloser=party_on(session, discloser_id, today),
        recipient=party_on(session, recipient_id, today),
        owner_id=person.organization_id,
        person=subject_of(person, asked_for_it=asked_for_it),
        items=items,
        records=records_of(session, person.organization_id, person.id),
        elsewhere=noes_elsewhere(session, person.organization_id, person.id, today),
        network=network_on(session, today),
        emergency=emergency is EmergencyKind.MEDICAL,
        danger=emergency is EmergencyKind.DANGER,
    )
