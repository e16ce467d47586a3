"""Asking what a token is worth: RFC 7662."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select
from uuid_utils.compat import uuid7

from cie import identity
from cie.access import SYSTEM
from cie.db import reading, transaction
from cie.identity import AccessToken, ClientAuthentication, Grant
from tests.factories import make_participant
from tests.noninterference.keeping import everything
from tests.noninterference.work import drawn
from tests.oauth.place import ISSUER, REFUSED, claims_of, new_key, public, register, register_app, signed
from tests.oauth.staff_app import SCOPE, code, confidential, exchange


def post(place, form, **headers):
    return place.app.test_client().post("/oauth/introspect", data=form, headers=headers)


@pytest.fixture
def elsewhere(place):
    """How a client of another organization asks."""
    with transaction() as session:
        other = make_participant(session, name="Other County")
    key = new_key()
    client, _none = register(other, jwks=public(key))
    return lambda token: post(
        place, {**place.proof(), "token": token, "client_assertion": signed(key, claims_of(client))}
    )


class TestIntrospection:
    def test_it_tells_what_a_token_is_worth(self, place):
        """RFC 7662, section 2.2."""
        worth = place.introspect(place.token())

        assert worth["active"] is True
        assert worth["client_id"] == worth["sub"] == str(place.client.id)
        assert (worth["scope"], worth["purpose"], worth["iss"]) == ("api/referrals.read", "COC", ISSUER)
        assert worth["exp"] - worth["iat"] == 300

    @pytest.mark.parametrize("token", ["nonsense", "a.b.c", "é"])
    def test_what_is_no_token_of_ours_is_not_active(self, place, token):
        """RFC 7662, sections 2.2 and 4: the signature is checked, and nothing more is said."""
        assert place.introspect(token) == {"active": False}

    def test_a_token_of_another_organization_is_not_active(self, elsewhere, place):
        """RFC 7662, section 2.2: who may not ask about it hears `active: false`, and nothing more."""
        answer = elsewhere(place.token())

        assert (answer.status_code, answer.get_json()) == (200, {"active": False})

    @pytest.mark.both_databases
    def test_it_is_answered_like_one_that_was_never_given_out(self, elsewhere, place):
        """RFC 7662, sections 2.2 and 4: whether another's token still counts is not to be seen."""
        token = place.token()
        elsewhere(token)
        live = drawn(place.app, lambda: elsewhere(token))
        with transaction() as session:
            session.exec(select(AccessToken)).one().revoked_at = datetime.now(UTC)
        ended = drawn(place.app, lambda: elsewhere(token))
        with transaction() as session:
            session.delete(session.exec(select(AccessToken)).one())
        none = drawn(place.app, lambda: elsewhere(token))

        seen = [(out.status, out.headers, out.body, out.statements, out.key_operations) for out in (live, ended, none)]
        assert seen == [seen[0]] * 3

    def test_another_client_of_the_same_organization_may_ask(self, place):
        token, key = place.token(), new_key()
        other, _none = register(place.county, jwks=public(key))

        answer = post(place, {**place.proof(), "token": token, "client_assertion": signed(key, claims_of(other))})

        assert answer.get_json()["active"] is True

    def test_nobody_asks_without_showing_who_they_are(self, place):
        """RFC 7662, section 2.1: against those who try tokens out."""
        app, _none = register_app(place.county)
        token = place.token()

        answers = [post(place, {"token": token}), post(place, {"token": token, "client_id": str(app.id)})]

        assert [(answer.status_code, answer.get_json()) for answer in answers] == [(401, REFUSED)] * 2

    def test_a_secret_shows_who_asks_too(self, place):
        """RFC 7662, section 2.1."""
        app, secret = register_app(place.county, authentication=ClientAuthentication.SECRET)
        basic = "Basic " + b64encode(f"{app.id}:{secret}".encode()).decode()

        answer = post(place, {"token": place.token()}, Authorization=basic)

        assert answer.get_json()["active"] is True

    @pytest.mark.parametrize("form", [{}, {"token": ""}])
    def test_without_a_token_it_is_no_request(self, place, form):
        """RFC 7662, section 2.1: `token` is required."""
        answer = post(place, {**place.proof(), **form})

        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")

    @pytest.mark.parametrize("hint", ["access_token", "refresh_token", "paper", ""])
    def test_a_hint_changes_nothing(self, place, hint):
        """RFC 7662, section 2.1: a wrong one makes the server look further."""
        answer = post(place, {**place.proof(), "token": place.token(), "token_type_hint": hint})

        assert answer.get_json()["active"] is True

    def test_the_answer_is_kept_by_nobody(self, place):
        """RFC 7662, section 4: a token that ended is not to look alive."""
        answer = post(place, {**place.proof(), "token": place.token()})

        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.content_type.partition(";")[0] == "application/json"


class TestRefreshToken:
    """RFC 7662, section 2: of it the app that it was given to may ask, which shows who it is."""

    @pytest.fixture
    def app(self, place):
        return confidential(place)

    @pytest.mark.both_databases
    def test_it_tells_how_long_one_may_be_renewed_and_for_what(self, place, app):
        worth = app.introspect(app.refresh_token).get_json()

        with reading() as session:
            (grant,) = session.exec(select(Grant)).all()
        assert worth == {
            "active": True,
            "client_id": str(app.id),
            "exp": int(grant.expires_at.timestamp()),
            "iss": ISSUER,
            "purpose": "COC",
            "scope": SCOPE,
            "sub": str(place.user.id),
        }

    def test_to_ask_ends_nothing_and_renews_nothing(self, app):
        before = everything()

        for _ in range(2):
            assert app.introspect(app.refresh_token).get_json()["active"] is True

        assert everything() == before

    def test_one_that_was_used_is_not_active_and_still_ends_nothing(self, app):
        """RFC 9700, section 4.14.2: only who tries to use it is a thief."""
        newest = app.renew(app.refresh_token).get_json()["refresh_token"]

        assert app.introspect(app.refresh_token).get_json() == {"active": False}
        assert app.renew(newest).status_code == 200

    def test_nor_is_one_that_was_given_back_or_whose_member_of_staff_left(self, place, app):
        other = confidential(place)
        app.revoke(app.refresh_token)
        with transaction() as session:
            identity.deactivate(session, SYSTEM, place.user.id, at=datetime.now(UTC))

        answers = [each.introspect(each.refresh_token).get_json() for each in (app, other)]

        assert answers == [{"active": False}] * 2

    def test_of_that_of_another_app_nobody_is_told(self, place, app):
        answers = [confidential(place).introspect(app.refresh_token), post(
            place, {**place.proof(), "token": app.refresh_token}
        )]  # fmt: skip

        assert [answer.get_json() for answer in answers] == [{"active": False}] * 2


class TestNotActive:
    """RFC 7662, section 4: every check that applies is made."""

    @pytest.mark.parametrize("ended", ["expires_at", "revoked_at"])
    def test_a_token_that_ended(self, place, ended):
        token = place.token()
        with transaction() as session:
            setattr(session.exec(select(AccessToken)).one(), ended, datetime.now(UTC) - timedelta(seconds=1))

        assert place.introspect(token) == {"active": False}

    def test_one_of_an_app_whose_member_of_staff_left(self, place):
        app, _none = register_app(place.county)
        token = exchange(place, app, code(place, app)).get_json()["access_token"]
        with transaction() as session:
            identity.deactivate(session, SYSTEM, place.user.id, at=datetime.now(UTC))

        assert place.introspect(token) == {"active": False}

    def test_one_that_was_never_given_out(self, place):
        with reading() as session:
            assert session.exec(select(AccessToken)).all() == []
        token = place.token()
        with transaction() as session:
            session.exec(select(AccessToken)).one().id = uuid7()

        assert place.introspect(token) == {"active": False}
