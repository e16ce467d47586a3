"""Programs of an organization: what is wrong in a registration, new keys, holding back, who may."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from cie import identity
from cie.access import SYSTEM, Purpose, Role
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.identity import Client, ClientAuthentication, ClientKind, Grant, Registration
from tests.factories import NOON, add, make_participant, make_staff, staff_of
from tests.oauth.place import CALLBACK, new_key, public

KEY, RSA_KEY = new_key("ec"), new_key("rsa", "RSA")
SYSTEM_SAID = {"name": "Hub", "kind": ClientKind.SYSTEM, "scopes": ["system/Task.rs"], "jwks": public(KEY)}
APP_SAID = {
    "name": "Rounds",
    "kind": ClientKind.STAFF_APP,
    "scopes": ["user/Task.rs"],
    "authentication": ClientAuthentication.NONE,
    "redirect_uris": [CALLBACK],
}


@pytest.fixture
def county(session):
    return make_participant(session)


@pytest.fixture
def boss(county):
    return staff_of(county, Role.ORGANIZATION_ADMINISTRATOR)


def register(session, actor, county, **said):
    return identity.register_client(session, actor, county.id, Registration(**said), at=NOON)


def faults(session, county, **said):
    """The boxes that are wrong."""
    with pytest.raises(Invalid) as refused:
        register(session, SYSTEM, county, **said)
    assert session.execute(select(Client)).first() is None
    return {error.field for error in refused.value.errors}


class TestWhatIsRegistered:
    def test_a_system_signs_and_has_no_secret(self, session, county, boss):
        client, secret = register(session, boss, county, **SYSTEM_SAID)

        assert secret is None and client.secret_hash is None
        assert (client.organization_id, client.jwks) == (county.id, public(KEY))

    def test_the_secret_of_an_app_is_told_and_only_its_hash_kept(self, session, county, boss):
        said = APP_SAID | {"authentication": ClientAuthentication.SECRET}

        client, secret = register(session, boss, county, **said)

        assert secret and identity.is_secret_of(client, secret) and not identity.is_secret_of(client, secret + "x")
        assert secret.encode() not in client.secret_hash

    def test_rsa_keys_of_2048_bits_will_do(self, session, county, boss):
        client, _secret = register(session, boss, county, **SYSTEM_SAID | {"jwks": public(RSA_KEY)})

        assert client.jwks == public(RSA_KEY)


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"name": "  "}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"authentication": ClientAuthentication.NONE, "jwks": None}, "authentication"),
            ({"jwks": None}, "jwks"),
            ({"jwks_url": "https://hub.example.org/keys"}, "jwks"),
            ({"jwks": {}}, "jwks"),
            ({"jwks": {"keys": [{"kty": "oct", "kid": "1", "k": "c2VjcmV0"}]}}, "jwks"),
            ({"jwks": {"keys": [KEY.as_dict(private=True)]}}, "jwks"),
            ({"jwks": {"keys": [{**KEY.as_dict(private=False), "crv": "P-256"}]}}, "jwks"),
            ({"jwks": {"keys": [{**KEY.as_dict(private=False), "kid": None}]}}, "jwks"),
            ({"jwks": {"keys": [{**KEY.as_dict(private=False), "kid": [[]]}]}}, "jwks"),
            ({"jwks": {"keys": public(KEY)["keys"] * 2}}, "jwks"),
            ({"jwks": None, "jwks_url": "http://hub.example.org/keys"}, "jwks_url"),
            ({"jwks": None, "jwks_url": "https://me:pass@hub.example.org/keys"}, "jwks_url"),
            ({"redirect_uris": [CALLBACK]}, "redirect_uris"),
            ({"scopes": []}, "scopes"),
            ({"scopes": ["system/Nothing.rs"]}, "scopes"),
            ({"scopes": ["user/Task.rs"]}, "scopes"),
            ({"scopes": ["offline_access"]}, "scopes"),
            ({"purposes": []}, "purposes"),
            ({"purposes": [Purpose.EMERGENCY]}, "purposes"),
        ],
    )
    def test_of_a_system_it_is_said_by_the_box_and_nothing_is_kept(self, session, county, changed, field):
        assert faults(session, county, **SYSTEM_SAID | changed) == {field}

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"redirect_uris": []}, "redirect_uris"),
            ({"redirect_uris": ["http://app.example.org/"]}, "redirect_uris"),
            ({"redirect_uris": ["https://app.example.org/#here"]}, "redirect_uris"),
            ({"redirect_uris": ["https://*.example.org/"]}, "redirect_uris"),
            ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
            ({"jwks": public(KEY)}, "jwks"),
            ({"jwks": {"keys": [KEY.as_dict(private=True)]}}, "jwks"),
            ({"scopes": ["system/Task.rs"]}, "scopes"),
        ],
    )
    def test_of_an_app_it_is_said_by_the_box_and_nothing_is_kept(self, session, county, changed, field):
        assert faults(session, county, **APP_SAID | changed) == {field}

    def test_everything_is_said_at_once(self, session, county):
        said = {"name": "", "kind": ClientKind.SYSTEM, "scopes": [], "purposes": []}

        assert faults(session, county, **said) == {"name", "jwks", "scopes", "purposes"}


class TestReadingAKeySet:
    def test_what_somebody_pastes_is_read(self):
        assert identity.read_key_set(json.dumps(public(KEY))) == public(KEY)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "-----BEGIN PUBLIC KEY-----",
            "[]",
            "7",
            "{" * 1000,
            '{"keys":' + "[" * 900 + "]" * 900 + "}",
            " " * 100_001,
        ],
        ids=["nothing", "a PEM file", "a list", "a number", "broken", "deep", "long"],
    )
    def test_what_is_none_is_refused(self, text):
        with pytest.raises(Invalid) as refused:
            identity.read_key_set(text)

        assert refused.value.field == "jwks"


class TestNewKeys:
    def test_only_the_new_ones_count(self, session, county, boss):
        client, _secret = register(session, boss, county, **SYSTEM_SAID)

        told = identity.rotate_keys(session, boss, client.id, jwks=public(RSA_KEY), at=NOON)

        assert told is None and client.jwks == public(RSA_KEY)

    def test_a_new_secret_is_told_and_the_old_one_counts_no_more(self, session, county, boss):
        client, old = register(session, boss, county, **APP_SAID | {"authentication": ClientAuthentication.SECRET})

        new = identity.rotate_keys(session, boss, client.id, at=NOON)

        assert identity.is_secret_of(client, new) and not identity.is_secret_of(client, old)

    def test_a_private_key_is_refused(self, session, county, boss):
        client, _secret = register(session, boss, county, **SYSTEM_SAID)

        with pytest.raises(Invalid, match="private key"):
            identity.rotate_keys(session, boss, client.id, jwks={"keys": [KEY.as_dict(private=True)]}, at=NOON)

    def test_an_app_without_any_has_none_to_change(self, session, county, boss):
        client, _secret = register(session, boss, county, **APP_SAID)

        with pytest.raises(NotPossibleNow):
            identity.rotate_keys(session, boss, client.id, at=NOON)


class TestHoldingBack:
    def test_what_staff_allowed_it_ends_and_does_not_come_back(self, session, county, boss):
        client, _secret = register(session, boss, county, **APP_SAID)
        grant = add(session, make_grant(county, client, make_staff(session, county)))

        identity.suspend_client(session, boss, client.id, at=NOON)
        session.refresh(grant)
        assert (client.suspended_at, grant.ended_at) == (NOON, NOON)

        identity.resume_client(session, boss, client.id, at=NOON + timedelta(hours=1))
        session.refresh(grant)
        assert (client.suspended_at, grant.ended_at) == (None, NOON)

    def test_twice_changes_nothing_more(self, session, county, boss):
        client, _secret = register(session, boss, county, **SYSTEM_SAID)

        identity.suspend_client(session, boss, client.id, at=NOON)
        identity.suspend_client(session, boss, client.id, at=NOON + timedelta(hours=1))

        assert client.suspended_at == NOON


def make_grant(county, client, user):
    return Grant(
        organization_id=county.id,
        client_id=client.id,
        user_id=user.id,
        scopes=["user/Task.rs", "offline_access"],
        purpose="COC",
        redirect_uri=CALLBACK,
        code_challenge="c" * 43,
        created_at=NOON,
        code_used_at=NOON,
        expires_at=NOON + timedelta(days=14),
    )


class TestWhoMay:
    @pytest.mark.parametrize("role", [Role.CASEWORKER, Role.PRIVACY_OFFICER, Role.NETWORK_ADMINISTRATOR])
    def test_nobody_but_the_administrator_of_the_organization(self, session, county, boss, role):
        client, _secret = register(session, boss, county, **SYSTEM_SAID)
        other = staff_of(county, role)

        with pytest.raises(NotAllowed):
            register(session, other, county, **SYSTEM_SAID)
        for verb in (identity.suspend_client, identity.resume_client, identity.rotate_keys):
            with pytest.raises(NotAllowed):
                verb(session, other, client.id, at=NOON)
        with pytest.raises(NotAllowed):
            identity.clients_of(session, other, county.id)

    def test_to_another_organization_it_is_as_if_it_did_not_exist(self, session, county, boss):
        client, _secret = register(session, boss, county, **SYSTEM_SAID)
        stranger = staff_of(make_participant(session, name="Elsewhere"), Role.ORGANIZATION_ADMINISTRATOR)

        for verb in (identity.suspend_client, identity.resume_client, identity.rotate_keys):
            with pytest.raises(NotFound):
                verb(session, stranger, client.id, at=NOON)
        with pytest.raises(NotFound):
            identity.get_client(session, stranger, client.id)
        with pytest.raises(NotFound):
            identity.clients_of(session, stranger, county.id)
        with pytest.raises(NotFound):
            identity.clients_of(session, stranger, None)
