"""The lists: due soonest first, those without a day last, of the own organization alone."""

from datetime import date, timedelta

import pytest

from cie import privacy
from cie.access import Role
from cie.errors import NotAllowed
from cie.privacy import DemandKind, Incident, LegalDemand, PersonRequest, RequestKind, RequestState, Standing
from tests.factories import NOON, staff_of
from tests.privacy.cases import TODAY, make_demand, make_incident, make_request


def listed(session, actor, model, standing=Standing.OPEN, **more):
    query = privacy.cases(actor, model, standing, **more, today=TODAY)
    return [case.id for case in session.execute(query).scalars()]


class TestCases:
    def test_due_soonest_first_and_without_a_day_last(self, session, officer):
        none, late, soon = (
            make_demand(session, officer, received_on=date(2026, 11, 1), due_on=due)
            for due in (None, date(2026, 11, 20), date(2026, 12, 1))
        )

        assert listed(session, officer, LegalDemand) == [late.id, soon.id, none.id]
        assert listed(session, officer, LegalDemand, Standing.LATE) == [late.id]

    def test_closed_ones_come_after_open_ones(self, session, loop, officer):
        closed = make_request(session, officer, loop.person, received_on=TODAY - timedelta(days=90))
        privacy.decide_request(session, officer, closed.id, RequestState.DENIED, reason="It is true.", at=NOON)
        open_one = make_request(session, officer, loop.person)

        assert listed(session, officer, PersonRequest, Standing.ALL) == [open_one.id, closed.id]
        assert listed(session, officer, PersonRequest, Standing.CLOSED) == [closed.id]
        assert listed(session, officer, PersonRequest, Standing.LATE) == []

    def test_by_kind_and_by_person(self, session, loop, officer):
        access, deletion = (
            make_request(session, officer, loop.person, kind=kind)
            for kind in (RequestKind.ACCESS, RequestKind.DELETION)
        )

        assert listed(session, officer, PersonRequest, kind="deletion") == [deletion.id]
        assert set(listed(session, officer, PersonRequest, person_id=loop.person.id)) == {access.id, deletion.id}
        assert listed(session, officer, PersonRequest, person_id=loop.clinic.id) == []

    def test_those_of_others_are_not_there(self, session, officer, stranger):
        make_incident(session, officer)

        assert listed(session, stranger, Incident, Standing.ALL) == []

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.PRIVACY_OFFICER])
    def test_no_other_role_lists_them(self, loop, role):
        with pytest.raises(NotAllowed):
            privacy.cases(staff_of(loop.clinic, role), Incident, Standing.ALL, today=TODAY)


class TestOverview:
    def test_it_counts_what_is_open_soon_and_late(self, session, officer):
        for due in (TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=7), TODAY + timedelta(days=8), None):
            make_demand(session, officer, kind=DemandKind.OTHER, received_on=date(2026, 11, 1), due_on=due)

        found = privacy.overview(session, officer, today=TODAY)["legal_demand"]

        assert (found.open, found.soon, found.late) == (5, 2, 1)

    def test_it_counts_to_99_and_no_further(self, session, officer):
        for _each in range(103):
            make_demand(session, officer)

        assert privacy.overview(session, officer, today=TODAY)["legal_demand"].open == privacy.EXACT_TO + 1

    def test_it_does_not_count_what_others_have(self, session, officer, stranger):
        make_incident(session, officer)

        assert {counts.open for counts in privacy.overview(session, stranger, today=TODAY).values()} == {0}
