"""Which Consents open something for those whom a referral asks."""

import pytest
from sqlalchemy import select

from cie import consent
from cie.access import Role
from cie.consent import Consent, Decision, Expiry, Method
from cie.db import reading, transaction
from cie.directory import Category
from cie.errors import ConsentRequired
from tests.factories import NOON, make_participant, make_person, staff_of
from tests.fhir.place import read_by
from tests.fhir.receiving.test_doing import send
from tests.fhir.sending import referral


def record(loop, person, recipient):
    """The person says that one organization alone may hear of them."""
    with transaction() as session:
        return consent.record_consent(
            session,
            staff_of(loop.clinic, Role.NAVIGATOR),
            person.id,
            decision=Decision.SHARE,
            categories=[Category.GENERAL],
            recipient_ids=[recipient.id],
            method=Method.SIGNED_PAPER,
            form="sdohcc-consent",
            expiry=Expiry.NONE,
            expires_on=None,
            signed_on=None,
            at=NOON,
        ).id


def test_one_that_the_exchange_tells_of_opens_nothing_for_whom_it_does_not_name(loop):
    with transaction() as session:
        person = make_person(session, loop.clinic)
        elsewhere = make_participant(session, name="Elsewhere")
    id = record(loop, person, elsewhere)
    assert read_by(loop.clinic)[f"Consent/{id}"]["status"] == "active"

    with pytest.raises(ConsentRequired):
        send(loop.clinic, referral(loop, f"Patient/{person.id}", supportingInfo=[{"reference": f"Consent/{id}"}]))

    with reading() as session:
        theirs = select(Consent).where(Consent.person_id == person.id)
        assert [row.id for row in session.execute(theirs).scalars()] == [id]
