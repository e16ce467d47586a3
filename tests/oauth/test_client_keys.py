"""The keys with which clients sign, and how one is found: SMART App Launch 2.2, asymmetric client authentication."""

from datetime import timedelta
from types import SimpleNamespace

import orjson
import pytest
from joserfc import jws

from tests.oauth.place import REFUSED, claims_of, new_key, public, register, signed


@pytest.fixture
def client(place, published):
    """A client that publishes one key."""
    published.keys = [new_key()]
    return register(place.county, jwks_url=published.url)[0]


def pass_time(place, url, **time):
    """As if the keys had been fetched that much earlier."""
    kept = place.app.extensions["cie-client-keys"]._kept
    earlier = SimpleNamespace(**vars(kept[url]), has=kept[url].has)
    earlier.fetched_at -= timedelta(**time)
    kept[url] = earlier


class TestByAddress:
    def test_they_are_fetched_once_and_kept(self, place, published, client):
        """Signature verification: fetched as JSON, and it need not be retrieved anew every time."""
        answers = [place.ask(signed(published.keys[0], claims_of(client))) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert published.asked == ["application/json"]

    @pytest.mark.parametrize(
        ("cache", "minutes", "asked"),
        [
            ("", 59, 1),
            ("", 61, 2),
            ("max-age=120", 1, 1),
            ("max-age=120", 3, 2),
            ("public, max-age=86400", 61, 2),
            ("no-store", 0, 2),
            ("no-cache", 0, 2),
            ("max-age=0", 0, 2),
            ("max-age=-5", 0, 2),
            ("max-age=soon", 59, 1),
        ],
    )
    def test_they_are_kept_for_an_hour_or_as_long_as_the_client_says(
        self, place, published, client, cache, minutes, asked
    ):
        """Signature verification: a JWKS SHALL NOT be cached for longer than the cache-control header indicates."""
        published.cache = cache
        place.ask(signed(published.keys[0], claims_of(client)))
        pass_time(place, published.url, minutes=minutes)

        answer = place.ask(signed(published.keys[0], claims_of(client)))

        assert (answer.status_code, len(published.asked)) == (200, asked)

    def test_a_new_key_is_looked_for_when_a_minute_has_passed(self, place, published, client):
        """Registering a client: it rotates its keys by publishing others."""
        place.ask(signed(published.keys[0], claims_of(client)))
        published.keys = [new_key("new")]
        soon = place.ask(signed(published.keys[0], claims_of(client)))
        pass_time(place, published.url, minutes=2)

        later = place.ask(signed(published.keys[0], claims_of(client)))

        assert soon.get_json() == REFUSED
        assert later.status_code == 200
        assert len(published.asked) == 2

    @pytest.mark.parametrize("status", ["500 Oops", "302 Found"])
    def test_when_nobody_answers_well_it_is_refused(self, place, published, client, status):
        """Signature verification: an error is `invalid_client`."""
        published.status = status

        assert place.ask(signed(published.keys[0], claims_of(client))).get_json() == REFUSED


class TestWhichKey:
    """Signature verification, steps 1 to 3: how a key is resolved."""

    def test_the_one_that_is_named_is_taken_among_several(self, place):
        first, second = new_key("first"), new_key("second", kind="RSA")
        client, _none = register(place.county, jwks=public(first, second))

        answers = [place.ask(signed(key, claims_of(client))) for key in (first, second)]

        assert [answer.status_code for answer in answers] == [200, 200]

    @pytest.mark.parametrize("kid", ["other", "", None, 7, ["one"]])
    def test_without_the_name_of_one_it_is_refused(self, place, kid):
        header = {"alg": "ES384", "kid": kid} if kid is not None else {"alg": "ES384"}
        lax = jws.JWSRegistry(algorithms=["ES384"])
        lax.check_header = lambda _header: None

        text = jws.serialize_compact(header, orjson.dumps(claims_of(place.client)), place.key, registry=lax)

        assert place.ask(text).get_json() == REFUSED

    def test_its_kind_must_fit_the_algorithm(self, place):
        forged = new_key(kind="RSA")

        assert place.ask(signed(forged, claims_of(place.client))).get_json() == REFUSED

    def test_an_address_of_keys_in_it_must_be_the_registered_one(self, place, published, client):
        key = published.keys[0]

        same = place.ask(signed(key, claims_of(client), jku=published.url))
        other = place.ask(signed(key, claims_of(client), jku="https://evil.example.org/jwks"))
        by_value = place.ask(signed(place.key, claims_of(place.client), jku=published.url))

        assert same.status_code == 200
        assert other.get_json() == by_value.get_json() == REFUSED
        assert len(published.asked) == 1

    def test_a_key_that_it_brings_along_is_none(self, place):
        """RFC 8725, section 3.10: neither `jwk` nor `x5u` of a header is trusted."""
        forged = new_key()

        text = signed(forged, claims_of(place.client), jwk=forged.as_dict(private=False))

        assert place.ask(text).get_json() == REFUSED
