"""What is sent to the token endpoint, and how its answers look: RFC 6749, sections 3.2, 3.3, 5.1 and 5.2."""

import re

import pytest

from cie.errors import Busy
from cie.oauth import refused
from cie.oauth.server import NoSuchWay
from tests.oauth.place import claims_of, register_app, signed
from tests.oauth.staff_app import code, exchange

MAY_STAND_THERE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")


class TestRequest:
    def test_values_in_the_address_are_refused(self, place):
        """RFC 6749, section 3.2: they come in the body of a POST."""
        answer = place.app.test_client().post("/oauth/token?scope=api/people.read", data=place.proof())

        assert answer.get_json()["error"] == "invalid_request"

    @pytest.mark.parametrize("address", ["/oauth/token", "/oauth/introspect", "/oauth/revoke"])
    def test_get_is_no_way_to_ask(self, place, address):
        """RFC 6749, section 3.2; RFC 7662, section 2.1; RFC 7009, section 2.1."""
        assert place.app.test_client().get(address).status_code in (404, 405)

    def test_a_value_that_comes_twice_is_refused(self, place):
        """RFC 6749, section 3.2."""
        form = {"grant_type": ["client_credentials"], "scope": ["api/people.read", "api/people.write"], **place.proof()}

        answer = place.app.test_client().post("/oauth/token", data=form)

        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")

    def test_a_value_that_nobody_knows_changes_nothing(self, place):
        """RFC 6749, section 3.2: unrecognized parameters are ignored."""
        assert place.ask(colour="green", resource="https://elsewhere.example.org").status_code == 200

    @pytest.mark.parametrize("name", ["purpose", "client_id"])
    def test_a_value_that_is_empty_counts_as_not_sent(self, place, name):
        """RFC 6749, section 3.2."""
        assert place.ask(**{name: ""}).status_code == 200

    @pytest.mark.parametrize("grant_type", [None, ""])
    def test_without_a_way_it_is_no_request(self, place, grant_type):
        """RFC 6749, section 5.2: a required parameter is missing."""
        answer = place.ask(grant_type=grant_type)

        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")

    @pytest.mark.parametrize(
        "grant_type",
        ["password", "implicit", "Client_Credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer", 'x"é\\\n', "\0"],
    )
    def test_another_way_to_a_token_is_refused(self, place, grant_type):
        """RFC 6749, section 5.2; RFC 7523, section 2.1, which is not offered."""
        answer = place.ask(grant_type=grant_type)

        assert (answer.status_code, answer.get_json()["error"]) == (400, "unsupported_grant_type")

    def test_a_system_gets_no_token_by_a_code(self, place):
        """RFC 6749, section 5.2."""
        answer = place.ask(grant_type="authorization_code", code="abc")

        assert (answer.status_code, answer.get_json()["error"]) == (400, "unauthorized_client")

    def test_an_app_gets_no_token_by_itself(self, place):
        """RFC 6749, section 4.4: for confidential clients only, and here for systems only."""
        app, _none = register_app(place.county)
        form = {"grant_type": "client_credentials", "client_id": str(app.id), "scope": "user/Task.rs"}

        answer = place.app.test_client().post("/oauth/token", data=form)

        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_client")

    @pytest.mark.parametrize("grant_type", ["authorization_code", "refresh_token"])
    def test_without_what_it_exchanges_it_is_no_request(self, place, grant_type):
        """RFC 6749, sections 4.1.3, 5.2 and 6."""
        app, _none = register_app(place.county)
        form = {"grant_type": grant_type, "client_id": str(app.id), "code": "", "refresh_token": ""}

        answer = place.app.test_client().post("/oauth/token", data=form)

        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")

    def test_json_is_no_form(self, place):
        """RFC 6749, section 3.2 and appendix B."""
        body = {"grant_type": "client_credentials", "scope": "api/people.read", **place.proof()}

        answer = place.app.test_client().post("/oauth/token", json=body)

        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")

    def test_a_long_scope_costs_little(self, place):
        """RFC 6749, section 3.3: the order does not matter, nor how often one is named."""
        answer = place.ask(scope="api/people.read " * 3_000)

        assert answer.status_code == 200
        assert answer.get_json()["scope"] == "api/people.read"

    @pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
    @pytest.mark.parametrize("address", ["/oauth/token", "/oauth/introspect", "/oauth/revoke"])
    def test_ten_megabytes_are_refused_unread(self, place, address, kind):
        """In the words of RFC 6749, section 5.2."""
        answer = place.app.test_client().post(address, data=b"scope=" + b"x" * 10 * 2**20, content_type=kind)

        assert (answer.status_code, answer.get_json()["error"]) == (413, "invalid_request")


class TestAnswer:
    def test_a_token_is_kept_by_nobody_on_its_way(self, place):
        """RFC 6749, section 5.1; SMART App Launch 2.2, obtain access token: no-store and no-cache."""
        app, _none = register_app(place.county)

        answers = [place.ask(), exchange(place, app, code(place, app))]

        for answer in answers:
            assert answer.content_type.partition(";")[0] == "application/json"
            assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")

    def test_it_says_which_scope_was_given(self, place):
        """RFC 6749, sections 3.3 and 5.1; SMART Backend Services, issue access token."""
        body = place.ask(scope="api/people.read api/people.write").get_json()

        assert set(body) == {"access_token", "token_type", "expires_in", "scope", "purpose"}
        assert body["scope"] == "api/people.read"

    @pytest.mark.parametrize(
        "changed",
        [
            {"scope": '"é\\'},
            {"purpose": '"é\\'},
            {"grant_type": '"é\\'},
            {"client_assertion": '"é\\'},
            {"grant_type": "authorization_code"},
            {"client_id": '"é\\'},
        ],
        ids=str,
    )
    def test_an_error_holds_only_letters_that_may_stand_there(self, place, changed):
        """RFC 6749, section 5.2: %x20-21 / %x23-5B / %x5D-7E."""
        body = place.ask(**changed).get_json()

        assert set(body) <= {"error", "error_description"}
        assert all(MAY_STAND_THERE.fullmatch(words) for words in body.values())
        assert MAY_STAND_THERE.fullmatch(NoSuchWay('"é\\').get_error_description())

    def test_an_error_is_kept_by_nobody_either(self, place):
        answer = place.ask(signed(place.key, claims_of(place.client, aud="elsewhere")))

        assert answer.headers["Cache-Control"] == "no-store"

    def test_what_the_server_cannot_do_now_is_said_as_such(self, place):
        """RFC 6749, section 4.1.2.1, whose words say it best: `temporarily_unavailable`."""
        with place.app.test_request_context():
            answer = refused(Busy("Try again in a minute"))

        assert (answer.status_code, answer.get_json()["error"]) == (503, "temporarily_unavailable")
