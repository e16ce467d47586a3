"""What the server says of itself: RFC 8414, and SMART App Launch 2.2, conformance."""

from urllib.parse import urlsplit

import pytest

from cie.oauth.metadata import server_metadata, smart_configuration
from tests.oauth.place import ISSUER

DOCUMENTS = ["/.well-known/oauth-authorization-server", "/fhir/.well-known/smart-configuration"]


@pytest.fixture(params=DOCUMENTS)
def said(request, place):
    """One of the two documents."""
    answer = place.app.test_client().get(request.param)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    return answer.get_json()


class TestBoth:
    def test_the_issuer_is_the_address_under_which_it_was_found(self, said):
        """RFC 8414, sections 2, 3 and 3.3: no query, no fragment, identical to the one that it was asked for."""
        assert said["issuer"] == ISSUER
        assert DOCUMENTS[0] == urlsplit(ISSUER).path + "/.well-known/oauth-authorization-server"

    def test_what_is_required_is_there(self, said):
        """RFC 8414, section 2; SMART App Launch 2.2, metadata."""
        required = {"issuer", "authorization_endpoint", "token_endpoint", "response_types_supported", "jwks_uri"}

        assert required | {"grant_types_supported", "scopes_supported", "code_challenge_methods_supported"} <= set(said)

    def test_each_address_is_whole(self, said):
        """RFC 8414, section 2; SMART App Launch 2.2: all endpoint URLs SHALL be absolute."""
        addresses = [value for name, value in said.items() if name.endswith(("_endpoint", "_uri"))]

        assert len(addresses) == 5
        assert all(address.startswith(f"{ISSUER}/oauth/") for address in addresses)

    def test_nothing_that_is_empty_stands_in_it(self, said):
        """RFC 8414, section 3.2: claims with zero elements must be omitted."""
        assert [name for name, value in said.items() if value in ([], "", None)] == []

    def test_how_a_client_signs_is_told_wherever_it_may_and_none_is_no_way(self, said):
        """RFC 8414, section 2."""
        for address in ("token", "introspection", "revocation"):
            assert "private_key_jwt" in said[f"{address}_endpoint_auth_methods_supported"]
            assert said[f"{address}_endpoint_auth_signing_alg_values_supported"] == ["RS384", "ES384"]
        assert "none" not in said["introspection_endpoint_auth_methods_supported"]

    def test_pkce_is_by_s256_alone(self, said):
        """RFC 7636, section 6.2; SMART App Launch 2.2: S256 SHALL be included, plain SHALL NOT."""
        assert said["code_challenge_methods_supported"] == ["S256"]

    def test_only_what_it_does_is_claimed(self, said):
        """RFC 8414, section 2; RFC 9207, section 3."""
        assert said["grant_types_supported"] == ["authorization_code", "client_credentials", "refresh_token"]
        assert said["response_types_supported"] == ["code"]
        assert said["authorization_response_iss_parameter_supported"] is True


class TestOurs:
    def test_what_it_says_is_there_answers(self, place):
        """RFC 8414, section 2."""
        client = place.app.test_client()
        said = client.get(DOCUMENTS[0]).get_json()

        assert client.get(said["jwks_uri"].removeprefix(ISSUER)).status_code == 200
        assert client.get(said["service_documentation"].removeprefix(ISSUER)).status_code == 200
        assert client.get(said["authorization_endpoint"].removeprefix(ISSUER)).status_code == 302
        for name in ("token", "introspection", "revocation"):
            path = said[f"{name}_endpoint"].removeprefix(ISSUER)
            assert client.post(path, data={}).status_code in (400, 401), path

    def test_where_the_exchange_is_elsewhere_all_of_it_is(self):
        """RFC 8414, section 2."""
        said = server_metadata("https://exchange.example.org", ["ES384"])

        addresses = [value for value in said.values() if "://" in str(value)]
        assert {urlsplit(address).netloc for address in addresses} == {"exchange.example.org"}


class TestSmart:
    def test_it_says_all_of_that_and_its_capabilities(self, place):
        """SMART App Launch 2.2, conformance: capabilities and metadata."""
        client = place.app.test_client()
        ours, smart = [client.get(path).get_json() for path in DOCUMENTS]

        assert ours.items() <= smart.items()
        assert set(smart) - set(ours) == {"capabilities"}
        assert "client-confidential-asymmetric" in smart["capabilities"]

    def test_no_launch_is_claimed_since_there_is_none(self):
        """SMART App Launch 2.2, conformance."""
        claimed = smart_configuration(ISSUER, ["ES384"])["capabilities"]

        assert [name for name in claimed if name.startswith(("launch-", "sso-", "context-"))] == []
