"""Stuck texts: what, to whom and why, for those who may know it; sending again."""

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from cie.access import Role
from cie.db import reading, transaction
from cie.events import AuditEntry, DeliveryState, Outbox
from tests.factories import NOON, make_loop, make_staff
from tests.support.web import make_app, signed_in
from tests.web.test_settings import text_of


@pytest.fixture
def place(database, migrated):
    with transaction() as session:
        loop = make_loop(session)
        supervisor = make_staff(session, loop.clinic, Role.SUPERVISOR)
        boss = make_staff(session, loop.clinic, Role.ORGANIZATION_ADMINISTRATOR)
        worker = make_staff(session, loop.clinic, Role.CASEWORKER)
        stranger = make_staff(session, loop.pantry, Role.SUPERVISOR)
    app = make_app(migrated)
    people = {"supervisor": supervisor, "boss": boss, "worker": worker, "stranger": stranger}
    return SimpleNamespace(loop=loop, **{name: signed_in(app, user) for name, user in people.items()})


def stuck(place, state=DeliveryState.DEAD, result="refused landline", number=1):
    """A text of the clinic that got stuck."""
    row = Outbox(
        organization_id=place.loop.clinic.id, kind="text", destination_id=place.loop.phone.id, order_key="phone:x",
        dedup_key=f"asked:{number}", due_at=NOON, state=state, result=result, attempts=8, created_at=NOON,
        settled_at=NOON, person_id=place.loop.person.id, codes={"template": "asked"},
    )  # fmt: skip
    with transaction() as session:
        session.add(row)
    return row


def row_of(row):
    with reading() as session:
        return session.get_one(Outbox, row.id)


class TestList:
    def test_without_any_it_says_so(self, place):
        assert "Nothing is stuck." in text_of(place.supervisor.get("/deliveries"))

    @pytest.mark.parametrize("state", [s for s in DeliveryState if s.value not in ("dead", "uncertain")])
    def test_what_is_under_way_or_gone_is_not_listed(self, place, state):
        stuck(place, state)

        assert "Nothing is stuck." in text_of(place.supervisor.get("/deliveries"))

    def test_a_supervisor_reads_what_to_whom_and_why(self, place):
        stuck(place)

        page = text_of(place.supervisor.get("/deliveries"))

        assert "That an organization was asked" in page
        assert "Aster M." in page
        assert "This phone cannot get texts. Ask for a mobile number." in page
        assert "555" not in re.sub(r"Help: .*", "", page)

    def test_that_the_person_was_shown_is_recorded(self, place):
        stuck(place)
        place.supervisor.get("/deliveries")

        with reading() as session:
            assert session.execute(select(AuditEntry).where(AuditEntry.action == "seen")).first()

    def test_an_administrator_reads_of_a_person(self, place):
        stuck(place, DeliveryState.UNCERTAIN, "uncertain")

        page = text_of(place.boss.get("/deliveries"))

        assert "That an organization was asked, to a person" in page
        assert "It may have arrived." in page
        assert "Aster" not in page

    def test_others_see_nothing_of_it(self, place):
        stuck(place)

        assert "Nothing is stuck." in text_of(place.stranger.get("/deliveries"))
        assert place.worker.get("/deliveries").status_code == 403

    def test_long_lists_have_pages(self, place):
        for number in range(23):
            stuck(place, number=number)

        assert "1 to 20" in text_of(place.supervisor.get("/deliveries"))
        assert "21 to 23" in text_of(place.supervisor.get("/deliveries?page=2"))


class TestSendAgain:
    def test_it_waits_to_go(self, place):
        row = stuck(place)

        answer = place.boss.post(f"/deliveries/{row.id}/resending", page="/deliveries")

        assert answer.status_code == 303
        assert row_of(row).state is DeliveryState.WAITING
        assert "Nothing is stuck." in text_of(place.boss.get(answer.location))

    def test_two_who_press_at_once_send_it_once(self, place):
        row = stuck(place)
        place.boss.post(f"/deliveries/{row.id}/resending", page="/deliveries")

        again = place.supervisor.post(f"/deliveries/{row.id}/resending", page="/deliveries")

        assert again.status_code == 409
        assert "This delivery is not stuck" in text_of(again)

    def test_that_of_others_is_like_one_that_does_not_exist(self, place):
        row = stuck(place)

        theirs = place.stranger.post(f"/deliveries/{row.id}/resending", page="/deliveries")
        nobodys = place.stranger.post(f"/deliveries/{place.loop.person.id}/resending", page="/deliveries")

        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert row_of(row).state is DeliveryState.DEAD
