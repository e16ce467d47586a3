"""`cie client` as an operator types it: what it prints, and one clear line when it cannot."""

# ruff: noqa: F811 - fixtures that come from beside are named again by who takes them

import json
from uuid import UUID, uuid4

import pytest

from cie.db import configure, reading
from cie.identity import Client
from tests.cli.test_commands import env, ok, organization, refusal, settings  # noqa: F401  # fixtures
from tests.oauth.place import new_key, public

KEY = new_key()


@pytest.fixture(scope="module")
def county(env):
    return organization(env, "Tule County")


@pytest.fixture
def keys(tmp_path):
    file = tmp_path / "hub.json"
    file.write_text(json.dumps(public(KEY)))
    return str(file)


def stored(settings, client_id):
    configure(settings)
    with reading() as session:
        return session.get_one(Client, UUID(client_id))


def add(county, *more, scope="system/Task.rs"):
    return ["client", "add", "--organization", county, "--scope", scope, *more]


class TestAdd:
    def test_a_system_is_added_by_its_key_file_and_its_id_stands_last(self, env, settings, county, keys):
        (line,) = ok(*add(county, "--jwks", keys, scope="system/Task.rs api/referrals.read"), env=env)

        client = stored(settings, line.split()[-1])
        assert line == f"added system hub {client.id}"
        assert client.scopes == ["system/Task.rs", "api/referrals.read"]
        assert (client.jwks, client.purposes) == (public(KEY), ["COC"])

    def test_an_app_is_added_and_its_secret_is_printed_once_before_the_id(self, env, settings, county):
        said = ["--kind", "staff-app", "--auth", "client_secret_basic", "--name", "Rounds", "--purpose", "TREAT"]
        uris = ["--redirect-uri", "https://a.example.org/", "--redirect-uri", "http://127.0.0.1:9/"]

        told, line = ok(*add(county, *said, *uris, scope="user/Task.rs offline_access"), env=env)

        client = stored(settings, line.split()[-1])
        assert told.startswith("secret: ") and len(told) > 40
        assert (client.name, client.purposes, len(client.redirect_uris)) == ("Rounds", ["TREAT"], 2)
        assert told.removeprefix("secret: ") not in "\n".join(ok("client", "list", env=env))

    def test_in_a_test_the_address_of_the_keys_may_be_of_this_machine(self, env, settings, county):
        (line,) = ok(*add(county, "--jwks-url", "http://127.0.0.1:9000/keys"), env=env)

        assert stored(settings, line.split()[-1]).jwks_url == "http://127.0.0.1:9000/keys"

    def test_what_cannot_be_is_one_clear_line(self, env, county, keys, tmp_path):
        text, private = tmp_path / "text.json", tmp_path / "private.json"
        text.write_text("no JSON")
        private.write_text(json.dumps({"keys": [KEY.as_dict(private=True)]}))
        nobody = str(uuid4())

        assert "nowhere.json: No such file" in refusal(*add(county, "--jwks", "nowhere.json"), env=env)
        assert "text.json is not a JSON Web Key Set" in refusal(*add(county, "--jwks", str(text)), env=env)
        assert "this holds a private key" in refusal(*add(county, "--jwks", str(private)), env=env)
        assert "system/Nothing.rs" in refusal(*add(county, "--jwks", keys, scope="system/Nothing.rs"), env=env)
        assert f"there is no organization {nobody}" in refusal(*add(nobody, "--jwks", keys), env=env)
        assert "give a key set" in refusal(*add(county), env=env)


class TestOthers:
    def test_each_is_listed_with_id_kind_and_name(self, env, keys):
        own, other = organization(env, "One"), organization(env, "Two")
        client_id = ok(*add(own, "--jwks", keys, "--name", "Data hub"), env=env)[-1].split()[-1]

        assert ok("client", "list", "--organization", own, env=env) == [f"{client_id} system Data hub"]
        assert ok("client", "list", "--organization", other, env=env) == []
        assert f"{client_id} system Data hub" in ok("client", "list", env=env)

    def test_it_is_held_back_and_let_in_again(self, env, settings, county, keys):
        client_id = ok(*add(county, "--jwks", keys), env=env)[-1].split()[-1]

        assert ok("client", "suspend", client_id, env=env) == [f"suspended {client_id}"]
        assert stored(settings, client_id).suspended_at is not None
        assert ok("client", "resume", client_id, env=env) == [f"resumed {client_id}"]
        assert stored(settings, client_id).suspended_at is None

    def test_it_gets_new_keys(self, env, settings, county, keys, tmp_path):
        client_id = ok(*add(county, "--jwks", keys), env=env)[-1].split()[-1]
        new, file = public(new_key("two")), tmp_path / "new.json"
        file.write_text(json.dumps(new))

        assert ok("client", "rotate", client_id, "--jwks", str(file), env=env) == [f"rotated {client_id}"]
        assert stored(settings, client_id).jwks == new
        assert "give a key set" in refusal("client", "rotate", client_id, env=env)

    def test_one_that_is_not_there_is_one_clear_line(self, env):
        nobody = str(uuid4())

        for verb in ("suspend", "resume", "rotate"):
            assert f"there is no client {nobody}" in refusal("client", verb, nobody, env=env)
