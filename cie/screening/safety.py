"""Safety questions: asked only of somebody who is alone and safe to talk, and told at once to the person on call."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from cie import people
from cie.access import Actor, ActorKind
from cie.errors import NotAllowed
from cie.people import AlertSource
from cie.screening.answers import findings_of, kept_answers
from cie.screening.findings import Finding
from cie.screening.instruments import SAFETY_QUESTIONS, Instrument, Section
from cie.screening.models import SafetyGate, Screening

HITS_TOTAL = "95614-4"
ALERT_KIND = "abuse"


def is_about_safety(code: str) -> bool:
    """Whether a question, or the total of several, is asked in private alone, in whatever form it stands."""
    return code in SAFETY_QUESTIONS or code == HITS_TOTAL


def may_open(screening: Screening, section: Section) -> bool:
    """Whether the questions of a section may be shown: those on safety only after "alone, and safe to talk"."""
    return not section.safety or screening.safety_gate is SafetyGate.SAFE


def require_a_talk(actor: Actor) -> None:
    """What is asked in private is asked by somebody. Raises NotAllowed for a person by their link."""
    if actor.kind is ActorKind.PERSON:
        raise NotAllowed("Ask this in a talk, never by a link")


def require_open(actor: Actor, screening: Screening, section: Section) -> None:
    """Raises NotAllowed before the person said that it is safe to talk, and by a link always."""
    if section.safety:
        require_a_talk(actor)
    if not may_open(screening, section):
        raise NotAllowed("Ask first whether the person is alone and it is safe to talk")


def safety_findings(instrument: Instrument, findings: Iterable[Finding]) -> list[Finding]:
    """Those findings that come of safety questions."""
    asked = {item.code for item in instrument.items if item.safety} | {HITS_TOTAL}
    return [finding for finding in findings if finding.question in asked]


def tells_of_danger(instrument: Instrument, findings: Iterable[Finding]) -> bool:
    """A positive safety result, or any safety answer above "rarely", whatever the total."""
    return any(finding.is_positive or finding.concerns for finding in safety_findings(instrument, findings))


def raise_danger(session: Session, actor: Actor, screening: Screening, instrument: Instrument, *, at: datetime) -> None:
    """Tell the person on call when the safety answers speak of danger, unless an open alert already does."""
    found = findings_of(instrument, kept_answers(session, screening))
    if not tells_of_danger(instrument, found):
        return
    if any(alert.source_id == screening.id for alert in people.open_alerts(session, actor)):
        return
    person = people.get_person(session, actor, screening.person_id)
    people.raise_alert(session, actor, person, AlertSource.SCREENING, ALERT_KIND, screening.id, at=at)
