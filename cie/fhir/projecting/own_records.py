"""What an organization keeps of the people whom it serves, as events change it, and the instruments that it may ask."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from cie.consent import Consent
from cie.db import Table
from cie.events import Event
from cie.fhir.projecting.consents import consents_among, sight_of_consents
from cie.fhir.projecting.loop import Sight
from cie.fhir.projecting.patient_tasks import patient_tasks_among, sight_of_patient_tasks
from cie.fhir.projecting.screenings import (
    needs_among,
    questionnaires_among,
    screenings_among,
    sight_of_needs,
    sight_of_questionnaires,
    sight_of_screenings,
)
from cie.fhir.projecting.sent import sent_of
from cie.fhir.store import EVERYONE
from cie.patient_tasks import PatientTask
from cie.screening import Need, QuestionnaireRow, Screening


@dataclass(frozen=True)
class OwnRecords:
    """Instruments, screenings, needs, consents and tasks of persons about which something happened."""

    questionnaires: Sequence[QuestionnaireRow]
    screenings: Sequence[Screening]
    needs: Sequence[Need]
    consents: Sequence[Consent]
    patient_tasks: Sequence[PatientTask]

    def concerned(self) -> set[UUID]:
        """Whose reading may be another now."""
        of_people = (self.screenings, self.needs, self.consents, self.patient_tasks)
        owners = {each.organization_id for records in of_people for each in records}
        return owners | ({EVERYONE} if self.questionnaires else set())

    def sights(self, session: Session, organization_id: UUID, at: datetime) -> Iterator[Sight]:
        """What an organization reads of all this now."""
        if organization_id == EVERYONE:
            yield sight_of_questionnaires(self.questionnaires)
        yield sight_of_screenings(session, organization_id, self.screenings)
        yield sight_of_needs(session, organization_id, self.needs)
        yield sight_of_consents(session, organization_id, self.consents, at=at)
        yield sight_of_patient_tasks(session, organization_id, self.patient_tasks)


def own_records_touched(session: Session, events: Sequence[Event]) -> OwnRecords:
    """The records that these events changed, those that say something else with them, and needs as they were sent."""
    asked = _subjects(events, Screening)
    return OwnRecords(
        questionnaires_among(session, _subjects(events, QuestionnaireRow)),
        screenings_among(session, asked),
        needs_among(session, _subjects(events, Need) | sent_of(session, "Condition"), asked),
        consents_among(session, _subjects(events, Consent)),
        patient_tasks_among(session, _subjects(events, PatientTask)),
    )


def _subjects(events: Sequence[Event], table: type[Table]) -> set[UUID]:
    return {event.subject_id for event in events if event.subject_type == table.__tablename__ and event.subject_id}
