"""What the law makes of an organization: who keeps it, what its kind says by itself, what stays in the history."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7

from cie.access import Role
from cie.errors import Invalid, NotAllowed, NotFound
from cie.events import Change
from cie.participants import HipaaRole, LegalStanding, ParticipantKind, Program, set_standing, standing_of
from tests.factories import NOON, make_participant, staff_of

ELSE = [role for role in Role if role is not Role.NETWORK_ADMINISTRATOR]
COUNTY = LegalStanding(HipaaRole.BUSINESS_ASSOCIATE, True, (Program.SNAP, Program.HMIS), True, "CA")


@pytest.fixture
def network(session):
    return staff_of(make_participant(session, name="Valley Exchange"), Role.NETWORK_ADMINISTRATOR)


@pytest.fixture
def pantry(session):
    return make_participant(session)


def test_it_is_kept_and_the_history_says_what_it_was(session, network, pantry):
    set_standing(session, network, pantry.id, COUNTY, at=NOON)

    assert standing_of(pantry) == COUNTY
    session.flush()
    change = session.execute(select(Change).where(Change.record_id == pantry.id)).scalar_one()
    assert change.fields == {
        "hipaa_role": [None, "business-associate"],
        "is_part2_program": [False, True],
        "programs": [[], ["snap", "hmis"]],
        "on_ab210_team": [False, True],
    }


def test_the_event_names_what_changed_in_the_chain_of_the_organization(session, network, pantry):
    set_standing(session, network, pantry.id, LegalStanding(state="NV"), at=NOON)

    (event,) = session.info["events"]
    assert (event.action, event.organization_id) == ("participant.standing", pantry.id)
    assert event.codes == {"fields": ["state"]}


def test_saving_what_is_kept_changes_nothing(session, network, pantry):
    set_standing(session, network, pantry.id, standing_of(pantry), at=NOON)

    assert "events" not in session.info


def test_programs_are_kept_once_in_one_order_and_the_state_in_capitals(session, network, pantry):
    typed = replace(COUNTY, programs=(Program.HMIS, Program.SNAP, Program.HMIS), state=" nv ")

    set_standing(session, network, pantry.id, typed, at=NOON)

    assert (pantry.programs, pantry.state) == (["snap", "hmis"], "NV")


@pytest.mark.parametrize("state", ["", "C", "XX", "California"])
def test_a_state_that_is_none_is_named(session, network, pantry, state):
    with pytest.raises(Invalid) as refused:
        set_standing(session, network, pantry.id, LegalStanding(state=state), at=NOON)

    assert refused.value.field == "state"


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (ParticipantKind.CLINIC, HipaaRole.COVERED_ENTITY),
        (ParticipantKind.HOSPITAL, HipaaRole.COVERED_ENTITY),
        (ParticipantKind.HEALTH_PLAN, HipaaRole.COVERED_ENTITY),
        (ParticipantKind.COUNTY_AGENCY, HipaaRole.NEITHER),
        (ParticipantKind.CBO, HipaaRole.NEITHER),
        (ParticipantKind.VICTIM_SERVICES, HipaaRole.NEITHER),
    ],
)
def test_the_kind_says_it_until_somebody_knows_better(session, network, kind, role):
    place = make_participant(session, kind=kind)
    assert place.hipaa == role

    set_standing(session, network, place.id, LegalStanding(HipaaRole.BUSINESS_ASSOCIATE), at=NOON)
    assert (place.hipaa, place.hipaa_by_kind) == (HipaaRole.BUSINESS_ASSOCIATE, role)

    set_standing(session, network, place.id, LegalStanding(), at=NOON)
    assert place.hipaa == role


@pytest.mark.parametrize("role", ELSE)
def test_nobody_else_keeps_it_not_even_of_their_own_organization(session, pantry, role):
    with pytest.raises(NotAllowed):
        set_standing(session, staff_of(pantry, role), pantry.id, COUNTY, at=NOON)

    assert standing_of(pantry) == LegalStanding()


def test_an_organization_that_never_joined_is_not_found(session, network):
    with pytest.raises(NotFound):
        set_standing(session, network, uuid7(), COUNTY, at=NOON)
