"""Loading instruments: FHIR Questionnaires, one row a version, never changed."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, Permission, check
from cie.errors import Invalid, NotFound
from cie.resources import resource
from cie.screening.instruments import Instrument, parse_questionnaire
from cie.screening.models import QuestionnaireRow

CODE_CHARACTERS = 20
LONGEST = {"title": 300, "version": 40}
LONGEST_LINK_ID = 100


def import_questionnaire(
    session: Session, actor: Actor, questionnaire: dict[str, Any], *, at: datetime
) -> QuestionnaireRow:
    """Load one Questionnaire. The same version again changes nothing; a new one is asked from now on.

    Raises NotAllowed; Invalid naming the path of what cannot be read, or a version that came before with other content.
    """
    check(actor, Permission.NETWORK_MANAGE)
    instrument = parse_questionnaire(questionnaire)
    _check_lengths(instrument)
    code = short_code(instrument.code)
    versions = _versions_of(session, code)
    known = next((row for row in versions if row.version == instrument.version), None)
    if known is not None:
        if known.resource != questionnaire:
            raise Invalid(f"{code} version {instrument.version} was loaded before with other content", "version")
        return known
    for row in versions:
        row.is_active = False
    row = QuestionnaireRow(
        code=code, version=instrument.version, title=instrument.title, resource=questionnaire, loaded_at=at
    )
    session.add_all([*versions, row])
    session.flush()
    events.record(session, actor, "questionnaire.load", row, at=at, code=code, version=instrument.version)
    return row


def short_code(code: str) -> str:
    """The code under which an instrument is kept; a long one keeps its beginning and a hash of the whole."""
    if len(code) <= CODE_CHARACTERS:
        return code
    return f"{code[:13]}-{hashlib.sha256(code.encode()).hexdigest()[:6]}"


def import_shipped(session: Session, actor: Actor, *, at: datetime) -> Sequence[QuestionnaireRow]:
    """Load the instruments that travel with the code."""
    paths = sorted(resource("seed_data", "instruments").glob("*.json"))
    return [import_questionnaire(session, actor, orjson.loads(path.read_bytes()), at=at) for path in paths]


def instruments(session: Session) -> Sequence[QuestionnaireRow]:
    """The instruments that may be asked, in the order in which they were loaded."""
    query = select(QuestionnaireRow).where(col(QuestionnaireRow.is_active)).order_by(col(QuestionnaireRow.id))
    return session.execute(query).scalars().all()


def get_instrument(session: Session, questionnaire_id: UUID) -> QuestionnaireRow:
    """One loaded instrument, also a version that is no longer asked. Raises NotFound."""
    row = session.get(QuestionnaireRow, questionnaire_id)
    if row is None:
        raise NotFound("There is no such record")
    return row


def instrument_of(row: QuestionnaireRow) -> Instrument:
    """The questions of a loaded instrument."""
    return parse_questionnaire(row.resource)


def _versions_of(session: Session, code: str) -> Sequence[QuestionnaireRow]:
    return session.execute(select(QuestionnaireRow).where(col(QuestionnaireRow.code) == code)).scalars().all()


def _check_lengths(instrument: Instrument) -> None:
    """Refuse what our columns cannot hold whole."""
    for path, longest in LONGEST.items():
        if len(getattr(instrument, path)) > longest:
            raise Invalid(f"{path} has more than {longest} characters.", path)
    for item in instrument.items:
        if len(item.link_id) > LONGEST_LINK_ID:
            raise Invalid(f"The linkId {item.link_id} has more than {LONGEST_LINK_ID} characters.", "item.linkId")
