"""Apps that work in somebody's name: which there are now, until when, and stopping one."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from cie import identity
from cie.access import SYSTEM, Actor, ActorKind, Purpose, Role
from cie.access.scopes import Sight, sights_of
from cie.errors import NotFound
from cie.identity import ClientAuthentication, ClientKind, Registration
from tests.factories import NOON, make_participant, make_staff
from tests.oauth.place import CALLBACK

WORKS_ON = ("user/Task.rs", "offline_access")


@pytest.fixture
def place(session):
    county = make_participant(session)
    said = Registration(
        "Rounds", ClientKind.STAFF_APP, WORKS_ON, authentication=ClientAuthentication.NONE, redirect_uris=[CALLBACK]
    )
    client, _secret = identity.register_client(session, SYSTEM, county.id, said, at=NOON)
    wren, teal = (identity.actor_for(make_staff(session, county, name=name)) for name in ("Wren", "Teal"))
    return SimpleNamespace(session=session, county=county, client=client, wren=wren, teal=teal)


def allow(place, actor, scopes=WORKS_ON, *, used=True, at=NOON):
    more = {
        "scopes": scopes,
        "purpose": Purpose.CARE_COORDINATION,
        "redirect_uri": CALLBACK,
        "code_challenge": "c" * 43,
    }
    grant = identity.allow_app(place.session, actor, place.client, **more, at=at)
    if used:
        identity.grant_of_code(place.session, place.client, identity.code_of(grant), at=at)
    return grant


def token_of(place, grant):
    more = {"scopes": ["user/Task.rs"], "purpose": Purpose.CARE_COORDINATION, "grant": grant}
    return identity.issue_token(place.session, place.client, token_id=uuid4(), **more, at=NOON)


def names(place, actor, at=NOON):
    return [app.name for app in identity.apps_of(place.session, actor, at)]


class TestWhichThereAre:
    def test_each_says_its_name_since_when_and_until_when(self, place):
        grant = allow(place, place.wren)

        (app,) = identity.apps_of(place.session, place.wren, NOON)

        assert (app.name, app.grant.id, app.until) == ("Rounds", grant.id, NOON + identity.GRANT_LIVES)

    def test_nobody_sees_those_of_a_colleague(self, place):
        allow(place, place.wren)

        assert names(place, place.teal) == []
        assert names(place, Actor(ActorKind.CLIENT, place.wren.id, place.county.id)) == []

    @pytest.mark.parametrize(
        ("scopes", "used", "minutes", "is_there"),
        [
            (WORKS_ON, True, 60 * 24 * 13, True),
            (WORKS_ON, True, 60 * 24 * 14, False),
            (WORKS_ON, False, 2, False),
            (["user/Task.rs"], True, 14, True),
            (["user/Task.rs"], True, 15, False),
        ],
        ids=["13 days", "14 days", "a code never used", "one token, still good", "one token, over"],
    )
    def test_only_what_still_works_is_there(self, place, scopes, used, minutes, is_there):
        allow(place, place.wren, scopes, used=used)

        assert bool(names(place, place.wren, NOON + timedelta(minutes=minutes))) is is_there


class TestStopping:
    def test_it_ends_what_was_allowed_and_every_token_of_it(self, place):
        grant = allow(place, place.wren)
        token, refresh = token_of(place, grant), identity.refresh_token_of(grant)

        identity.stop_app(place.session, place.wren, grant.id, NOON)

        assert names(place, place.wren) == []
        place.session.refresh(token)
        assert token.revoked_at == NOON
        assert identity.grant_of_refresh_token(place.session, place.client, refresh, at=NOON) is None

    def test_another_stays(self, place):
        stopped, kept = allow(place, place.wren), allow(place, place.wren)

        identity.stop_app(place.session, place.wren, stopped.id, NOON)

        assert [app.grant.id for app in identity.apps_of(place.session, place.wren, NOON)] == [kept.id]

    @pytest.mark.parametrize("who", ["teal", "boss", "client"])
    def test_one_of_somebody_else_is_as_if_it_did_not_exist(self, place, who):
        grant = allow(place, place.wren)
        boss = identity.actor_for(make_staff(place.session, place.county, Role.ORGANIZATION_ADMINISTRATOR))
        client = Actor(ActorKind.CLIENT, place.wren.id, place.county.id)
        others = {"teal": place.teal, "boss": boss, "client": client}

        with pytest.raises(NotFound):
            identity.stop_app(place.session, others[who], grant.id, NOON)

        assert grant.ended_at is None

    def test_what_does_not_exist_is_not_found(self, place):
        with pytest.raises(NotFound):
            identity.stop_app(place.session, place.wren, uuid4(), NOON)

    def test_twice_changes_nothing_more(self, place):
        grant = allow(place, place.wren)

        identity.stop_app(place.session, place.wren, grant.id, NOON)
        identity.stop_app(place.session, place.wren, grant.id, NOON + timedelta(hours=1))

        assert grant.ended_at == NOON


class TestSights:
    def test_scopes_are_told_area_by_area(self):
        told = sights_of(
            ["user/Patient.rs", "user/RelatedPerson.u", "api/measures.write", "user/Task.s", "offline_access"]
        )

        assert told == (
            Sight("people", reads=True, writes=True),
            Sight("referrals", reads=True, writes=False),
            Sight("measures", reads=False, writes=True),
        )

    def test_everything_is_every_area(self):
        told = sights_of(["api/*.read"])

        assert len(told) == 9 and all(sight.reads and not sight.writes for sight in told)
