"""An exchange whose programs could read over FHIR before anything was kept for them: the newest schema knows who."""

from sqlalchemy import select

from cie import schema
from cie.app import compose
from cie.db import configure, reading, transaction
from cie.db.migrate import upgrade
from cie.fhir.store import EVERYONE, Audience
from cie.identity import Client, ClientAuthentication, ClientKind
from cie.participants import Participant, ParticipantKind
from cie.settings import Settings
from tests.factories import NOON, add

BEFORE = "0024"


def test_those_whose_programs_may_read_are_readers_and_what_they_read_is_to_be_made(empty: Settings):
    configure(empty)
    upgrade(BEFORE)
    assert schema.MODULES
    with transaction() as session:
        clinic, pantry = (
            add(session, Participant(name=name, kind=ParticipantKind.CBO, created_at=NOON)) for name in ("One", "Two")
        )
        for organization, scope in ((clinic, "system/Task.rs"), (pantry, "api/referrals.read")):
            add(
                session,
                Client(
                    organization_id=organization.id,
                    name="EHR",
                    kind=ClientKind.SYSTEM,
                    authentication=ClientAuthentication.SECRET,
                    scopes=[scope],
                    created_at=NOON,
                ),
            )

    upgrade()

    compose(empty)
    with reading() as session:
        found = session.execute(select(Audience).order_by(Audience.organization_id)).scalars().all()
    assert [(row.organization_id, row.after, row.built_at) for row in found] == [
        (EVERYONE, [], None),
        (clinic.id, [], None),
    ]
