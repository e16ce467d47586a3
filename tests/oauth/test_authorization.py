"""Asking a member of staff: the authorization endpoint (RFC 6749, 3.1 and 4.1; RFC 7636; RFC 9207)."""

import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from sqlmodel import select

from cie import identity
from cie.access import SYSTEM, Role
from cie.db import reading, transaction
from cie.identity import Grant
from tests.factories import make_participant, make_staff
from tests.noninterference.normaliser import normal_body
from tests.noninterference.work import drawn
from tests.oauth.place import CALLBACK, ISSUER, register_app
from tests.oauth.staff_app import CHALLENGE, SCOPE, asked, code, exchange, heard, page, say
from tests.support.web import signed_in


@pytest.fixture
def app(place):
    """A public app of the county."""
    return register_app(place.county)[0]


@pytest.fixture
def stranger(place):
    """The browser of a member of staff of another organization."""
    with transaction() as session:
        user = make_staff(session, make_participant(session, name="Other"), Role.CASEWORKER, name="Teal Marsh")
    return signed_in(place.app, user)


class TestPage:
    def test_it_says_in_plain_words_what_the_app_will_see(self, place, app):
        """RFC 6749, sections 3.3 and 10.13: the member of staff knows what they allow."""
        words = unescape(re.sub(r"<[^>]+>", " ", page(place, app).get_data(as_text=True)))

        assert "Rounds asks to work in your name" in " ".join(words.split())
        assert "Referrals, sent and received, with messages and files : see" in " ".join(words.split())
        assert "It may go on for 14 days after you close it" in words

    def test_its_form_may_lead_to_the_app_and_nowhere_else(self, place, app):
        """RFC 6749, section 10.15."""
        policy = page(place, app).headers["Content-Security-Policy"]

        assert "form-action 'self' https://app.example.org;" in policy

    def test_it_cannot_be_drawn_inside_another_page(self, place, app):
        """RFC 6749, section 10.13."""
        answer = page(place, app)

        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]

    def test_what_the_app_sends_along_stands_on_it_as_text(self, place, app):
        """RFC 6749, section 10.14."""
        answer = page(place, app, state='"><script>alert(1)</script>')

        assert "<script>alert" not in answer.get_data(as_text=True)
        assert "&lt;script&gt;alert(1)" in answer.get_data(as_text=True)

    def test_who_is_not_signed_in_signs_in_first_and_comes_back(self, place, app):
        """RFC 6749, section 3.1: the authorization server first verifies who the resource owner is."""
        answer = place.app.test_client().get("/oauth/authorize", query_string=asked(app))

        assert answer.status_code == 302
        assert urlsplit(answer.location).path == "/sign-in"
        assert "client_id" in parse_qs(urlsplit(answer.location).query)["next"][0]


class TestAnotherOrganization:
    """The apps of an organization are nobody else's to know of: an answer about one is that about none."""

    @staticmethod
    def as_if_none(place, app, ask):
        """The answer about an app, which is the one about an app that there is not: in all that can be seen of it."""
        ask(str(app.id))
        answers = [drawn(place.app, lambda c=c: ask(c)) for c in (str(app.id), str(uuid4()))]
        theirs, none = [(a.status, a.headers, normal_body(a.body), a.statements, a.key_operations) for a in answers]
        assert theirs == none
        assert str(app.id).encode() not in answers[0].body
        return answers[0]

    @pytest.mark.parametrize(
        "changed",
        [
            {},
            {"scope": "system/Task.rs"},
            {"redirect_uri": "https://evil.example.org/"},
            {"redirect_uri": None},
            {"response_type": "token"},
            {"code_challenge": None},
            {"purpose": "TREAT"},
        ],
        ids=str,
    )
    def test_an_app_of_another_is_answered_like_one_that_there_is_not(self, place, app, stranger, changed):
        """RFC 6749, section 4.1.2.1: an invalid client identifier, whatever else was asked."""

        def ask(client):
            return page(place, app, browser=stranger, client_id=client, **changed)

        answer = self.as_if_none(place, app, ask)

        assert answer.status == 404
        assert "Location" not in dict(answer.headers)

    def test_a_yes_to_one_of_another_is_answered_alike_and_allows_nothing(self, place, app, stranger):
        def ask(client):
            return say(place, app, browser=stranger, client_id=client)

        answer = self.as_if_none(place, app, ask)

        assert answer.status == 404
        with reading() as session:
            assert session.exec(select(Grant)).all() == []

    @pytest.mark.both_databases
    def test_one_that_is_held_back_is_none_to_its_own_staff_too(self, place, app):
        with transaction() as session:
            identity.suspend_client(session, SYSTEM, app.id, at=datetime.now(UTC))

        answer = self.as_if_none(place, app, lambda client: page(place, app, client_id=client))

        assert answer.status == 404


class TestAsking:
    def test_a_yes_sends_a_code_to_the_registered_address_with_state_and_issuer(self, place, app):
        """RFC 6749, section 4.1.2; RFC 9207, section 2."""
        where, values = heard(say(place, app))

        assert where == CALLBACK
        assert (values["state"], values["iss"]) == ("s-1", ISSUER)
        assert set(values) == {"code", "state", "iss"}

    @pytest.mark.parametrize("state", ["a b&c=d?e#f", 'é"\\<', "s" * 1000])
    def test_the_state_comes_back_letter_by_letter(self, place, app, state):
        """RFC 6749, sections 4.1.2 and 4.1.2.1: the exact value received from the client."""
        yes, no = say(place, app, state=state), say(place, app, answer="no", state=state)

        assert [heard(answer)[1]["state"] for answer in (yes, no)] == [state, state]

    def test_without_a_state_none_comes_back(self, place, app):
        """RFC 6749, section 4.1.2."""
        _where, values = heard(say(place, app, state=None))

        assert set(values) == {"code", "iss"}

    def test_a_no_sends_no_code(self, place, app):
        """RFC 6749, section 4.1.2.1."""
        where, values = heard(say(place, app, answer="no"))

        assert where == CALLBACK
        assert (values["error"], values["state"]) == ("access_denied", "s-1")

    def test_each_answer_names_us_errors_too(self, place, app):
        """RFC 9207, section 2: against mixing up two servers."""
        answers = [
            say(place, app, answer="no"),
            page(place, app, scope="system/Task.rs"),
            say(place, app, scope="system/Task.rs"),
            page(place, app, response_type="token"),
        ]

        assert [heard(answer)[1]["iss"] for answer in answers] == [ISSUER] * 4

    def test_what_stands_in_the_registered_address_stays_there(self, place):
        """RFC 6749, section 3.1.2: a query component must be retained when more is added."""
        app, _none = register_app(place.county, redirect_uris=[f"{CALLBACK}?tenant=7"])

        _where, values = heard(say(place, app, redirect_uri=f"{CALLBACK}?tenant=7"))

        assert (values["tenant"], values["state"]) == ("7", "s-1")

    def test_with_one_address_an_app_need_not_say_which(self, place, app):
        """RFC 6749, sections 3.1.2.3 and 4.1.3: what was not said then need not be said with the code."""
        given = code(place, app, redirect_uri=None)

        answer = exchange(place, app, given, redirect_uri=None)

        assert answer.status_code == 200

    def test_with_several_it_must_say_which(self, place):
        """RFC 6749, section 3.1.2.3."""
        app, _none = register_app(place.county, redirect_uris=[CALLBACK, "https://app.example.org/other"])

        answer = page(place, app, redirect_uri=None)

        assert (answer.status_code, "Location" in answer.headers) == (404, False)

    @pytest.mark.parametrize(
        "changed",
        [
            {"redirect_uri": "https://evil.example.org/callback"},
            {"redirect_uri": CALLBACK + "/more"},
            {"redirect_uri": CALLBACK + "?x=1"},
            {"redirect_uri": CALLBACK + "#fragment"},
            {"redirect_uri": CALLBACK.upper()},
            {"redirect_uri": 'https://app.example.org/"é\\'},
            {"client_id": "nobody"},
            {"client_id": "01a21b9e-c037-72fc-9391-649d8235db61"},
            {"client_id": None},
        ],
        ids=str,
    )
    def test_what_cannot_be_trusted_leads_nowhere(self, place, app, changed):
        """RFC 6749, sections 3.1.2.3, 3.1.2.4, 4.1.2.1 and 10.15: compared letter by letter, never an open redirect."""
        for answer in (page(place, app, **changed), say(place, app, **changed)):
            assert answer.status_code == 404
            assert "Location" not in answer.headers

    @pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state", "code_challenge", "purpose"])
    def test_a_value_that_comes_twice_leads_nowhere(self, place, app, name):
        """RFC 6749, section 3.1."""
        query = [*asked(app, purpose="COC").items(), (name, "again")]

        answer = place.staff.client.get("/oauth/authorize", query_string=query)

        assert (answer.status_code, "Location" in answer.headers) == (404, False)

    def test_a_value_that_is_empty_counts_as_not_sent(self, place, app):
        """RFC 6749, section 3.1."""
        answer = page(place, app, scope="")

        assert heard(answer)[1]["error"] == "invalid_scope"
        assert page(place, app, purpose="").status_code == 200

    def test_a_value_that_nobody_knows_changes_nothing(self, place, app):
        """RFC 6749, section 3.1: unrecognized parameters are ignored. SMART sends `aud` and `launch`."""
        assert page(place, app, aud=f"{ISSUER}/fhir", colour="green").status_code == 200

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
            ({"code_challenge_method": "plain"}, "invalid_request"),
            ({"code_challenge_method": None}, "invalid_request"),
            ({"code_challenge_method": "s256"}, "invalid_request"),
            ({"code_challenge": "short"}, "invalid_request"),
            ({"code_challenge": CHALLENGE[:-1] + "="}, "invalid_request"),
        ],
        ids=str,
    )
    def test_without_a_challenge_by_s256_there_is_no_code(self, place, app, changed, error):
        """RFC 7636, sections 4.3, 4.4.1 and 7.2; SMART App Launch 2.2, considerations for PKCE support."""
        for answer in (page(place, app, **changed), say(place, app, **changed)):
            where, values = heard(answer)
            assert (where, values["error"], values["state"]) == (CALLBACK, error, "s-1")
            assert "code" not in values

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"response_type": "code token"}, "unsupported_response_type"),
            ({"response_type": None}, "unsupported_response_type"),
            ({"scope": "system/Task.rs"}, "invalid_scope"),
            ({"scope": None}, "invalid_scope"),
            ({"purpose": "TREAT"}, "invalid_request"),
        ],
        ids=str,
    )
    def test_what_is_asked_wrongly_is_told_to_the_app(self, place, app, changed, error):
        """RFC 6749, sections 3.1.1, 3.3 and 4.1.2.1."""
        for answer in (page(place, app, **changed), say(place, app, **changed)):
            where, values = heard(answer)
            assert (where, values["error"], values["state"]) == (CALLBACK, error, "s-1")
            assert "code" not in values

    def test_what_is_asked_is_narrowed_to_what_the_app_may_have(self, place, app):
        """RFC 6749, section 3.3: no escalation, and the app is told which scope it got."""
        given = code(place, app, scope="user/*.cruds api/people.read")

        assert exchange(place, app, given).get_json()["scope"] == "user/Task.rs user/Patient.rs"

    def test_a_form_of_another_site_says_nothing_for_them(self, place, app):
        """RFC 6749, section 10.12."""
        answer = place.staff.client.post("/oauth/authorize", data={"answer": "yes", **asked(app)})

        assert answer.status_code == 403
        with reading() as session:
            assert session.exec(select(Grant)).all() == []

    def test_a_system_cannot_ask(self, place):
        """RFC 6749, section 4.1.2.1: it has no address to be sent back to."""
        answer = page(place, place.client, scope=SCOPE)

        assert answer.status_code == 404
