"""The pages of the programs of an organization, and the apps that work in somebody's own name."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace

import pytest
from sqlmodel import select

from cie import identity
from cie.access import Purpose, Role
from cie.db import reading, transaction
from cie.identity import Client, ClientAuthentication, Grant
from cie.participants.models import Agreement
from tests.factories import make_participant, make_staff
from tests.oauth.place import CALLBACK, new_key, public, register, register_app
from tests.support.sign_in import pass_time
from tests.support.web import make_app, signed_in

KEY = new_key()
ADMINISTRATOR = Role.ORGANIZATION_ADMINISTRATOR
SYSTEM = {
    "name": "Data hub",
    "kind": "system",
    "authentication": "private_key_jwt",
    "jwks": json.dumps(public(KEY)),
    "areas": ["api/people.read", "api/people.write"],
    "scopes": "system/Task.rs",
    "purposes": ["COC"],
}
APP = {
    "name": "Rounds",
    "kind": "staff-app",
    "authentication": "client_secret_basic",
    "redirect_uris": CALLBACK,
    "areas": ["api/referrals.read"],
    "works_on": "yes",
    "purposes": ["COC", "TREAT"],
}


@pytest.fixture
def place(database, migrated):
    """A county with an administrator, a privacy officer and a caseworker, and a stranger elsewhere."""
    with transaction() as session:
        county = make_participant(session, name="Tule County")
        users = {
            "boss": make_staff(session, county, ADMINISTRATOR, name="Robin Oak"),
            "officer": make_staff(session, county, Role.PRIVACY_OFFICER, name="Linnet Marsh"),
            "wren": make_staff(session, county, Role.CASEWORKER, name="Wren Alder"),
            "teal": make_staff(session, county, Role.CASEWORKER, name="Teal Reed"),
            "stranger": make_staff(session, make_participant(session, name="Elsewhere"), ADMINISTRATOR),
        }
    app = make_app(migrated)
    return SimpleNamespace(
        county=county, users=SimpleNamespace(**users), **{name: signed_in(app, user) for name, user in users.items()}
    )


@pytest.fixture
def hub(place):
    return register(place.county, jwks=public(KEY))[0]


def text_of(answer):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


def clients():
    with reading() as session:
        return session.exec(select(Client)).all()


def path(client, rest=""):
    return f"/organization/clients/{client.id}{rest}"


class TestList:
    def test_with_none_it_says_what_a_program_is_and_who_writes_it(self, place):
        page = text_of(place.boss.get("/organization/clients"))

        assert "No program works for you yet." in page
        assert "Your own technicians write it, or a company that you pay." in page

    def test_each_has_its_kind_its_last_use_and_whether_it_works(self, place, hub):
        app, _secret = register_app(place.county)
        with transaction() as session:
            identity.suspend_client(session, identity.actor_for(place.users.boss), app.id, at=datetime.now(UTC))

        page = text_of(place.boss.get("/organization/clients"))

        assert "County data hub A system that works by itself Never Working" in page
        assert "Rounds An app that staff use Never Held back" in page

    def test_when_the_agreement_has_ended_all_have_stopped(self, place, hub):
        with transaction() as session:
            for agreement in session.exec(select(Agreement)):
                agreement.ends_on = agreement.effective_on = datetime.now(UTC).date() - timedelta(days=9)

        assert "Never Stopped since the agreement ended" in text_of(place.boss.get("/organization/clients"))
        assert "Stopped since the agreement ended" in text_of(place.boss.get(path(hub)))

    def test_those_of_others_are_not_there(self, place, hub):
        assert "County data hub" not in text_of(place.stranger.get("/organization/clients"))

    def test_the_organization_leads_there_for_who_may(self, place):
        assert 'href="/organization/clients"' in place.boss.get("/organization").get_data(as_text=True)
        assert 'href="/organization/clients"' not in place.officer.get("/organization").get_data(as_text=True)


class TestRegistering:
    def test_a_system_gets_an_id_and_is_told_where_tokens_are(self, place):
        page = text_of(place.boss.post("/organization/clients", page="/organization/clients/new", **SYSTEM))

        (client,) = clients()
        assert str(client.id) in page and "http://127.0.0.1:8000/oauth/token" in page
        assert "Secret" not in page
        assert client.scopes == ["api/people.read", "api/people.write", "system/Task.rs"]
        assert client.jwks == public(KEY)

    def test_the_secret_of_an_app_stands_there_once(self, place):
        page = place.boss.post("/organization/clients", page="/organization/clients/new", **APP).get_data(as_text=True)

        (client,) = clients()
        secret = re.search(r'<textarea[^>]*id="secret"[^>]*>([^<]+)<', page).group(1)
        assert identity.is_secret_of(client, secret)
        assert secret not in place.boss.get(path(client)).get_data(as_text=True)
        assert client.scopes == ["api/referrals.read", "offline_access"]
        assert client.redirect_uris == [CALLBACK]

    def test_what_is_wrong_is_said_at_each_box_with_all_that_was_typed(self, place):
        typed = {"jwks": "no key set", "redirect_uris": "http://x.example.org/a", "scopes": "system/Nothing.rs"}

        answer = place.boss.post("/organization/clients", page="/organization/clients/new", **{**SYSTEM, **typed})

        body = answer.get_data(as_text=True)
        assert answer.status_code == 422 and clients() == []
        assert all(f'id="{box}-error"' in body for box in ("jwks", "redirect_uris", "scopes"))
        assert all(words in body for words in ("Data hub", *typed.values()))
        assert 'value="api/people.write" checked' in body and "Three things to fix" in body

    def test_with_nothing_typed_it_says_what_is_missing(self, place):
        answer = place.boss.post("/organization/clients", page="/organization/clients/new")

        assert answer.status_code == 422
        assert all(
            f'id="{box}-error"' in answer.get_data(as_text=True) for box in ("name", "jwks", "scopes", "purposes")
        )

    @pytest.mark.parametrize(
        "typed",
        [
            {"jwks": json.dumps({"keys": [KEY.as_dict(private=True)]})},
            {"jwks": '{"keys":' + "[" * 900 + "]" * 900 + "}"},
            {"kind": "robot"},
            {"authentication": "password"},
            {"areas": ["api/everything.read"]},
            {"purposes": ["HLEGAL"]},
            {"purposes": ["no"]},
            {"scopes": "x" * 10_001},
            {"redirect_uris": "x" * 10_001},
            {"more": "unknown"},
        ],
        ids=lambda typed: next(iter(typed)),
    )
    def test_what_cannot_be_is_refused(self, place, typed):
        answer = place.boss.post("/organization/clients", page="/organization/clients/new", **{**SYSTEM, **typed})

        assert answer.status_code == 422
        assert clients() == []

    def test_a_private_key_is_not_kept_with_an_app_that_has_a_secret(self, place):
        private = json.dumps({"keys": [KEY.as_dict(private=True)]})

        answer = place.boss.post("/organization/clients", page="/organization/clients/new", **{**APP, "jwks": private})

        assert answer.status_code == 422 and clients() == []


class TestProof:
    @pytest.mark.parametrize("rest", ["/new", "{id}/keys", "{id}/hold", "{id}/return"])
    def test_who_gave_no_proof_for_long_is_asked_again(self, place, hub, rest):
        pass_time(place.users.boss, minutes=11)

        answer = place.boss.get(f"/organization/clients/{rest.format(id=hub.id)}".replace("clients//", "clients/"))

        assert answer.status_code == 303 and answer.location.startswith("/settings/confirm")

    def test_without_it_nothing_changes(self, place, hub):
        pass_time(place.users.boss, minutes=11)

        answers = [place.boss.post(path(hub, "/hold")), place.boss.post("/organization/clients", **SYSTEM)]

        assert [answer.status_code for answer in answers] == [303, 303]
        assert [client.suspended_at for client in clients()] == [None]


class TestOne:
    def test_it_shows_what_it_may_and_every_scope_that_it_used(self, place, hub):
        with transaction() as session:
            more = {"scopes": ["api/people.read", "system/Task.rs"], "purpose": Purpose.CARE_COORDINATION}
            identity.issue_token(session, hub, token_id=hub.id, **more, at=datetime.now(UTC))

        page = text_of(place.boss.get(path(hub)))

        assert str(hub.id) in page and KEY.kid in page
        assert "The people you serve: names, birth dates, how to reach them : see" in page
        assert re.search(r"api/people\.read \w{3}, \w{3} \d", page) and re.search(r"system/Task\.rs \w{3}, ", page)
        assert "Never" not in page

    def test_before_its_first_use_it_says_so(self, place, hub):
        page = text_of(place.boss.get(path(hub)))

        assert "Last used Never" in page and "Nothing yet." in page

    def test_new_keys_count_from_then_on(self, place, hub):
        new = public(new_key("two"))

        answer = place.boss.post(path(hub, "/keys"), jwks=json.dumps(new))

        assert answer.location == path(hub, "?done=keys")
        assert clients()[0].jwks == new

    def test_keys_that_are_none_are_refused_with_what_was_typed(self, place, hub):
        answer = place.boss.post(path(hub, "/keys"), jwks="oops")

        assert answer.status_code == 422 and "oops" in answer.get_data(as_text=True)
        assert clients()[0].jwks == public(KEY)

    def test_a_new_secret_stands_there_once(self, place):
        app, old = register_app(place.county, authentication=ClientAuthentication.SECRET)

        page = place.boss.post(path(app, "/keys")).get_data(as_text=True)

        secret = re.search(r'<textarea[^>]*id="secret"[^>]*>([^<]+)<', page).group(1)
        assert identity.is_secret_of(clients()[0], secret) and secret != old

    def test_an_app_with_neither_says_that_there_is_nothing_to_change(self, place):
        app, _none = register_app(place.county)

        assert "There is nothing to change here." in text_of(place.boss.get(path(app, "/keys")))
        assert place.boss.post(path(app, "/keys")).status_code == 409

    def test_it_is_held_back_and_let_in_again(self, place, hub):
        page = text_of(place.boss.get(path(hub, "/hold")))
        assert "Every token of it ends now." in page

        assert place.boss.post(path(hub, "/hold")).location == path(hub, "?done=held")
        assert clients()[0].suspended_at is not None
        assert "Let it in again" in text_of(place.boss.get(path(hub)))

        assert "It may ask for new tokens at once" in text_of(place.boss.get(path(hub, "/return")))
        assert place.boss.post(path(hub, "/return")).location == path(hub, "?done=let-in")
        assert clients()[0].suspended_at is None


class TestOthers:
    @pytest.mark.parametrize("rest", ["", "/keys", "/hold", "/return"])
    def test_to_a_stranger_it_answers_as_one_that_does_not_exist(self, place, hub, rest):
        there, nowhere = place.stranger.get(path(hub, rest)), place.stranger.get(path(place.county, rest))

        assert there.status_code == nowhere.status_code == 404
        assert text_of(there) == text_of(nowhere)

    @pytest.mark.parametrize("rest", ["/keys", "/hold", "/return"])
    def test_a_stranger_changes_nothing(self, place, hub, rest):
        answer = place.stranger.post(path(hub, rest), page="/help")

        assert answer.status_code == 404
        assert (clients()[0].suspended_at, clients()[0].jwks) == (None, public(KEY))

    @pytest.mark.parametrize("who", ["officer", "wren"])
    @pytest.mark.parametrize("rest", ["", "/new", "/{id}", "/{id}/keys", "/{id}/hold", "/{id}/return"])
    def test_a_colleague_who_may_not_is_told_so(self, place, hub, who, rest):
        address = "/organization/clients" + rest.format(id=hub.id)

        assert getattr(place, who).get(address).status_code == 403


class TestOwnApps:
    """What works in somebody's own name stands on their settings."""

    @pytest.fixture
    def grant(self, place):
        app, _none = register_app(place.county)
        wren, at = identity.actor_for(place.users.wren), datetime.now(UTC)
        with transaction() as session:
            more = {"redirect_uri": CALLBACK, "code_challenge": "c" * 43, "purpose": Purpose.CARE_COORDINATION}
            grant = identity.allow_app(session, wren, app, scopes=app.scopes, **more, at=at)
            identity.grant_of_code(session, app, identity.code_of(grant), at=at)
        return grant

    def test_each_says_its_name_and_what_it_may_see(self, place, grant):
        page = text_of(place.wren.get("/settings"))

        assert "Apps that work in your name" in page and "Rounds" in page
        assert "Referrals, sent and received, with messages and files : see" in page

    def test_a_colleague_does_not_see_it(self, place, grant):
        page = text_of(place.teal.get("/settings"))

        assert "No app does. When one asks to, you decide." in page and "Rounds" not in page

    def test_stop_ends_it(self, place, grant):
        answer = place.wren.post(f"/settings/apps/{grant.id}/end", page="/settings")

        page = text_of(place.wren.get(answer.location))
        assert "Stopped. The app opens nothing in your name now." in page and "Rounds" not in page
        with reading() as session:
            assert session.get_one(Grant, grant.id).ended_at is not None

    def test_a_colleague_stops_nothing(self, place, grant):
        answers = [
            place.teal.post(f"/settings/apps/{known}/end", page="/help") for known in (grant.id, place.county.id)
        ]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert text_of(answers[0]) == text_of(answers[1])
        with reading() as session:
            assert session.get_one(Grant, grant.id).ended_at is None
