"""Giving a token back: RFC 7009."""

import pytest
from sqlmodel import select

from cie.db import reading
from cie.identity import AccessToken
from tests.noninterference.work import drawn
from tests.oauth.place import REFUSED, claims_of, new_key, public, register, register_app, signed
from tests.oauth.staff_app import code, exchange, renew


def revoke(place, token, **more):
    return place.app.test_client().post("/oauth/revoke", data={"token": token, **place.proof(), **more})


class TestRevocation:
    @pytest.mark.both_databases
    def test_a_token_that_is_given_back_ends_at_once(self, place):
        """RFC 7009, section 2.1: immediately; access tokens should be supported."""
        token = place.token()

        answer = revoke(place, token)

        assert answer.status_code == 200
        assert place.call(token).status_code == 401

    @pytest.mark.parametrize("token", ["nonsense", "a.b.c"])
    def test_what_is_no_token_is_answered_alike(self, place, token):
        """RFC 7009, section 2.2."""
        answer, right = revoke(place, token), revoke(place, place.token())

        assert (answer.status_code, answer.get_json()) == (right.status_code, right.get_json()) == (200, {})

    @pytest.mark.both_databases
    def test_nobody_ends_the_token_of_another(self, place):
        """RFC 7009, section 2.1: it must have been issued to the client that asks; 2.2: the answer is the same."""
        token, key = place.token(), new_key()
        other, _none = register(place.county, jwks=public(key))

        def ask(text):
            return revoke(place, text, client_assertion=signed(key, claims_of(other)))

        ask(token)
        theirs = drawn(place.app, lambda: ask(token))
        with reading() as session:
            assert session.exec(select(AccessToken)).one().revoked_at is None
        forgotten = place.token()
        revoke(place, forgotten)
        ended = drawn(place.app, lambda: ask(forgotten))

        assert (theirs.status, theirs.body) == (200, b"{}")
        assert (theirs.headers, theirs.body, theirs.statements) == (ended.headers, ended.body, ended.statements)
        assert place.call(token).status_code == 200

    @pytest.mark.both_databases
    def test_a_refresh_token_takes_its_access_tokens_along(self, place):
        """RFC 7009, section 2.1: refresh tokens must be supported, and end what is based on the same grant."""
        app, _none = register_app(place.county)
        body = exchange(place, app, code(place, app)).get_json()
        form = {"token": body["refresh_token"], "client_id": str(app.id), "token_type_hint": "refresh_token"}

        answer = place.app.test_client().post("/oauth/revoke", data=form)

        assert answer.status_code == 200
        assert place.call(body["access_token"]).status_code == 401
        assert renew(place, app, body["refresh_token"]).get_json()["error"] == "invalid_grant"

    def test_a_refresh_token_of_another_app_stays(self, place):
        """RFC 7009, sections 2.1 and 2.2."""
        app, other = register_app(place.county)[0], register_app(place.county, name="Other")[0]
        body = exchange(place, app, code(place, app)).get_json()
        form = {"token": body["refresh_token"], "client_id": str(other.id)}

        answer = place.app.test_client().post("/oauth/revoke", data=form)

        assert (answer.status_code, answer.get_json()) == (200, {})
        assert renew(place, app, body["refresh_token"]).status_code == 200

    @pytest.mark.parametrize("hint", ["refresh_token", "access_token", ""])
    def test_a_wrong_hint_makes_the_server_look_further(self, place, hint):
        """RFC 7009, section 2.1."""
        app, _none = register_app(place.county)
        body = exchange(place, app, code(place, app)).get_json()

        for name in ("access_token", "refresh_token"):
            form = {"token": body[name], "client_id": str(app.id), "token_type_hint": hint}
            assert place.app.test_client().post("/oauth/revoke", data=form).status_code == 200

        assert place.call(body["access_token"]).status_code == 401
        assert renew(place, app, body["refresh_token"]).get_json()["error"] == "invalid_grant"

    def test_an_unknown_kind_of_token_is_refused(self, place):
        """RFC 7009, section 2.2.1; RFC 6749, section 5.2: with 400."""
        answer = revoke(place, place.token(), token_type_hint="paper")

        assert (answer.status_code, answer.get_json()["error"]) == (400, "unsupported_token_type")

    @pytest.mark.parametrize("token", ["", None])
    def test_without_a_token_it_is_no_request(self, place, token):
        """RFC 7009, section 2.1: `token` is required."""
        form = {**place.proof(), **({} if token is None else {"token": token})}

        answer = place.app.test_client().post("/oauth/revoke", data=form)

        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")

    def test_nobody_asks_without_showing_who_they_are(self, place):
        """RFC 7009, section 2.1: the client credentials are validated first."""
        token = place.token()

        answer = place.app.test_client().post("/oauth/revoke", data={"token": token})

        assert (answer.status_code, answer.get_json()) == (400, REFUSED)
        assert place.call(token).status_code == 200

    def test_it_may_be_said_twice(self, place):
        """RFC 7009, section 2.2: a token that ended is no error."""
        token = place.token()

        assert [revoke(place, token).status_code for _ in range(2)] == [200, 200]
