"""What is forgotten by the clock: tokens that ended a day ago, and ids of statements that were signed with a key."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlmodel import select

from cie import identity
from cie.access import Purpose
from cie.db import reading, transaction
from cie.identity import AccessToken
from cie.identity.client_models import UsedAssertion
from cie.jobs import forget_what_has_passed
from tests.factories import make_participant
from tests.oauth.place import new_key, public, register

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=1, hours=1)


def test_only_tokens_and_statements_that_ended_a_day_ago_are_forgotten(database):
    with transaction() as session:
        county = make_participant(session)
    client, _secret = register(county, jwks=public(new_key()))
    kept = [_use(client, at) for at in (LONG_AGO, NOW)][1]

    forget_what_has_passed()

    with reading() as session:
        assert session.exec(select(AccessToken.id)).all() == [kept]
        assert len(session.exec(select(UsedAssertion)).all()) == 1


def _use(client, at):
    """A token that was given then, for a statement that was good for five minutes."""
    token_id = uuid4()
    with transaction() as session:
        identity.use_assertion(session, client, str(token_id), expires_at=at + timedelta(minutes=5))
        more = {"scopes": ["system/Task.rs"], "purpose": Purpose.CARE_COORDINATION}
        identity.issue_token(session, client, token_id=token_id, **more, at=at)
    return token_id
