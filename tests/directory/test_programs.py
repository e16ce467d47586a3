"""To which program a service belongs, and who may say so."""

import pytest

from cie import directory
from cie.access import Role
from cie.errors import Invalid, NotAllowed, NotFound
from cie.participants import ParticipantKind, Program
from tests.factories import NOON, make_participant, make_service, staff_of

BOTH = frozenset({Program.WIC, Program.SNAP})


@pytest.fixture
def county(session):
    return make_participant(session, kind=ParticipantKind.COUNTY_AGENCY, programs=["wic", "snap"])


@pytest.fixture
def service(session, county):
    return make_service(session, county, name="CalFresh application")


class TestProgramOf:
    def test_nobody_runs_a_program_so_it_is_of_none(self, session):
        assert directory.program_of(make_service(session), frozenset()) is None

    def test_where_nothing_was_said_the_strictest_counts(self, service):
        assert directory.program_of(service, BOTH) == Program.SNAP

    def test_what_was_said_counts_while_the_organization_runs_it(self, service):
        service.program = Program.WIC

        assert directory.program_of(service, BOTH) == Program.WIC
        assert directory.program_of(service, frozenset({Program.SNAP})) == Program.SNAP
        assert directory.program_of(service, frozenset()) is None


class TestSetProgram:
    def test_a_stricter_one_is_set_by_the_team(self, session, county, service):
        service.program = Program.WIC

        directory.set_program(session, staff_of(county), service.id, Program.SNAP, at=NOON)

        assert directory.program_of(service, BOTH) == Program.SNAP

    @pytest.mark.parametrize("program", [Program.WIC, None])
    def test_a_looser_one_takes_the_privacy_officer(self, session, county, service, program):
        with pytest.raises(NotAllowed):
            directory.set_program(session, staff_of(county), service.id, program, at=NOON)

        directory.set_program(session, staff_of(county, Role.PRIVACY_OFFICER), service.id, program, at=NOON)

        assert directory.program_of(service, BOTH) == program

    def test_one_that_the_organization_does_not_run_is_refused_with_its_box(self, session, county, service):
        with pytest.raises(Invalid) as caught:
            directory.set_program(session, staff_of(county, Role.PRIVACY_OFFICER), service.id, Program.HMIS, at=NOON)

        assert caught.value.field == "program"

    def test_another_organization_does_not_find_the_service(self, session, service):
        other = make_participant(session, name="Open Basket Co-op", programs=["snap"])

        with pytest.raises(NotFound):
            directory.set_program(session, staff_of(other), service.id, Program.SNAP, at=NOON)


class TestRuns:
    def test_the_programs_are_those_of_the_organization_that_joined(self, session, service):
        assert directory.programs_run(session, service) == BOTH

    def test_an_organization_that_has_not_joined_runs_none_here(self, session):
        assert directory.programs_run(session, make_service(session)) == frozenset()
