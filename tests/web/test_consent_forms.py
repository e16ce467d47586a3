"""The pages on which a signed form is written down: from the list to a referral that goes because of it."""

import html
import re
from datetime import timedelta
from uuid import uuid4

import pytest

from cie import referrals
from cie.calendar import local_day
from cie.consent import (
    Capacity,
    Decision,
    Expiry,
    Method,
    NetworkPolicy,
    NetworkRole,
    SignerKind,
    forms,
)
from cie.db import transaction
from cie.directory import Category
from cie.errors import ConsentRequired
from cie.participants import Participant
from cie.people import Person
from cie.referrals import Request, Urgency
from tests.factories import FOOD, make_service
from tests.web.test_consents import NOW, app, clinic, stranger, text

__all__ = ["app", "clinic", "stranger"]
pytestmark = pytest.mark.usefixtures("database")
TODAY = local_day(NOW)
PART2 = [
    "patient",
    "discloser",
    "description",
    "recipients",
    "purpose",
    "revocation",
    "expiry",
    "signature",
    "redisclosure",
]


def day(name, date):
    return {f"{name}_month": str(date.month), f"{name}_day": str(date.day), f"{name}_year": str(date.year)}


def path(clinic, form="part2"):
    return f"/people/{clinic.person_id}/consents/forms/{form}/new"


def post(clinic, form="part2", **fields):
    """A Part 2 form that names the pantry and says all that it must."""
    records = clinic.records()
    values = {
        "form_id": uuid4().hex,
        "seen_newest": str(records[0].id) if records else None,
        "signer": "person",
        **day("signed_on", TODAY),
        "method": "signed-paper",
        "decision": "share",
        "categories": ["general", "sud-part2"],
        "purposes": ["TREAT", "COC"],
        "until": "day",
        **day("expires", TODAY + timedelta(days=300)),
        "stated": PART2,
        "to": "named",
        "recipients": [str(clinic.pantry_id)],
    }
    given = {name: value for name, value in {**values, **fields}.items() if value is not None}
    return clinic.browser.post(path(clinic, form), **given)


def no(clinic, form="part2", **fields):
    """A paper that says no to all."""
    return post(clinic, form, decision="do-not-share", to="anyone", until=None, stated=None, **fields)


def born(clinic, birth):
    with transaction() as session:
        session.get_one(Person, clinic.person_id).birth_text = birth


def summary(answer):
    page = html.unescape(text(answer))
    found = page.partition('class="cie-errors"')[2].partition("</ul>")[0]
    return re.findall(r'href="#([^"]+)">([^<]+)<', found)


def ask_for_treatment(clinic):
    """Send a request to a service for substance use; the rule that stops it, None when it went."""
    try:
        with transaction() as session:
            pantry = session.get_one(Participant, clinic.pantry_id)
            service = make_service(session, pantry, sensitivity=Category.SUD_PART2)
            request = Request(clinic.person_id, FOOD, Urgency.WEEK, (service.id,))
            referrals.send(session, clinic.actor, request, previewed=None, at=NOW)
    except ConsentRequired as refused:
        return refused.rule
    return None


def let_part2_pass():
    with transaction() as session:
        session.add(
            NetworkPolicy(
                role=NetworkRole.QSO,
                counsel="Robin Ash",
                source="Agreement of 2026",
                effective_on=TODAY,
                recorded_at=NOW,
            )
        )


class TestTheList:
    def test_the_permissions_lead_to_every_form_with_its_use_and_source(self, clinic):
        permissions = text(clinic.browser.get(f"/people/{clinic.person_id}/consents"))
        address = f"/people/{clinic.person_id}/consents/forms"

        page = html.unescape(text(clinic.browser.get(address)))

        assert f'href="{address}">Record another form' in permissions
        signed = [form for form in forms().values() if form.id != "cie-sharing"]
        assert all(form.title in page and form.citation in page and path(clinic, form.id) in page for form in signed)
        assert "Nobody has to sign it to get help." in page and "A demo form is not valid for use." in page
        assert path(clinic, "cie-sharing") not in page

    def test_no_form_shows_what_is_none_of_its_words(self, clinic):
        pages = [text(clinic.browser.get(path(clinic, form))) for form in forms() if form != "cie-sharing"]

        assert any('value="copy"' in page for page in pages), "named like a method of what the page is drawn from"
        assert not [page for page in pages if "built-in" in page]

    def test_a_form_that_nobody_knows_is_not_found(self, clinic):
        for form in ("napkin", "cie-sharing"):
            assert clinic.browser.get(path(clinic, form)).status_code == 404
            assert clinic.browser.post(path(clinic, form), page="/help").status_code == 404


class TestWhatIsAsked:
    @pytest.mark.parametrize("form", [form for form in forms() if form != "cie-sharing"])
    def test_nothing_is_chosen_beforehand_but_what_the_form_is_for(self, clinic, form):
        page = text(clinic.browser.get(path(clinic, form)))

        checked = [tag for tag in re.findall(r"<input type=\"(?:radio|checkbox)\"[^>]*>", page) if " checked" in tag]
        assert {re.search('name="([^"]+)"', tag)[1] for tag in checked} <= {"purposes"}
        assert page.index("You will still get help if you say no.") < page.index("<h1>")
        assert "People sign the official paper, not this page." in page

    @pytest.mark.parametrize(
        ("form", "asked", "not_asked"),
        [
            ("part2", {"purposes", "wic", "names_network", "until", "treating-providers"}, {"snap", "care-partners"}),
            ("abcdm-229", {"snap", "medi-cal", "until"}, {"purposes", "names_network", "treating-providers"}),
            ("victim-release", {"expires_day"}, {"until", "treating-providers", "purposes"}),
            ("hmis", {"by-voice", "care-partners"}, {"programs", "names_network"}),
            ("ascmi-revocation", {"signer", "method"}, {"decision", "to", "categories", "stated"}),
        ],
    )
    def test_a_page_asks_only_what_its_form_needs(self, clinic, form, asked, not_asked):
        page = text(clinic.browser.get(path(clinic, form)))

        boxes = {
            said for tag in re.findall("<input[^>]*>", page) for said in re.findall('(?:name|value)="([^"]+)"', tag)
        }
        assert asked <= boxes
        assert not_asked.isdisjoint(boxes)

    def test_kinds_with_a_law_of_their_own_stand_only_on_forms_for_them(self, clinic):
        def kinds(form):
            return set(re.findall('name="categories" value="([^"]+)"', text(clinic.browser.get(path(clinic, form)))))

        assert {"medical", "sud-part2"} <= kinds("part2") and "hiv" not in kinds("part2")
        assert "hiv" in kinds("cmia") and "sud-part2" not in kinds("cmia")
        assert all("psychotherapy-notes" not in kinds(form) for form in forms() if form != "cie-sharing")

    def test_the_page_and_its_errors_speak_spanish(self, clinic):
        born(clinic, "2013-01-01")
        clinic.browser.post("/language", page="/help", language="es")

        page, refused = text(clinic.browser.get(path(clinic))), post(clinic, signer="minor", categories=["housing"])

        for words in ("¿Quién firmó?", "Quién puede recibir los datos", "Se firma la hoja oficial", "Para pagar la"):
            assert words in page
        assert summary(refused) == [
            ("signer", "Quién firmó: a la edad de esta persona, no puede firmar para «Vivienda»")
        ]

    @pytest.mark.parametrize(
        ("birth", "signers", "rights"),
        [
            ("1992-03-27", {"person", "legal-representative"}, {"conservator", "health-care-agent", "court-order"}),
            (
                "2020-01-01",
                {"minor", "parent-or-guardian", "legal-representative"},
                {"court-order", "foster-care-worker"},
            ),
        ],
    )
    def test_who_may_sign_and_by_what_right_depends_on_the_age(self, clinic, birth, signers, rights):
        born(clinic, birth)

        page = text(clinic.browser.get(path(clinic)))

        assert set(re.findall('name="signer" value="([^"]+)"', page)) == signers
        assert set(re.findall('name="capacity" value="([^"]+)"', page)) == rights


class TestPart2:
    def test_a_referral_for_treatment_goes_with_the_form_and_a_role_of_the_network(self, clinic):
        clinic.yes(categories=[Category.GENERAL.value, Category.SUD_PART2.value])
        assert ask_for_treatment(clinic) == "part2-role"

        let_part2_pass()
        assert ask_for_treatment(clinic) == "part2"
        assert post(clinic).status_code == 303

        assert ask_for_treatment(clinic) is None

    def test_without_the_role_the_form_alone_lets_nothing_go(self, clinic):
        assert post(clinic).status_code == 303

        assert ask_for_treatment(clinic) == "part2-role"

    def test_each_element_that_the_paper_lacks_is_told(self, clinic):
        answer = post(clinic, stated=PART2[:-2])

        assert answer.status_code == 422
        assert summary(answer) == [
            ("stated", "The paper must carry a signature and its day"),
            ("stated", "The paper must say that those who get the records may pass some on"),
        ]
        box = html.unescape(re.search(r'id="stated-error">([^<]+)<', text(answer))[1])
        assert "a signature and its day. The paper must say" in box


class TestWriting:
    def test_everything_is_kept_and_told(self, clinic):
        answer = post(
            clinic, "ascmi",
            signer="legal-representative", representative_name="Linnet Reed", capacity="health-care-agent",
            **day("signed_on", TODAY - timedelta(days=2)),
            programs=["medi-cal"], to="treating-providers", recipients=None, names_network="yes",
        )  # fmt: skip

        (record,) = clinic.records()
        page = html.unescape(text(clinic.browser.get(answer.location)))
        assert (record.form, record.method, record.capacity) == (
            "ascmi",
            Method.SIGNED_PAPER,
            Capacity.HEALTH_CARE_AGENT,
        )
        assert (record.purpose, record.more_purposes, record.expiry) == ("TREAT", ["COC"], Expiry.DAY)
        assert local_day(record.given_at) == TODAY - timedelta(days=2)
        for words in (
            "Authorization to Share Confidential Member Information",
            "Someone who represents them by law: Linnet Reed",
            "Agent for health care, named by the person",
            "Alcohol and drug treatment",
            "Medi-Cal",
            "Those who treat the person",
            "To treat the person. To help the person",
            "Who may get the records",
            "It names this network",
        ):
            assert words in page

    def test_a_no_is_kept_and_stops_what_can_be_read(self, clinic):
        clinic.yes()
        release_id = clinic.release()

        assert no(clinic).status_code == 303

        assert clinic.records()[0].decision is Decision.DO_NOT_SHARE
        assert not clinic.is_readable(release_id)

    def test_the_form_that_takes_back_is_a_no_unasked(self, clinic):
        answer = post(clinic, "ascmi-revocation", decision=None, to=None, categories=None, stated=None, until=None)

        (record,) = clinic.records()
        assert answer.status_code == 303
        assert (record.form, record.decision, record.recipient_ids) == ("ascmi-revocation", Decision.DO_NOT_SHARE, [])

    @pytest.mark.parametrize(("days", "status"), [(90, 303), (91, 422)])
    def test_a_victim_service_is_released_for_ninety_days(self, clinic, days, status):
        answer = post(
            clinic, "victim-release", purposes=None, categories=["general"], until=None,
            **day("expires", TODAY + timedelta(days=days)),
        )  # fmt: skip

        assert answer.status_code == status
        assert len(clinic.records()) == (status == 303)

    def test_a_minor_signs_for_treatment_with_their_name_and_not_for_the_rest(self, clinic):
        born(clinic, "2013-01-01")
        let_part2_pass()
        refused = post(clinic, signer="minor", categories=["general", "housing", "sud-part2"])

        assert summary(refused) == [("signer", "Who signed: at this person's age they may not sign for “Housing”")]
        assert post(clinic, signer="minor").status_code == 303
        assert clinic.records()[0].signer is SignerKind.MINOR
        assert ask_for_treatment(clinic) is None

    def test_a_second_click_writes_it_down_once(self, clinic):
        form_id = uuid4().hex

        first, second = (post(clinic, form_id=form_id, seen_newest=None) for _n in range(2))

        assert first.location == second.location
        assert len(clinic.records()) == 1

    def test_a_form_that_stood_open_does_not_go_over_something_newer(self, clinic):
        clinic.post(decision="do-not-share", categories=[])

        stale = post(clinic, seen_newest=None)

        assert stale.status_code == 409
        assert "A colleague wrote down a no to sharing. What you typed is still here." in text(stale)

    def test_a_referral_that_was_begun_goes_on_afterwards(self, clinic):
        answer = post(clinic, page_path=f"{path(clinic)}?back=/referrals/new")

        assert answer.location == "/referrals/new"


class TestErrors:
    def test_every_error_is_told_at_once_in_the_order_of_the_page(self, clinic):
        answer = post(
            clinic, signer="legal-representative", signed_on_day="31", signed_on_month="2", method=None,
            categories=None, purposes=None, until=None, stated=None, recipients=None,
        )  # fmt: skip

        assert answer.status_code == 422
        assert [box for box, _words in summary(answer)] == [
            "representative_name", "capacity", "signed_on", "method", "categories", "purposes", "until", "recipients",
        ]  # fmt: skip
        assert clinic.records() == []

    def test_what_nobody_chose_yet_is_asked_once(self, clinic):
        answer = post(clinic, signer=None, decision=None, to=None, method=None)

        assert [box for box, _words in summary(answer)] == ["signer", "method", "decision", "to"]

    def test_what_was_typed_survives(self, clinic):
        answer = post(
            clinic, "abcdm-229", purposes=None, signer="legal-representative", representative_name="Linnet Reed",
            capacity="conservator", programs=["snap"], categories=None,
        )  # fmt: skip

        page = text(answer)
        assert answer.status_code == 422
        assert 'value="Linnet Reed"' in page
        for box, value in (("capacity", "conservator"), ("programs", "snap"), ("stated", "purpose"), ("until", "day")):
            assert re.search(rf'name="{box}" value="{value}" checked', page)

    def test_the_form_for_medi_cal_says_so_for_others(self, clinic):
        answer = post(clinic, "ascmi-ab133")

        assert [box for box, _words in summary(answer)] == ["form"]
        assert 'id="form"' in text(answer)


class TestTakingBack:
    def test_of_a_minors_record_the_page_asks_who_takes_it_back(self, clinic):
        born(clinic, "2013-01-01")
        post(clinic, signer="minor", categories=["sud-part2"])
        (record,) = clinic.records()
        address = f"/consents/{record.id}/revocation"
        page = text(clinic.browser.get(address))
        assert set(re.findall('name="revoked_by" value="([^"]+)"', page)) == {
            "minor", "parent-or-guardian", "legal-representative",
        }  # fmt: skip

        silent = clinic.browser.post(address)
        parent = clinic.browser.post(address, method="in-person", revoked_by="parent-or-guardian")

        assert [box for box, _words in summary(silent)] == ["method", "revoked_by"]
        assert "a parent cannot take back what the person said" in text(parent)
        assert clinic.records()[0].revoked_at is None

        answer = clinic.browser.post(address, method="in-person", revoked_by="minor")
        assert clinic.records()[0].revoked_by is SignerKind.MINOR
        assert "The person, under 18, for themselves. In person" in text(clinic.browser.get(answer.location))

    def test_of_an_adults_record_nobody_is_asked(self, clinic):
        post(clinic)
        (record,) = clinic.records()
        address = f"/consents/{record.id}/revocation"

        assert "revoked_by" not in text(clinic.browser.get(address))
        clinic.browser.post(address, method="in-person")
        assert clinic.records()[0].revoked_by is SignerKind.PERSON


def test_the_person_of_another_organization_is_not_found(clinic, stranger):
    assert stranger.get(path(clinic)).status_code == 404
    assert stranger.get(f"/people/{clinic.person_id}/consents/forms").status_code == 404
    assert stranger.post(path(clinic), page="/help").status_code == 404


def test_no_title_or_address_names_a_person_or_place(clinic):
    for address in (path(clinic, "victim-release"), f"/people/{clinic.person_id}/consents/forms"):
        page = text(clinic.browser.get(address))
        title = re.search("<title>(.*?)</title>", page)[1]
        assert re.findall("aster|moreno|lantern|victim", title, re.IGNORECASE) == []
