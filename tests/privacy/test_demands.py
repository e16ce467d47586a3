"""Legal demands: a lawyer sees each one first, and nothing leaves because of one."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from cie import privacy
from cie.access import Role
from cie.consent import Release
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.events import Outbox
from cie.privacy import MOVES, DemandKind, DemandState, Given, LegalDemand, Step
from tests.factories import NOON, staff_of
from tests.privacy.cases import TODAY, done_in, make_demand

OTHERS = [role for role in Role if role is not Role.PRIVACY_OFFICER]
DECIDED = [DemandState.ANSWERED_OUTSIDE, DemandState.REFUSED, DemandState.WITHDRAWN]


def decide(session, actor, demand, to, decision="Counsel said no.", given=Given("Two letters", TODAY)):
    return privacy.decide_demand(session, actor, demand.id, to, decision=decision, given=given, at=NOON)


def with_counsel(session, actor, **fields):
    demand = make_demand(session, actor, **fields)
    return privacy.give_to_counsel(session, actor, demand.id, counsel="Ibis Marlowe", at=NOON)


class TestOpening:
    def test_it_waits_for_a_lawyer(self, session, officer):
        demand = make_demand(session, officer, due_on=date(2026, 12, 8), court="Fresno County", case_number="24-1")

        assert (demand.state, demand.due_on) == (DemandState.RECEIVED, date(2026, 12, 8))
        assert (demand.court, demand.case_number) == ("Fresno County", "24-1")
        assert done_in(session) == ["legal-demand.opened"]

    def test_words_and_names_are_sealed(self, session, officer):
        demand = with_counsel(session, officer, court="Fresno County")

        sealed = demand.asker_sealed + demand.scope_sealed + demand.counsel_sealed + demand.court_sealed
        assert not any(word in sealed for word in (b"Thrush", b"notes", b"Ibis", b"Fresno"))
        assert "Thrush" not in repr([event.codes for event in session.info["events"]])

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"asker": ""}, "asker"),
            ({"asker": "x" * 201}, "asker"),
            ({"scope": " "}, "scope"),
            ({"court": "x" * 201}, "court"),
            ({"case_number": "x" * 201}, "case_number"),
            ({"received_on": TODAY + timedelta(days=1)}, "received_on"),
            ({"due_on": TODAY - timedelta(days=1)}, "due_on"),
        ],
    )
    def test_what_is_wrong_is_named(self, session, officer, fields, field):
        with pytest.raises(Invalid) as refused:
            make_demand(session, officer, **fields)

        assert [error.field for error in refused.value.errors] == [field]

    @pytest.mark.parametrize("role", OTHERS)
    def test_nobody_else_opens_one(self, session, loop, role):
        with pytest.raises(NotAllowed):
            make_demand(session, staff_of(loop.clinic, role))


class TestMoving:
    @pytest.mark.parametrize("to", DECIDED)
    def test_after_a_lawyer_saw_it_it_is_decided_in_words(self, session, officer, to):
        demand = with_counsel(session, officer)

        decide(session, officer, demand, to)

        assert (demand.state, demand.decision, demand.closed_at) == (to, "Counsel said no.", NOON)
        assert done_in(session)[-1] == f"legal-demand.{to.value}"

    @pytest.mark.parametrize("to", [DemandState.ANSWERED_OUTSIDE, DemandState.REFUSED])
    def test_before_a_lawyer_saw_it_nobody_answers_or_refuses(self, session, officer, to):
        demand = make_demand(session, officer)

        with pytest.raises(NotPossibleNow, match="lawyer looks at it first"):
            decide(session, officer, demand, to)

        assert demand.state is DemandState.RECEIVED

    def test_they_can_take_it_back_at_once(self, session, officer):
        demand = make_demand(session, officer)

        assert decide(session, officer, demand, DemandState.WITHDRAWN).state is DemandState.WITHDRAWN

    def test_it_is_given_to_a_lawyer_once(self, session, officer):
        demand = with_counsel(session, officer)

        with pytest.raises(NotPossibleNow):
            privacy.give_to_counsel(session, officer, demand.id, counsel="Another", at=NOON)

    def test_nothing_leads_out_of_an_end_and_nothing_back(self):
        assert set(MOVES) == {DemandState.RECEIVED, DemandState.WITH_COUNSEL}
        assert all(DemandState.RECEIVED not in after for after in MOVES.values())

    @pytest.mark.parametrize("to", list(DemandState))
    def test_what_is_closed_stays_as_it_is(self, session, officer, to):
        demand = with_counsel(session, officer)
        decide(session, officer, demand, DemandState.REFUSED)

        with pytest.raises(NotPossibleNow, match="This case is closed"):
            decide(session, officer, demand, to)

        assert demand.state is DemandState.REFUSED

    @pytest.mark.parametrize("act", ["counsel", "decision"])
    def test_it_needs_words(self, session, officer, act):
        with pytest.raises(Invalid) as refused:
            if act == "counsel":
                privacy.give_to_counsel(session, officer, make_demand(session, officer).id, counsel=" ", at=NOON)
            else:
                decide(session, officer, with_counsel(session, officer), DemandState.REFUSED, " ")

        assert refused.value.errors[0].field == act


class TestAnsweredOutside:
    def test_what_was_given_to_whom_and_when_is_kept(self, session, officer):
        demand = with_counsel(session, officer)

        decide(
            session, officer, demand, DemandState.ANSWERED_OUTSIDE, given=Given(" Two letters ", TODAY, "The clerk ")
        )

        assert (demand.given, demand.given_to, demand.released_on) == ("Two letters", "The clerk", TODAY)
        assert privacy.history_of(session, demand)[0].on_day == TODAY
        assert b"letters" not in demand.given_sealed and b"clerk" not in demand.given_to_sealed

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            (None, "given"),
            (Given(" ", TODAY), "given"),
            (Given("Two letters", TODAY, "x" * 201), "given_to"),
            (Given("Two letters", TODAY + timedelta(days=1)), "released_on"),
            (Given("Two letters", TODAY - timedelta(days=1)), "released_on"),
        ],
        ids=["nothing said", "no words", "too long", "still to come", "before it came"],
    )
    def test_what_is_wrong_is_named_and_nothing_is_kept(self, session, officer, given, field):
        demand = with_counsel(session, officer)

        with pytest.raises(Invalid) as refused:
            decide(session, officer, demand, DemandState.ANSWERED_OUTSIDE, given=given)

        assert [error.field for error in refused.value.errors] == [field]
        assert (demand.state, demand.given, demand.released_on) == (DemandState.WITH_COUNSEL, None, None)

    @pytest.mark.parametrize("to", [DemandState.REFUSED, DemandState.WITHDRAWN])
    def test_where_nothing_was_given_nothing_is_kept_of_it(self, session, officer, to):
        demand = decide(session, officer, with_counsel(session, officer), to)

        assert (demand.given, demand.given_to, demand.released_on) == (None, None, None)


class TestNothingLeaves:
    @pytest.mark.parametrize("kind", list(DemandKind))
    @pytest.mark.parametrize("to", DECIDED)
    def test_no_kind_and_no_end_releases_or_sends_anything(self, session, officer, kind, to):
        decide(session, officer, with_counsel(session, officer, kind=kind), to)

        assert session.execute(select(func.count()).select_from(Release)).scalar_one() == 0
        assert session.execute(select(func.count()).select_from(Outbox)).scalar_one() == 0
        assert "outbox" not in session.info
        assert {action.partition(".")[0] for action in done_in(session)} == {"legal-demand"}


class TestHistory:
    def test_each_thing_done_stays_with_its_words(self, session, officer):
        demand = with_counsel(session, officer)
        privacy.note(session, officer, LegalDemand, demand.id, "Called the court.", at=NOON)
        decide(session, officer, demand, DemandState.REFUSED)

        lines = privacy.history_of(session, demand)
        assert [(line.step, line.words) for line in lines] == [
            (Step.REFUSED, "Counsel said no."),
            (Step.NOTE, "Called the court."),
            (Step.WITH_COUNSEL, None),
            (Step.OPENED, None),
        ]


class TestOthers:
    def test_of_another_organization_is_like_one_that_does_not_exist(self, session, loop, officer, stranger):
        demand = make_demand(session, officer)

        for case_id in (demand.id, loop.person.id):
            for act in (
                lambda id_: privacy.get_case(session, stranger, LegalDemand, id_),
                lambda id_: privacy.give_to_counsel(session, stranger, id_, counsel="Ibis", at=NOON),
                lambda id_: privacy.decide_demand(
                    session, stranger, id_, DemandState.WITHDRAWN, decision="Mine.", at=NOON
                ),
            ):
                with pytest.raises(NotFound, match="There is no such record"):
                    act(case_id)

    @pytest.mark.parametrize("role", OTHERS)
    def test_no_other_role_reads_or_changes_it(self, session, loop, officer, role):
        demand = make_demand(session, officer)
        colleague = staff_of(loop.clinic, role)

        with pytest.raises(NotAllowed):
            privacy.get_case(session, colleague, LegalDemand, demand.id)
        with pytest.raises(NotAllowed):
            privacy.give_to_counsel(session, colleague, demand.id, counsel="Ibis", at=NOON)
