"""Signing in through the pages, being signed out, and what was typed meanwhile."""

import re

import pytest
from sqlalchemy import select

from cie import identity
from cie.access import Role
from cie.db import reading, transaction
from cie.events import AuditEntry
from cie.identity.models import KeptForm
from tests.factories import make_participant
from tests.support.sign_in import PASSWORD, code_at, make_member, pass_time, sign_in
from tests.support.web import Browser, make_app


@pytest.fixture
def app(database, migrated):
    return make_app(migrated)


@pytest.fixture
def wren(app):
    with transaction() as session:
        return make_member(session, make_participant(session))


def text_of(answer):
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def try_password(app, email, password, *, browser=None):
    return (browser or Browser(app)).post("/sign-in", email=email, password=password)


class TestSignIn:
    def test_password_and_code_lead_in(self, app, wren):
        browser = Browser(app)

        first = browser.post("/sign-in", email=wren.email.upper(), password=PASSWORD)
        second = browser.post("/sign-in/code", code=code_at())

        assert first.location.endswith("/sign-in/code")
        assert second.location.endswith("/worklist")
        assert browser.get("/settings").status_code == 200

    def test_the_password_alone_leads_nowhere(self, app, wren):
        browser = Browser(app)
        browser.post("/sign-in", email=wren.email, password=PASSWORD)

        assert "/sign-in" in browser.get("/settings").location

    def test_without_the_password_there_is_no_place_for_a_code(self, app, wren):
        browser = Browser(app)

        assert browser.get("/sign-in/code").location.endswith("/sign-in")
        assert browser.post("/sign-in/code", page="/sign-in", code=code_at()).location.endswith("/sign-in")
        assert "/sign-in" in browser.get("/settings").location

    def test_an_unknown_address_and_a_wrong_password_look_the_same(self, app, wren):
        unknown = text_of(try_password(app, "nobody@example.org", PASSWORD))
        wrong = text_of(try_password(app, wren.email, "not the password"))

        assert "these do not belong together" in wrong
        assert _fixed(unknown).replace("nobody@example.org", "") == _fixed(wrong).replace(wren.email, "")

    def test_a_code_works_once(self, app, wren):
        code = code_at()
        first, second = Browser(app), Browser(app)
        for browser in (first, second):
            browser.post("/sign-in", email=wren.email, password=PASSWORD)

        assert first.post("/sign-in/code", code=code).status_code == 303
        again = second.post("/sign-in/code", code=code)
        assert again.status_code == 422
        assert "Code: this one does not work" in text_of(again)

    def test_a_recovery_code_leads_in_once(self, app, wren):
        with transaction() as session:
            (code,) = identity.new_recovery_codes(session, wren, at=wren.created_at, count=1)
        first, second = Browser(app), Browser(app)
        for browser in (first, second):
            browser.post("/sign-in", email=wren.email, password=PASSWORD)

        assert first.post("/sign-in/code", code=code.upper()).status_code == 303
        assert second.post("/sign-in/code", code=code).status_code == 422

    def test_a_stranger_is_stopped_while_the_owners_browser_keeps_working(self, app, wren):
        own = sign_in(app, wren)
        own.post("/sign-out", page="/settings")
        tries = [try_password(app, wren.email, f"guess {n}").status_code for n in range(8)]

        assert tries[-1] == 429
        assert try_password(app, wren.email, PASSWORD).status_code == 429
        assert try_password(app, wren.email, PASSWORD, browser=own).status_code == 303

    def test_who_must_wait_is_told_how_long(self, app, wren):
        for n in range(7):
            answer = try_password(app, wren.email, f"guess {n}")

        assert int(answer.headers["Retry-After"]) > 0
        assert "Nobody is locked out" in text_of(answer)

    def test_guessing_codes_is_stopped(self, app, wren):
        browser = Browser(app)
        browser.post("/sign-in", email=wren.email, password=PASSWORD)

        answers = [browser.post("/sign-in/code", code=f"{n:06}").status_code for n in range(8)]

        assert answers[0] == 422
        assert answers[-1] == 429

    @pytest.mark.parametrize(
        "outside", ["https://example.org/", "//example.org/", "/\\example.org", "javascript:alert(1)", "/\nx"]
    )
    def test_one_never_lands_outside_the_app(self, app, wren, outside):
        browser = Browser(app)
        browser.post("/sign-in", email=wren.email, password=PASSWORD, next=outside)

        assert browser.post("/sign-in/code", code=code_at()).location.endswith("/worklist")

    def test_one_lands_where_one_wanted_to(self, app, wren):
        browser = Browser(app)
        asked = browser.get("/settings/away?from=mail")
        page = text_of(browser.get(asked.location))
        wanted = re.search(r'name="next" value="([^"]*)"', page).group(1)

        browser.post("/sign-in", email=wren.email, password=PASSWORD, next=wanted)

        assert browser.post("/sign-in/code", code=code_at()).location.endswith("/settings/away?from=mail")

    @pytest.mark.parametrize(
        ("role", "home"),
        [
            (Role.NAVIGATOR, "/worklist"),
            (Role.NETWORK_ADMINISTRATOR, "/network"),
            (Role.PRIVACY_OFFICER, "/privacy-office"),
        ],
    )
    def test_one_starts_where_one_has_something_to_do(self, app, role, home):
        with transaction() as session:
            user = make_member(session, make_participant(session), role)
        browser = Browser(app)
        browser.post("/sign-in", email=user.email, password=PASSWORD)

        assert browser.post("/sign-in/code", code=code_at()).location.endswith(home)

    def test_no_token_lies_in_the_database(self, app, wren):
        browser = sign_in(app, wren)
        token = browser.client.get_cookie("cie-session").value

        with reading() as session:
            (row,) = identity.sessions_of(session, wren.id, at=wren.created_at)
            assert token.encode() not in row.token_hash


class TestSignOut:
    def test_the_cookie_is_worth_nothing_after(self, app, wren):
        browser = sign_in(app, wren)
        token = browser.client.get_cookie("cie-session").value
        browser.post("/sign-out", page="/settings")
        browser.client.set_cookie("cie-session", token)

        assert "/sign-in" in browser.get("/settings").location


class TestExpired:
    def test_what_was_typed_comes_back_after_signing_in(self, app, wren):
        browser = sign_in(app, wren)
        pass_time(wren, minutes=31)

        away = browser.post("/settings", page="/help", page_path="/settings", name="Wren Amber Alder", language="es")
        asked = text_of(browser.get(away.location))
        wanted = re.search(r'name="next" value="([^"]*)"', asked).group(1)
        browser.post("/sign-in", email=wren.email, password=PASSWORD, next=wanted)
        landed = browser.post("/sign-in/code", code=code_at(steps=1))
        page = text_of(browser.get(landed.location))

        assert "You were signed out. Sign in, and what you typed comes back." in asked
        assert landed.location.endswith("/settings")
        assert "Wren Amber Alder" in page
        assert "What you typed is here again." in page
        with reading() as session:
            assert session.get_one(identity.UserAccount, wren.id).name == "Wren Alder"

    def test_it_comes_back_on_the_page_where_it_was_typed_not_on_others(self, app, wren):
        browser = sign_in(app, wren)
        pass_time(wren, minutes=31)
        browser.post("/settings", page="/help", page_path="/settings", name="Wren Amber Alder", language="es")
        sign_in(app, wren, browser=browser, steps=1)

        assert "Wren Amber Alder" not in text_of(browser.get("/settings/away"))
        assert "Wren Amber Alder" in text_of(browser.get("/settings"))
        assert "Wren Amber Alder" not in text_of(browser.get("/settings"))

    def test_nobody_else_sees_it(self, app, wren):
        with transaction() as session:
            colleague = make_member(session, make_participant(session, name="Open Basket Co-op"))
        browser = sign_in(app, wren)
        pass_time(wren, minutes=31)
        browser.post("/settings", page="/help", page_path="/settings", name="Wren Amber Alder", language="es")

        sign_in(app, colleague, browser=browser)

        assert "Wren Amber Alder" not in text_of(browser.get("/settings"))

    def test_it_lies_sealed_and_without_a_password(self, app, wren):
        browser = sign_in(app, wren)
        pass_time(wren, minutes=31)
        browser.post("/settings/confirm", page="/help", password=PASSWORD, code="123456", next="/settings")
        browser.post("/settings", page="/help", name="Wren Amber Alder", language="es")

        with reading() as session:
            rows = session.execute(select(KeptForm)).scalars().all()
            assert all(b"Amber" not in row.fields_sealed for row in rows)
            assert not any({"password", "code", "csrf_token"} & set(row.fields) for row in rows)

    def test_without_a_cookie_of_ours_nothing_is_kept(self, app, wren):
        browser = Browser(app)
        browser.post("/settings", page="/help", name="Wren Amber Alder", language="es")

        with reading() as session:
            assert session.execute(select(KeptForm)).first() is None

    def test_what_was_typed_comes_back_when_they_signed_out_in_another_window(self, app, wren):
        browser = sign_in(app, wren)
        form = {"csrf_token": browser._token("/settings"), "page_path": "/settings", "name": "Wren Amber Alder"}
        browser.post("/sign-out", page="/settings")

        away = browser.client.post("/settings", data=form)
        sign_in(app, wren, browser=browser, steps=1)

        assert "kept=yes" in away.location
        assert "Wren Amber Alder" in text_of(browser.get("/settings"))

    def test_a_form_that_was_drawn_for_nobody_of_ours_is_not_kept(self, app, wren):
        browser = sign_in(app, wren)
        pass_time(wren, minutes=31)
        for token in ("", "made up", Browser(app)._token("/sign-in")):
            browser.client.post("/settings", data={"csrf_token": token, "page_path": "/settings", "name": "Not hers"})

        with reading() as session:
            assert session.execute(select(KeptForm)).first() is None

    def test_every_form_names_the_page_that_it_stands_on(self, app, wren):
        page = text_of(sign_in(app, wren).get("/settings/away?from=mail"))

        assert 'name="page_path" value="/settings/away?from=mail"' in page


class TestFormThatComesTooLate:
    """Its token no longer counts, since they signed out and in again after it was drawn."""

    @pytest.fixture
    def form(self, app, wren):
        browser = sign_in(app, wren)
        form = {"csrf_token": browser._token("/settings"), "page_path": "/settings", "name": "Wren Amber Alder"}
        browser.post("/sign-out", page="/settings")
        return browser, form

    def test_its_words_are_back_on_its_page_and_nothing_is_saved(self, app, wren, form):
        browser, form = form
        sign_in(app, wren, browser=browser, steps=1)

        answer = browser.client.post("/settings", data=form)
        page = text_of(browser.get(answer.location))

        assert (answer.status_code, answer.location) == (303, "/settings")
        assert 'value="Wren Amber Alder"' in page and "It is not saved yet." in page
        with reading() as session:
            assert session.get_one(identity.UserAccount, wren.id).name == "Wren Alder"

    def test_a_colleague_at_the_same_computer_does_not_see_its_words_and_does_not_send_them(self, app, wren, form):
        browser, form = form
        with transaction() as session:
            linnet = make_member(session, make_participant(session, name="Open Basket Co-op"), name="Linnet Marsh")
        sign_in(app, linnet, browser=browser)

        answer = browser.client.post("/settings", data=form)
        own = text_of(browser.get("/settings"))
        browser.post("/sign-out", page="/settings")
        sign_in(app, wren, browser=browser, steps=1)

        assert "This form belongs to somebody else" in text_of(answer)
        assert "Amber" not in text_of(answer) and "Amber" not in own and "Linnet Marsh" in own
        assert "Wren Amber Alder" in text_of(browser.get("/settings")), "it waited for her"

    def test_a_form_of_another_site_is_not_made_ours(self, app, wren):
        browser = sign_in(app, wren)

        for token in ("", "made up", Browser(app)._token("/sign-in")):
            posted = {"csrf_token": token, "page_path": "/settings", "name": "Not hers"}
            answer = browser.client.post("/settings", data=posted)

            assert answer.status_code == 403 and "Not hers" not in text_of(answer)
            assert "This form was open for too long" in text_of(answer)
        assert "Not hers" not in text_of(browser.get("/settings"))

    def test_the_sign_in_itself_asks_again_and_still_leads_where_one_wanted_to(self, app, wren, form):
        browser, _form = form

        posted = {"csrf_token": Browser(app)._token("/sign-in"), "email": wren.email, "password": PASSWORD}
        answer = browser.client.post("/sign-in", data={**posted, "next": "/settings/away"})

        assert "This page was open for too long." in text_of(answer) and PASSWORD not in text_of(answer)
        assert 'name="next" value="/settings/away"' in text_of(answer) and wren.email in text_of(answer)

    def test_it_leads_to_no_other_site(self, app, wren, form):
        browser, form = form
        sign_in(app, wren, browser=browser, steps=1)

        answer = browser.client.post("/settings", data={**form, "page_path": "//elsewhere.example.org/"})

        assert answer.status_code == 403


def test_signing_in_is_audited_without_personal_data(app, wren):
    sign_in(app, wren)

    with reading() as session:
        entries = session.execute(select(AuditEntry).where(AuditEntry.actor_id == wren.id)).scalars().all()
        assert {"sign-in.password", "sign-in"} <= {entry.action for entry in entries}
        assert not any(wren.email in entry.codes for entry in entries)


def _fixed(page):
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page)
