"""What was refused stands in the audit where one client can be named, and nowhere else."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from cie import identity
from cie.access import SYSTEM
from cie.db import reading, transaction
from cie.events import AuditEntry
from cie.identity import AccessToken, refusals
from tests.noninterference.keeping import everything
from tests.oauth.place import REFUSED, claims_of, new_key, public, register, register_app, signed, suspend
from tests.oauth.staff_app import code, exchange, renew
from tests.oauth.test_backend import NOW, unsigned
from tests.oauth.test_client_authentication import basic, post


def whys(kept):
    return [codes["why"] for _whose, codes in kept]


class TestOfAClient:
    @pytest.mark.both_databases
    def test_why_it_got_nothing_stands_in_the_audit_of_its_organization(self, place, confidential, refused):
        app, _secret = confidential

        post(place, "/oauth/token", **basic(app.id, "wrong"))
        place.ask(signed(new_key(), claims_of(place.client)))
        place.ask(scope="api/measures.read")

        assert whys(refused()) == ["invalid_client", "signature", "invalid_scope"]

    def test_in_the_name_of_an_app_that_shows_nothing_nobody_fills_it(self, place, refused):
        app, _none = register_app(place.county)

        post(place, "/oauth/token", {"client_id": str(app.id)})

        assert refused() == []

    def test_of_another_key_pair_nothing_is_kept_but_that_it_was_refused(self, place, refused):
        other, _none = register(place.county, jwks=public(new_key()))

        place.ask(signed(place.key, claims_of(other)))

        assert refused() == [(other.id, {"why": "signature"})]

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"aud": "https://elsewhere.example.org"}, "audience"),
            ({"exp": NOW - 60}, "expired"),
            ({"exp": NOW + 3600}, "far-future"),
            ({"exp": None}, "no-exp"),
            ({"nbf": NOW + 3600}, "not-yet"),
            ({"jti": None}, "no-jti"),
            ({"iss": "somebody else"}, "issuer"),
        ],
        ids=lambda value: str(value) if isinstance(value, str) else "",
    )
    def test_what_was_wrong_in_its_statement_is_named(self, place, refused, changed, why):
        """RFC 7523, section 3."""
        place.ask(signed(place.key, claims_of(place.client, **changed)))

        assert refused() == [(place.client.id, {"why": why})]

    def test_no_algorithm_and_a_wrong_one_are(self, place, refused):
        """RFC 8725, section 2.1."""
        key = new_key(kind="RSA")
        client, _none = register(place.county, jwks=public(key))

        place.ask(unsigned(claims_of(place.client)))
        place.ask(signed(key, claims_of(client), alg="RS256"))

        assert refused() == [(place.client.id, {"why": "no-key"}), (client.id, {"why": "signature"})]

    def test_a_statement_that_comes_again_is(self, place, refused):
        assertion = signed(place.key, claims_of(place.client))
        for _ in range(2):
            place.ask(assertion)

        assert refused() == [(place.client.id, {"why": "replayed"})]

    def test_that_its_keys_cannot_be_had_is(self, place, refused):
        client, _none = register(place.county, jwks_url="http://127.0.0.1:9/jwks")

        place.ask(signed(new_key(), claims_of(client)))

        assert refused() == [(client.id, {"why": "no-key"})]

    @pytest.mark.both_databases
    def test_a_code_of_ours_that_is_exchanged_wrongly_is_of_any_app(self, place, refused):
        """RFC 7636, section 4.6; RFC 6749, section 4.1.3."""
        app, _none = register_app(place.county)

        exchange(place, app, code(place, app), verifier="w" * 64)
        exchange(place, app, code(place, app), redirect_uri="https://app.example.org/other")
        exchange(place, app, "A" * 64)

        assert refused() == [(app.id, {"why": "invalid_grant"})] * 2

    def test_so_is_what_was_given_to_it_and_is_dead(self, place, refused, monkeypatch):
        """RFC 6749, sections 4.1.2 and 10.4: who has it may be a thief, and is counted as anybody."""
        app, _none = register_app(place.county)
        given = code(place, app)
        token = exchange(place, app, given).get_json()["refresh_token"]
        place.app.test_client().post("/oauth/revoke", data={"token": token, "client_id": str(app.id)})
        monkeypatch.setattr(refusals, "KEPT_OF_ITS_OWN", 0)

        renew(place, app, token)
        exchange(place, app, given)
        renew(place, app, given)

        assert refused() == [(app.id, {"why": "invalid_grant"})] * 3

    def test_so_is_a_refresh_token_that_asks_for_more(self, place, refused):
        """RFC 6749, section 6."""
        app, _none = register_app(place.county)
        token = exchange(place, app, code(place, app)).get_json()["refresh_token"]

        renew(place, app, token, scope="user/Task.cruds")

        assert refused() == [(app.id, {"why": "invalid_scope"})]

    def test_what_a_confidential_app_exchanges_in_vain_is(self, place, confidential, refused):
        """RFC 7636, section 4.6; RFC 6749, sections 4.1.3 and 6."""
        app, secret = confidential
        shown = basic(app.id, secret)
        asks = [
            {"grant_type": "authorization_code", "code": code(place, app), "code_verifier": "w" * 64},
            {"grant_type": "authorization_code", "code": "none", "code_verifier": "w" * 64},
            {"grant_type": "refresh_token", "refresh_token": "none"},
        ]

        for form in asks:
            place.app.test_client().post("/oauth/token", data=form, headers=shown)

        assert refused() == [(app.id, {"why": "invalid_grant"})] * 3


class TestBounds:
    @pytest.mark.both_databases
    def test_no_more_is_kept_than_somebody_can_read(self, place, refused, monkeypatch):
        monkeypatch.setattr(refusals, "KEPT_OF_ITS_OWN", 3)

        for _ in range(5):
            place.ask(scope="api/measures.read")

        assert whys(refused()) == ["invalid_scope"] * 3

    def test_what_is_not_kept_writes_nothing(self, place, monkeypatch):
        monkeypatch.setattr(refusals, "KEPT_OF_ANYBODYS", 1)
        forged = [signed(new_key(), claims_of(place.client)) for _ in range(3)]
        place.ask(forged[0])

        before = everything()
        answers = [place.ask(text) for text in forged[1:]]

        assert [answer.get_json() for answer in answers] == [REFUSED] * 2
        assert everything() == before

    def test_strangers_use_up_their_own_allowance_alone(self, place, refused, monkeypatch):
        monkeypatch.setattr(refusals, "KEPT_OF_ANYBODYS", 2)
        old = signed(place.key, claims_of(place.client, exp=NOW - 60))

        for _ in range(3):
            place.ask(signed(new_key(), claims_of(place.client)))
            place.ask(old)
        place.ask(scope="api/measures.read")

        assert whys(refused()) == ["signature", "expired", "invalid_scope"]

    def test_after_an_hour_there_is_room_again(self, place, refused, monkeypatch):
        monkeypatch.setattr(refusals, "KEPT_OF_ITS_OWN", 1)
        now = datetime.now(UTC)

        with transaction() as session:
            for minutes in (0, 59, 61):
                later = now + timedelta(minutes=minutes)
                identity.note_refusal(session, place.client, f"after {minutes}", is_its_own=True, at=later)

        assert whys(refused()) == ["after 0", "after 61"]


class TestOfADeadToken:
    """A token that we signed names its client. That it expired is nothing to tell of: they all do."""

    @pytest.mark.both_databases
    def test_one_that_was_given_back_is_recorded_once(self, place, refused):
        token = place.token()
        place.app.test_client().post("/oauth/revoke", data={"token": token, **place.proof()})

        answers = [place.call(token) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [401] * 3
        ((whose, codes),) = refused()
        assert (whose, codes["why"]) == (place.client.id, "revoked")

    @pytest.mark.both_databases
    def test_one_of_a_client_that_is_held_back_is(self, place, refused):
        token = place.token()
        suspend(place.client)

        place.call(token)

        assert whys(refused()) == ["suspended"]

    def test_one_of_an_organization_whose_agreement_ended_is(self, place, refused):
        token = place.token()
        with transaction() as session:
            session.get_one(type(place.county), place.county.id).is_active = False

        place.call(token)

        assert whys(refused()) == ["no-agreement"]

    def test_one_of_a_member_of_staff_who_left_is(self, place, refused):
        app, _none = register_app(place.county)
        token = exchange(place, app, code(place, app)).get_json()["access_token"]
        with transaction() as session:
            identity.deactivate(session, SYSTEM, place.user.id, at=datetime.now(UTC))

        place.call(token)

        assert whys(refused()) == ["user-left"]

    def test_one_that_came_of_a_code_that_was_used_again_is(self, place, refused):
        """RFC 6749, section 4.1.2."""
        app, _none = register_app(place.county)
        given = code(place, app)
        token = exchange(place, app, given).get_json()["access_token"]
        exchange(place, app, given)

        place.call(token)

        assert whys(refused()) == ["invalid_grant", "revoked"]

    def test_one_that_expired_or_that_we_never_gave_is_not(self, place, refused):
        expired = place.token()
        with transaction() as session:
            session.exec(select(AccessToken)).one().expires_at -= timedelta(minutes=6)

        for text in (expired, "nonsense", place.proof()["client_assertion"]):
            place.call(text)

        assert refused() == []

    @pytest.mark.parametrize("again", ["code", "refresh-token"])
    @pytest.mark.both_databases
    def test_what_comes_again_stands_there_once_as_the_end_of_all(self, place, again):
        """RFC 6749, section 4.1.2; RFC 9700, section 4.14.2."""
        app, _none = register_app(place.county)
        given = code(place, app)
        token = exchange(place, app, given).get_json()["refresh_token"]
        renew(place, app, token)

        for _ in range(3):
            answer = exchange(place, app, given) if again == "code" else renew(place, app, token)
            assert answer.get_json()["error"] == "invalid_grant"

        with reading() as session:
            rows = session.exec(select(AuditEntry).where(AuditEntry.action == "client.allowance-end")).all()
        assert [row.codes for row in rows] == [f'{{"because":"{again}-again"}}']
