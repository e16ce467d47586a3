"""Handing a whole caseload over: what is open moves, what has ended stays, nobody else's is touched."""

import pytest
from sqlalchemy import select

from cie import identity, referrals
from cie.access import Role
from cie.db import reading, transaction
from cie.errors import Invalid, NotAllowed, NotFound
from cie.events import AuditEntry
from cie.referrals import Closing
from tests.factories import NOON, make_loop, make_staff, send_one


@pytest.fixture
def loop(session):
    return make_loop(session)


@pytest.fixture
def sorrel(session, loop):
    return make_staff(session, loop.clinic, Role.NAVIGATOR)


@pytest.fixture
def linnet(session, loop):
    return make_staff(session, loop.clinic, Role.NAVIGATOR)


@pytest.fixture
def boss(session, loop):
    return identity.actor_for(make_staff(session, loop.clinic, Role.ORGANIZATION_ADMINISTRATOR))


def in_charge(session, loop, user):
    referral, task = send_one(session, loop)
    referrals.assign_referral(session, loop.navigator, referral.id, user.id, at=NOON)
    return referral, task


def test_everything_open_moves_to_a_colleague(session, loop, sorrel, linnet, boss):
    referral, _task = in_charge(session, loop, sorrel)

    assert referrals.caseload_of(session, boss, sorrel.id) == 1
    assert referrals.hand_over(session, boss, sorrel.id, linnet.id, at=NOON) == 1
    assert referral.assignee_id == linnet.id
    assert referrals.caseload_of(session, boss, sorrel.id) == 0


def test_the_tasks_of_a_provider_move_too(session, loop):
    wren, robin = (make_staff(session, loop.pantry) for _n in range(2))
    referral, task = in_charge(session, loop, make_staff(session, loop.clinic, Role.NAVIGATOR))
    referrals.assign_task(session, loop.caseworker, task.id, wren.id, at=NOON)
    before = referral.assignee_id

    assert referrals.hand_over(session, identity.actor_for(wren), wren.id, robin.id, at=NOON) == 1

    assert task.assignee_id == robin.id
    assert referral.assignee_id == before


def test_what_has_ended_stays_where_it_was(session, loop, sorrel, boss):
    referral, _task = in_charge(session, loop, sorrel)
    referrals.close_loop(session, loop.navigator, referral.id, closing=Closing.NO_LONGER_NEEDS, at=NOON)

    assert referrals.hand_over(session, boss, sorrel.id, None, at=NOON) == 0
    assert referral.assignee_id == sorrel.id


def test_to_nobody_it_waits_for_somebody(session, loop, sorrel, boss):
    referral, _task = in_charge(session, loop, sorrel)

    referrals.hand_over(session, boss, sorrel.id, None, at=NOON)

    assert referral.assignee_id is None


def test_it_goes_to_somebody_who_works_with_people_here(session, loop, sorrel, boss):
    in_charge(session, loop, sorrel)
    elsewhere = make_staff(session, loop.pantry)
    gone = make_staff(session, loop.clinic, Role.NAVIGATOR)
    gone.is_active = False

    for to_id in (elsewhere.id, gone.id, boss.id, sorrel.id, loop.clinic.id):
        with pytest.raises(Invalid):
            referrals.hand_over(session, boss, sorrel.id, to_id, at=NOON)

    assert referrals.caseload_of(session, boss, sorrel.id) == 1


def test_strangers_neither_count_nor_hand_over(session, loop, sorrel):
    in_charge(session, loop, sorrel)
    stranger = identity.actor_for(make_staff(session, loop.pantry, Role.ORGANIZATION_ADMINISTRATOR))

    with pytest.raises(NotFound):
        referrals.caseload_of(session, stranger, sorrel.id)
    with pytest.raises(NotFound):
        referrals.hand_over(session, stranger, sorrel.id, None, at=NOON)


def test_a_privacy_officer_moves_no_work(session, loop, sorrel):
    officer = identity.actor_for(make_staff(session, loop.clinic, Role.PRIVACY_OFFICER))

    with pytest.raises(NotAllowed):
        referrals.hand_over(session, officer, sorrel.id, None, at=NOON)


def test_each_one_is_audited(database):
    with transaction() as session:
        loop = make_loop(session)
        sorrel = make_staff(session, loop.clinic, Role.NAVIGATOR)
        boss = identity.actor_for(make_staff(session, loop.clinic, Role.ORGANIZATION_ADMINISTRATOR))
        referral, _task = in_charge(session, loop, sorrel)
        referrals.hand_over(session, boss, sorrel.id, None, at=NOON)

    with reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == "referral.assign", AuditEntry.actor_id == boss.id)
        (entry,) = session.execute(query).scalars()
    assert entry.subject_id == referral.id
