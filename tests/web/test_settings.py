"""The pages of the own settings: what they show, keep and ask proof for."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from cie import identity, referrals
from cie.access import Role
from cie.db import reading, transaction
from cie.identity import UserAccount
from cie.referrals.models import Referral
from tests.factories import make_loop, make_participant, make_staff, send_one
from tests.support.sign_in import PASSWORD, SECRET, code_at, make_member, pass_time
from tests.support.web import make_app, signed_in


@pytest.fixture
def app(database, migrated):
    return make_app(migrated)


@pytest.fixture
def wren(app):
    with transaction() as session:
        return make_member(session, make_participant(session))


@pytest.fixture
def browser(app, wren):
    return signed_in(app, wren)


def text_of(answer):
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def account(user):
    with reading() as session:
        return session.get_one(UserAccount, user.id)


class TestPreferences:
    def test_they_are_saved(self, browser, wren):
        answer = browser.post("/settings", name="Wren Amber", language="es", keys_on="yes")

        kept = account(wren)
        assert answer.status_code == 303
        assert (kept.name, kept.language, kept.keys_on) == ("Wren Amber", "es", True)
        assert 'data-keys="on"' in text_of(browser.get("/settings"))

    def test_the_language_chosen_here_wins_over_one_chosen_earlier(self, browser):
        browser.post("/language", page="/settings", language="en", next="/settings")
        browser.post("/settings", name="Wren Alder", language="es")

        assert '<html lang="es"' in text_of(browser.get("/settings"))

    def test_what_is_wrong_is_named_and_what_was_typed_stays(self, browser, wren):
        answer = browser.post("/settings", name="", language="es")

        page = text_of(answer)
        assert answer.status_code == 422
        assert "Name: enter the name that colleagues know" in page
        assert re.search(r'value="es" checked', page)
        assert account(wren).language == "en"

    @pytest.mark.parametrize(
        ("roles", "shown"),
        [
            ([Role.CASEWORKER], set()),
            ([Role.SUPERVISOR], {"/deliveries"}),
            ([Role.PRIVACY_OFFICER], {"/organization"}),
            ([Role.ORGANIZATION_ADMINISTRATOR], {"/organization", "/deliveries"}),
            ([Role.NETWORK_ADMINISTRATOR], {"/network"}),
        ],
    )
    def test_everybody_sees_the_way_to_what_they_may_do(self, app, roles, shown):
        with transaction() as session:
            user = make_staff(session, make_participant(session), *roles)
        browser = signed_in(app, user)
        page = text_of(browser.get("/settings"))

        places = {path for path in ("/organization", "/network", "/deliveries") if f'href="{path}"' in page}
        assert places == shown
        assert {browser.get(path).status_code for path in shown} <= {200}
        assert all(
            browser.get(path).status_code == 403 for path in {"/organization", "/network", "/deliveries"} - shown
        )


class TestAway:
    def day(self, days):
        last = datetime.now(UTC) + timedelta(days=days)
        return {"until_month": str(last.month), "until_day": str(last.day), "until_year": str(last.year)}

    def test_colleagues_see_until_when(self, browser, wren):
        assert browser.post("/settings/away", **self.day(9)).status_code == 303

        assert account(wren).away_until > datetime.now(UTC) + timedelta(days=7)

    def test_nothing_typed_means_back(self, browser, wren):
        browser.post("/settings/away", **self.day(9))
        browser.post("/settings/away")

        assert account(wren).away_until is None

    @pytest.mark.parametrize(
        ("day", "words"),
        [
            (
                {"until_month": "2", "until_day": "30", "until_year": "2030"},
                "Away until: enter a month, a day and a year",
            ),
            (
                {"until_month": "x", "until_day": "3", "until_year": "2030"},
                "Away until: enter a month, a day and a year",
            ),
            (
                {"until_month": "1", "until_day": "3", "until_year": "2020"},
                "Away until: choose a day that is still to come",
            ),
        ],
    )
    def test_an_impossible_day_is_named_and_stays(self, browser, wren, day, words):
        answer = browser.post("/settings/away", **day)

        page = text_of(answer)
        assert answer.status_code == 422
        assert words in page
        assert f'value="{day["until_year"]}"' in page
        assert account(wren).away_until is None

    def test_the_caseload_goes_to_a_colleague_with_its_count_shown_first(self, app):
        with transaction() as session:
            loop = make_loop(session)
            sorrel = make_staff(session, loop.clinic, Role.NAVIGATOR, name="Sorrel Finch")
            linnet = make_staff(session, loop.clinic, Role.NAVIGATOR, name="Linnet Marsh")
            make_staff(session, loop.clinic, Role.ORGANIZATION_ADMINISTRATOR, name="Heron Lake")
            referral, _task = send_one(session, loop)
            referrals.assign_referral(session, loop.navigator, referral.id, sorrel.id, at=datetime.now(UTC))
        browser = signed_in(app, sorrel)
        page = text_of(browser.get("/settings/away"))

        browser.post("/settings/away", **self.day(9), assignee=str(linnet.id))

        assert "1 open referral" in page
        assert "Linnet Marsh" in page
        assert "Heron Lake" not in page
        with reading() as session:
            assert session.get_one(Referral, referral.id).assignee_id == linnet.id


class TestSessions:
    def test_another_one_is_ended(self, browser, wren):
        with transaction() as session:
            other, token = identity.start_session(session, wren, browser="Firefox", at=datetime.now(UTC))
        assert "Firefox" in text_of(browser.get("/settings/sessions"))

        browser.post(f"/settings/sessions/{other.id}/end", page="/settings/sessions")

        assert "Firefox" not in text_of(browser.get("/settings/sessions"))
        with reading() as session:
            found = identity.session_for(session, token, at=datetime.now(UTC))
            assert found.state is identity.SessionState.EXPIRED

    def test_all_others_end_and_this_one_stays(self, browser, wren):
        with transaction() as session:
            for _n in range(2):
                identity.start_session(session, wren, browser="Firefox", at=datetime.now(UTC))

        browser.post("/settings/sessions/others/end", page="/settings/sessions")

        page = text_of(browser.get("/settings/sessions"))
        assert "Firefox" not in page
        assert "(this one)" in page

    def test_that_of_a_colleague_is_like_one_that_does_not_exist(self, app, browser, wren):
        with transaction() as session:
            colleague = make_staff(session, identity.organization_of(session, wren))
            other, token = identity.start_session(session, colleague, browser="", at=datetime.now(UTC))

        theirs = browser.post(f"/settings/sessions/{other.id}/end", page="/settings")
        nobodys = browser.post(f"/settings/sessions/{wren.id}/end", page="/settings")

        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert without_ids(theirs) == without_ids(nobodys)
        with reading() as session:
            found = identity.session_for(session, token, at=datetime.now(UTC))
            assert found.state is identity.SessionState.ACTIVE


def without_ids(answer):
    return re.sub(r'value="[^"]+"|[0-9a-f-]{36}', "", text_of(answer))


class TestProof:
    @pytest.mark.parametrize("path", ["password", "phone-app", "recovery-codes"])
    def test_after_ten_minutes_both_factors_are_asked_again(self, browser, wren, path):
        assert browser.get(f"/settings/{path}").status_code == 200
        pass_time(wren, minutes=11)

        read, posted = browser.get(f"/settings/{path}"), browser.post(f"/settings/{path}", page="/settings")

        assert "/settings/confirm?next=" in read.location
        assert "/settings/confirm?next=" in posted.location

    def test_given_them_one_goes_on(self, browser, wren):
        pass_time(wren, minutes=11)
        asked = browser.get("/settings/password").location

        answer = browser.post(
            "/settings/confirm", page=asked, password=PASSWORD, code=code_at(), next="/settings/password"
        )

        assert answer.location.endswith("/settings/password")
        assert browser.get("/settings/password").status_code == 200

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"password": "not it", "code": "000000"}, "Password: this is not your password"),
            ({"password": PASSWORD, "code": "000000"}, "Code: this one does not work"),
            ({}, "Password: enter it"),
        ],
    )
    def test_what_is_wrong_is_named(self, browser, wren, given, words):
        pass_time(wren, minutes=11)

        answer = browser.post("/settings/confirm", **given)

        assert answer.status_code == 422
        assert words in text_of(answer)
        assert "/settings/confirm" in browser.get("/settings/password").location

    def test_one_never_lands_outside_the_app(self, browser, wren):
        answer = browser.post("/settings/confirm", password=PASSWORD, code=code_at(), next="https://example.org/")

        assert answer.location.endswith("/settings")

    def test_guessing_stops(self, browser, wren):
        answers = [browser.post("/settings/confirm", password="x", code="1").status_code for _n in range(8)]

        assert answers[-1] == 429


class TestPassword:
    def test_a_new_one_is_kept_and_others_are_signed_out(self, browser, wren):
        with transaction() as session:
            _row, token = identity.start_session(session, wren, browser="Firefox", at=datetime.now(UTC))

        answer = browser.post("/settings/password", password="marsh lamp ginger tide")

        assert answer.status_code == 303
        assert identity.verify_password(account(wren).password_hash, "marsh lamp ginger tide")
        with reading() as session:
            found = identity.session_for(session, token, at=datetime.now(UTC))
            assert found.state is identity.SessionState.EXPIRED

    @pytest.mark.parametrize("weak", ["short", "password1", "LanternPantry26"])
    def test_a_weak_one_is_refused_and_never_shown_again(self, browser, wren, weak):
        answer = browser.post("/settings/password", password=weak)

        assert answer.status_code == 422
        assert "Password: " in text_of(answer)
        assert weak not in text_of(answer)
        assert identity.verify_password(account(wren).password_hash, PASSWORD)


class TestPhoneApp:
    def test_the_page_shows_a_picture_and_the_same_key_each_time(self, browser, wren):
        first, second = (text_of(browser.get("/settings/phone-app")) for _n in range(2))

        assert 'src="data:image/svg+xml' in first
        assert key_on(first) == key_on(second) != SECRET

    def test_a_code_of_it_proves_it(self, browser, wren):
        key = key_on(text_of(browser.get("/settings/phone-app")))

        wrong = browser.post("/settings/phone-app", code="000000")
        right = browser.post("/settings/phone-app", code=code_at(secret=key))

        assert wrong.status_code == 422
        assert key_on(text_of(wrong)) == key
        assert right.status_code == 303
        assert account(wren).totp_secret == key


def key_on(page):
    return re.search(r'<bdi dir="ltr">((?:[A-Z2-7]{4} ?){8})</bdi>', page).group(1).replace(" ", "")


class TestRecoveryCodes:
    def test_ten_are_shown_once(self, browser, wren):
        made = text_of(browser.post("/settings/recovery-codes"))
        codes = re.findall(r"<bdi dir=\"ltr\">(\w{5}-\w{5})</bdi>", made)

        later = text_of(browser.get("/settings/recovery-codes"))

        assert len(codes) == 10
        assert not any(code in later for code in codes)
        assert "10 left" in text_of(browser.get("/settings"))
