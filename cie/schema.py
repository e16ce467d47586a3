"""Every table of the exchange, imported once so that migrations and tests see them all."""

from cie.consent import models as consent
from cie.db import codes_are_checked, metadata
from cie.directory import models as directory
from cie.events import models as events
from cie.identity import models as identity
from cie.measures import models as measures
from cie.messaging import models as messaging
from cie.participants import models as participants
from cie.people import models as people
from cie.privacy import models as privacy
from cie.referrals import models as referrals
from cie.retention import models as retention
from cie.screening import models as screening

MODULES = (
    participants, identity, people, directory, consent, screening, messaging, referrals, measures, privacy, retention,
    events,
)  # fmt: skip
codes_are_checked()

__all__ = ["MODULES", "metadata"]
