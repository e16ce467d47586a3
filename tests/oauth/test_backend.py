"""Systems that come by themselves: SMART Backend Services, RFC 6749 section 4.4, RFC 7523."""

import base64
import json
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from joserfc import jws, jwt
from joserfc.jwk import OctKey
from joserfc.registry import HeaderParameter
from sqlmodel import select

from cie import identity, participants
from cie.access import SYSTEM, Purpose
from cie.db import reading, transaction
from cie.events import AuditEntry
from cie.identity.client_models import UsedAssertion
from cie.participants import Participant
from tests.factories import make_participant
from tests.oauth.place import ISSUER, REFUSED, TOKEN_URL, claims_of, new_key, public, register, signed

NOW = int(datetime.now(UTC).timestamp())


def unsigned(claims):
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."


class TestToken:
    @pytest.mark.parametrize("kind", ["EC", "RSA"])
    @pytest.mark.both_databases
    def test_a_system_that_signs_with_es384_or_rs384_gets_one(self, place, kind):
        """RFC 6749, sections 4.4.2, 4.4.3 and 5.1; SMART Backend Services, issue access token: 300 seconds at most."""
        key = new_key(kind=kind)
        client, _no_secret = register(place.county, jwks=public(key))

        answer = place.ask(signed(key, claims_of(client)))

        body = answer.get_json()
        assert answer.status_code == 200
        assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 300, "api/referrals.read")
        assert "refresh_token" not in body
        assert answer.headers["Cache-Control"] == "no-store"

    def test_what_is_asked_for_is_narrowed_to_what_the_client_may_have(self, place):
        """RFC 6749, section 3.3; SMART Backend Services: within the scope that was pre-authorized."""
        answer = place.ask(scope="system/*.cruds api/people.read api/people.write api/measures.read nonsense")

        assert answer.get_json()["scope"] == "system/Task.rs api/people.read"

    @pytest.mark.parametrize("scope", ["api/people.write", "user/Task.rs", "nonsense", ""])
    def test_with_nothing_left_it_is_refused(self, place, scope):
        """RFC 6749, sections 3.3 and 5.2: no default, and no escalation."""
        answer = place.ask(scope=scope)

        assert answer.status_code == 400
        assert answer.get_json()["error"] == "invalid_scope"

    def test_the_purpose_is_one_of_the_clients(self, place):
        key = new_key()
        client, _none = register(place.county, jwks=public(key), purposes=[Purpose.OPERATIONS, Purpose.PUBLIC_HEALTH])

        first = place.ask(signed(key, claims_of(client))).get_json()
        chosen = place.ask(signed(key, claims_of(client)), purpose="PUBHLTH").get_json()
        wrong = place.ask(signed(key, claims_of(client)), purpose="TREAT")

        assert (first["purpose"], chosen["purpose"]) == ("HOPERAT", "PUBHLTH")
        assert wrong.get_json()["error"] == "invalid_request"

    @pytest.mark.both_databases
    def test_last_use_and_each_scope_are_noted(self, place):
        place.token(scope="api/people.read")
        place.token(scope="api/referrals.read")

        with reading() as session:
            client = identity.get_client(session, SYSTEM, place.client.id)
            uses = identity.scopes_used(session, client)
        assert client.last_used_at is not None
        assert [use.scope for use in uses] == ["api/people.read", "api/referrals.read"]


class TestAssertion:
    @pytest.mark.parametrize(
        "changed",
        [
            {"aud": "http://127.0.0.1:8000/oauth/token/"},
            {"aud": ISSUER},
            {"aud": [TOKEN_URL, "https://elsewhere.example.org"]},
            {"aud": None},
            {"exp": -60},
            {"exp": 3600},
            {"exp": None},
            {"exp": "soon"},
            {"exp": True},
            {"exp": 1e300},
            {"nbf": 3600},
            {"iss": "somebody else"},
            {"iss": None},
            {"sub": None},
            {"sub": [7]},
            {"sub": "01a21b9e-c037-72fc-9391-649d8235db61"},
            {"jti": None},
            {"jti": ""},
            {"jti": ["a"]},
            {"jti": "j" * 201},
        ],
        ids=str,
    )
    def test_a_wrong_claim_is_refused_in_the_same_words(self, place, changed):
        """RFC 7523, section 3, items 1 to 5 and 7, and section 3.2; SMART App Launch 2.2, five minutes at most."""
        moments = {name: NOW + value for name, value in changed.items() if type(value) is int}

        answer = place.ask(signed(place.key, claims_of(place.client, **{**changed, **moments})))

        assert (answer.status_code, answer.get_json()) == (400, REFUSED)

    def test_another_key_is_refused(self, place):
        """RFC 7523, section 3, item 9."""
        assert place.ask(signed(new_key(), claims_of(place.client))).get_json() == REFUSED

    def test_no_algorithm_is_refused(self, place):
        """RFC 7523, section 3, item 9."""
        assert place.ask(unsigned(claims_of(place.client))).get_json() == REFUSED

    def test_a_public_key_is_no_secret_to_sign_with(self, place):
        """RFC 7523, section 3, item 9; RFC 8725, section 2.1."""
        raw = orjson.dumps(place.key.as_dict(private=False))
        claims = claims_of(place.client)

        forged = jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(raw))

        assert place.ask(forged).get_json() == REFUSED

    def test_rs256_is_refused_with_the_right_key(self, place):
        """SMART App Launch 2.2: RS384 and ES384. RFC 7523, section 5, would have RS256 too; we leave it out."""
        key = new_key(kind="RSA")
        client, _none = register(place.county, jwks=public(key))

        assert place.ask(signed(key, claims_of(client), alg="RS256")).get_json() == REFUSED

    def test_claims_that_nobody_asked_for_change_nothing(self, place):
        """RFC 7523, section 3, items 6 and 8; RFC 7519, section 4."""
        answer = place.ask(signed(place.key, claims_of(place.client, iat=NOW, nbf=NOW - 5, colour="green")))

        assert answer.status_code == 200

    @pytest.mark.parametrize("kind", ["urn:ietf:params:oauth:client-assertion-type:saml2-bearer", "jwt-bearer", None])
    def test_it_comes_as_what_it_is(self, place, kind):
        """RFC 7523, section 2.2."""
        answer = place.ask(client_assertion_type=kind)

        assert answer.get_json() == REFUSED

    def test_a_client_id_beside_it_must_be_the_same(self, place):
        """RFC 7521, section 4.2; SMART App Launch 2.2: `client_id` is known and matches `iss`."""
        other, _none = register(place.county, jwks=public(new_key()))

        same = place.ask(client_id=str(place.client.id))
        wrong = place.ask(client_id=str(other.id))

        assert (same.status_code, wrong.get_json()) == (200, REFUSED)

    def test_what_must_be_understood_is_refused_when_it_is_not_and_all_else_passed_over(self, place):
        """RFC 7515, sections 4 and 4.1.11, by RFC 7523, section 3, item 10."""
        known, unknown = {"crit": ["colour"], "colour": "green"}, {"shade": "light"}
        words = {name: HeaderParameter(name, "str") for name in ("colour", "shade")}
        lax = jws.JWSRegistry(words, ["ES384"])

        def ask(**more):
            header = {"alg": "ES384", "kid": "one", **more}
            return place.ask(
                jws.serialize_compact(header, orjson.dumps(claims_of(place.client)), place.key, registry=lax)
            )

        assert ask(**known).get_json() == REFUSED
        assert ask(**unknown).status_code == 200

    def test_one_that_goes_very_deep_costs_little(self, place):
        """RFC 7523, section 3, item 10."""
        deep = base64.urlsafe_b64encode(b'{"sub":' + b"[" * 40_000).decode().rstrip("=")
        head = base64.urlsafe_b64encode(b'{"alg":"ES384","kid":"one"}').decode().rstrip("=")

        assert place.ask(f"{head}.{deep}.AAAA").get_json() == REFUSED

    @pytest.mark.parametrize("text", ["", "x", "a.b.c", "." * 5000, "e30.e30.e30", "é.é.é"])
    def test_what_is_no_assertion_is_refused(self, place, text):
        """RFC 7523, section 3, item 10, and section 3.2."""
        answer = place.ask(text or None, client_assertion=text)

        assert answer.status_code == 400
        assert answer.get_json()["error"] == "invalid_client"

    @pytest.mark.both_databases
    def test_it_counts_once(self, place):
        """RFC 7523, section 3, item 7; SMART App Launch 2.2: `jti` not met before for this `iss`."""
        assertion = signed(place.key, claims_of(place.client))

        first, again = place.ask(assertion), place.ask(assertion)

        assert first.status_code == 200
        assert (again.status_code, again.get_json()) == (400, REFUSED)

    @pytest.mark.both_databases
    def test_two_clients_may_use_the_same_id(self, place):
        """SMART App Launch 2.2: it is unique for the given `iss`."""
        key = new_key()
        other, _none = register(place.county, jwks=public(key))

        first = place.ask(signed(place.key, claims_of(place.client, jti="same")))
        second = place.ask(signed(key, claims_of(other, jti="same")))

        assert (first.status_code, second.status_code) == (200, 200)

    @pytest.mark.both_databases
    def test_the_id_is_kept_as_a_keyed_mark_until_it_has_expired(self, place):
        place.ask(signed(place.key, claims_of(place.client, jti="a secret word")))

        with transaction() as session:
            kept = session.exec(select(UsedAssertion)).one()
            identity.forget_old_tokens(session, at=datetime.now(UTC) + timedelta(days=2))
            left = session.exec(select(UsedAssertion)).all()
        assert b"a secret word" not in kept.key
        assert left == []

    def test_why_it_was_refused_stands_in_the_audit_of_the_organization(self, place):
        place.ask(signed(place.key, claims_of(place.client, exp=NOW + 3600)))

        with reading() as session:
            rows = session.exec(select(AuditEntry).where(AuditEntry.action == "token.refuse")).all()
        assert [(row.stream, orjson.loads(row.codes)) for row in rows] == [
            (str(place.county.id), {"why": "far-future"})
        ]


class TestStanding:
    @pytest.mark.both_databases
    def test_a_suspended_client_gets_none_and_its_tokens_end(self, place):
        """RFC 6749, section 5.2; RFC 7662, section 4."""
        token = place.token()
        with transaction() as session:
            identity.suspend_client(session, SYSTEM, place.client.id, at=datetime.now(UTC))
        asker, key = place.client, new_key("other")
        place.client, _none = register(place.county, jwks=public(key))
        refused = place.ask(signed(place.key, claims_of(asker)))
        place.key = key

        assert refused.get_json() == REFUSED
        assert place.introspect(token) == {"active": False}

    def test_it_may_go_on_when_it_is_let_in_again_with_a_new_token(self, place):
        token = place.token()
        with transaction() as session:
            identity.suspend_client(session, SYSTEM, place.client.id, at=datetime.now(UTC))
        with transaction() as session:
            identity.resume_client(session, SYSTEM, place.client.id, at=datetime.now(UTC))

        assert place.introspect(token) == {"active": False}
        assert place.introspect(place.token())["active"]

    @pytest.mark.both_databases
    def test_without_an_agreement_it_stops(self, place):
        """RFC 6749, section 5.2."""
        with transaction() as session:
            lapsed = make_participant(session, name="Lapsed County", agreement=False)
        key = new_key()
        client, _none = register(lapsed, jwks=public(key))

        assert place.ask(signed(key, claims_of(client))).get_json() == REFUSED

    @pytest.mark.both_databases
    def test_a_token_ends_with_the_agreement(self, place):
        token = place.token()
        with transaction() as session:
            agreement = participants.current_agreement(session, place.county.id, on=date.today())
            agreement.ends_on = date(2026, 1, 2)
            session.add(agreement)

        assert place.call(token).status_code == 401

    def test_an_organization_that_left_takes_its_clients_along(self, place):
        with transaction() as session:
            session.get_one(Participant, place.county.id).is_active = False

        assert place.ask().get_json() == REFUSED
