"""The copy of what was said about sharing, and the list of who saw what, to take along on paper."""

import re
from datetime import UTC, date, datetime
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from cie import consent
from cie.access import Actor, ActorKind, Role
from cie.consent import DataSet, Decision, Disclosure, Element, Method, Obligation, Release, SignerKind
from cie.db import reading, transaction
from cie.directory import Category
from cie.events.models import AuditEntry
from cie.participants import ParticipantKind
from cie.people import Person
from tests.factories import make_consent, make_participant, make_person, make_staff
from tests.support.pdf import Pdf
from tests.support.web import make_app, signed_in

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime.now(UTC)
HELP = "You will still get help if you say no."
ANEW = re.compile(r'[0-9a-f-]{36}|name="csrf_token" value="[^"]*"')
"""Ids of the address, and the token of the form on every page."""
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."


@pytest.fixture
def clinic(migrated, database):
    """A navigator in a browser whose pages are in English, and a person of the clinic."""
    return clinic_of(migrated)


def clinic_of(settings):
    with transaction() as session:
        own = make_participant(session, name="Blue Kite Clinic", phone="+15595550111")
        pantry = make_participant(session)
        user, other = make_staff(session, own, Role.NAVIGATOR), make_staff(session, pantry)
        person_id = make_person(session, own).id
    app = make_app(settings)
    actor = Actor(ActorKind.STAFF, user.id, own.id, roles=frozenset({Role.NAVIGATOR}))
    return SimpleNamespace(
        browser=signed_in(app, user), stranger=signed_in(app, other), user_id=user.id, own_id=own.id,
        pantry_id=pantry.id, person_id=person_id, actor=actor,
    )  # fmt: skip


def said(clinic, **fields) -> UUID:
    with transaction() as session:
        person = session.get_one(Person, clinic.person_id)
        return make_consent(session, person, **{"given_at": NOW, **fields}).id


def copy_of(clinic, consent_id) -> Pdf:
    answer = clinic.browser.get(f"/consents/{consent_id}/copy.pdf")
    assert answer.status_code == 200
    return Pdf(answer.data)


def list_of(clinic) -> Pdf:
    return Pdf(clinic.browser.get(f"/people/{clinic.person_id}/shared.pdf").data)


def released(clinic, place_id, **fields):
    with transaction() as session:
        person = session.get_one(Person, clinic.person_id)
        elements = (Element("name", "Aster Moreno"), Element("need", "Food box, weekly"))
        wanted = Disclosure(person, clinic.own_id, place_id, DataSet.REFERRAL, elements, **fields)
        return consent.release(session, clinic.actor, wanted, referral_id=None, subject_id=uuid4(), at=NOW).id


class TestCopy:
    def test_it_is_a_pdf_whose_name_and_title_name_nobody(self, clinic):
        answer = clinic.browser.get(f"/consents/{said(clinic)}/copy.pdf")

        assert (answer.content_type, answer.headers["Cache-Control"]) == ("application/pdf", "no-store")
        assert answer.headers["Content-Disposition"] == 'inline; filename="copy.pdf"'
        assert Pdf(answer.data).entry("Title") == "A copy for you"

    def test_it_says_all_that_was_agreed(self, clinic):
        consent_id = said(
            clinic, recipient_ids=[str(clinic.pantry_id)], expires_on=date(2099, 1, 2), method=Method.ON_SCREEN,
            form_version=consent.FORM_VERSION, recorded_by_id=clinic.user_id,
        )  # fmt: skip

        text = copy_of(clinic, consent_id).text
        for fact in (
            "Yes, share", HELP, "Aster Moreno", "Who said it: The person", "Housing", "With whom: Lantern Pantry",
            "What for: To help the person", "Until when: Until Jan 2, 2099", "How it was said: Signed on a screen, ",
            "Form: Sharing through this network", f"English, version {consent.FORM_VERSION}",
            "Written down by: Wren Alder", "You can take this back at any time: in person, by phone or in writing.",
            "Call Blue Kite Clinic: (559) 555-0111.", "Copy made ",
        ):  # fmt: skip
            assert fact in text

    def test_it_says_who_signed_on_which_form(self, clinic):
        with transaction() as session:
            person = session.get_one(Person, clinic.person_id)
            record = make_consent(session, person, form="cmia", signer=SignerKind.PARENT_OR_GUARDIAN, given_at=NOW)
            record.signer_name = "Linnet Reed"
        text = copy_of(clinic, record.id).text

        assert "Form: Medical information" in text
        assert "Who said it: A parent or guardian: Linnet Reed" in text

    def test_a_no_is_a_no_and_can_become_a_yes(self, clinic):
        text = copy_of(clinic, said(clinic, decision=Decision.DO_NOT_SHARE, categories=[])).text

        assert "No, do not share" in text and HELP in text
        assert "You can say yes on any day" in text
        assert "You can take this back" not in text

    def test_what_was_taken_back_is_not_offered_to_be_taken_back(self, clinic):
        text = copy_of(clinic, said(clinic, revoked_at=NOW, revoked_method=Method.BY_VOICE)).text

        assert "Taken back: By voice, " in text
        assert "This does not count any more." in text
        assert "You can take this back" not in text

    def test_without_a_phone_it_names_whom_to_tell(self, clinic):
        with transaction() as session:
            session.get_one(type(make_participant(session)), clinic.own_id).phone = ""

        assert "Tell Blue Kite Clinic." in copy_of(clinic, said(clinic)).text

    def test_a_protected_place_is_not_named(self, clinic):
        with transaction() as session:
            shelter = make_participant(session, name="Harbor of Calm", kind=ParticipantKind.VICTIM_SERVICES)
        pdf = copy_of(clinic, said(clinic, recipient_ids=[str(shelter.id)]))

        assert "With whom: A service you chose" in pdf.text
        assert "Harbor" not in pdf.text

    def test_the_type_is_large_and_all_of_it_can_be_read_aloud(self, clinic):
        pdf = copy_of(clinic, said(clinic))

        assert min(pdf.sizes) == 14.0
        assert pdf.unmarked == ""


class TestLanguage:
    def test_what_was_said_in_spanish_is_in_spanish_for_an_english_reader(self, clinic):
        pdf = copy_of(clinic, said(clinic, language="es"))

        assert (pdf.entry("Lang"), pdf.entry("Title")) == ("es", "Una copia para usted")
        for words in ("Sí, compartir", "Usted recibirá ayuda aunque diga que no.", "Puede retirarlo cuando quiera"):
            assert words in pdf.text
        for english in (HELP, "Who said it", "Housing", "To help", "You can", "Copy made"):
            assert english not in pdf.text
        assert pdf.repeated[0].startswith("Página 1 de ")

    def test_what_was_said_in_english_is_in_english_for_a_spanish_reader(self, clinic):
        clinic.browser.client.set_cookie("language", "es")

        pdf = copy_of(clinic, said(clinic))

        assert pdf.entry("Lang") == "en" and HELP in pdf.text

    def test_for_other_languages_it_says_so_in_english(self, clinic):
        clinic.browser.client.set_cookie("language", "es")

        pdf = copy_of(clinic, said(clinic, language="vi"))

        assert pdf.entry("Lang") == "en"
        assert "This was said in this language: Vietnamese." in pdf.text


class TestWhoMayHaveIt:
    @pytest.mark.parametrize("path", ["/consents/{consent_id}/copy.pdf", "/people/{person_id}/shared.pdf"])
    def test_to_another_organization_it_does_not_exist(self, clinic, path):
        address = path.format(consent_id=said(clinic), person_id=clinic.person_id)
        nothing = path.format(consent_id=uuid4(), person_id=uuid4())

        refused, missing = clinic.stranger.get(address), clinic.stranger.get(nothing)

        assert refused.status_code == missing.status_code == 404
        assert ANEW.sub("", refused.text) == ANEW.sub("", missing.text)

    @pytest.mark.parametrize("path", ["/consents/{consent_id}/copy.pdf", "/people/{person_id}/shared.pdf"])
    def test_who_took_it_is_in_the_audit(self, clinic, path):
        address = path.format(consent_id=said(clinic), person_id=clinic.person_id)

        clinic.browser.get(address)

        with reading() as session:
            (seen,) = session.execute(select(AuditEntry).where(col(AuditEntry.action) == "seen")).scalars()
        assert seen.actor_id == clinic.user_id

    def test_the_pages_lead_to_it(self, clinic):
        consent_id = said(clinic)

        assert f"/consents/{consent_id}/copy.pdf" in clinic.browser.get(f"/consents/{consent_id}").text
        assert f"/people/{clinic.person_id}/shared.pdf" in clinic.browser.get(f"/people/{clinic.person_id}/shared").text


class TestNotice:
    def test_consent_to_share_treatment_records_carries_the_notice(self, clinic):
        text = copy_of(clinic, said(clinic, form="part2", categories=[Category.SUD_PART2.value])).text

        assert NOTICE in text
        assert "Use it only for what the person agreed to" in text

    def test_in_spanish_it_carries_the_words_of_the_law_as_well(self, clinic):
        text = copy_of(clinic, said(clinic, categories=[Category.SUD_PART2.value], language="es")).text

        assert NOTICE in text and "42 CFR parte 2 prohíbe" in text

    @pytest.mark.parametrize(
        "fields", [{}, {"decision": Decision.DO_NOT_SHARE, "categories": [Category.SUD_PART2.value]}]
    )
    def test_other_consent_carries_none(self, clinic, fields):
        assert "42 CFR" not in copy_of(clinic, said(clinic, **fields)).text

    def test_a_list_carries_it_when_treatment_records_went_out(self, clinic):
        said(clinic)
        release_id = released(clinic, clinic.pantry_id)
        before = list_of(clinic).text
        with transaction() as session:
            row = session.get_one(Release, release_id)
            row.obligations = [Obligation.PART2_NOTICE.value, Obligation.NO_REDISCLOSURE.value]

        assert NOTICE in list_of(clinic).text and "42 CFR" not in before


class TestDemo:
    def test_in_the_demo_every_page_says_that_it_is_not_valid(self, migrated, database):
        clinic = clinic_of(migrated.model_copy(update={"env": "demo"}))

        copy, spanish_list = copy_of(clinic, said(clinic)), list_of(clinic)
        assert copy.repeated.count("Not valid for use") == len(copy.pages)
        assert "Demo. Everyone here is invented. Not valid for use." in copy.text
        assert spanish_list.repeated.count("No es válido para usar") == len(spanish_list.pages)

    def test_elsewhere_none_does(self, clinic):
        pdf = copy_of(clinic, said(clinic))

        assert "Not valid for use" not in pdf.text + "".join(pdf.repeated)


class TestNames:
    @pytest.mark.parametrize("name", ["王小明", "Nguyễn", "مريم", "O’Neil (Nan) \\ {nb}", "😀", "W" * 180])
    def test_odd_names_are_written(self, clinic, name):
        consent_id = said(clinic)
        with transaction() as session:
            session.get_one(Person, clinic.person_id).given_name = name

        words = copy_of(clinic, consent_id).text.partition("Whose records they are: ")[2].partition("\n")[0]
        assert words.endswith(" Moreno") and len(words) > len(" Moreno")


class TestList:
    def test_it_tells_who_saw_what_in_the_language_of_the_person(self, clinic):
        said(clinic)
        released(clinic, clinic.pantry_id)

        pdf = list_of(clinic)
        assert (pdf.entry("Lang"), pdf.entry("Title")) == ("es", "Una lista para usted")
        assert ("H2", "Lantern Pantry") in pdf.marked
        assert "Food box" not in pdf.text, "which facts, never the facts"

    def test_an_empty_one_says_so(self, clinic):
        assert "Nadie ha visto sus datos." in list_of(clinic).text

    def test_a_protected_place_is_not_named(self, clinic):
        with transaction() as session:
            shelter = make_participant(session, name="Harbor of Calm", kind=ParticipantKind.VICTIM_SERVICES)
        said(clinic, recipient_ids=[str(shelter.id)])
        released(clinic, shelter.id, at_person_request=True)

        pdf = list_of(clinic)
        assert ("H2", "Un servicio que usted eligió") in pdf.marked
        assert "Harbor" not in pdf.text
