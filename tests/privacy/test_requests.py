"""What a person asks: each with its clock, one extension at most, an answer in words, and no record changed."""

from datetime import date, timedelta

import pytest

from cie import privacy
from cie.access import Role
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.privacy import PersonRequest, RequestKind, RequestState, Step
from tests.factories import NOON, make_person, staff_of
from tests.privacy.cases import TODAY, done_in, make_request

OTHERS = [role for role in Role if role is not Role.PRIVACY_OFFICER]
DECIDED = [state for state in RequestState if state is not RequestState.OPEN]


def decide(session, actor, request, to, reason="It is all true."):
    return privacy.decide_request(session, actor, request.id, to, reason=reason, at=NOON)


class TestClock:
    @pytest.mark.parametrize(
        ("kind", "due_on", "law"),
        [
            (RequestKind.ACCESS, date(2026, 12, 24), "45 CFR 164.524(b)(2)"),
            (RequestKind.AMENDMENT, date(2027, 1, 23), "45 CFR 164.526(b)(2)"),
            (RequestKind.ACCOUNTING, date(2027, 1, 23), "45 CFR 164.528(c)(1)"),
            (RequestKind.CORRECTION, date(2026, 12, 24), "Policy of the network"),
            (RequestKind.DELETION, date(2027, 1, 8), "Policy of the network"),
            (RequestKind.RESTRICTION, date(2026, 12, 24), "Policy of the network"),
        ],
    )
    def test_each_kind_has_its_days_and_says_whence(self, session, loop, officer, kind, due_on, law):
        request = make_request(session, officer, loop.person, kind=kind)

        assert request.due_on == due_on
        assert law in request.law

    @pytest.mark.parametrize(
        ("received_on", "due_on"),
        [
            (date(2024, 1, 30), date(2024, 2, 29)),
            (date(2025, 1, 30), date(2025, 3, 1)),
            (date(2026, 10, 29), date(2026, 11, 28)),
        ],
        ids=["a leap year", "no leap year", "a Saturday stays"],
    )
    def test_days_are_calendar_days(self, session, loop, officer, received_on, due_on):
        assert make_request(session, officer, loop.person, received_on=received_on).due_on == due_on

    def test_before_any_rule_no_day_is_set(self, session, loop, officer):
        request = make_request(session, officer, loop.person, received_on=date(1999, 1, 1))

        assert (request.due_on, request.law) == (None, "")


class TestExtending:
    def test_30_days_are_added_once(self, session, loop, officer):
        request = make_request(session, officer, loop.person)

        privacy.extend(session, officer, request.id, reason="The paper file is in storage.", at=NOON)

        assert (request.due_on, request.extension_reason) == (date(2027, 1, 23), "The paper file is in storage.")
        assert privacy.extension_days(request) == 0
        with pytest.raises(NotPossibleNow, match="No more days"):
            privacy.extend(session, officer, request.id, reason="Still.", at=NOON)

    @pytest.mark.parametrize("kind", [RequestKind.CORRECTION, RequestKind.RESTRICTION])
    def test_where_the_rule_has_none_none_is_added(self, session, loop, officer, kind):
        request = make_request(session, officer, loop.person, kind=kind)

        with pytest.raises(NotPossibleNow, match="No more days"):
            privacy.extend(session, officer, request.id, reason="Busy.", at=NOON)

    def test_on_the_last_day_it_can_be_and_after_it_not(self, session, loop, officer):
        last, over = (
            make_request(session, officer, loop.person, received_on=TODAY - timedelta(days=days)) for days in (30, 31)
        )

        privacy.extend(session, officer, last.id, reason="One more page.", at=NOON)
        with pytest.raises(NotPossibleNow, match="only until"):
            privacy.extend(session, officer, over.id, reason="One more page.", at=NOON)

    def test_it_needs_a_reason(self, session, loop, officer):
        request = make_request(session, officer, loop.person)

        with pytest.raises(Invalid) as refused:
            privacy.extend(session, officer, request.id, reason=" ", at=NOON)

        assert (refused.value.field, request.due_on) == ("reason", date(2026, 12, 24))


class TestDeciding:
    @pytest.mark.parametrize("to", DECIDED)
    def test_it_is_answered_once_in_words(self, session, loop, officer, to):
        request = make_request(session, officer, loop.person)

        decide(session, officer, request, to)

        assert (request.state, request.decision, request.closed_at) == (to, "It is all true.", NOON)
        assert done_in(session) == ["person-request.opened", f"person-request.{to.value}"]
        with pytest.raises(NotPossibleNow, match="This case is closed"):
            decide(session, officer, request, to)

    @pytest.mark.parametrize(("to", "reason"), [(RequestState.OPEN, "x"), (RequestState.DENIED, " ")])
    def test_without_an_answer_or_a_reason_it_stays_open(self, session, loop, officer, to, reason):
        request = make_request(session, officer, loop.person)

        with pytest.raises(Invalid):
            decide(session, officer, request, to, reason)

        assert request.state is RequestState.OPEN

    @pytest.mark.parametrize("kind", [RequestKind.CORRECTION, RequestKind.AMENDMENT, RequestKind.DELETION])
    def test_no_record_is_changed(self, session, loop, officer, kind):
        before = loop.person.model_dump()
        request = make_request(session, officer, loop.person, kind=kind, asked="Delete my street")

        decide(session, officer, request, RequestState.GRANTED)

        session.refresh(loop.person)
        assert loop.person.model_dump() == before
        assert all(action.startswith("person-request.") for action in done_in(session))


class TestOpening:
    def test_words_and_names_are_sealed(self, session, loop, officer):
        request = make_request(session, officer, loop.person, asker="Sage Moreno")

        assert (request.asked, request.asker) == ("A copy of all you have", "Sage Moreno")
        assert b"copy" not in request.asked_sealed and b"Sage" not in request.asker_sealed

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"asked": ""}, "asked"),
            ({"asker": "x" * 201}, "asker"),
            ({"received_on": TODAY + timedelta(days=1)}, "received_on"),
        ],
    )
    def test_what_is_wrong_is_named(self, session, loop, officer, fields, field):
        with pytest.raises(Invalid) as refused:
            make_request(session, officer, loop.person, **fields)

        assert [error.field for error in refused.value.errors] == [field]

    def test_about_a_person_of_another_organization_is_like_about_nobody(self, session, loop, officer):
        theirs = make_person(session, loop.pantry)

        with pytest.raises(NotFound):
            make_request(session, officer, theirs)


class TestOthers:
    def test_of_another_organization_is_like_one_that_does_not_exist(self, session, loop, officer, stranger):
        request = make_request(session, officer, loop.person)

        for case_id in (request.id, loop.person.id):
            for act in (
                lambda id_: privacy.get_case(session, stranger, PersonRequest, id_),
                lambda id_: privacy.extend(session, stranger, id_, reason="Mine.", at=NOON),
                lambda id_: privacy.decide_request(
                    session, stranger, id_, RequestState.GRANTED, reason="Mine.", at=NOON
                ),
            ):
                with pytest.raises(NotFound, match="There is no such record"):
                    act(case_id)

    @pytest.mark.parametrize("role", OTHERS)
    def test_no_other_role_opens_reads_or_changes_one(self, session, loop, officer, role):
        request = make_request(session, officer, loop.person)
        colleague = staff_of(loop.clinic, role)

        for act in (
            lambda: make_request(session, colleague, loop.person),
            lambda: privacy.get_case(session, colleague, PersonRequest, request.id),
            lambda: decide(session, colleague, request, RequestState.GRANTED),
        ):
            with pytest.raises(NotAllowed):
                act()

    def test_the_history_keeps_each_step(self, session, loop, officer):
        request = make_request(session, officer, loop.person)
        privacy.extend(session, officer, request.id, reason="Storage.", at=NOON)
        decide(session, officer, request, RequestState.PARTLY_GRANTED)

        assert [line.step for line in privacy.history_of(session, request)] == [
            Step.PARTLY_GRANTED,
            Step.EXTENDED,
            Step.OPENED,
        ]
