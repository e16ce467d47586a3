"""Who owes the next step in every state of a loop, and the lines that each side may read of it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlmodel import select
from uuid_utils.compat import uuid7

from cie import calendar, consent, referrals
from cie.access import Actor, ActorKind, Door, Role
from cie.consent import DataSet
from cie.directory import Category
from cie.errors import NotAllowed, NotFound, NotPossibleNow
from cie.referrals import (
    GROUPS,
    Closing,
    ContactMethod,
    Filters,
    Kind,
    Owed,
    PersonWord,
    Reason,
    Referral,
    ReferralStatus,
    ReferralTask,
    TaskStatus,
    Urgency,
    WordOfPerson,
    WorklistItem,
    performers_line,
    requesters_line,
)
from cie.referrals.last_events import RULES
from cie.referrals.states import TERMINAL
from tests.factories import NOON, make_loop, make_participant, make_service, send_one, staff_of

LATER = NOON + timedelta(days=1)
NEXT_DAY_CLOSE = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)  # Wednesday, 5 pm in California


def a_referral(**fields):
    values = {
        "organization_id": uuid7(), "person_id": uuid7(), "need_code": "food", "title": "Food box", "kind": Kind.DIRECT,
        "urgency": Urgency.WEEK, "status": ReferralStatus.ACTIVE, "created_at": NOON, "first_sent_at": NOON,
    }  # fmt: skip
    return Referral(**{**values, **fields})


def closed(closing=Closing.SERVICES_RECEIVED, **fields):
    status = ReferralStatus.COMPLETED if closing == Closing.SERVICES_RECEIVED else ReferralStatus.REVOKED
    return a_referral(status=status, closing=closing, closed_at=NOON, **fields)


def a_task(status, **fields):
    values = {
        "organization_id": uuid7(), "referral_id": uuid7(), "person_id": uuid7(), "performer_id": uuid7(),
        "service_id": uuid7(), "status": status, "requested_at": NOON,
    }  # fmt: skip
    return ReferralTask(**{**values, **fields})


def said(word, at=LATER):
    return [
        WordOfPerson(
            organization_id=uuid7(), referral_id=uuid7(), person_id=uuid7(), word=word, door="text", said_at=at
        )
    ]


def where(line):
    return line.owed.value, line.group


class TestPerformersLine:
    @pytest.mark.parametrize(
        ("status", "fields", "expected"),
        [
            (TaskStatus.REQUESTED, {}, ("us", "answer")),
            (TaskStatus.REQUESTED, {"returned_at": LATER}, ("us", "answer")),
            (TaskStatus.REQUESTED, {"waitlist_until": LATER.date()}, ("others", "waiting-list")),
            (TaskStatus.ACCEPTED, {}, ("us", "next-step")),
            (TaskStatus.IN_PROGRESS, {}, ("us", "next-step")),
            (TaskStatus.ON_HOLD, {"reason": Reason.MISSING_PAPERS}, ("person", "papers")),
            (TaskStatus.ON_HOLD, {"reason": Reason.OTHER}, ("others", "under-way")),
        ],
    )
    def test_each_open_state_has_its_group(self, status, fields, expected):
        line = performers_line(a_task(status, due_at=LATER, **fields))

        assert where(line) == expected
        assert line.due_at == LATER

    @pytest.mark.parametrize("status", sorted({*TERMINAL, TaskStatus.DRAFT}))
    def test_an_ended_or_unasked_task_is_owed_by_nobody(self, status):
        assert performers_line(a_task(status)).owed == Owed.NOBODY


class TestRequestersLineOfAnOpenLoop:
    @pytest.mark.parametrize(
        ("status", "fields", "expected"),
        [
            (TaskStatus.REQUESTED, {}, ("others", "waiting-answer")),
            (TaskStatus.REQUESTED, {"returned_at": NOON}, ("us", "call-them")),
            (TaskStatus.REQUESTED, {"waitlist_until": LATER.date()}, ("us", "choose")),
            (TaskStatus.ACCEPTED, {}, ("others", "under-way")),
            (TaskStatus.IN_PROGRESS, {}, ("others", "under-way")),
            (TaskStatus.ON_HOLD, {"reason": Reason.NO_ROOM}, ("others", "under-way")),
            (TaskStatus.ON_HOLD, {"reason": Reason.MISSING_PAPERS}, ("person", "papers")),
            (TaskStatus.REJECTED, {"ended_at": NOON}, ("us", "choose")),
            (TaskStatus.FAILED, {"ended_at": NOON}, ("us", "choose")),
            (TaskStatus.CANCELLED, {"ended_at": NOON}, ("us", "choose")),
        ],
    )
    def test_the_state_of_its_task_says_who_is_next(self, status, fields, expected):
        assert where(requesters_line(a_referral(), [a_task(status, **fields)], [])) == expected

    def test_one_who_still_answers_counts_before_one_who_is_silent(self):
        tasks = [a_task(TaskStatus.REQUESTED, returned_at=NOON), a_task(TaskStatus.REQUESTED)]

        assert requesters_line(a_referral(), tasks, []).task is tasks[1]

    def test_one_who_said_yes_counts_before_all_others(self):
        tasks = [a_task(TaskStatus.REQUESTED), a_task(TaskStatus.ACCEPTED)]

        assert where(requesters_line(a_referral(), tasks, [])) == ("others", "under-way")

    @pytest.mark.parametrize(
        "task",
        [a_task(TaskStatus.REQUESTED, returned_at=NOON), a_task(TaskStatus.REJECTED, ended_at=NOON)],
        ids=["silent", "declined"],
    )
    def test_what_fell_to_the_sender_is_due_by_the_next_business_day(self, task):
        assert requesters_line(a_referral(), [task], []).due_at == NEXT_DAY_CLOSE

    def test_needed_today_runs_in_hours(self):
        task = a_task(TaskStatus.REJECTED, ended_at=NOON)

        assert requesters_line(a_referral(urgency=Urgency.TODAY), [task], []).due_at == NOON + timedelta(hours=2)

    def test_a_masked_loop_has_no_clock(self):
        task = a_task(TaskStatus.REJECTED, ended_at=NOON)

        assert requesters_line(a_referral(masked=True), [task], []).due_at is None

    def test_a_draft_is_ours(self):
        assert where(requesters_line(a_referral(status=ReferralStatus.DRAFT), [], [])) == ("us", "draft")

    def test_a_contact_that_was_given_is_ours_on_the_day_to_look_again(self):
        given = a_referral(kind=Kind.INFORMATIONAL, follow_up_on=LATER.date())

        line = requesters_line(given, [], [])

        assert where(line) == ("us", "next-step")
        assert line.due_at == calendar.instant(LATER.date(), calendar.CLOSES)

    def test_a_contact_that_was_given_without_a_day_is_owed_by_nobody(self):
        assert requesters_line(a_referral(kind=Kind.INFORMATIONAL), [], []).owed == Owed.NOBODY


NOT_YET = [PersonWord.CONTACTED_NO_HELP, PersonWord.NOT_CONTACTED]


class TestRequestersLineAfterTheWord:
    @pytest.mark.parametrize("word", PersonWord)
    @pytest.mark.parametrize("status", [TaskStatus.REQUESTED, TaskStatus.ACCEPTED])
    def test_any_word_while_somebody_is_asked_or_helps_is_the_senders_to_check(self, word, status):
        line = requesters_line(a_referral(), [a_task(status)], said(word, at=NOON))

        assert where(line) == ("us", "differ")
        assert line.due_at == NEXT_DAY_CLOSE

    @pytest.mark.parametrize("word", NOT_YET)
    def test_a_not_yet_is_dealt_with_once_the_sender_acted(self, word):
        tasks = [a_task(TaskStatus.ACCEPTED)]

        line = requesters_line(a_referral(), tasks, said(word), acted_at=LATER + timedelta(hours=1))

        assert where(line) == ("others", "under-way")

    @pytest.mark.parametrize("word", NOT_YET)
    def test_what_was_done_before_the_word_does_not_count(self, word):
        line = requesters_line(a_referral(), [a_task(TaskStatus.ACCEPTED)], said(word), acted_at=NOON)

        assert where(line) == ("us", "differ")

    def test_when_nobody_helps_any_more_choosing_comes_first(self):
        task = a_task(TaskStatus.REJECTED, ended_at=NOON)

        assert where(requesters_line(a_referral(), [task], said(NOT_YET[0]))) == ("us", "choose")

    def test_after_the_providers_word_the_person_is_next(self):
        line = requesters_line(closed(), [a_task(TaskStatus.COMPLETED)], [])

        assert where(line) == ("person", "waiting-reply")

    def test_a_yes_ends_it(self):
        line = requesters_line(closed(), [a_task(TaskStatus.COMPLETED)], said(PersonWord.GOT_HELP))

        assert line.owed == Owed.NOBODY

    @pytest.mark.parametrize("word", [w for w in PersonWord if w != PersonWord.GOT_HELP])
    def test_another_word_than_the_providers_is_to_be_checked(self, word):
        line = requesters_line(closed(), [a_task(TaskStatus.COMPLETED)], said(word))

        assert where(line) == ("us", "differ")

    @pytest.mark.parametrize("word", NOT_YET)
    def test_a_not_yet_from_before_the_closing_is_no_answer_to_it(self, word):
        line = requesters_line(closed(), [a_task(TaskStatus.COMPLETED)], said(word, at=NOON - timedelta(days=2)))

        assert where(line) == ("person", "waiting-reply")

    @pytest.mark.parametrize("closing", [Closing.UNABLE_TO_REACH, Closing.OTHER, Closing.NOT_ELIGIBLE])
    def test_a_not_yet_after_any_closing_opens_a_step(self, closing):
        line = requesters_line(closed(closing), [a_task(TaskStatus.CANCELLED)], said(PersonWord.NOT_CONTACTED))

        assert where(line) == ("us", "differ")

    @pytest.mark.parametrize(
        ("closing", "word"),
        [
            (Closing.SERVICES_RECEIVED, PersonWord.NO_LONGER_NEEDS),
            *((c, PersonWord.GOT_HELP) for c in Closing if c != Closing.SERVICES_RECEIVED),
        ],
    )
    def test_a_last_word_that_does_not_fit_the_closing_is_checked_until_the_sender_acted(self, closing, word):
        loop, tasks = closed(closing), [a_task(TaskStatus.CANCELLED)]

        line = requesters_line(loop, tasks, said(word))
        after = requesters_line(loop, tasks, said(word), acted_at=LATER + timedelta(hours=1))

        assert (where(line), after.owed) == (("us", "differ"), Owed.NOBODY)

    @pytest.mark.parametrize("closing", [c for c in Closing if c != Closing.SERVICES_RECEIVED])
    def test_no_longer_needing_it_fits_every_closing_without_help(self, closing):
        line = requesters_line(closed(closing), [a_task(TaskStatus.CANCELLED)], said(PersonWord.NO_LONGER_NEEDS))

        assert line.owed == Owed.NOBODY

    @pytest.mark.parametrize("closing", [c for c in Closing if c != Closing.SERVICES_RECEIVED])
    def test_other_closings_wait_for_nobody(self, closing):
        assert requesters_line(closed(closing), [a_task(TaskStatus.CANCELLED)], []).owed == Owed.NOBODY

    def test_a_masked_loop_waits_for_no_word(self):
        task = a_task(TaskStatus.COMPLETED)

        assert requesters_line(closed(masked=True), [task], said(NOT_YET[0])).owed == Owed.NOBODY


@pytest.fixture
def loop(session):
    return make_loop(session)


@pytest.fixture
def sent(session, loop):
    referral, task = send_one(session, loop)
    projected(session)
    return SimpleNamespace(referral=referral, task=task)


def projected(session):
    events = session.info.pop("events", [])
    referrals.project(session, events, referrals.touched_by(session, events).loops)


def line_of(session, organization):
    query = select(WorklistItem).where(WorklistItem.organization_id == organization.id)
    return session.exec(query.execution_options(populate_existing=True)).one_or_none()


def counts(session, actor, at=NOON, owed=Owed.US, **filters):
    return referrals.owed_counts(session, actor, Filters(**filters), owed, at=at)


def lines(session, actor, group="answer", at=NOON, **filters):
    page = filters.pop("page", 1)
    size = filters.pop("size", 20)
    return referrals.lines(session, actor, {group: page}, Filters(**filters), at=at, size=size)[group]


class TestProjection:
    def test_both_sides_get_their_line(self, session, loop, sent):
        sender, provider = line_of(session, loop.clinic), line_of(session, loop.pantry)

        assert (sender.group, sender.last_event) == ("waiting-answer", "referral.send")
        assert (provider.group, provider.last_event) == ("answer", "referral.send")
        assert (provider.need_code, provider.language) == ("food", "es")

    def test_what_one_side_writes_for_itself_leaves_the_other_line_as_it_was(self, session, loop, sent):
        before = line_of(session, loop.clinic).model_copy()

        referrals.write_note(session, loop.caseworker, sent.referral.id, "Ask about diapers", at=LATER)
        attempt = {"method": ContactMethod.PHONE, "reached": False, "minutes": 2, "happened_at": LATER}
        referrals.record_attempt(session, loop.caseworker, sent.task.id, **attempt, at=LATER)
        referrals.assign_task(session, loop.caseworker, sent.task.id, None, at=LATER)
        projected(session)

        assert line_of(session, loop.clinic).model_dump() == before.model_dump()
        assert line_of(session, loop.pantry).last_event == "entry.note"

    def test_tries_are_counted(self, session, loop, sent):
        for hour in (1, 2):
            when = NOON + timedelta(hours=hour)
            attempt = {"method": ContactMethod.PHONE, "reached": False, "minutes": 2, "happened_at": when}
            referrals.record_attempt(session, loop.caseworker, sent.task.id, **attempt, at=when)
        projected(session)

        assert line_of(session, loop.pantry).last_event == "contact.attempt:phone:no:2"

    def test_a_message_is_news_to_both(self, session, loop, sent):
        referrals.write_message(session, loop.navigator, sent.task.id, "They can come on Friday", at=LATER)
        projected(session)

        assert line_of(session, loop.clinic).last_event == "entry.message:us"
        assert line_of(session, loop.pantry).last_event == "entry.message:sender"

    def test_the_persons_word_is_the_senders_alone(self, session, loop, sent):
        referrals.accept(session, loop.caseworker, sent.task.id, at=NOON)
        projected(session)
        before = line_of(session, loop.pantry).model_copy()

        person = Actor(ActorKind.PERSON, loop.person.id, loop.clinic.id, door=Door.TEXT)
        referrals.record_word(session, person, sent.referral.id, PersonWord.NOT_CONTACTED, at=LATER)
        projected(session)

        assert line_of(session, loop.clinic).group == "differ"
        assert line_of(session, loop.clinic).last_event == "person.word:not-contacted:text"
        assert line_of(session, loop.pantry).model_dump() == before.model_dump()

    def test_reaching_the_person_settles_a_not_yet(self, session, loop, sent):
        referrals.accept(session, loop.caseworker, sent.task.id, at=NOON)
        referrals.record_word(session, loop.navigator, sent.referral.id, PersonWord.NOT_CONTACTED, at=NOON)

        attempt = {"method": ContactMethod.PHONE, "reached": True, "minutes": 9, "happened_at": LATER}
        referrals.record_attempt(session, loop.navigator, sent.task.id, **attempt, at=LATER)
        projected(session)

        assert line_of(session, loop.clinic).group == "under-way"

    def test_another_who_was_asked_learns_nothing_of_a_decline(self, session, loop):
        other = make_participant(session, name="Open Basket Co-op")
        services = (loop.service.id, make_service(session, other, name="Family groceries").id)
        referral = referrals.send(session, loop.navigator, loop.request(service_ids=services), previewed=None, at=NOON)
        projected(session)
        before = line_of(session, other).model_copy()

        task = referrals.tasks_of(session, referral)[0]
        referrals.reject(session, loop.caseworker, task.id, reason=Reason.NO_ROOM, at=LATER)
        projected(session)

        assert line_of(session, other).model_dump() == before.model_dump()
        assert line_of(session, loop.pantry) is None

    def test_after_a_revocation_nothing_released_is_left_in_the_line(self, session, loop, sent):
        (given,) = consent.consents_of(session, loop.clinic.id, loop.person.id)

        consent.revoke(session, loop.navigator, given.id, method=consent.Method.BY_VOICE, at=LATER)
        projected(session)

        line = line_of(session, loop.pantry)
        assert (line.need_code, line.language) == ("", "")
        assert line.last_event == "referral.send"

    def test_later_changes_of_the_person_do_not_reach_the_provider(self, session, loop, sent):
        loop.person.language = "hmn"
        session.add(loop.person)
        referrals.write_message(session, loop.navigator, sent.task.id, "Hello", at=LATER)
        projected(session)

        assert line_of(session, loop.pantry).language == "es"
        assert line_of(session, loop.clinic).language == "hmn"

    def test_a_masked_line_says_nothing(self, session, loop):
        shelter = make_participant(session, name="Harbor", kind="victim-services")
        service = make_service(session, shelter, name="Shelter", sensitivity=Category.VICTIM_SERVICES)
        referral = a_referral(
            organization_id=loop.clinic.id, person_id=loop.person.id, masked=True, urgency=Urgency.TODAY
        )
        session.add(referral)
        session.flush()
        task = a_task(
            TaskStatus.REQUESTED, organization_id=loop.clinic.id, referral_id=referral.id, person_id=loop.person.id,
            performer_id=shelter.id, service_id=service.id,
        )  # fmt: skip
        session.add(task)
        session.flush()

        referrals.rebuild(session, referrals.loop_of(session, referral))

        line = line_of(session, loop.clinic)
        assert (line.counterpart_id, line.need_code, line.language, line.due_at) == (None, "", "", None)
        assert line.urgency_rank == Urgency.NOT_URGENT.rank

    def test_every_event_with_a_line_has_a_rule_that_knows_it(self):
        moves = {f"task.{status.value}" for status in TaskStatus} - {"task.draft", "task.entered-in-error"}

        assert moves <= set(RULES)


class TestCounts:
    def test_each_side_and_group_is_counted(self, session, loop):
        for number in range(3):
            _referral, task = send_one(session, loop, at=NOON + timedelta(minutes=number))
        referrals.accept(session, loop.caseworker, task.id, at=NOON)
        projected(session)

        found = counts(session, loop.caseworker)

        assert found.groups == {"answer": 2, "next-step": 1}
        assert (found.of(Owed.US), found.of(Owed.PERSON), found.of(Owed.OTHERS)) == (3, 0, 0)

    def test_it_counts_to_99_and_then_says_that_there_are_more(self, session, loop, sent):
        row = line_of(session, loop.pantry).model_dump()
        session.add_all(WorklistItem(**{**row, "item_id": uuid7()}) for _n in range(130))
        session.flush()

        found = counts(session, loop.caseworker)

        assert (found.groups["answer"], found.of(Owed.US), found.team) == (100, 100, 100)

    def test_what_is_late_is_counted(self, session, loop, sent):
        assert counts(session, loop.caseworker, at=NOON).late == 0
        assert counts(session, loop.caseworker, at=NOON + timedelta(days=9)).late == 1

    def test_mine_and_not_assigned_leaves_out_what_a_colleague_has(self, session, loop, sent):
        me, colleague = staff_of(loop.pantry, id=uuid7()), staff_of(loop.pantry, id=uuid7())
        line = line_of(session, loop.pantry)
        line.assignee_id = colleague.id
        session.add(line)
        session.flush()

        mine, theirs = counts(session, me), counts(session, colleague)

        assert (mine.of(Owed.US), mine.team) == (0, 1)
        assert theirs.of(Owed.US) == 1
        assert counts(session, me, whole_team=True).of(Owed.US) == 1

    def test_another_organization_counts_and_reads_nothing(self, session, loop, sent):
        stranger = staff_of(make_participant(session, name="Tall Grass School"))

        found = counts(session, stranger, whole_team=True, counterpart_id=loop.clinic.id)

        assert (dict(found.groups), found.late, found.team) == ({}, 0, 0)
        assert lines(session, stranger, whole_team=True, counterpart_id=loop.clinic.id) == []
        assert referrals.counterparts(session, stranger) == []

    def test_a_privacy_officer_has_no_worklist(self, session, loop):
        with pytest.raises(NotAllowed):
            counts(session, staff_of(loop.pantry, Role.PRIVACY_OFFICER))


class TestLines:
    def test_urgent_comes_first_then_what_is_due_then_what_was_sent(self, session, loop):
        plan = [(Urgency.WEEK, 5), (Urgency.TODAY, 4), (Urgency.WEEK, 3), (Urgency.TWO_DAYS, 2)]
        for urgency, hours in plan:
            send_one(session, loop, urgency=urgency, at=NOON - timedelta(hours=hours))
        projected(session)

        found = [(line.urgency_rank, line.sent_at) for line in lines(session, loop.caseworker)]

        assert found == sorted(found)
        assert [rank for rank, _sent in found] == [0, 1, 2, 2]

    def test_without_a_clock_comes_last(self, session, loop, sent):
        row = line_of(session, loop.pantry).model_dump()
        timeless = {**row, "item_id": uuid7(), "due_at": None, "order_at": datetime(9000, 1, 1, tzinfo=UTC)}
        session.add(WorklistItem(**timeless))
        session.flush()

        assert [line.due_at is None for line in lines(session, loop.caseworker)] == [False, True]

    def test_pages_follow_each_other_without_gap_or_repetition(self, session, loop):
        for number in range(7):
            send_one(session, loop, at=NOON + timedelta(minutes=number))
        projected(session)

        pages = [lines(session, loop.caseworker, page=page, size=3) for page in (1, 2, 3)]

        assert [len(page) for page in pages] == [4, 4, 1]
        shown = [line.item_id for page in pages for line in page[:3]]
        assert len(set(shown)) == 7

    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            ({"need_code": "food"}, 1),
            ({"need_code": "housing"}, 0),
            ({"language": "es"}, 1),
            ({"language": "en"}, 0),
            ({"late": True}, 0),
        ],
    )
    def test_filters_leave_what_fits(self, session, loop, sent, filters, found):
        assert len(lines(session, loop.caseworker, **filters)) == found
        assert counts(session, loop.caseworker, **filters).of(Owed.US) == found

    def test_by_organization(self, session, loop, sent):
        assert len(lines(session, loop.caseworker, counterpart_id=loop.clinic.id)) == 1
        assert lines(session, loop.caseworker, counterpart_id=loop.pantry.id) == []
        assert referrals.counterparts(session, loop.caseworker) == [loop.clinic.id]

    def test_groups_are_in_the_order_of_the_page(self):
        assert GROUPS[Owed.US] == (
            "answer", "next-step", "differ", "choose", "call-them", "read-text", "draft", "not-shared",
        )  # fmt: skip


class TestReleasedAbout:
    def test_the_referral_counts_before_the_offer(self, session, loop):
        services = (loop.service.id, make_service(session, make_participant(session, name="Co-op")).id)
        referral = referrals.send(session, loop.navigator, loop.request(service_ids=services), previewed=None, at=NOON)
        task = referrals.tasks_of(session, referral)[0]
        offered = consent.released_about(session, loop.pantry.id, [task.id])[task.id]

        referrals.accept(session, loop.caseworker, task.id, at=NOON)

        now = consent.released_about(session, loop.pantry.id, [task.id])[task.id]
        assert "name" not in offered
        assert now == consent.released_to(session, loop.pantry.id, task.id, DataSet.REFERRAL).elements

    def test_nobody_else_reads_it(self, session, loop, sent):
        assert consent.released_about(session, loop.clinic.id, [sent.task.id]) == {}


class TestRemind:
    def test_the_sender_reminds_and_the_provider_sees_it(self, session, loop, sent):
        referrals.remind(session, loop.navigator, sent.task.id, at=LATER)
        projected(session)

        assert sent.task.reminded_at == LATER
        assert line_of(session, loop.pantry).last_event == "task.remind"

    def test_not_twice_on_one_business_day(self, session, loop, sent):
        friday = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
        referrals.remind(session, loop.navigator, sent.task.id, at=friday)

        for hours in (1, 24, 48):
            with pytest.raises(NotPossibleNow):
                referrals.remind(session, loop.navigator, sent.task.id, at=friday + timedelta(hours=hours))

        referrals.remind(session, loop.navigator, sent.task.id, at=friday + timedelta(days=3))
        assert sent.task.reminded_at == friday + timedelta(days=3)

    def test_who_has_answered_is_not_reminded(self, session, loop, sent):
        referrals.accept(session, loop.caseworker, sent.task.id, at=NOON)

        with pytest.raises(NotPossibleNow):
            referrals.remind(session, loop.navigator, sent.task.id, at=LATER)

    def test_the_provider_does_not_remind_itself(self, session, loop, sent):
        with pytest.raises(NotAllowed):
            referrals.remind(session, loop.caseworker, sent.task.id, at=LATER)

    def test_to_a_stranger_there_is_no_such_task(self, session, loop, sent):
        with pytest.raises(NotFound):
            stranger = staff_of(make_participant(session, name="Tall Grass School"))
            referrals.remind(session, stranger, sent.task.id, at=LATER)

    def test_the_clock_still_reminds_when_it_is_late(self, session, loop, sent):
        referrals.remind(session, loop.navigator, sent.task.id, at=NOON)
        late = sent.task.due_at + timedelta(minutes=1)

        referrals.remind_or_return(session, sent.task, at=late)

        assert (sent.task.reminded_at, sent.task.returned_at) == (late, None)
