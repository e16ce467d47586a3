"""Every table of the exchange, imported once so that migrations and tests see them all."""

from cie.consent import models as consent
from cie.db import codes_are_checked, metadata
from cie.directory import models as directory
from cie.events import models as events
from cie.exports import models as exports
from cie.fhir.store import models as fhir
from cie.fhir.subscribing import models as subscribing
from cie.identity import client_models as clients
from cie.identity import models as identity
from cie.identity import provider_models as providers
from cie.mail import models as mail
from cie.measures import models as measures
from cie.messaging import models as messaging
from cie.participants import models as participants
from cie.patient_tasks import models as patient_tasks
from cie.people import models as people
from cie.privacy import models as privacy
from cie.quarantine import models as quarantine
from cie.referrals import models as referrals
from cie.retention import models as retention
from cie.screening import models as screening
from cie.webhooks import models as webhooks

MODULES = (
    participants, identity, clients, providers, people, directory, consent, screening, messaging, referrals,
    patient_tasks, measures, privacy, retention, webhooks, quarantine, exports, mail, fhir, subscribing, events,
)  # fmt: skip
codes_are_checked()

__all__ = ["MODULES", "metadata"]
