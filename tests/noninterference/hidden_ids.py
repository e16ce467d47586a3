"""The ids of records that the readers may not know of, by the name under which an address holds them."""

from typing import Any
from uuid import UUID

from sqlmodel import select

from cie import privacy
from cie.consent import Consent, ConsentDocument, EmergencyAccess, ExternalStatement, Release, SigningRequest
from cie.db import reading
from cie.identity import Client, UserAccount
from cie.messaging import TextMessage
from cie.patient_tasks import PatientTask
from cie.people import ContactPoint, DangerAlert, Person
from cie.quarantine import RefusedMessage
from cie.referrals import Attachment, Referral, ReferralTask
from cie.screening import Screening
from cie.webhooks import Webhook
from tests.noninterference.place import Place

TABLES: dict[str, Any] = {
    "person_id": Person,
    "contact_id": ContactPoint,
    "consent_id": Consent,
    "document_id": ConsentDocument,
    "statement_id": ExternalStatement,
    "signing_id": SigningRequest,
    "access_id": EmergencyAccess,
    "release_id": Release,
    "screening_id": Screening,
    "alert_id": DangerAlert,
    "message_id": TextMessage,
    "referral_id": Referral,
    "task_id": ReferralTask,
    "attachment_id": Attachment,
    "asked_id": PatientTask,
    "user_id": UserAccount,
    "client_id": Client,
    "webhook_id": Webhook,
    "refused_id": RefusedMessage,
    "incident_id": privacy.Incident,
    "group_id": privacy.AffectedGroup,
    "demand_id": privacy.LegalDemand,
    "request_id": privacy.PersonRequest,
}
KNOWN_TO_ALL = {
    "service_id", "organization_id", "agreement_id", "table", "part", "rule_id", "form_type", "official_form_id",
    "token",
}  # fmt: skip
"""Names in addresses that hold nothing of a person: the directory, the network to those who look after it, words."""

IN_QUESTIONS = {
    "referring.new": {"person": "person_id", "draft": "referral_id", "replaces": "referral_id"},
    "privacy.requests": {"person": "person_id"},
    "referrals.show": {"to": "task_id"},
    "consents.shared": {"stopped": "consent_id"},
    "refused_messages.index": {"program": "client_id"},
}
"""Ids that an address may hold after its question mark, by the name there."""


def hidden_ids(place: Place) -> dict[str, list[UUID]]:
    """Every record of the other organizations, but for what they sent to the readers."""
    own = place.hidden.loop.pantry.id
    with reading() as session:
        return {
            name: [
                row.id
                for row in session.exec(select(table).where(table.organization_id != own).order_by(table.id))
                if row.id not in place.ids.get(name, ())
            ]
            for name, table in TABLES.items()
        }
