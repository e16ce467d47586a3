"""Showing who one is, at every address that asks for it: RFC 6749, sections 2.3, 3.2.1 and 5.2."""

from base64 import b64encode
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from cie import identity
from cie.access import SYSTEM
from cie.db import transaction
from tests.factories import make_participant
from tests.noninterference.work import drawn
from tests.oauth.place import REFUSED, claims_of, new_key, register_app, signed

ADDRESSES = ["/oauth/token", "/oauth/introspect", "/oauth/revoke"]
FORM = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}


def basic(client_id, secret):
    return {"Authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}


def post(place, address, form=(), **headers):
    return place.app.test_client().post(address, data={**FORM, **dict(form)}, headers=headers)


@pytest.fixture
def app(place):
    """A public app of the county."""
    return register_app(place.county)[0]


class TestOneWay:
    @pytest.mark.parametrize("address", ADDRESSES)
    def test_who_shows_it_in_two_ways_at_once_is_refused(self, place, confidential, address):
        """RFC 6749, sections 2.3 and 5.2: more than one mechanism is `invalid_request`."""
        app, secret = confidential

        answer = post(place, address, place.proof(), **basic(app.id, secret))

        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_a_secret_in_the_body_is_none(self, place, confidential, address):
        """RFC 6749, section 2.3.1: in the body it is not recommended, and not offered."""
        app, secret = confidential

        answer = post(place, address, {"client_id": str(app.id), "client_secret": secret})

        assert answer.get_json() == REFUSED

    def test_a_secret_has_256_bits_against_those_who_try_them_all(self, confidential):
        """RFC 6749, sections 2.3.1 and 10.10."""
        _app, secret = confidential

        assert len(secret) == 43

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_it_is_never_taken_from_the_address(self, place, app, address):
        """RFC 6749, section 2.3.1: parameters only in the body."""
        answer = post(place, f"{address}?client_id={app.id}")

        assert answer.get_json()["error"] == "invalid_request"

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_a_header_that_makes_no_sense_is_refused(self, place, app, address):
        """RFC 6749, section 5.2."""
        headers = ["Basic", "Basic %%%", "Basic eA==", "Basic /////w==", "Basic AAAA", "Bearer abc", "Basic ", "é"]

        answers = [post(place, address, {"client_id": str(app.id)}, Authorization=header) for header in headers]

        assert [(answer.status_code, answer.get_json()) for answer in answers] == [(401, REFUSED)] * len(headers)


class TestChallenge:
    @pytest.mark.parametrize("address", ADDRESSES)
    def test_who_tried_by_the_header_is_asked_by_the_header(self, place, confidential, address):
        """RFC 6749, section 5.2; RFC 7617, section 2: with a realm."""
        app, _secret = confidential

        answer = post(place, address, **basic(app.id, "wrong"))

        assert (answer.status_code, answer.get_json()) == (401, REFUSED)
        assert answer.headers["WWW-Authenticate"].startswith('Basic realm="')

    def test_at_introspection_everybody_is(self, place):
        """RFC 7662, section 2.3: credentials that are invalid are answered with 401."""
        forged = signed(new_key(), claims_of(place.client))

        answers = [
            post(place, "/oauth/introspect"),
            post(place, "/oauth/introspect", {**place.proof(), "client_assertion": forged}),
        ]

        assert [(answer.status_code, answer.get_json()) for answer in answers] == [(401, REFUSED)] * 2

    def test_at_the_token_endpoint_a_wrong_signature_is_a_bad_request(self, place):
        """RFC 6749, section 5.2; SMART App Launch 2.2, signature verification."""
        answer = place.ask(signed(new_key(), claims_of(place.client)))

        assert (answer.status_code, answer.get_json()) == (400, REFUSED)
        assert "WWW-Authenticate" not in answer.headers


class TestUnknown:
    """Which clients there are is told to nobody: not by status, words or headers, and of those that may not act now
    not by the work that an answer takes."""

    @pytest.fixture
    def ids(self, place):
        """One that there never was, one that is held back, one without an agreement."""
        held_back, _none = register_app(place.county)
        with transaction() as session:
            identity.suspend_client(session, SYSTEM, held_back.id, at=datetime.now(UTC))
            lapsed = make_participant(session, name="Lapsed", agreement=False)
        return [uuid4(), held_back.id, register_app(lapsed)[0].id]

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_one_that_may_not_act_is_answered_like_one_that_there_is_not(self, place, ids, address):
        """RFC 6749, section 5.2."""
        key = new_key()

        def by_name(client_id):
            return post(place, address, {"client_id": str(client_id)})

        def by_secret(client_id):
            return post(place, address, {"client_id": str(client_id)}, **basic(client_id, "s" * 43))

        def by_key(client_id):
            claims = claims_of(place.client, iss=str(client_id), sub=str(client_id))
            return post(place, address, {**place.proof(), "client_assertion": signed(key, claims)})

        for ask in (by_name, by_secret, by_key):
            answers = [drawn(place.app, lambda i=i, a=ask: a(i)) for i in ids]
            unknown, *others = [(a.status, a.headers, a.body, a.statements, a.key_operations) for a in answers]
            assert unknown[0] in (400, 401)
            assert others == [unknown, unknown]

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_one_that_comes_in_the_wrong_way_reads_the_same(self, place, confidential, address):
        """RFC 6749, sections 3.2.1 and 5.2."""
        app, _secret = confidential

        def seen(client_id):
            answer = post(place, address, {"client_id": str(client_id)})
            return answer.status_code, answer.get_data(), list(answer.headers)

        assert seen(app.id) == seen(place.client.id) == seen(uuid4())
