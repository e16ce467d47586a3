"""The pages on which an administrator sees where a program is told of what happens, and what did not arrive."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlmodel import select

from cie import webhooks
from cie.access import Role
from cie.db import reading, transaction
from cie.events import AuditEntry, DeliveryState, Outbox
from cie.webhooks import Webhook
from tests.factories import make_staff
from tests.support.sign_in import pass_time
from tests.support.web import make_app, signed_in
from tests.web.test_clients import text_of
from tests.webhooks.setting import make_setting

ADMINISTRATOR = Role.ORGANIZATION_ADMINISTRATOR
WHY = {
    "answered 503": "It answered 503.",
    "no answer": "Nobody answered in time, with a good certificate, from a public address.",
    "no answer before": "Nobody answered in time, with a good certificate, from a public address.",
    "gone": "It answered 410: nobody is there any more.",
    "address refused": "We may not call an address like this.",
    "uncertain": "Something broke here while it was sent.",
}
ACTS = ("/ping", "/pause", "/resumption", "/resending", "/replay", "/secret", "/end")


@pytest.fixture
def setting(database, migrated):
    made = make_setting("https://hub.example.org/notices")
    with transaction() as session:
        clinic, pantry = made.loop.clinic, made.loop.pantry
        users = {
            "boss": make_staff(session, clinic, ADMINISTRATOR, name="Robin Oak"),
            "both": make_staff(session, clinic, ADMINISTRATOR, Role.CASEWORKER),
            "worker": make_staff(session, clinic, Role.CASEWORKER),
            "officer": make_staff(session, clinic, Role.PRIVACY_OFFICER),
            "stranger": make_staff(session, pantry, ADMINISTRATOR),
        }
    app = make_app(migrated)
    made.users = SimpleNamespace(**users)
    made.browsers = SimpleNamespace(**{name: signed_in(app, user) for name, user in users.items()})
    return made


def programs(setting, rest=""):
    return f"/organization/clients/{setting.program.id}{rest}"


def path(setting, rest=""):
    return programs(setting, f"/webhooks/{setting.hook.id}{rest}")


def see(setting, rest="", who="boss"):
    return text_of(getattr(setting.browsers, who).get(path(setting, rest)))


def do(setting, rest, who="boss", **form):
    return getattr(setting.browsers, who).post(path(setting, rest), page="/help", **form)


def stuck(setting, *, result="answered 503", many=1):
    """A referral whose notices were given up."""
    referral_id = setting.send()
    for _number in range(many - 1):
        setting.note(referral_id)
    with transaction() as session:
        for row in session.exec(select(Outbox).where(Outbox.destination_id == setting.hook.id)):
            row.state, row.result, row.settled_at = DeliveryState.DEAD, result, setting.now
            session.add(row)
    return referral_id


def change(setting, name, values):
    """Each notice has another value."""
    with transaction() as session:
        for row, value in zip(setting.rows(), values, strict=True):
            stored = session.get_one(Outbox, row.id)
            setattr(stored, name, value)
            session.add(stored)


def hook(setting):
    with reading() as session:
        return session.get_one(Webhook, setting.hook.id)


class TestProgram:
    def test_its_page_says_where_it_is_told_and_how_that_goes(self, setting):
        stuck(setting, many=2)
        setting.note(setting.send())
        with transaction() as session:
            session.get_one(Webhook, setting.hook.id).failed_at = setting.now - timedelta(days=2)

        page = text_of(setting.browsers.boss.get(programs(setting)))

        row = r"https://hub.example.org/notices Does not take notices now Never \w{3}, \w{3} \d+, [\d:]+ [ap]m 2 2"
        assert re.search(row, page)

    def test_one_that_asked_for_none_says_so(self, setting):
        with transaction() as session:
            webhooks.remove_webhook(session, setting.program, setting.hook.id, at=setting.now)

        assert "It gets none." in text_of(setting.browsers.boss.get(programs(setting)))

    def test_the_organization_and_the_list_say_when_something_got_stuck(self, setting):
        words = ("Notices to a program of yours got stuck.", "3 notices to it got stuck")
        before = [text_of(setting.browsers.boss.get(address)) for address in ("/organization", "/organization/clients")]
        stuck(setting, many=3)
        after = [text_of(setting.browsers.boss.get(address)) for address in ("/organization", "/organization/clients")]

        assert not any(word in page for word, page in zip(words, before, strict=True))
        assert all(word in page for word, page in zip(words, after, strict=True))
        assert words[0] not in text_of(setting.browsers.officer.get("/organization"))
        assert words[0] not in text_of(setting.browsers.stranger.get("/organization"))

    def test_the_list_of_stuck_texts_holds_no_notices(self, setting):
        stuck(setting)

        assert "Nothing is stuck." in text_of(setting.browsers.boss.get("/deliveries"))


class TestOne:
    def test_with_nothing_stuck_it_says_so(self, setting):
        page = see(setting)

        assert "Nothing sent yet" in page and "Nothing is stuck." in page
        assert "Send all of them again" not in page

    def test_what_got_stuck_shows_what_it_was_when_and_why(self, setting):
        referral_id = stuck(setting, many=len(WHY))
        change(setting, "result", WHY)

        page = see(setting)

        assert all(
            f"{words} Referral {referral_id} Happened just now. Given up just now." in page for words in WHY.values()
        )
        assert "The referral itself" in page and "A message or a note" in page
        assert "Aster" not in page and "food" not in page.lower()

    def test_each_kind_of_change_has_words(self, setting):
        stuck(setting, many=len(webhooks.EVENTS))
        change(setting, "codes", [{"event": webhooks.CHANGED, "change": f"{kind}.it:more"} for kind in webhooks.EVENTS])

        assert setting.browsers.boss.get(path(setting)).status_code == 200

    def test_only_who_works_on_cases_finds_a_way_to_the_referral(self, setting):
        link = f'href="/referrals/{stuck(setting)}"'

        assert link not in setting.browsers.boss.get(path(setting)).get_data(as_text=True)
        assert link in setting.browsers.both.get(path(setting)).get_data(as_text=True)

    def test_twenty_stand_on_a_page(self, setting):
        stuck(setting, many=23)

        first, second = see(setting), see(setting, "?page=2")

        assert (first.count("Send again :"), second.count("Send again :")) == (20, 3)
        assert "1 to 20" in first and "21 to 23" in second


class TestActs:
    def test_one_notice_goes_again(self, setting):
        stuck(setting, many=2)
        first, second = setting.rows()

        answer = do(setting, f"/notices/{first.id}/resending")

        assert answer.location == path(setting, "?done=again")
        assert "It goes out again within a minute." in text_of(setting.browsers.boss.get(answer.location))
        assert [row.state.value for row in setting.rows()] == ["waiting", "dead"]

    def test_one_that_is_not_stuck_any_more_is_said_to_be_so(self, setting):
        stuck(setting)
        (row,) = setting.rows()
        do(setting, f"/notices/{row.id}/resending")

        answer = do(setting, f"/notices/{row.id}/resending")

        assert answer.status_code == 409 and "This delivery is not stuck" in text_of(answer)

    def test_all_go_again(self, setting):
        stuck(setting, many=3)

        do(setting, "/resending")

        assert {row.state.value for row in setting.rows()} == {"waiting"}

    def test_what_happened_in_the_last_days_goes_again(self, setting):
        stuck(setting, many=2)

        assert do(setting, "/replay", days="7").location == path(setting, "?done=again")
        assert {row.state.value for row in setting.rows()} == {"waiting"}

    def test_it_says_which_days_there_are(self, setting):
        answers = [do(setting, "/replay", days=days) for days in ("", "8", "x")]

        assert all(each.status_code == 422 and "Since when: choose one" in text_of(each) for each in answers)

    def test_it_is_tried_paused_and_goes_on(self, setting):
        do(setting, "/ping")
        do(setting, "/pause")
        paused = see(setting)
        do(setting, "/resumption")

        assert [row.codes["event"] for row in setting.rows()] == ["ping"]
        assert "Paused just now" in paused and "Go on" in paused
        assert hook(setting).paused_at is None

    def test_a_new_secret_stands_there_once(self, setting):
        assert "For a day both secrets fit" in see(setting, "/secret")

        page = do(setting, "/secret").get_data(as_text=True)

        (secret,) = re.findall(r'<textarea[^>]*id="secret"[^>]*>([^<]+)<', page)
        assert (hook(setting).secret, hook(setting).old_secret) == (secret, setting.secret)
        assert secret not in setting.browsers.boss.get(path(setting)).get_data(as_text=True)

    def test_it_ends(self, setting):
        stuck(setting)
        assert "1 notice that is on the way or got stuck goes no more." in see(setting, "/end")

        answer = do(setting, "/end")

        assert "Ended. Nothing goes to that address any more." in text_of(setting.browsers.boss.get(answer.location))
        assert hook(setting).ended_at is not None
        assert setting.browsers.boss.get(path(setting)).status_code == 404
        assert "got stuck" not in text_of(setting.browsers.boss.get("/organization"))

    def test_each_is_recorded_with_who_did_it(self, setting):
        stuck(setting)
        (row,) = setting.rows()
        for rest in (f"/notices/{row.id}/resending", "/ping", "/pause", "/resumption", "/resending", "/secret", "/end"):
            do(setting, rest)
        do(setting, "/replay", days="1")

        with reading() as session:
            acts = session.exec(select(AuditEntry).where(AuditEntry.actor_id == setting.users.boss.id)).all()
        assert {act.action for act in acts} >= {
            "delivery.resend", "webhook.ping", "webhook.pause", "webhook.resume", "webhook.resend", "webhook.secret",
            "webhook.end",
        }  # fmt: skip

    def test_what_cannot_be_taken_back_needs_a_fresh_proof(self, setting):
        pass_time(setting.users.boss, minutes=11)

        answers = [setting.browsers.boss.get(path(setting, rest)) for rest in ("/secret", "/end")]
        answers += [do(setting, rest) for rest in ("/secret", "/end")]

        assert {answer.status_code for answer in answers} == {303}
        assert (hook(setting).secret, hook(setting).ended_at) == (setting.secret, None)


class TestOthers:
    def test_to_a_stranger_it_answers_as_one_that_does_not_exist(self, setting):
        for rest in ("", "/secret", "/end"):
            nowhere = path(setting, rest).replace(str(setting.hook.id), str(setting.loop.clinic.id))
            answers = [setting.browsers.stranger.get(address) for address in (path(setting, rest), nowhere)]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert text_of(answers[0]) == text_of(answers[1])

    def test_a_stranger_changes_nothing(self, setting):
        stuck(setting)

        answers = {do(setting, rest, who="stranger", days="1").status_code for rest in ACTS}

        assert answers == {404}
        assert [row.state.value for row in setting.rows()] == ["dead"]
        assert (hook(setting).paused_at, hook(setting).ended_at, hook(setting).secret) == (None, None, setting.secret)

    def test_a_colleague_who_may_not_is_told_so(self, setting):
        browsers = (setting.browsers.worker, setting.browsers.officer)
        answers = [browser.post(path(setting, rest), page="/help") for browser in browsers for rest in ACTS]
        answers += [browser.get(path(setting)) for browser in browsers]

        assert {answer.status_code for answer in answers} == {403}

    def test_under_another_program_it_is_not_found(self, setting):
        other = make_setting("https://other.example.org/")

        wrong = path(setting).replace(str(setting.program.id), str(other.program.id))

        assert setting.browsers.boss.get(wrong).status_code == 404
