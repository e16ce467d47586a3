"""Webhooks: what is told, to whom, signed how, and what happens when nobody answers."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select
from standardwebhooks.webhooks import WebhookVerificationError

from cie.app import compose
from cie.db import reading, transaction
from cie.events import DeliveryState, Outbox
from cie.jobs.delivery import deliver_next
from cie.settings import Settings
from cie.webhooks import KIND, Webhook, WebhookDeliverer
from tests.api.place import System
from tests.api.receiver import listening
from tests.api.test_referrals import NOBODY, reply, request, sent
from tests.factories import make_participant

RESTED, LATER = timedelta(seconds=11), timedelta(minutes=20)
"""When an address that failed is called again; when each notice that was not taken is due again."""


@pytest.fixture
def receiver():
    with listening() as one:
        yield one


def add(system, receiver, **said):
    answer = system.post("/webhooks", {"url": receiver.url, **said})
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()


def deliver(after=timedelta()):
    """Let a worker deliver every notice that may go so long from now."""
    while deliver_next({KIND: WebhookDeliverer(may_be_private=True)}, lambda: datetime.now(UTC) + after):
        pass


def rows():
    with reading() as session:
        return session.exec(select(Outbox).where(Outbox.kind == KIND).order_by(Outbox.id)).all()


class TestNotice:
    def test_both_sides_are_told_with_ids_and_codes_alone(self, place, receiver):
        hook = add(place.pantry, receiver)

        referral = sent(place)
        deliver()

        (notice,) = receiver.read(hook["secret"])
        assert notice["referral_id"] == referral["id"]
        assert set(notice) == {"id", "type", "timestamp", "referral_id", "change", "changed_at"}
        assert (notice["type"], notice["change"]) == ("referral.changed", "referral.send")
        assert b"Aster" not in receiver.came[0][1] and b"food" not in receiver.came[0][1]

    def test_what_happens_keeps_its_order(self, place, receiver):
        hook = add(place.clinic, receiver)
        referral = sent(place)
        for said in ({"answer": "accept"}, {"answer": "start"}, {"answer": "complete"}):
            reply(place, referral, **said)

        deliver()

        changes = [notice["change"] for notice in receiver.read(hook["secret"])]
        assert changes[:3] == ["referral.send", "task.accepted", "task.in-progress"]
        assert len(changes) == 4

    def test_only_the_kinds_that_were_asked_for_are_told(self, place, receiver):
        hook = add(place.clinic, receiver, changes=["entry"])
        referral = sent(place)
        task_id = referral["tasks"][0]["id"]
        place.pantry.post(f"/referrals/tasks/{task_id}/messages", {"text": "Come at nine"})

        deliver()

        assert [notice["change"] for notice in receiver.read(hook["secret"])] == ["entry.message:provider"]

    def test_a_third_organization_is_told_nothing(self, place, receiver):
        with transaction() as session:
            third = System(place.app, make_participant(session, name="Third"))
        add(third, receiver)

        reply(place, sent(place), answer="accept")
        deliver()

        assert receiver.came == []

    def test_a_ping_says_nothing_but_that(self, place, receiver):
        hook = add(place.clinic, receiver)

        place.clinic.post(f"/webhooks/{hook['id']}/ping")
        deliver()

        (notice,) = receiver.read(hook["secret"])
        assert (notice["type"], set(notice)) == ("ping", {"id", "type", "timestamp"})


class TestSignature:
    def test_another_secret_does_not_fit(self, place, receiver):
        add(place.clinic, receiver)
        other = add(place.clinic, receiver)
        sent(place)
        deliver()

        with pytest.raises(WebhookVerificationError):
            receiver.read(other["secret"])

    def test_after_a_new_secret_both_fit_for_a_day_and_then_the_new_one_alone(self, place, receiver):
        old = add(place.clinic, receiver)
        new = place.clinic.post(f"/webhooks/{old['id']}/secret").get_json()
        place.clinic.post(f"/webhooks/{old['id']}/ping")
        deliver()
        both = (receiver.read(old["secret"]), receiver.read(new["secret"]))
        receiver.came.clear()
        with transaction() as session:
            session.exec(select(Webhook)).one().old_until -= timedelta(days=2)
        place.clinic.post(f"/webhooks/{old['id']}/ping")
        deliver()

        assert both[0] == both[1]
        assert receiver.read(new["secret"])
        with pytest.raises(WebhookVerificationError):
            receiver.read(old["secret"])


class TestTrouble:
    @pytest.mark.parametrize("status", ["500 Oops", "404 Nobody", "302 Found"])
    def test_what_is_not_taken_goes_again_with_the_same_id(self, place, receiver, status):
        hook = add(place.clinic, receiver)
        receiver.status, receiver.location = status, "http://127.0.0.1:1/"
        sent(place)
        deliver()
        receiver.status, receiver.location = "200 OK", ""

        deliver(LATER)

        notices = receiver.read(hook["secret"])
        assert len(notices) == 2
        assert notices[0]["id"] == notices[1]["id"]
        assert [row.state for row in rows()] == [DeliveryState.SENT]

    def test_later_changes_of_the_same_referral_wait_for_it(self, place, receiver):
        hook = add(place.clinic, receiver)
        receiver.status = "500 Oops"
        referral = sent(place)
        deliver()
        reply(place, referral, answer="accept")
        other = sent(place)
        deliver(RESTED)
        refused = [notice["referral_id"] for notice in receiver.read(hook["secret"])]
        receiver.status = "200 OK"
        receiver.came.clear()

        deliver(LATER)

        told = [(notice["referral_id"], notice["change"]) for notice in receiver.read(hook["secret"])]
        assert refused == [referral["id"], other["id"]]
        assert [change for about, change in told if about == referral["id"]] == ["referral.send", "task.accepted"]

    def test_a_receiver_that_is_gone_gets_a_dead_letter_that_is_seen(self, place, receiver):
        hook = add(place.clinic, receiver)
        receiver.status = "410 Gone"
        sent(place)

        deliver()

        (notice,) = place.clinic.get(f"/webhooks/{hook['id']}/notices").get_json()["items"]
        assert (notice["state"], notice["result"]) == ("dead", "gone")

    def test_nobody_listening_is_tried_again(self, place):
        with listening() as receiver:
            add(place.clinic, receiver)
        sent(place)

        deliver()

        assert [(row.state, row.result) for row in rows()] == [(DeliveryState.RETRY, "no answer")]

    def test_in_production_no_private_address_is_called(self, place, receiver):
        add(place.clinic, receiver)
        sent(place)

        while deliver_next({KIND: WebhookDeliverer(may_be_private=False)}):
            pass

        assert receiver.came == []
        assert [row.result for row in rows()] == ["address refused"]

    def test_a_name_that_leads_inside_is_not_called_either(self, place, receiver):
        add(place.clinic, type("At", (), {"url": receiver.url.replace("127.0.0.1", "localhost")}))
        sent(place)

        while deliver_next({KIND: WebhookDeliverer(may_be_private=False)}):
            pass

        assert receiver.came == []


class TestReplay:
    def test_what_was_missed_while_paused_comes_when_it_is_asked_for(self, place, receiver):
        hook = add(place.clinic, receiver)
        start = datetime.now(UTC).isoformat()
        place.clinic.post(f"/webhooks/{hook['id']}/pause")
        ids = {sent(place)["id"] for _ in range(3)}
        deliver()
        place.clinic.post(f"/webhooks/{hook['id']}/resumption")
        before = list(receiver.came)

        answer = place.clinic.post(f"/webhooks/{hook['id']}/replay", {"since": start})
        deliver()

        assert before == []
        assert (answer.status_code, answer.get_json()) == (202, {"count": 3})
        assert {notice["referral_id"] for notice in receiver.read(hook["secret"])} == ids

    def test_it_goes_on_after_a_notice_with_the_ids_that_the_others_had(self, place, receiver):
        hook = add(place.clinic, receiver)
        for _ in range(3):
            sent(place)
        deliver()
        ids = [notice["id"] for notice in receiver.read(hook["secret"])]
        receiver.came.clear()

        answer = place.clinic.post(f"/webhooks/{hook['id']}/replay", {"after": ids[0]})
        deliver()

        assert (answer.status_code, answer.get_json()) == (202, {"count": 2})
        assert [notice["id"] for notice in receiver.read(hook["secret"])] == ids[1:]

    @pytest.mark.parametrize("said", [{}, {"since": "2026-11-01T00:00:00Z", "after": NOBODY}], ids=["nothing", "both"])
    def test_from_when_on_must_be_said_once(self, place, receiver, said):
        hook = add(place.clinic, receiver)

        answer = place.clinic.post(f"/webhooks/{hook['id']}/replay", said)

        assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "since")


class TestDeadLetters:
    @pytest.fixture
    def hook(self, place, receiver):
        """One whose address was gone for the first of three notices, and paused for the others."""
        hook = add(place.clinic, receiver)
        receiver.status = "410 Gone"
        for _ in range(3):
            sent(place)
        deliver()
        receiver.status = "200 OK"
        return hook

    def notices(self, place, hook, query=""):
        return place.clinic.get(f"/webhooks/{hook['id']}/notices{query}").get_json()

    def test_they_are_listed_by_state(self, place, hook):
        states = {state: self.notices(place, hook, f"?state={state}")["items"] for state in ("dead", "dropped", "sent")}

        assert {state: len(items) for state, items in states.items()} == {"dead": 1, "dropped": 2, "sent": 0}
        (dead,) = states["dead"]
        assert (dead["result"], dead["attempts"], dead["change"]) == ("gone", 1, "referral.send")
        assert dead["created_at"] <= dead["settled_at"]
        assert place.clinic.get(f"/webhooks/{hook['id']}/notices?state=lost").status_code == 422

    def test_page_by_page_the_newest_first(self, place, hook):
        first = self.notices(place, hook, "?limit=2")
        second = self.notices(place, hook, f"?limit=2&cursor={first['next']}")

        ids = [notice["id"] for page in (first, second) for notice in page["items"]]
        assert ids == sorted(ids, reverse=True) and len(ids) == 3
        assert second["next"] is None
        assert place.clinic.get(f"/webhooks/{hook['id']}/notices?cursor=x").status_code == 422

    def test_one_is_sent_once_more(self, place, hook, receiver):
        (dead,) = self.notices(place, hook, "?state=dead")["items"]
        place.clinic.post(f"/webhooks/{hook['id']}/resumption")

        answer = place.clinic.post(f"/webhooks/{hook['id']}/notices/{dead['id']}/resending")
        again = place.clinic.post(f"/webhooks/{hook['id']}/notices/{dead['id']}/resending")
        deliver(RESTED)

        assert (answer.status_code, answer.get_json()["state"], again.status_code) == (202, "waiting", 409)
        assert [notice["id"] for notice in receiver.read(hook["secret"])] == [dead["id"]] * 2

    def test_so_are_all_of_them(self, place, hook, receiver):
        place.clinic.post(f"/webhooks/{hook['id']}/resumption")

        answer = place.clinic.post(f"/webhooks/{hook['id']}/resending")
        deliver(RESTED)

        assert (answer.status_code, answer.get_json()) == (202, {"count": 1})
        assert self.notices(place, hook, "?state=dead")["items"] == []

    def test_to_others_there_are_none(self, place, hook):
        (dead,) = self.notices(place, hook, "?state=dead")["items"]

        for path in (f"/notices/{dead['id']}/resending", "/resending"):
            assert place.pantry.post(f"/webhooks/{hook['id']}{path}").status_code == 404


class TestScopes:
    """A notice tells that something changed about a referral: who may not read referrals is told nothing."""

    def test_a_token_that_reads_no_referrals_adds_none(self, place, receiver):
        system = System(place.app, place.loop.pantry, scopes=("api/webhooks.*",))

        answer = system.post("/webhooks", {"url": receiver.url})

        assert answer.status_code == 403 and "api/referrals.read" in answer.get_json()["detail"]

    def test_one_whose_client_may_not_any_more_hears_nothing(self, place, receiver):
        add(place.pantry, receiver)
        sent(place)
        with transaction() as session:
            client = session.merge(place.pantry.client)
            client.scopes = ["api/webhooks.*"]
            session.add(client)

        deliver()

        assert receiver.came == [] and {row.state for row in rows()} == {DeliveryState.DROPPED}


class TestManaging:
    @pytest.mark.parametrize(
        "url", ["ftp://example.org/", "https://", "nonsense", "https://user:pw@example.org/", "https://[::1/", ""]
    )
    def test_a_wrong_address_is_named(self, place, url):
        answer = place.clinic.post("/webhooks", {"url": url})

        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["field"] == "url"

    def test_the_secret_is_not_told_again(self, place, receiver):
        hook = add(place.clinic, receiver)

        assert "secret" not in place.clinic.get(f"/webhooks/{hook['id']}").get_json()

    def test_one_that_ended_hears_nothing_more(self, place, receiver):
        hook = add(place.clinic, receiver)
        sent(place)

        gone = place.clinic.call("DELETE", f"/webhooks/{hook['id']}")
        deliver()

        assert (gone.status_code, receiver.came) == (204, [])
        assert place.clinic.get(f"/webhooks/{hook['id']}").status_code == 404

    def test_another_organization_does_not_see_it(self, place, receiver):
        hook = add(place.clinic, receiver)

        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/secret"), ("POST", "/ping"), ("GET", "/notices")):
            assert place.pantry.call(method, f"/webhooks/{hook['id']}{path}").status_code == 404

    def test_the_worker_knows_how_to_deliver_it(self, migrated):
        assert isinstance(compose(migrated).deliverers[KIND], WebhookDeliverer)
        assert not Settings(env="production").may_reach_private


def test_a_request_that_was_refused_tells_nobody(place, receiver):
    add(place.clinic, receiver)
    place.clinic.post("/referrals", request(place, need_code="gold"))

    deliver()

    assert receiver.came == []
