"""The four facts, recounted from the referrals themselves."""

import random
from datetime import date, timedelta

import pytest
from sqlmodel import select

from cie import measures, referrals
from cie.access import Role
from cie.db import reading, transaction
from cie.errors import CieError
from cie.measures import Breakdown, ReferralFact, Whose
from cie.referrals import Closing, PersonWord, Reason, Referral, ReferralStatus
from tests.factories import NOON, make_consent, make_loop, make_participant, make_person, send_one, staff_of

NOVEMBER = date(2026, 11, 1)
SMALL = 11


def figures(loop, whose=Whose.OURS, month=NOVEMBER):
    with reading() as session:
        return measures.summary(session, loop.navigator, whose, month, small_below=SMALL)


@pytest.fixture
def loop(database):
    with transaction() as session:
        return make_loop(session)


def played(loop, *steps, at=NOON, **fields):
    """One referral on which these steps were taken, a day apart."""
    with transaction() as session:
        referral, task = send_one(session, loop, at=at, **fields)
    for number, step in enumerate(steps, 1):
        with transaction() as session:
            step(session, referral, task, at + timedelta(hours=number))
    return referral


def yes(loop):
    return lambda session, _referral, task, at: referrals.accept(session, loop.caseworker, task.id, at=at)


def helped(loop):
    return lambda session, _referral, task, at: referrals.complete(session, loop.caseworker, task.id, at=at)


def no_room(loop):
    return lambda session, _referral, task, at: referrals.reject(
        session, loop.caseworker, task.id, reason=Reason.NO_ROOM, at=at
    )


def said(loop, word):
    return lambda session, referral, _task, at: referrals.record_word(session, loop.navigator, referral.id, word, at=at)


class TestFacts:
    def test_each_fact_has_its_own_base(self, loop):
        played(loop)
        played(loop, no_room(loop))
        played(loop, yes(loop), helped(loop))
        played(loop, yes(loop), helped(loop), said(loop, PersonWord.GOT_HELP))
        played(loop, yes(loop), helped(loop), said(loop, PersonWord.NOT_CONTACTED))

        found = figures(loop)

        assert found.total == {"sent": 5, "answered": 4, "closed": 3, "received": 3, "confirmed": 1}
        assert found.asked == {"asked": 2, "yes": 1, "no": 1, "silent": 0}
        assert {row.code: row.counts["closed"] for row in found.tables[Breakdown.REASON]} == {"services-received": 3}

    def test_a_referral_counts_in_the_month_in_which_it_was_first_sent(self, loop):
        played(loop, yes(loop), at=NOON - timedelta(days=30))

        assert figures(loop).total["sent"] == 0
        assert figures(loop, month=date(2026, 10, 1)).total["answered"] == 1

    def test_a_mistake_is_not_counted(self, loop):
        referral = played(loop, yes(loop))

        with transaction() as session:
            referrals.mark_in_error(session, loop.navigator, referral.id, at=NOON)

        assert figures(loop).total["sent"] == 0

    def test_the_answer_takes_business_hours(self, loop):
        played(loop, yes(loop))

        assert figures(loop).median_hours == pytest.approx(1.0)

    def test_the_tables_add_up_to_the_total(self, loop):
        for _number in range(3):
            played(loop, yes(loop), helped(loop))

        found = figures(loop)

        for name in (Breakdown.NEED, Breakdown.COUNTY, Breakdown.LANGUAGE):
            assert sum(row.counts["received"] for row in found.tables[name]) == found.total["received"] == 3

    def test_what_one_was_asked_is_counted_too(self, loop):
        played(loop)
        played(loop, yes(loop), helped(loop))

        with reading() as session:
            found = measures.answering(session, loop.caseworker, NOVEMBER)

        assert (found.asked, found.answered, found.given) == (2, 1, 1)

    def test_a_random_history_reconciles_with_the_referrals(self, loop):
        rng = random.Random(7)
        steps = [yes, helped, no_room, lambda one: said(one, rng.choice(list(PersonWord)))]
        for _number in range(25):
            try:
                played(loop, *[rng.choice(steps)(loop) for _step in range(rng.randint(0, 4))])
            except CieError:
                continue

        with reading() as session:
            sent = session.exec(select(Referral).where(Referral.status != ReferralStatus.ENTERED_IN_ERROR)).all()
            facts = {fact.referral_id: fact for fact in session.exec(select(ReferralFact)).all()}
            answered = sum(any(t.answered_at for t in referrals.tasks_of(session, r)) for r in sent)
            words = {r.id: referrals.words_of(session, r) for r in sent}
        received = [r for r in sent if r.closing == Closing.SERVICES_RECEIVED]
        confirmed = [r for r in received if words[r.id] and words[r.id][0].word == PersonWord.GOT_HELP]
        assert set(facts) == {r.id for r in sent}
        assert figures(loop).total == {
            "sent": len(sent),
            "answered": answered,
            "closed": sum(r.closed_at is not None for r in sent),
            "received": len(received),
            "confirmed": len(confirmed),
        }


class TestOthers:
    def close_one(self, organization):
        with transaction() as session:
            of_them = select(Referral).where(Referral.organization_id == organization.id).limit(1)
            navigator = staff_of(organization, Role.NAVIGATOR)
            referrals.close_loop(session, navigator, session.exec(of_them).one().id, closing=Closing.OTHER, at=NOON)

    def send_many(self, loop, count, organization, **fields):
        with transaction() as session:
            person = make_person(session, organization, **fields)
            make_consent(session, person)
        for _number in range(count):
            with transaction() as session:
                request = loop.request(person_id=person.id)
                referrals.send(session, staff_of(organization, Role.NAVIGATOR), request, previewed=None, at=NOON)

    def test_few_people_of_others_are_not_shown_even_beside_many_of_ones_own(self, loop):
        with transaction() as session:
            other = make_participant(session, name="Tall Grass School")
        self.send_many(loop, 3, other)
        for _number in range(14):
            played(loop)

        assert figures(loop, Whose.EVERYBODY).total["sent"] is None
        assert figures(loop).total["sent"] == 14

    @pytest.mark.parametrize("own", [0, 1])
    def test_that_others_have_a_few_of_a_kind_changes_nothing_at_all(self, loop, own):
        for _number in range(own):
            played(loop, yes(loop), helped(loop))
        before = figures(loop, Whose.EVERYBODY)
        with transaction() as session:
            other = make_participant(session, name="Tall Grass School")

        self.send_many(loop, 2, other, language="hmn", county_fips="06107")
        self.close_one(other)

        assert figures(loop, Whose.EVERYBODY) == before

    def test_ones_own_kinds_stay_on_the_list(self, loop):
        played(loop)

        (row,) = figures(loop, Whose.EVERYBODY).tables[Breakdown.LANGUAGE]

        assert row.code == "es" and set(row.counts.values()) == {None}

    def test_many_people_of_others_are_shown(self, loop):
        with transaction() as session:
            other = make_participant(session, name="Tall Grass School")
        self.send_many(loop, 12, other)
        played(loop)

        found = figures(loop, Whose.EVERYBODY)

        assert found.total["sent"] == 13
        assert found.total["answered"] is None
        assert found.asked is None

    def test_another_organization_changes_nothing_in_ones_own_figures(self, loop):
        before = figures(loop)
        with transaction() as session:
            other = make_participant(session, name="Tall Grass School")

        self.send_many(loop, 4, other)

        assert figures(loop) == before
