"""Signing on the screen of a worker and by a link: what each side sees, and every way around it that is closed."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from cie import consent, people, retention
from cie.access import Role
from cie.consent import (
    Consent,
    Decision,
    Expiry,
    Method,
    Signature,
    SignerKind,
    SigningRequest,
    SigningState,
    Stated,
)
from cie.consent.recording import as_drafted
from cie.db import reading, transaction
from cie.directory import Category
from cie.events import Outbox
from cie.identity import UserAccount, UserSession
from cie.participants import Participant, ParticipantKind
from cie.people import ContactOwner, ContactPoint, Person, Safety
from cie.retention import Ground
from cie.web.signing_box import as_picture
from cie.web.signing_text import text_of
from tests.factories import make_participant, make_person, make_staff, staff_of
from tests.retention.filling import grant_deletion
from tests.support.drawings import drawing, heavy_drawing
from tests.support.pdf import Pdf
from tests.support.texts import RecordingGateway, deliver_all
from tests.support.web import Browser, make_app, signed_in
from tests.web.my_place import HASH, NOW, PIN, make_my_place, text

STILL = "You will still get help if you say no."
PICTURE = as_picture(drawing())
WORKER = "Sorrel Finch"


@pytest.fixture
def app(migrated, database):
    return make_app(migrated)


@pytest.fixture
def place(app):
    found = make_my_place(app)
    with transaction() as session:
        found.worker = make_staff(session, session.get_one(Participant, found.clinic.id), Role.NAVIGATOR, name=WORKER)
    found.staff = signed_in(app, found.worker)
    found.form = f"/people/{found.person_id}/consents/new"
    return found


def boxes(**fields):
    values = {
        "wording_version": consent.FORM_VERSION, "language": "en", "signer": "person", "decision": "share",
        "categories": "general", "until": "year", "to": "anyone", "method": "on-screen", "form_id": "one",
        "seen_newest": "",
    }  # fmt: skip
    return {**values, **fields}


def ask(place, **fields):
    """Staff fill in the form; where the request stands."""
    answer = place.staff.post(place.form, **boxes(**fields))
    assert answer.status_code == 303, text(answer)
    return answer.location


def only(model):
    with reading() as session:
        return session.execute(select(model)).scalar_one()


def every(model):
    with reading() as session:
        return session.execute(select(model)).scalars().all()


def change(model, **fields):
    with transaction() as session:
        row = session.execute(select(model)).scalar_one()
        for name, value in fields.items():
            setattr(row, name, value)
        session.add(row)


def on_screen(place, address):
    """The page as the person sees it, on a screen that is taken back after."""
    place.staff.post(f"{address}/handover", page="/help")
    shown = text(place.staff.get(f"{address}/screen"))
    change(UserSession, handed_over_for=None)
    return shown


class TestForm:
    def test_it_offers_both_ways_beside_those_that_there_were(self, place):
        page = text(place.staff.get(place.form))

        assert "They sign on this screen" in page and "Send a link to sign" in page
        assert "By voice" in page

    def test_a_form_offers_only_what_it_allows(self, place):
        page = text(place.staff.get(f"/people/{place.person_id}/consents/forms/part2/new"))

        assert "They sign on this screen" in page and "Send a link to sign" in page
        assert "By voice" not in page

    @pytest.mark.parametrize("why", ["protected", "child"])
    def test_where_no_link_can_be_sent_it_says_what_to_do(self, app, why):
        kind = ParticipantKind.VICTIM_SERVICES if why == "protected" else ParticipantKind.CLINIC
        with transaction() as session:
            owner = make_participant(session, name="Heron House", kind=kind)
            person = make_person(session, owner, birth_text="2019-05-05" if why == "child" else "1992-03-27")
            worker = make_staff(session, owner)
        staff = signed_in(app, worker)

        for path in ("consents/new", "consents/forms/part2/new"):
            page = text(staff.get(f"/people/{person.id}/{path}"))
            assert "Send a link to sign" not in page
            assert "No link to sign can be sent for this person. They sign on this screen, or on paper." in page
        answer = staff.post(f"/people/{person.id}/consents/new", **boxes(method="by-link"))
        assert answer.status_code == 422
        assert "No link to sign can be sent" in text(answer)

    def test_nothing_is_allowed_before_it_is_signed_and_a_second_click_asks_once(self, place):
        first, second = ask(place), ask(place)

        assert first == second
        assert every(Consent) == [] and len(every(SigningRequest)) == 1

    def test_what_is_wrong_is_told_on_the_form(self, place):
        answer = place.staff.post(place.form, **boxes(categories=""))

        assert answer.status_code == 422
        assert "What may be shared: choose at least one" in text(answer)

    def test_on_a_signed_form_neither_day_nor_elements_are_asked(self, place):
        path = f"/people/{place.person_id}/consents/forms/part2/new"
        fields = {
            "signer": "person", "method": "on-screen", "decision": "share", "categories": "sud-part2",
            "purposes": "TREAT", "until": "day", "expires_month": "3", "expires_day": "1", "expires_year": "2099",
            "to": "treating-providers", "form_id": "one", "seen_newest": "",
        }  # fmt: skip

        answer = place.staff.post(path, **fields)

        assert answer.status_code == 303, text(answer)
        page = text(place.staff.get(answer.location))
        for words in ("Alcohol and drug treatment", "Through this network", "Blue Kite Clinic", "2099",
                      "Those who treat the person", "To treat you", "You can take this back",
                      "may pass some of them on", "copy of this", "Your signature goes below"):  # fmt: skip
            assert words in page, words


STATED = {
    Stated.PATIENT: "Whose records they are",
    Stated.DISCLOSER: "Who may give the records",
    Stated.DESCRIPTION: "What may be shared",
    Stated.RECIPIENTS: "With whom",
    Stated.PURPOSE: "What for",
    Stated.REVOCATION: "You can take this back at any time: in person, by phone or in writing.",
    Stated.EXPIRY: "Until when",
    Stated.SIGNATURE: "Your signature goes below, with the day.",
    Stated.REDISCLOSURE: "may pass some of them on",
    Stated.COPY: "You can have a copy of this.",
}


@pytest.mark.parametrize("form", [f for f in consent.forms().values() if f.id != consent.PLAIN and f.satisfies])
def test_the_text_says_all_that_the_record_claims_it_states(place, form):
    said = {
        "form": form.id, "signer": SignerKind.PERSON, "method": Method.ON_SCREEN, "decision": Decision.SHARE,
        "categories": [Category.GENERAL], "recipient_ids": [place.pantry.id], "expires_on": date(2099, 1, 1),
        "expiry": Expiry.DAY, "stated": list(form.states), "names_network": True,
    }  # fmt: skip

    with place.app.test_request_context(), reading() as session:
        person, draft = as_drafted(session, place.navigator, place.person_id, **said, at=NOW)
        words = str(text_of(session, person, draft))

    assert {each for each in STATED if STATED[each] in words} >= set(form.states)
    assert "Lantern Pantry" in words and "Through this network" in words


class TestScreen:
    def test_the_check_shows_exactly_what_the_person_sees(self, place):
        address = ask(place)

        check, screen = text(place.staff.get(address)), on_screen(place, address)

        assert "Hand over the screen" in check
        for said in (consent.WORDING["en"], "Aster Moreno", "Any organization that can help", "What may be shared"):
            assert said in check and said in screen
        assert STILL in screen

    def test_it_leads_nowhere_but_to_its_own_answers(self, place):
        address = ask(place)

        screen = on_screen(place, address)

        links = set(re.findall(r'<a [^>]*href="([^"]+)"', screen))
        assert links <= {"#main", "/help", "/privacy"}
        assert "cie-nav" not in screen and WORKER not in screen.partition("<main")[0]
        assert "Aster" not in re.search("<title>(.*)</title>", screen).group(1)

    def test_a_typed_name_makes_the_record_and_the_screen_goes_back(self, place):
        address = ask(place)

        answer = place.staff.post(f"{address}/screen", signature="Aster Moreno")

        assert (answer.status_code, answer.location) == (303, f"{address}/screen")
        after = on_screen(place, address)
        assert f"Give this back to {WORKER}." in after
        assert "Aster" not in after and "shared" not in after.lower()
        record = only(Consent)
        assert (record.method, record.recorded_by_id) == (Method.ON_SCREEN, place.worker.id)
        shown = text(place.staff.get(f"/consents/{record.id}"))
        assert "Signature" in shown and "Typed: Aster Moreno." in shown

    def test_a_drawing_is_shown_with_the_record(self, place):
        address = ask(place)

        place.staff.post(f"{address}/screen", drawing=PICTURE)

        shown = text(place.staff.get(f"/consents/{only(Consent).id}"))
        assert "Drawn." in shown and f'src="{PICTURE}"' in shown

    def test_not_signing_writes_nothing_down_and_shows_on_the_person(self, place):
        address = ask(place)

        place.staff.post(f"{address}/refusal")

        assert every(Consent) == []
        assert "Give this back to" in on_screen(place, address)
        for path in (f"/people/{place.person_id}", f"/people/{place.person_id}/consents", address):
            assert "They did not want to sign" in text(place.staff.get(path))

    def test_another_name_is_asked_about_and_then_kept_as_such(self, place):
        address = ask(place)

        asked = place.staff.post(f"{address}/screen", signature="Estrella M.")
        assert asked.status_code == 422 and every(Consent) == []
        assert "Yes, I sign with this name" in text(asked) and 'value="Estrella M."' in text(asked)
        place.staff.post(f"{address}/screen", signature="Estrella M.", own_name="yes")

        page = text(place.staff.get(f"/consents/{only(Consent).id}"))
        assert "They signed with a name that is not the one on record." in page

    @pytest.mark.parametrize(
        ("sent", "words"),
        [
            ({}, "type your name, or draw it"),
            ({"drawing": "data:image/png;base64,AAAA"}, "cannot read this drawing"),
            ({"drawing": "data:image/svg+xml;base64,AAAA"}, "cannot read this drawing"),
            ({"drawing": "data:image/png;base64,%%%"}, "cannot read this drawing"),
            (
                {"drawing": as_picture(b"%PDF-1.7")},
                "cannot read this drawing",
            ),
            ({"drawing": as_picture(heavy_drawing())}, "too large"),
        ],
    )
    def test_what_is_no_signature_is_refused_at_its_box(self, place, sent, words):
        address = ask(place)

        answer = place.staff.post(f"{address}/screen", **sent)

        assert answer.status_code == 422
        assert words in text(answer) and 'id="signature-error"' in text(answer)
        assert every(Consent) == []

    def test_a_signature_that_is_sent_again_changes_nothing(self, place):
        address = ask(place)
        place.staff.post(f"{address}/screen", signature="Aster Moreno")

        again = place.staff.post(f"{address}/screen", signature="Aster Moreno")

        assert again.status_code == 409
        assert "Aster" not in text(again)
        assert len(every(Consent)) == len(every(Signature)) == 1

    def test_a_text_that_changed_meanwhile_is_not_signed_and_says_what_changed(self, place):
        address = ask(place)
        change(Person, family_name="Rivers")

        answer = place.staff.post(f"{address}/screen", signature="Aster Rivers")

        assert answer.status_code == 409 and every(Consent) == []
        assert "This text changed." in text(answer) and "Whose records they are: Aster Rivers" in text(answer)
        assert 'name="signature"' not in text(answer)
        check = text(place.staff.get(address))
        assert "The words changed since." in check and "Hand over the screen" not in check

    def test_asking_again_takes_the_words_of_today(self, place):
        address = ask(place)
        change(Person, family_name="Rivers")

        again = place.staff.post(f"{address}/renewal", page=address)

        assert "Aster Rivers" in text(place.staff.get(again.location))
        place.staff.post(f"{again.location}/screen", signature="Aster Rivers")
        assert {each.state for each in every(SigningRequest)} == {SigningState.WITHDRAWN, SigningState.SIGNED}

    def test_it_speaks_the_language_of_signing(self, place):
        address = ask(place, language="es")

        screen = on_screen(place, address)

        assert '<html lang="es"' in screen and consent.WORDING["es"] in screen
        check = text(place.staff.get(address))
        assert '<html lang="en"' in check and '<div lang="es">' in check

    def test_another_organization_finds_nothing(self, app, place):
        address = ask(place)
        with transaction() as session:
            other = make_staff(session, session.get_one(Participant, place.pantry.id))
        stranger = signed_in(app, other)

        assert stranger.get(address).status_code == 404
        for path in ("handover", "screen", "refusal", "withdrawal", "text", "renewal", "reading"):
            assert stranger.post(f"{address}/{path}", page="/help", signature="Aster Moreno").status_code == 404
        assert only(SigningRequest).state is SigningState.OPEN

    def test_after_an_erasure_nothing_of_it_is_there(self, place):
        address = ask(place)
        officer = staff_of(place.clinic.id, Role.PRIVACY_OFFICER)
        with transaction() as session:
            grant_deletion(session, officer, place.person_id, at=NOW)
        with transaction() as session:
            retention.erase(session, officer, place.person_id, Ground.REQUEST, at=NOW)

        assert place.staff.get(address).status_code in (404, 409)
        assert place.staff.post(f"{address}/handover", page="/help").status_code in (404, 409)
        assert place.staff.post(f"{address}/screen", page="/help", signature="Aster Moreno").status_code in (404, 409)
        assert every(Consent) == []


class TestHandedOver:
    """Who holds the screen reads one text in it; the worker's password opens the rest again."""

    @pytest.fixture
    def handed(self, place):
        with transaction() as session:
            account = session.get_one(UserAccount, place.worker.id)
            account.password_hash = HASH
            session.add(account)
        place.asked = ask(place)
        place.staff.post(f"{place.asked}/handover")
        return place

    def test_it_opens_nothing_but_the_text(self, handed):
        ways = ["/worklist", f"/people/{handed.person_id}", handed.asked, "/settings", "/consents/signing", "/people"]

        answers = [handed.staff.get(path) for path in ways]

        assert {answer.status_code for answer in answers} == {303}
        assert all(answer.location.startswith("/consents/taking-back?next=") for answer in answers)
        assert STILL in text(handed.staff.get(f"{handed.asked}/screen"))

    def test_nor_another_text(self, handed):
        other = f"{handed.asked[: -len('0' * 36)]}01a21b9e-c037-72fc-9391-649d8235db61"

        answers = [handed.staff.get(f"{other}/screen"), handed.staff.post(f"{other}/refusal", page="/help")]

        assert [answer.status_code for answer in answers] == [303, 303]
        assert all("/consents/taking-back" in answer.location for answer in answers)

    def test_nothing_can_be_changed_from_it(self, handed):
        answer = handed.staff.post(f"{handed.asked}/withdrawal", page="/help")

        assert "/consents/taking-back" in answer.location
        assert only(SigningRequest).state is SigningState.OPEN

    def test_a_public_page_shows_nobody_signed_in(self, handed):
        page = text(handed.staff.get("/help"))

        assert WORKER not in page and "Sign out" not in page

    def test_the_page_to_take_it_back_tells_of_no_work(self, handed):
        page = text(handed.staff.get("/consents/taking-back"))

        assert WORKER in page and "cie-nav" not in page and "Aster" not in page

    def test_a_wrong_password_is_counted_and_opens_nothing(self, handed):
        answer = handed.staff.post("/consents/taking-back", password="aster")

        assert answer.status_code == 422 and "this is not your password" in text(answer)
        assert handed.staff.get("/worklist").status_code == 303

    def test_their_password_opens_it_where_they_were(self, handed):
        answer = handed.staff.post("/consents/taking-back", password=PIN, next=handed.asked)

        assert (answer.status_code, answer.location) == (303, handed.asked)
        assert handed.staff.get(handed.asked).status_code == 200
        assert handed.staff.get("/consents/taking-back").location == "/worklist"

    def test_a_screen_that_was_not_handed_over_shows_the_check(self, place):
        address = ask(place)

        answer = place.staff.get(f"{address}/screen")

        assert (answer.status_code, answer.location) == (303, address)


class TestLink:
    def test_the_text_holds_the_link_and_nothing_else(self, place, migrated):
        ask(place, method="by-link")

        assert [row.codes for row in every(Outbox)][-1] == {"template": "link"}
        gateway = RecordingGateway()
        deliver_all(migrated, gateway)
        body = gateway.sent[-1][1]
        assert body == f"{migrated.network_name}: this page is only for you: {migrated.public_url}{place.address}"

    @pytest.mark.parametrize("what", ["withdrawn", "signed", "link ended", "unsafe phone"])
    def test_no_text_goes_when_nothing_waits_any_more_or_it_is_not_safe(self, place, migrated, what):
        address = ask(place, method="by-link")
        if what == "withdrawn":
            place.staff.post(f"{address}/withdrawal", page=address)
        elif what == "signed":
            sign_by_link(place, place.inside())
        elif what == "link ended":
            place.change(people.end_link, place.person_id)
        else:
            change(ContactPoint, safety=Safety.UNSAFE)

        gateway = RecordingGateway()
        deliver_all(migrated, gateway)

        assert not [body for _to, body, _sid in gateway.sent if "/my/" in body]

    @pytest.mark.parametrize(
        "fields", [{"safety": Safety.UNKNOWN}, {"owner": ContactOwner.SHARED}, {"may_text": False}]
    )
    def test_without_a_phone_that_is_safe_and_their_own_none_is_texted(self, place, fields):
        change(ContactPoint, **fields)

        address = ask(place, method="by-link")

        assert [row for row in every(Outbox) if row.codes["template"] == "link"] == []
        page = text(place.staff.get(address))
        assert "We cannot text them." in page and "Text the link again" not in page
        assert place.staff.post(f"{address}/text", page=address).status_code == 409
        assert "Something to read and sign" in text(place.inside().get("/my"))

    def test_without_a_link_staff_are_told_to_make_one_and_nothing_is_lost(self, place):
        place.change(people.end_link, place.person_id)

        address = ask(place, method="by-link")

        assert "They have no page yet." in text(place.staff.get(address))
        place.link = place.change(people.make_link, place.person_id, pin_hash=HASH)
        assert place.staff.post(f"{address}/text", page=address).location == f"{address}?done=texted"
        assert "Something to read and sign" in text(place.inside().get("/my"))

    def test_it_is_texted_three_times_a_day_at_most(self, place):
        address = ask(place, method="by-link")

        answers = [place.staff.post(f"{address}/text", page=address).status_code for _n in range(3)]

        assert answers == [303, 303, 429]

    def test_nothing_of_it_shows_before_the_pin(self, place):
        ask(place, method="by-link")
        browser = place.outside()

        assert "sign" not in text(browser.get("/my/enter")).lower().replace("design", "")
        for path in ("", "/refusal"):
            answer = browser.post(f"/my/sign/{only(SigningRequest).id}{path}", page="/help", signature="Aster Moreno")
            assert (answer.status_code, answer.location) == (303, "/my/enter")
        assert browser.get(f"/my/sign/{only(SigningRequest).id}").location == "/my/enter"

    def test_the_person_reads_signs_and_going_back_shows_nothing(self, place):
        ask(place, method="by-link")
        browser = place.inside()
        assert "Something to read and sign" in text(browser.get("/my"))
        path = f"/my/sign/{only(SigningRequest).id}"
        page = browser.get(path)
        assert STILL in text(page) and consent.WORDING["en"] in text(page)
        assert page.headers["Cache-Control"] == "no-store"

        answer = browser.post(path, signature="aster moreno")

        assert (answer.status_code, answer.location) == (303, path)
        after = text(browser.get(path))
        assert "Thank you. You signed." in after
        assert "Aster" not in after and "shared" not in after.lower()
        assert "Something to read and sign" not in text(browser.get("/my"))
        assert (only(Consent).method, only(Consent).recorded_by_id) == (Method.BY_LINK, None)

    def test_one_text_is_shown_at_a_time(self, place):
        ask(place, method="by-link")
        ask(place, method="by-link", form_id="two", categories="housing")
        browser = place.inside()
        first, second = sorted(every(SigningRequest), key=lambda each: each.id)

        assert text(browser.get("/my")).count("/my/sign/") == 1
        assert f"/my/sign/{first.id}" in text(browser.get("/my"))
        browser.post(f"/my/sign/{first.id}", signature="Aster Moreno")

        assert f"/my/sign/{second.id}" in text(browser.get("/my"))

    def test_not_wanting_to_is_no_record_and_staff_hear_of_it(self, place):
        address = ask(place, method="by-link")
        browser = place.inside()
        path = f"/my/sign/{only(SigningRequest).id}"

        browser.post(f"{path}/refusal", page=path)

        assert "Thank you. You did not sign." in text(browser.get(path))
        assert every(Consent) == []
        assert "1 answer waits for you." in text(place.staff.get("/worklist"))
        assert "They did not want to sign" in text(place.staff.get("/consents/signing"))
        assert place.staff.post(f"{address}/reading", page=address).location == "/consents/signing?done=read"
        assert "answer waits" not in text(place.staff.get("/worklist"))

    def test_staff_hear_that_they_signed(self, place):
        address = ask(place, method="by-link")
        sign_by_link(place, place.inside())

        assert "1 answer waits for you." in text(place.staff.get("/worklist"))
        page = text(place.staff.get(address))
        assert f"/consents/{only(Consent).id}" in page and "I have read this" in page

    @pytest.mark.parametrize("what", ["expired", "withdrawn"])
    def test_what_is_over_says_so_and_cannot_be_signed(self, place, what):
        address = ask(place, method="by-link")
        if what == "expired":
            change(SigningRequest, expires_at=datetime.now(UTC) - timedelta(seconds=1))
        else:
            place.staff.post(f"{address}/withdrawal", page=address)
        browser = place.inside()
        path = f"/my/sign/{only(SigningRequest).id}"

        front, page = text(browser.get("/my")), text(browser.get(path))

        said = {
            "expired": ("The time to sign something is over.", "The time to sign this is over."),
            "withdrawn": ("They do not ask you to sign something any more.", "They do not ask for this any more."),
        }[what]
        assert said[0] in front and said[1] in page and "Aster" not in page
        assert browser.post(path, page="/my", signature="Aster Moreno").status_code == 409
        assert every(Consent) == []

    def test_another_persons_link_opens_nothing(self, app, place):
        ask(place, method="by-link")
        with transaction() as session:
            other = make_person(session, session.get_one(Participant, place.clinic.id))
            link = people.make_link(session, place.navigator, other.id, pin_hash=HASH, at=NOW)
        stranger = Browser(app)
        stranger.get(f"/my/{people.link_token(link)}")
        stranger.post("/my/enter", code=PIN)
        path = f"/my/sign/{only(SigningRequest).id}"

        answers = [
            stranger.get(path),
            *(stranger.post(p, page="/my", signature="Aster Moreno") for p in (path, f"{path}/refusal")),
        ]

        assert {answer.status_code for answer in answers} == {404}
        assert "Something to read and sign" not in text(stranger.get("/my"))
        assert only(SigningRequest).state is SigningState.OPEN

    def test_a_proxy_sees_and_signs_nothing(self, place):
        ask(place, method="by-link")
        with transaction() as session:
            new = people.NewProxy(
                "Sage", people.Relationship.CHOSEN, frozenset(people.ProxyScope), people.Verified.KNOWN,
                NOW.date() + timedelta(days=30),
            )  # fmt: skip
            proxy = people.add_proxy(session, place.navigator, place.person_id, new, pin_hash=HASH, at=NOW)
        browser = Browser(place.app)
        browser.client.set_cookie("language", "en")
        browser.get(f"/my/{people.link_token(proxy)}")
        browser.post("/my/enter", code=PIN)
        path = f"/my/sign/{only(SigningRequest).id}"

        assert "look in the place of somebody else" in text(browser.get("/my"))
        assert "Something to read and sign" not in text(browser.get("/my"))
        assert browser.get(path).status_code == 404
        assert browser.post(path, page="/my", signature="Aster Moreno").status_code == 404

    def test_a_text_that_changed_since_it_was_sent_is_not_signed(self, place):
        ask(place, method="by-link", to="named", recipients=str(place.pantry.id))
        browser = place.inside()
        path = f"/my/sign/{only(SigningRequest).id}"
        with transaction() as session:
            pantry = session.execute(select(Participant).where(col(Participant.id) == place.pantry.id)).scalar_one()
            pantry.name = "Lantern and Sons"
            session.add(pantry)

        answer = browser.post(path, page="/my", signature="Aster Moreno")

        assert answer.status_code == 409 and every(Consent) == []
        assert "With whom: Lantern and Sons" in text(answer)
        assert "Ask the people who gave you the link for a new one." in text(browser.get(path))

    def test_a_screen_request_is_not_on_their_page(self, place):
        ask(place)
        browser = place.inside()

        assert "Something to read and sign" not in text(browser.get("/my"))
        assert browser.get(f"/my/sign/{only(SigningRequest).id}").status_code == 404

    def test_no_text_goes_for_a_screen_request(self, place):
        address = ask(place)

        answer = place.staff.post(f"{address}/text", page=address)

        assert answer.status_code == 409
        assert "No text can go to them now" in text(answer)


def sign_by_link(place, browser):
    path = f"/my/sign/{only(SigningRequest).id}"
    assert browser.post(path, signature="Aster Moreno").status_code == 303


class TestCopy:
    def test_it_prints_a_typed_name_with_its_day(self, place):
        address = ask(place)
        place.staff.post(f"{address}/screen", signature="Aster Moreno")

        words = Pdf(place.staff.get(f"/consents/{only(Consent).id}/copy.pdf").data).text

        assert "Typed: Aster Moreno." in words

    def test_it_prints_a_drawing_as_a_picture(self, place):
        address = ask(place)
        place.staff.post(f"{address}/screen", drawing=PICTURE)

        answer = place.staff.get(f"/consents/{only(Consent).id}/copy.pdf")

        assert "Drawn." in Pdf(answer.data).text
        assert b"/Subtype /Image" in answer.data and b"/Figure" in answer.data
        assert Pdf(answer.data).unmarked == ""
