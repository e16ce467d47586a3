"""Apps in which staff work: a code, and refresh tokens that count once (RFC 6749, 4.1.3 and 6; RFC 7636)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from sqlmodel import select

from cie import identity
from cie.access import SYSTEM
from cie.db import reading, transaction
from cie.events import AuditEntry
from cie.identity import AccessToken, ClientAuthentication, Grant
from tests.oauth.place import ASSERTION_TYPE, CALLBACK, claims_of, new_key, public, register_app, signed
from tests.oauth.staff_app import CHALLENGE, SCOPE, VERIFIER, code, exchange, renew


@pytest.fixture
def app(place):
    """A public app of the county."""
    return register_app(place.county)[0]


class TestCode:
    @pytest.mark.both_databases
    def test_it_is_exchanged_for_tokens_of_the_member_of_staff(self, place, app):
        """RFC 6749, section 4.1.4."""
        body = exchange(place, app, code(place, app)).get_json()

        assert body["scope"] == SCOPE
        assert body["expires_in"] == 900
        assert body["refresh_token"]
        worth = place.introspect(body["access_token"])
        assert (worth["sub"], worth["client_id"]) == (str(place.user.id), str(app.id))

    def test_without_offline_access_there_is_no_refresh_token(self, place, app):
        """RFC 6749, section 1.5; SMART App Launch 2.2, `offline_access`."""
        body = exchange(place, app, code(place, app, scope="user/Task.rs")).get_json()

        assert "refresh_token" not in body

    @pytest.mark.both_databases
    def test_it_counts_once_and_a_second_use_ends_what_came_of_it(self, place, app):
        """RFC 6749, sections 4.1.2 and 10.5."""
        given = code(place, app)
        body = exchange(place, app, given).get_json()

        again = exchange(place, app, given)

        assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")
        assert place.introspect(body["access_token"]) == {"active": False}
        assert renew(place, app, body["refresh_token"]).get_json()["error"] == "invalid_grant"

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"verifier": "w" * 64}, "invalid_grant"),
            ({"verifier": None}, "invalid_request"),
            ({"verifier": ""}, "invalid_request"),
            ({"verifier": "short"}, "invalid_request"),
            ({"verifier": "v" * 129}, "invalid_request"),
            ({"verifier": "v" * 63 + "+"}, "invalid_request"),
            ({"verifier": CHALLENGE}, "invalid_grant"),
        ],
        ids=str,
    )
    def test_without_the_verifier_of_its_challenge_it_is_worth_nothing(self, place, app, changed, error):
        """RFC 7636, sections 4.1, 4.5, 4.6 and 7.2: the challenge itself would be the plain method."""
        given = code(place, app)

        answer = exchange(place, app, given, **changed)

        assert (answer.status_code, answer.get_json()["error"]) == (400, error)
        assert exchange(place, app, given).get_json()["error"] == "invalid_grant"

    def test_a_code_put_into_the_way_of_another_is_worth_nothing_there(self, place, app):
        """RFC 7636, section 4.4: the challenge is bound to the code."""
        theirs = urlsafe_b64encode(sha256(b"w" * 64).digest()).decode().rstrip("=")
        stolen = code(place, app, code_challenge=theirs)

        assert exchange(place, app, stolen).get_json()["error"] == "invalid_grant"

    @pytest.mark.parametrize("redirect_uri", ["https://app.example.org/other", CALLBACK + "/", None])
    def test_it_must_come_with_the_address_that_it_was_sent_to(self, place, app, redirect_uri):
        """RFC 6749, sections 4.1.3 and 10.6."""
        answer = exchange(place, app, code(place, app), redirect_uri=redirect_uri)

        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_grant")

    def test_its_second_use_stands_in_the_audit(self, place, app):
        """RFC 6749, section 4.1.2."""
        given = code(place, app)
        for _ in range(2):
            exchange(place, app, given)

        with reading() as session:
            rows = session.exec(select(AuditEntry).where(AuditEntry.action == "client.allowance-end")).all()
        assert [row.codes for row in rows] == ['{"because":"code-again"}']

    @pytest.mark.parametrize("changed_byte", [0, 16, -1])
    def test_nobody_guesses_one(self, place, app, changed_byte):
        """RFC 6749, section 10.10: 256 bits of it are drawn from a secret of the server."""
        given = code(place, app)
        raw = bytearray(urlsafe_b64decode(given + "=" * (-len(given) % 4)))
        raw[changed_byte] ^= 1

        answer = exchange(place, app, urlsafe_b64encode(raw).decode().rstrip("="))

        assert answer.get_json()["error"] == "invalid_grant"
        assert exchange(place, app, given).status_code == 200

    def test_it_is_for_its_own_app_alone(self, place, app):
        """RFC 6749, sections 4.1.2 and 4.1.3."""
        other, _none = register_app(place.county, name="Other")

        answer = exchange(place, other, code(place, app))

        assert answer.get_json()["error"] == "invalid_grant"

    def test_after_a_minute_it_is_too_old(self, place, app):
        """RFC 6749, sections 4.1.2 and 10.5: ten minutes at most."""
        given = code(place, app)
        with transaction() as session:
            session.exec(select(Grant)).one().created_at -= timedelta(seconds=61)

        assert exchange(place, app, given).get_json()["error"] == "invalid_grant"

    @pytest.mark.parametrize("given", ["", "abc", "A" * 64, "é", "A" * 5000])
    def test_what_is_no_code_is_refused(self, place, app, given):
        """RFC 6749, section 5.2."""
        answer = exchange(place, app, given)

        assert answer.status_code == 400
        assert answer.get_json()["error"] in ("invalid_grant", "invalid_request")


class TestConfidential:
    def test_it_shows_its_secret(self, place):
        """RFC 6749, section 2.3.1: HTTP Basic must be supported."""
        app, secret = register_app(place.county, authentication=ClientAuthentication.SECRET)
        given = code(place, app)
        basic = {"Authorization": "Basic " + urlsafe_b64encode(f"{app.id}:{secret}".encode()).decode()}
        form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER, "code": given}

        answer = place.app.test_client().post("/oauth/token", data=form, headers=basic)

        assert answer.status_code == 200

    def test_without_its_secret_it_gets_nothing(self, place):
        """RFC 6749, sections 3.2.1, 4.1.3 and 10.2."""
        app, _secret = register_app(place.county, authentication=ClientAuthentication.SECRET)

        answer = exchange(place, app, code(place, app))

        assert answer.get_json()["error"] == "invalid_client"

    def test_with_a_wrong_secret_it_is_told_so_and_its_code_stays_good(self, place):
        """RFC 6749, section 5.2: 401, since it came in the header."""
        app, secret = register_app(place.county, authentication=ClientAuthentication.SECRET)
        given = code(place, app)
        form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER, "code": given}

        def ask(word):
            basic = {"Authorization": "Basic " + urlsafe_b64encode(f"{app.id}:{word}".encode()).decode()}
            return place.app.test_client().post("/oauth/token", data=form, headers=basic)

        wrong, right = ask("wrong"), ask(secret)

        assert (wrong.status_code, wrong.get_json()["error"]) == (401, "invalid_client")
        assert right.status_code == 200

    def test_it_may_sign_with_its_own_key(self, place):
        """RFC 7523, section 2.2; SMART App Launch 2.2, `client-confidential-asymmetric`."""
        key = new_key()
        app, _none = register_app(place.county, authentication=ClientAuthentication.PRIVATE_KEY_JWT, jwks=public(key))
        assertion = {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": signed(key, claims_of(app)),
        }

        answer = exchange(place, app, code(place, app), **assertion)

        assert answer.status_code == 200


class TestRenewal:
    def test_each_refresh_token_is_followed_by_the_next(self, place, app):
        """RFC 6749, section 6; RFC 9700, section 4.14.2."""
        first = exchange(place, app, code(place, app)).get_json()

        second = renew(place, app, first["refresh_token"]).get_json()
        third = renew(place, app, second["refresh_token"]).get_json()

        assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
        assert place.introspect(third["access_token"])["active"]

    @pytest.mark.both_databases
    def test_one_that_was_used_before_ends_everything(self, place, app):
        """RFC 6749, section 10.4."""
        first = exchange(place, app, code(place, app)).get_json()
        second = renew(place, app, first["refresh_token"]).get_json()

        stolen = renew(place, app, first["refresh_token"])

        assert stolen.get_json()["error"] == "invalid_grant"
        assert renew(place, app, second["refresh_token"]).get_json()["error"] == "invalid_grant"
        assert place.introspect(second["access_token"]) == {"active": False}

    def test_it_may_ask_for_less_and_not_for_more(self, place):
        """RFC 6749, section 6."""
        app, _none = register_app(place.county)
        first = exchange(place, app, code(place, app, scope="user/Task.rs user/Patient.rs offline_access")).get_json()

        less = renew(place, app, first["refresh_token"], scope="user/Task.rs")
        more = renew(place, app, less.get_json()["refresh_token"], scope="user/Task.cruds")

        assert less.get_json()["scope"] == "user/Task.rs"
        assert more.get_json()["error"] == "invalid_scope"

    def test_asking_for_less_once_takes_nothing_away(self, place):
        """RFC 6749, section 6: the next refresh token is good for what the one before was, when no scope is named."""
        app, _none = register_app(place.county)
        wide = "user/Task.rs user/Patient.rs offline_access"
        first = exchange(place, app, code(place, app, scope=wide)).get_json()
        less = renew(place, app, first["refresh_token"], scope="user/Task.rs").get_json()

        again = renew(place, app, less["refresh_token"]).get_json()

        assert again["scope"] == wide

    def test_a_confidential_app_shows_who_it_is_each_time(self, place):
        """RFC 6749, sections 6 and 10.4."""
        app, secret = register_app(place.county, authentication=ClientAuthentication.SECRET)
        basic = {"Authorization": "Basic " + urlsafe_b64encode(f"{app.id}:{secret}".encode()).decode()}
        form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        client = place.app.test_client()
        first = client.post("/oauth/token", data={**form, "code": code(place, app)}, headers=basic).get_json()

        without = renew(place, app, first["refresh_token"])
        form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        shown = client.post("/oauth/token", data=form, headers=basic)

        assert (without.status_code, without.get_json()["error"]) == (400, "invalid_client")
        assert shown.status_code == 200

    @pytest.mark.both_databases
    def test_another_app_cannot_use_it(self, place, app):
        """RFC 6749, sections 6 and 10.4: bound to the client."""
        other, _none = register_app(place.county, name="Other")
        first = exchange(place, app, code(place, app)).get_json()

        assert renew(place, other, first["refresh_token"]).get_json()["error"] == "invalid_grant"
        assert renew(place, app, first["refresh_token"]).status_code == 200

    def test_after_two_weeks_the_member_of_staff_is_asked_again(self, place, app):
        """RFC 6749, section 6."""
        first = exchange(place, app, code(place, app)).get_json()
        with transaction() as session:
            session.exec(select(Grant)).one().expires_at -= timedelta(days=15)

        assert renew(place, app, first["refresh_token"]).get_json()["error"] == "invalid_grant"

    def test_when_their_account_ends_the_app_ends_too(self, place, app):
        """RFC 6749, section 5.2: a refresh token that was revoked is `invalid_grant`."""
        first = exchange(place, app, code(place, app)).get_json()
        with transaction() as session:
            identity.deactivate(session, SYSTEM, place.user.id, at=datetime.now(UTC))

        assert place.introspect(first["access_token"]) == {"active": False}
        answer = renew(place, app, first["refresh_token"])
        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_grant")

    @pytest.mark.both_databases
    def test_no_token_is_kept_anywhere(self, place, app):
        """RFC 6749, sections 10.3 and 10.4: kept confidential in storage."""
        given = code(place, app)
        body = exchange(place, app, given).get_json()

        with reading() as session:
            rows = [*session.exec(select(Grant)).all(), *session.exec(select(AccessToken)).all()]
        kept = str([row.model_dump() for row in rows])
        assert not any(word in kept for word in (given, body["access_token"], body["refresh_token"]))
