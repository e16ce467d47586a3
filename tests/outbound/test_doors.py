"""Each place where somebody gives us an address to call: what may not be called is refused there, and named."""

from datetime import UTC, datetime

import orjson
import pytest

from cie import identity, openid, webhooks
from cie.access import SYSTEM, Actor, ActorKind, Role
from cie.errors import Invalid
from cie.identity import ClientKind, ProviderTerms, Registration
from cie.webhooks import NewWebhook
from tests.factories import make_participant, staff_of
from tests.outbound.peer import listening

INSIDE = [
    "https://169.254.169.254/latest/meta-data",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://[::ffff:10.0.0.1]/x",
    "https://[64:ff9b::a00:1]/x",
    "https://100.64.0.1/x",
    "https://2130706433/x",
    "https://0x7f.1/x",
    "https://localhost/x",
    "https://hub.internal/x",
    "https://hub.example.org./x",
    "https://hub.example.org:22/x",
    "https://user@hub.example.org/x",
    "https://[::1/x",
    "http://hub.example.org/x",
]
NOW = datetime.now(UTC)


def faults_of(attempt):
    """The fields that a refusal names."""
    with pytest.raises(Invalid) as refused:
        attempt()
    return {error.field for error in refused.value.errors}


@pytest.fixture
def county(session):
    return make_participant(session)


def test_a_webhook_is_refused_where_it_is_asked_for(session, county):
    program = Actor(ActorKind.CLIENT, county.id, county.id)

    def add(url):
        return lambda: webhooks.add_webhook(session, program, NewWebhook(county.id, url), at=NOW)

    assert [faults_of(add(url)) for url in INSIDE] == [{"url"}] * len(INSIDE)


def test_so_is_the_address_of_the_keys_of_a_program(session, county):
    def register(url):
        said = Registration("Hub", ClientKind.SYSTEM, ["api/people.read"], jwks_url=url)
        return lambda: identity.register_client(session, SYSTEM, county.id, said, at=NOW)

    assert [faults_of(register(url)) for url in INSIDE] == [{"jwks_url"}] * len(INSIDE)


def test_so_is_the_provider_of_an_organization(session, county):
    boss = staff_of(county, Role.ORGANIZATION_ADMINISTRATOR)

    def set_provider(url):
        terms = ProviderTerms(url, "cie", ["county.example.org"], default_role=Role.CASEWORKER)
        return lambda: identity.set_provider(session, boss, terms, at=NOW)

    assert [faults_of(set_provider(url)) for url in INSIDE] == [{"issuer"}] * len(INSIDE)
    assert [faults_of(ask(url)) for url in INSIDE] == [{"issuer"}] * len(INSIDE)


def ask(issuer, *, may_be_private=False):
    return lambda: openid.discover(issuer, may_be_private=may_be_private)


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_so_is_one_that_sends_us_to_an_address_that_may_not_be_called(name):
    with listening(lambda sock: sock.sendall(answer)) as peer:
        issuer = f"http://127.0.0.1:{peer.port}"
        said = {f"{each}": f"{issuer}/{each}" for each in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        said |= {
            "issuer": issuer,
            "id_token_signing_alg_values_supported": ["ES256"],
            "response_types_supported": ["code"],
        }
        answer = ok(said)
        assert openid.discover(issuer, may_be_private=True).issuer == issuer
        answer = ok({**said, name: "http://2130706433/x"})

        assert faults_of(ask(issuer, may_be_private=True)) == {"issuer"}


def ok(said):
    return b"HTTP/1.1 200 OK\r\n\r\n" + orjson.dumps(said)


def test_an_address_that_is_good_is_taken_by_each(session, county):
    program, url = Actor(ActorKind.CLIENT, county.id, county.id), "https://hub.example.org:8443/x?y=z"
    said = Registration("Hub", ClientKind.SYSTEM, ["api/people.read"], jwks_url=url)

    client, _none = identity.register_client(session, SYSTEM, county.id, said, at=NOW)
    hook, _secret = webhooks.add_webhook(session, program, NewWebhook(client.id, url), at=NOW)

    assert client.jwks_url == hook.url == url


def test_nothing_of_a_page_that_is_none_stops_a_registration_with_an_error(session, county):
    """Half a bracket is no address, also where an app is sent back to."""
    said = Registration(
        "Rounds", ClientKind.STAFF_APP, ["user/Task.rs"], authentication=identity.ClientAuthentication.NONE,
        redirect_uris=["https://[::1/back"],
    )  # fmt: skip

    assert faults_of(lambda: identity.register_client(session, SYSTEM, county.id, said, at=NOW)) == {"redirect_uris"}
