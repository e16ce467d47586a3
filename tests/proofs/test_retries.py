"""Fifty repeats of one request at once, to four web processes, which are killed meanwhile: one effect.

Everybody is answered alike: 201 with the same id, by whichever process, before and after a kill -9.
"""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID

import pytest
import requests
from sqlalchemy import select
from sqlmodel import Session, col

from cie import consent, events
from cie.access import Role
from cie.db import reading, transaction
from cie.events import AuditEntry, IdempotencyKey, Outbox
from cie.messaging import KIND as TEXT
from cie.participants import Participant
from cie.referrals import Referral, ReferralTask
from tests.factories import staff_of
from tests.proofs.programs import Program
from tests.proofs.test_kill import food_box, people_of
from tests.webhooks.setting import Told, tell

MANY = 50
CLINIC, PANTRY = "Blue Kite Clinic", "Lantern Pantry"
FIRST_NUMBER = 5305559000
TEXTS = {"first-text": 1, "asked": 1, "ask": 3}
"""Who writes, that somebody was asked, and three later days on which we ask whether help came."""
NOBODY = "http://127.0.0.1:9/nobody"


class Place:
    """The clinic's program, which asks for help for one new person, and is told of what happens."""

    def __init__(self, many, number: int) -> None:
        self.many = many
        self.clinic = Program(many.exchange, CLINIC)
        assert self.clinic.token
        self.told: Told = tell(self.clinic.client, NOBODY, at=datetime.now(UTC))
        (self.person,) = people_of(CLINIC, range(FIRST_NUMBER + number, FIRST_NUMBER + number + 1))
        self.body = {
            "person_id": str(self.person), "need_code": "food", "urgency": "routine", "service_ids": [food_box()],
            "message": "By the gate.",
        }  # fmt: skip

    def ask_at_once(self) -> tuple[list[requests.Response], int]:
        """The same request fifty times, each until it is answered; the answers, and how often a connection broke."""
        with ThreadPoolExecutor(MANY) as crowd:
            came = list(crowd.map(lambda _n: self.clinic.post_until("/referrals", self.body, "the same"), range(MANY)))
        return [answer for answer, _broken in came], sum(broken for _answer, broken in came)

    def check(self, answers: list[requests.Response]) -> UUID:
        """Everybody was told the same, and it happened once."""
        assert {answer.status_code for answer in answers} == {201}, {a.status_code: a.text for a in answers}
        (made,) = {UUID(answer.json()["id"]) for answer in answers}
        with reading() as session:
            self._check_database(session, made)
        return made

    def _check_database(self, session: Session, made: UUID) -> None:
        assert all_of(session, col(Referral.id), col(Referral.person_id) == self.person) == [made]
        assert len(all_of(session, col(ReferralTask.id), col(ReferralTask.referral_id) == made)) == 1
        texts = (col(Outbox.person_id) == self.person, col(Outbox.kind) == TEXT)
        assert Counter(codes["template"] for codes in all_of(session, col(Outbox.codes), *texts)) == TEXTS
        assert len(self.told.ids(made)) == len(self.told.ids()) == 1
        sent = (col(AuditEntry.action) == "referral.send", col(AuditEntry.subject_id) == made)
        assert len(all_of(session, col(AuditEntry.id), *sent)) == 1
        mine = col(IdempotencyKey.client_id) == self.clinic.client.id
        assert all_of(session, col(IdempotencyKey.resource_id), mine) == [made]
        assert events.verify(session).faults == ()


def all_of(session, column, *which):
    return session.execute(select(column).where(*which)).scalars().all()


@pytest.fixture
def place(many):
    return Place(many, 0)


def test_fifty_at_once_are_one_and_another_request_is_refused(place):
    answers, broken = place.ask_at_once()
    made = place.check(answers)

    other = place.clinic.post("/referrals", {**place.body, "message": "By the door."}, "the same")
    another_key = place.clinic.post("/referrals", {**place.body, "allow_repeat": True}, "another")

    assert broken == 0
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert another_key.json().get("id") != str(made)


def test_killed_in_the_middle_it_is_still_one(many, request):
    rounds, chance, broken = 20 if request.config.getoption("--prove") else 1, random.Random(5), 0
    for number in range(1, 21):
        place = Place(many, number)
        many.settle()
        killer = threading.Thread(target=kill_after, args=(many, chance.uniform(0.1, 0.5)))
        killer.start()
        answers, broken_now = place.ask_at_once()
        killer.join()

        place.check(answers)
        broken += broken_now
        if broken and number >= rounds:
            break

    assert broken, "nobody was in the middle of anything"


def kill_after(many, seconds: float) -> None:
    time.sleep(seconds)
    many.kill_web()


def test_a_repeat_after_a_revocation_tells_what_may_be_told_now(many):
    """By whichever process it is answered: what is kept of a request are ids, and the gate is asked anew."""
    place = Place(many, 100)
    pantry = Program(many.exchange, PANTRY)
    (task,) = place.clinic.post("/referrals", place.body, "first").json()["tasks"]
    path, body = f"/referrals/tasks/{task['id']}/messages", {"text": "Come at nine."}
    pantry.post(f"/referrals/tasks/{task['id']}/answer", {"answer": "accept"}, "yes").raise_for_status()
    before = pantry.post(path, body, "message")
    take_back(place.person)

    after = [pantry.post(path, body, "message") for _process in range(8)]

    assert before.status_code == 201 and "Aster" in before.text and before.json()["shared"]
    assert {answer.status_code for answer in after} == {201}
    assert {answer.json()["id"] for answer in after} == {before.json()["id"]}
    assert all(answer.json()["shared"] == [] and "Aster" not in answer.text for answer in after)


def take_back(person: UUID) -> None:
    """The person takes back the permission to share."""
    with transaction() as session:
        clinic = session.execute(select(Participant).where(col(Participant.name) == CLINIC)).scalar_one()
        (record,) = consent.consents_of(session, clinic.id, person)
        navigator = staff_of(clinic, Role.NAVIGATOR)
        consent.revoke(session, navigator, record.id, method=record.method, at=datetime.now(UTC))
