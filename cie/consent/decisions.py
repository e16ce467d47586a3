"""Each decision as it was made, so that it can be explained later and decided again under the same or newer rules."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlmodel import Session, col

from cie.consent import law
from cie.consent.gate import Ruling
from cie.consent.models import ConsentDecision, Release
from cie.directory.models import Category
from cie.resources import resource

_QUESTION: TypeAdapter[law.Question] = TypeAdapter(law.Question)
_ANSWERS: TypeAdapter[tuple[law.Answer, ...]] = TypeAdapter(tuple[law.Answer, ...])


@cache
def rule_version() -> str:
    """A digest of the rules in force: their code, their words and dates, the forms, the rights of minors."""
    code = sorted(Path(law.__file__).parent.glob("*.py"))
    data = sorted(resource("seed_data", "consent").glob("*.toml"))
    digest = hashlib.sha256()
    for path in (*code, *data):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def keep_decision(session: Session, release: Release, ruling: Ruling, *, at: datetime) -> ConsentDecision:
    """Write down what a release rests on: all that was asked and every answer, without any value."""
    row = ConsentDecision(
        organization_id=release.organization_id,
        person_id=release.person_id,
        release_id=release.id,
        rule_version=rule_version(),
        decided_at=at,
    )
    row.question = _QUESTION.dump_python(ruling.question, mode="json")
    row.answers = _ANSWERS.dump_python(ruling.answers, mode="json")
    session.add(row)
    session.flush()
    return row


def decision_of(session: Session, release_id: UUID) -> ConsentDecision | None:
    """The decision under a release; those of the time before decisions were kept have none."""
    query = select(ConsentDecision).where(col(ConsentDecision.release_id) == release_id)
    return session.execute(query).scalar_one_or_none()


def answers_of(decision: ConsentDecision) -> Sequence[law.Answer]:
    """What the rules answered then, one for each element; nothing once the record of the person was erased."""
    return _ANSWERS.validate_python(decision.answers or ())


def kinds_in(decision: ConsentDecision) -> frozenset[Category]:
    """All that the elements tell that were let go, with what naming the service tells."""
    return frozenset().union(*(answer.item.kinds for answer in answers_of(decision) if answer.permitted))


def replay(decision: ConsentDecision) -> Sequence[law.Answer]:
    """What the rules of today answer to the same question."""
    return law.decide(_QUESTION.validate_python(decision.question))
