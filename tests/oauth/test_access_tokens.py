"""Access tokens: how they are written and read (RFC 9068), and how they are brought to the API (RFC 6750)."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from sqlmodel import select

from cie.db import reading, transaction
from cie.identity import AccessToken
from cie.oauth.keys import _quarter, published_keys, signing_key, use_token_keys
from cie.oauth.token import token_id
from cie.settings import token_keys_in
from tests.oauth.place import ISSUER, register_app
from tests.oauth.staff_app import code, exchange

ME = "/api/v1/me"


def read(place, token):
    """A token as anybody reads it with the keys that are published."""
    keys = KeySet.import_key_set(place.app.test_client().get("/oauth/jwks").get_json())
    return jwt.decode(token, keys, algorithms=["ES256", "RS256"])


def forged(place, header=None, key=None, **changed):
    """A token like the one that was given out last, but changed."""
    with reading() as session:
        row = session.exec(select(AccessToken)).one()
    key = key or signing_key(datetime.now(UTC))
    good = {"iss": ISSUER, "aud": ISSUER, "jti": str(row.id)}
    claims = {name: value for name, value in {**good, **changed}.items() if value is not None}
    said = {"alg": "ES256", "typ": "at+jwt", "kid": signing_key(datetime.now(UTC)).kid, **(header or {})}
    return jwt.encode(said, claims, key)


class TestWritten:
    def test_it_is_a_signed_statement_that_the_published_keys_verify(self, place):
        """RFC 9068, sections 2.1, 2.2 and 2.2.3."""
        token = read(place, place.token())

        claims = token.claims
        assert (token.header["typ"], token.header["alg"]) == ("at+jwt", "ES256")
        assert claims["iss"] == claims["aud"] == ISSUER
        assert claims["sub"] == claims["client_id"] == str(place.client.id)
        assert claims["exp"] - claims["iat"] == 300
        assert (claims["scope"], claims["purpose"]) == ("api/referrals.read", "COC")
        assert claims.keys() == {"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope", "purpose"}

    def test_each_has_an_id_of_its_own(self, place):
        """RFC 9068, section 2.2."""
        ids = {read(place, place.token()).claims["jti"] for _ in range(3)}

        assert len(ids) == 3

    def test_in_an_app_it_is_about_the_member_of_staff(self, place):
        """RFC 9068, sections 2.2 and 3: `sub` is the resource owner, `client_id` the app."""
        app, _none = register_app(place.county)
        body = exchange(place, app, code(place, app)).get_json()

        claims = read(place, body["access_token"]).claims

        assert (claims["sub"], claims["client_id"]) == (str(place.user.id), str(app.id))

    def test_it_names_nobody(self, place):
        """RFC 9068, section 6: whoever gets it can read it."""
        app, _none = register_app(place.county)
        token = exchange(place, app, code(place, app)).get_json()["access_token"]

        said = json.dumps(read(place, token).claims)

        assert place.user.name not in said and "Tule" not in said

    def test_only_its_id_is_kept(self, place):
        """RFC 6749, section 10.3."""
        token = place.token()

        with reading() as session:
            row = session.exec(select(AccessToken)).one()
        assert str(row.id) in base64.urlsafe_b64decode(token.split(".")[1] + "==").decode()
        assert token not in str(row.model_dump())


class TestAtTheApi:
    def test_a_good_token_tells_who_asks(self, place):
        body = place.call(place.token()).get_json()

        assert body["organization_name"] == "Tule County"
        assert (body["client_id"], body["user_id"]) == (str(place.client.id), None)
        assert body["scopes"] == ["api/referrals.read"]

    def test_without_one_nobody_comes_in(self, place):
        """RFC 6750, section 3."""
        answer = place.app.test_client().get(ME)

        assert answer.status_code == 401
        assert answer.content_type == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")

    def test_a_browser_that_is_signed_in_is_not_a_token(self, place):
        assert place.staff.get(ME).status_code == 401

    def test_a_token_is_not_a_sign_in(self, place):
        headers = {"Authorization": f"Bearer {place.token()}"}

        assert place.app.test_client().get("/worklist", headers=headers).status_code == 302

    def test_a_token_in_the_address_is_none(self, place):
        """RFC 6750, section 2.3, which is not offered; RFC 9700, section 4.3.2."""
        assert place.app.test_client().get(f"{ME}?access_token={place.token()}").status_code == 401

    def test_an_expired_one_is_refused(self, place):
        """RFC 9068, section 4, item 6."""
        token = place.token()
        with transaction() as session:
            session.exec(select(AccessToken)).one().expires_at -= timedelta(minutes=6)

        assert place.call(token).status_code == 401

    def test_one_that_we_did_not_sign_is_refused(self, place):
        """RFC 9068, section 4, item 5: the signature is validated, and `none` is no algorithm."""
        place.token()
        kid = signing_key(datetime.now(UTC)).kid
        claims, blank = forged(place).split(".")[1], json.dumps({"alg": "none", "typ": "at+jwt", "kid": kid})

        texts = [
            forged(place, key=ECKey.generate_key("P-256")),
            forged(place, header={"alg": "HS256"}, key=OctKey.import_key("x" * 32)),
            f"{base64.urlsafe_b64encode(blank.encode()).decode().rstrip('=')}.{claims}.",
        ]

        assert [place.call(text).status_code for text in texts] == [401, 401, 401]

    @pytest.mark.parametrize(
        ("header", "changed"),
        [
            ({"typ": "JWT"}, {}),
            ({"typ": "logout+jwt"}, {}),
            ({}, {"iss": "https://other.example.org"}),
            ({}, {"iss": None}),
            ({}, {"aud": "other"}),
            ({}, {"aud": None}),
            ({}, {"jti": None}),
            ({}, {"jti": 7}),
        ],
        ids=str,
    )
    def test_one_that_was_signed_for_something_else_is_refused(self, place, header, changed):
        """RFC 9068, section 4, items 1, 3 and 4, and section 5: neither another kind, nor for somebody else."""
        place.token()

        good, wrong = forged(place), forged(place, header, **changed)

        assert (place.call(good).status_code, place.call(wrong).status_code) == (200, 401)

    def test_the_statement_of_a_client_is_no_token(self, place):
        """RFC 9068, section 5: no confusion of one JWT with another."""
        place.token()

        assert place.call(place.proof()["client_assertion"]).status_code == 401

    def test_what_it_does_not_open_stays_closed_and_the_scope_is_named(self, place):
        """RFC 6750, section 3.1; RFC 9068, section 4: the scope is checked."""
        answer = place.call(place.token(scope="api/people.read"), "/api/v1/measures")

        assert answer.status_code == 403
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
        assert "api/measures.read" in answer.headers["WWW-Authenticate"]


class TestSigningKeys:
    def test_a_new_quarter_has_a_new_key_and_knows_the_old_one(self):
        """RFC 9068, section 4: keys rotate, and what was signed before is still read."""
        autumn, winter = datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)

        assert signing_key(autumn).kid != signing_key(winter).kid
        assert _quarter(winter) == _quarter(autumn) + 1
        assert signing_key(autumn).kid in {key.kid for key in published_keys(winter).keys}
        assert signing_key(winter).kid in {key.kid for key in published_keys(autumn).keys}

    def test_a_token_of_the_last_minute_of_a_quarter_is_read_in_the_next(self, place):
        """RFC 9068, section 4."""
        token, this = place.token(), _quarter(datetime.now(UTC))
        years_and_months = [divmod(3 * quarter, 12) for quarter in (this, this + 1, this + 2)]
        begun = [datetime(year, month + 1, 1, tzinfo=UTC) for year, month in years_and_months]

        with place.app.app_context():
            first, next_quarter, later = [token_id(token, at=at) for at in begun]

        assert first == next_quarter is not None
        assert later is None


class TestPublishedKeys:
    def test_they_hold_nothing_private_and_say_what_they_are_for(self, place):
        """RFC 8414, section 2, `jwks_uri`; RFC 7517, section 4."""
        keys = place.app.test_client().get("/oauth/jwks").get_json()["keys"]

        assert len(keys) == 3 and len({key["kid"] for key in keys}) == 3
        assert {(key["use"], key["alg"], key["kty"]) for key in keys} == {("sig", "ES256", "EC")}
        assert all("d" not in key for key in keys)


class TestOperatorsKeys:
    """RFC 9068, section 2.1: RS256 is among the algorithms, for programs that read tokens by it alone."""

    @pytest.fixture
    def pem(self, tmp_path):
        path = tmp_path / "keys.pem"
        path.write_bytes(b"".join(RSAKey.generate_key(2048).as_pem(private=True) for _ in range(2)))
        use_token_keys(path)
        yield path
        use_token_keys(None)

    def test_the_first_signs_by_rs256_and_the_token_opens_what_it_may(self, place, pem):
        token = place.token()

        assert read(place, token).header["alg"] == "RS256"
        answer = place.app.test_client().get(ME, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200

    def test_all_of_them_are_published_beside_the_derived_ones_and_nothing_private(self, place, pem):
        keys = place.app.test_client().get("/oauth/jwks").get_json()["keys"]

        assert [key["alg"] for key in keys] == ["RS256"] * 2 + ["ES256"] * 3
        assert all("d" not in key and key["kid"] for key in keys)

    def test_a_token_of_a_key_that_was_taken_away_counts_no_more_though_it_was_verified(self, place, pem):
        browser, named = place.app.test_client(), {"Authorization": f"Bearer {place.token()}"}
        assert browser.get(ME, headers=named).status_code == 200

        use_token_keys(None)

        assert browser.get(ME, headers=named).status_code == 401

    def test_tokens_of_before_count_until_they_expire(self, place, tmp_path):
        token = place.token()
        path = tmp_path / "keys.pem"
        path.write_bytes(RSAKey.generate_key(2048).as_pem(private=True))
        use_token_keys(path)

        answer = place.app.test_client().get(ME, headers={"Authorization": f"Bearer {token}"})
        use_token_keys(None)

        assert answer.status_code == 200

    @pytest.mark.parametrize("text", ["", "no key", ECKey.generate_key("P-256").as_pem(private=True).decode()])
    def test_what_is_no_such_key_stops_the_start(self, tmp_path, text):
        path = tmp_path / "keys.pem"
        path.write_text(text)

        with pytest.raises(ValueError, match="RSA private keys"):
            token_keys_in(path)
