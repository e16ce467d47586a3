"""What an agency keeps out of the accounting: 45 CFR 164.528(a)(2), for its time and without a trace."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from cie import privacy
from cie.access import Role
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.privacy import AccountingSuspension, AgencyStatement, StatedHow, Step
from tests.factories import NOON, make_person, staff_of
from tests.privacy.cases import TODAY, done_in, make_demand
from tests.privacy.test_accounting import ALWAYS, answered, release

OTHERS = [role for role in Role if role is not Role.PRIVACY_OFFICER]
IN_A_WEEK = TODAY + timedelta(days=7)


def statement(**fields):
    values = {
        "agency": "County sheriff, fraud unit",
        "how": StatedHow.WRITTEN,
        "stated_on": TODAY,
        "reason": "They would leave the county.",
        "until_on": IN_A_WEEK,
    }
    return AgencyStatement(**{**values, **fields})


def by_voice(**fields):
    return statement(**{"how": StatedHow.ORAL, "said_by": "Deputy Crake", "until_on": None, **fields})


def suspend(session, officer, demand, said=None, at=NOON):
    return privacy.suspend(session, officer, demand.id, said or statement(), at=at)


def accounting(session, officer, person, at=NOON):
    return privacy.accounting_of(session, officer, person.id, ALWAYS, at=at)


@pytest.fixture
def demand(session, loop, officer):
    return answered(session, officer, loop.person)


class TestWhileItLasts:
    def test_the_entry_is_missing_from_what_the_person_gets(self, session, loop, officer, demand):
        row = release(session, loop)

        suspend(session, officer, demand)

        found = accounting(session, officer, loop.person)
        assert found.rows == [row]
        assert {each.id for each in found.every} == {row.id, demand.id}
        assert found.kept_out == {demand.id: IN_A_WEEK}

    def test_what_is_given_is_the_same_as_if_nothing_had_been_told(self, session, loop, officer, demand):
        release(session, loop)
        suspend(session, officer, demand)
        given = privacy.take_accounting(session, officer, loop.person.id, ALWAYS, form="pdf", at=NOON)

        assert demand not in privacy.disclosed(session, given.person, given.rows)
        assert session.info["events"][-1].codes["count"] == 1

    def test_both_its_days_count(self, session, loop, officer, demand):
        suspend(session, officer, demand)

        last, after = (NOON + timedelta(days=days) for days in (7, 8))
        assert accounting(session, officer, loop.person, last).rows == []
        assert accounting(session, officer, loop.person, after).rows == [demand]

    def test_of_two_the_longer_one_counts(self, session, loop, officer, demand):
        suspend(session, officer, demand, statement(until_on=IN_A_WEEK + timedelta(days=30)))
        suspend(session, officer, demand)

        assert accounting(session, officer, loop.person).kept_out == {demand.id: IN_A_WEEK + timedelta(days=30)}

    def test_another_demand_stays_on_the_list(self, session, loop, officer, demand):
        other = answered(session, officer, loop.person)

        suspend(session, officer, demand)

        assert accounting(session, officer, loop.person).rows == [other]

    def test_it_can_be_about_one_of_the_persons_alone(self, session, loop, officer):
        other = make_person(session, loop.clinic, given_name="Briar")
        demand = answered(session, officer, loop.person, other)

        suspend(session, officer, demand, statement(person_id=other.id))

        assert accounting(session, officer, loop.person).rows == [demand]
        assert accounting(session, officer, other).rows == []

    def test_a_demand_that_is_answered_later_is_kept_out_as_well(self, session, loop, officer):
        demand = make_demand(session, officer)
        privacy.add_to_demand(session, officer, demand.id, loop.person.id, at=NOON)
        suspend(session, officer, demand)

        privacy.give_to_counsel(session, officer, demand.id, counsel="Ibis Marlowe", at=NOON)
        to, given = privacy.DemandState.ANSWERED_OUTSIDE, privacy.Given("A letter", TODAY)
        privacy.decide_demand(session, officer, demand.id, to, decision="We must.", given=given, at=NOON)

        assert accounting(session, officer, loop.person).rows == []


class TestByVoice:
    def test_it_holds_for_thirty_days_by_itself(self, session, officer, demand):
        assert suspend(session, officer, demand, by_voice()).until_on == TODAY + timedelta(days=30)

    def test_it_may_be_shorter(self, session, officer, demand):
        assert suspend(session, officer, demand, by_voice(until_on=IN_A_WEEK)).until_on == IN_A_WEEK

    def test_it_is_never_longer(self, session, officer, demand):
        with pytest.raises(Invalid, match="in writing"):
            suspend(session, officer, demand, by_voice(until_on=TODAY + timedelta(days=31)))

    def test_it_needs_the_name_of_who_said_it(self, session, officer, demand):
        with pytest.raises(Invalid) as refused:
            suspend(session, officer, demand, by_voice(said_by=" "))

        assert [error.field for error in refused.value.errors] == ["said_by"]

    def test_another_word_by_voice_adds_no_day(self, session, officer, demand):
        suspend(session, officer, demand, by_voice(stated_on=TODAY - timedelta(days=10)))

        again = suspend(session, officer, demand, by_voice())
        assert again.until_on == TODAY + timedelta(days=20)
        with pytest.raises(Invalid, match="in writing"):
            suspend(session, officer, demand, by_voice(until_on=TODAY + timedelta(days=21)))

    def test_nor_does_one_after_the_first_was_ended(self, session, officer, demand):
        first = suspend(session, officer, demand, by_voice(stated_on=TODAY - timedelta(days=10)))
        privacy.end_suspension(session, officer, first.id, at=NOON)

        assert suspend(session, officer, demand, by_voice()).until_on == TODAY + timedelta(days=20)

    def test_once_its_time_is_over_only_a_paper_keeps_it_out(self, session, loop, officer, demand):
        suspend(session, officer, demand, by_voice(stated_on=TODAY - timedelta(days=31)))

        with pytest.raises(Invalid):
            suspend(session, officer, demand, by_voice())
        suspend(session, officer, demand)

        assert accounting(session, officer, loop.person).rows == []

    def test_about_another_person_it_has_a_time_of_its_own(self, session, loop, officer):
        other = make_person(session, loop.clinic, given_name="Briar")
        demand = answered(session, officer, loop.person, other)
        early = TODAY - timedelta(days=10)
        suspend(session, officer, demand, by_voice(person_id=other.id, stated_on=early))

        row = suspend(session, officer, demand, by_voice(person_id=loop.person.id))
        assert row.until_on == TODAY + timedelta(days=30)

    def test_a_paper_extends_it(self, session, loop, officer, demand):
        suspend(session, officer, demand, by_voice())

        suspend(session, officer, demand, statement(until_on=TODAY + timedelta(days=90)))

        assert accounting(session, officer, loop.person).kept_out == {demand.id: TODAY + timedelta(days=90)}

    def test_before_the_law_set_a_time_there_is_none(self, session, officer, demand):
        with pytest.raises(Invalid) as refused:
            suspend(session, officer, demand, by_voice(stated_on=date(2003, 4, 13)))

        assert [error.field for error in refused.value.errors] == ["until_on"]


class TestEnding:
    def test_it_stands_on_the_list_at_once(self, session, loop, officer, demand):
        row = suspend(session, officer, demand)

        privacy.end_suspension(session, officer, row.id, at=NOON)

        assert accounting(session, officer, loop.person).rows == [demand]
        assert (row.ended_at, row.ended_by_id) == (NOON, officer.id)

    @pytest.mark.parametrize("how", ["twice", "after its time"])
    def test_what_has_ended_does_not_end_again(self, session, officer, demand, how):
        row = suspend(session, officer, demand)
        if how == "twice":
            privacy.end_suspension(session, officer, row.id, at=NOON)

        with pytest.raises(NotPossibleNow, match="already ended"):
            at = NOON if how == "twice" else NOON + timedelta(days=8)
            privacy.end_suspension(session, officer, row.id, at=at)


class TestKept:
    def test_every_step_stands_in_the_history_and_in_the_chain(self, session, officer, demand):
        row = suspend(session, officer, demand)
        privacy.end_suspension(session, officer, row.id, at=NOON)

        ended, began = privacy.history_of(session, demand)[:2]
        assert (began.step, began.on_day, began.words) == (Step.KEPT_OUT, IN_A_WEEK, "County sheriff, fraud unit")
        assert ended.step is Step.KEPT_OUT_ENDED
        assert done_in(session)[-4:] == [
            "accounting.suspend", "legal-demand.kept-out", "accounting.resume", "legal-demand.kept-out-ended",
        ]  # fmt: skip

    def test_its_words_are_sealed(self, session, officer, demand):
        row = suspend(session, officer, demand, by_voice(document="Folder 4"))

        sealed = row.agency_sealed + row.said_by_sealed + row.reason_sealed + row.document_sealed
        assert not any(word in sealed for word in (b"sheriff", b"Crake", b"leave", b"Folder"))
        assert "sheriff" not in repr([event.codes for event in session.info["events"]])

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"agency": " "}, "agency"),
            ({"agency": "x" * 201}, "agency"),
            ({"reason": ""}, "reason"),
            ({"document": "x" * 201}, "document"),
            ({"said_by": "x" * 201}, "said_by"),
            ({"stated_on": TODAY + timedelta(days=1)}, "stated_on"),
            ({"until_on": None}, "until_on"),
            ({"until_on": TODAY - timedelta(days=1)}, "until_on"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_is_kept(self, session, officer, demand, fields, field):
        with pytest.raises(Invalid) as refused:
            suspend(session, officer, demand, statement(**fields))

        assert [error.field for error in refused.value.errors] == [field]
        assert session.execute(select(AccountingSuspension)).first() is None

    def test_a_person_whom_the_demand_is_not_about_is_none_of_the_list(self, session, loop, officer, demand):
        other = make_person(session, loop.clinic, given_name="Briar")

        with pytest.raises(Invalid) as refused:
            suspend(session, officer, demand, statement(person_id=other.id))

        assert refused.value.errors[0].field == "person_id"


class TestOthers:
    ACTS = {
        "suspend": lambda session, actor, demand, row: suspend(session, actor, demand),
        "read": lambda session, actor, demand, row: privacy.suspensions_of(session, actor, demand.id),
        "end": lambda session, actor, demand, row: privacy.end_suspension(session, actor, row.id, at=NOON),
    }

    @pytest.mark.parametrize("act", ACTS)
    def test_of_another_organization_is_like_one_that_does_not_exist(self, session, officer, stranger, demand, act):
        row = suspend(session, officer, demand)

        with pytest.raises(NotFound, match="There is no such record"):
            self.ACTS[act](session, stranger, demand, row)
        assert row.ended_at is None

    def test_one_that_does_not_exist_does_not_end(self, session, officer):
        with pytest.raises(NotFound, match="There is no such record"):
            privacy.end_suspension(session, officer, uuid4(), at=NOON)

    @pytest.mark.parametrize("act", ACTS)
    @pytest.mark.parametrize("role", OTHERS)
    def test_no_other_role_reads_or_changes_it(self, session, loop, officer, demand, role, act):
        row = suspend(session, officer, demand)

        with pytest.raises(NotAllowed):
            self.ACTS[act](session, staff_of(loop.clinic, role), demand, row)
