"""The pages of the form types: the list, official files, the builder, and what staff find of all that."""

import html
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest

from cie import consent
from cie.access import Role
from cie.calendar import local_day
from cie.consent import forms
from cie.db import reading, transaction
from tests.factories import make_participant, make_staff
from tests.support.pdf import Pdf
from tests.support.sign_in import pass_time
from tests.support.web import signed_in
from tests.web.test_consent_forms import PART2, day, path, post, summary
from tests.web.test_consents import app, clinic, text

__all__ = ["app", "clinic"]
pytestmark = pytest.mark.usefixtures("database")
NOW = datetime.now(UTC)
TODAY = local_day(NOW)
LIST, NEW = "/privacy-office/forms", "/privacy-office/forms/new"
PAPER = b"%PDF-1.7\nThe official form\n%%EOF\n"
BUILT = {
    "id": "county-release",
    "title": "Release of the county",
    "title_es": "Permiso del condado",
    "citation": "Board order 26-114",
    "satisfies": ["cmia", "hipaa", "social-services"],
    "stated": [*(each for each in PART2 if each != "redisclosure"), "copy"],
    "methods": ["signed-paper", "on-screen"],
    "purposes": ["COC"],
    "seen_version": "0",
}  # fmt: skip


@pytest.fixture
def place(app, clinic):
    """The network's administrator, and an officer of an organization."""
    with transaction() as session:
        jay = make_staff(session, make_participant(session, name="Valley Exchange"), Role.NETWORK_ADMINISTRATOR)
        merlin = make_staff(session, make_participant(session), Role.PRIVACY_OFFICER)
    return SimpleNamespace(jay=jay, network=signed_in(app, jay), officer=signed_in(app, merlin), clinic=clinic)


def read(answer):
    return html.unescape(text(answer))


def add(place, form="part2", browser=None, content=PAPER, name="form.pdf", **fields):
    values = {"language": "en", "version": "11/24", "source": "samhsa.gov", **day("effective_on", TODAY), **fields}
    file = (BytesIO(content), name, "application/pdf") if name else (BytesIO(b""), "")
    url = f"{LIST}/{form}/files"
    return (browser or place.network).post(url, page="/help", **values, file=file)


def build(place, url=NEW, browser=None, **fields):
    given = {name: value for name, value in {**BUILT, **fields}.items() if value is not None}
    return (browser or place.network).post(url, page="/help", **given)


def files(form="part2"):
    with reading() as session:
        return consent.official_forms(session, form)


def own_forms():
    with reading() as session:
        return [(row.code, row.version, row.is_retired) for row in consent.newest_own_forms(session)]


class TestList:
    def test_every_form_is_there_with_source_and_what_it_is_good_for(self, place):
        page = read(place.officer.get(LIST))

        assert all(f"{LIST}/{form.id}" in page and form.citation in page for form in forms().values() if form.version)
        assert "Alcohol and drug treatment records" in page and "None loaded" in page and "None yet." in page
        assert f"{LIST}/cie-sharing" not in page and NEW not in page

    def test_it_is_on_the_way_of_officers_and_of_the_network(self, place):
        assert LIST in text(place.officer.get("/privacy-office")) and LIST in text(place.network.get("/network"))
        assert NEW in text(place.network.get(LIST))

    @pytest.mark.parametrize("role", [Role.CASEWORKER, Role.ORGANIZATION_ADMINISTRATOR])
    def test_others_do_not_come_here(self, app, place, role):
        with transaction() as session:
            user = make_staff(session, make_participant(session), role)
        browser = signed_in(app, user)

        assert [browser.get(url).status_code for url in (LIST, f"{LIST}/part2", NEW)] == [403] * 3

    def test_only_the_network_changes_something(self, place):
        answers = [
            place.officer.get(NEW),
            build(place, browser=place.officer),
            add(place, browser=place.officer),
            place.officer.get(f"{LIST}/part2/files/new"),
        ]

        assert [answer.status_code for answer in answers] == [403] * 4 and own_forms() == [] and not files()

    def test_who_was_asked_long_ago_is_asked_again(self, place):
        pass_time(place.jay, minutes=11)

        assert "/settings/confirm" in build(place).location and own_forms() == []

    @pytest.mark.parametrize("code", ["no-such-form", "cie-sharing"])
    def test_what_is_not_there_is_not_found(self, place, code):
        rest = ("", "/files/new", "/versions/new", "/retirement/new")

        assert [place.network.get(f"{LIST}/{code}{each}").status_code for each in rest] == [404] * 4

    def test_a_form_of_the_program_has_no_new_version_and_is_not_retired(self, place):
        assert place.network.get(f"{LIST}/part2/versions/new").status_code == 404
        assert place.network.get(f"{LIST}/part2/retirement/new").status_code == 404
        assert place.network.post(f"{LIST}/part2/retirement", page="/help", seen_version="0").status_code == 404


class TestFiles:
    def test_a_file_is_added_with_its_mark_and_opens(self, place):
        answer = add(place)

        assert answer.status_code == 303 and answer.location.endswith("/part2?done=added")
        page = read(place.officer.get(f"{LIST}/part2"))
        (row,) = files()
        assert "Version 11/24, English" in page and row.sha256[:8] in page and "samhsa.gov" in page
        file = place.officer.get(f"/forms/files/{row.id}")
        assert (file.data, file.content_type) == (PAPER, "application/pdf")
        assert file.headers["Content-Disposition"] == "attachment; filename=form.pdf"

    def test_the_same_file_again_is_told(self, place):
        add(place)

        assert add(place).location.endswith("done=there")
        assert "Nothing was added." in read(place.network.get(f"{LIST}/part2?done=there")) and len(files()) == 1

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"name": ""}, ("file", "File: choose one")),
            ({"content": b"words"}, ("file", "File: choose the official form as a PDF")),
            ({"version": ""}, ("version", "Version: copy it from the form")),
            ({"effective_on_day": "31", "effective_on_month": "2"}, ("effective_on", "First day: enter a month")),
        ],
    )
    def test_what_is_wrong_is_said_at_its_box(self, place, changes, told):
        answer = add(place, **changes)

        assert answer.status_code == 422 and not files()
        ((box, words),) = summary(answer)
        assert (box, words[: len(told[1])]) == told

    def test_nobody_outside_opens_one(self, app, place):
        add(place)

        assert app.test_client().get(f"/forms/files/{files()[0].id}").status_code == 302
        assert place.officer.get(f"/forms/files/{place.clinic.person_id}").status_code == 404


class TestStaff:
    def test_without_a_file_they_are_told_so_and_may_print_a_sample(self, place, clinic):
        page = read(clinic.browser.get(path(clinic)))

        assert "No official file is loaded. Ask your privacy office for the form." in page
        assert "Print a demo form" in page and "/forms/part2/sample.pdf?language=es" in page
        assert "Print the official form" not in page

    def test_in_production_it_is_only_a_sample(self, app, place, clinic):
        settings = app.extensions["cie-settings"]
        app.extensions["cie-settings"] = settings.model_copy(update={"env": "production"})
        try:
            page = read(clinic.browser.get(path(clinic)))
        finally:
            app.extensions["cie-settings"] = settings

        assert "See a sample. It is not valid for use" in page and "Print a demo form" not in page

    @pytest.mark.parametrize(
        ("language", "warning"), [("en", "NOT VALID FOR USE"), ("es", "NO ES VÁLIDO PARA USAR"), ("vi", "NOT VALID")]
    )
    @pytest.mark.parametrize("code", [code for code in forms() if code != "cie-sharing"])
    def test_a_sample_says_on_every_page_that_it_is_none(self, clinic, code, language, warning):
        answer = clinic.browser.get(f"/forms/{code}/sample.pdf?language={language}")

        pdf = Pdf(answer.data)
        assert answer.content_type == "application/pdf" and min(pdf.sizes) >= 14
        assert all(page.count(" Tj") for page in pdf.pages)
        said = [words for words in pdf.repeated if words.startswith(warning)]
        assert len(said) == 2 * len(pdf.pages) and warning in pdf.text and pdf.unmarked == ""

    def test_a_sample_lists_what_the_form_states(self, clinic):
        said = Pdf(clinic.browser.get("/forms/school-records/sample.pdf").data).text

        assert "1. Whose records they are" in said and "6. The signature and its day" in said
        assert "When it ends" not in said and "34 CFR 99.30" in said

    @pytest.mark.parametrize("code", ["cie-sharing", "no-such-form"])
    def test_there_is_no_sample_of_what_nobody_signs(self, clinic, code):
        assert clinic.browser.get(f"/forms/{code}/sample.pdf").status_code == 404

    def test_with_a_file_they_print_it_in_the_language_of_the_person(self, place, clinic):
        add(place)
        add(place, language="es", version="10/24", content=PAPER + b"%es")
        spanish = next(row for row in files() if row.language == "es")

        page = read(clinic.browser.get(path(clinic)))

        assert f'<a href="/forms/files/{spanish.id}">Print the official form</a>. Version 10/24, Spanish.' in page
        assert "sample.pdf" not in page and "No official file is loaded" not in page

    def test_the_version_that_was_signed_is_chosen_and_kept(self, place, clinic):
        add(place)
        add(place, language="es", version="10/24", content=PAPER + b"%es")
        spanish = next(row for row in files() if row.language == "es")

        refused = post(clinic)
        assert summary(refused) == [("paper", "Version of the paper: choose one")] and clinic.records() == []
        kept = post(clinic, paper=str(spanish.id))

        record = clinic.records()[0]
        assert (record.form_version, record.language) == ("10/24", "es")
        page = read(clinic.browser.get(kept.location))
        assert "Version of the paper" in page and "Spanish, version 10/24" in page

    def test_another_version_is_written_down_as_printed(self, place, clinic):
        add(place)

        post(clinic, paper="another", form_version="Rev. 01/19")

        assert clinic.records()[0].form_version == "Rev. 01/19"

    def test_without_a_file_the_version_is_free_but_no_story(self, clinic):
        refused = post(clinic, form_version="she told me: <yes>")
        assert [box for box, _words in summary(refused)] == ["form_version"]

        post(clinic, form_version="01/19")

        assert clinic.records()[0].form_version == "01/19"

    def test_a_file_of_a_later_day_is_not_printed_yet(self, place, clinic):
        add(place, **day("effective_on", TODAY + timedelta(days=5)))

        page = read(clinic.browser.get(path(clinic)))

        assert "The official form counts from a later day." in page and "Print the official form" not in page


class TestBuilder:
    def test_a_check_shows_what_staff_will_see_and_keeps_nothing(self, place):
        page = read(build(place, update_preview="yes"))

        assert own_forms() == [] and "What staff will see" in page and "Save this form" in page
        assert "Only with some, by name" in page and "Medical care: visits, tests, medicines" in page
        assert page.count("Nothing is missing.") == 4

    def test_a_check_says_by_law_what_is_missing(self, place):
        fields = {"satisfies": ["part2", "vawa"], "stated": ["patient"], "methods": ["signed-paper", "by-voice"]}

        answer = build(place, update_preview="yes", **fields)

        page, told = read(answer), dict(summary(answer))
        assert answer.status_code == 422 and "What staff will see" not in page and "Save this form" not in page
        assert {*told} == {"stated", "methods", "longest_days", "one_recipient"}
        missing = re.search(r"Alcohol and drug treatment records \(42 CFR 2\.31\)</dt><dd>(.*?)</dd>", page)[1]
        assert "The paper must say when it ends" in missing and "A yes by voice does not count" in missing
        assert "The form must end after a number of days" not in missing

    def test_what_was_ticked_stays(self, place):
        page = read(build(place, update_preview="yes", title_es=None))

        assert 'name="satisfies" value="cmia" checked' in page and 'value="Release of the county"' in page

    def test_what_is_missing_is_not_kept_either(self, place):
        answer = build(place, satisfies=["part2"])

        assert answer.status_code == 422 and own_forms() == []
        assert ("stated", "42 CFR 2.31: The paper must say that those who get the records may pass some on") in summary(
            answer
        )

    def test_a_form_is_kept_and_staff_write_down_what_was_signed_on_it(self, place, clinic):
        answer = build(place)

        assert answer.location.endswith(f"{LIST}/county-release?done=built")
        assert "Version 1. Source: Board order 26-114" in read(place.officer.get(answer.location))
        assert "Good for: Medical information; What those bound by HIPAA tell others" in read(
            clinic.browser.get(f"/people/{clinic.person_id}/consents/forms")
        )
        kept = post(clinic, "county-release", own_version="1", purposes=None, categories=["general", "medical"],
                    stated=BUILT["stated"])  # fmt: skip
        assert kept.status_code == 303
        record = clinic.records()[0]
        assert record.form == "county-release" and record.own_form_id is not None
        assert "Release of the county" in read(clinic.browser.get(kept.location))

    def test_it_can_be_signed_here_in_the_version_that_was_laid_before_the_person(self, place, clinic):
        build(place)
        boxes = {"purposes": None, "categories": ["general"], "until": "day", "stated": None, "method": "on-screen"}
        boxes |= {f"signed_on_{part}": None for part in ("month", "day", "year")}

        asked = post(clinic, "county-release", **boxes)

        assert asked.status_code == 303 and "/signing" in asked.location
        assert "Permiso del condado" in read(clinic.browser.get(asked.location)), "their language is Spanish"

    def test_its_title_is_in_the_language_of_the_reader(self, place, clinic):
        build(place)

        clinic.browser.client.set_cookie("language", "es")

        assert "Permiso del condado" in read(clinic.browser.get(path(clinic, "county-release")))

    def test_a_missing_element_is_named_where_it_is_written_down(self, place, clinic):
        build(place)
        stated = [each for each in BUILT["stated"] if each != "copy"]

        refused = post(clinic, "county-release", purposes=None, categories=["medical"], stated=stated)

        assert summary(refused) == [("stated", "The paper must say that the person may have a copy")]

    def test_a_new_version_leaves_earlier_papers_as_they_are(self, place, clinic):
        build(place)
        url = f"{LIST}/county-release/versions/new"
        assert 'name="satisfies" value="cmia" checked' in read(place.network.get(url))

        build(place, url, seen_version="1", title="Release, short", satisfies=["social-services"])

        assert own_forms() == [("county-release", 2, False)]
        page = read(clinic.browser.get(path(clinic, "county-release")))
        assert "These questions are for version 2 of this form." in page and "new?version=1" in page
        assert "<h1>Release, short</h1>" in page
        older = read(clinic.browser.get(path(clinic, "county-release") + "?version=1"))
        assert "<h1>Release of the county</h1>" in older and 'name="own_version" value="1"' in older
        post(clinic, "county-release", own_version="1", purposes=None, categories=["medical"], stated=BUILT["stated"])
        with reading() as session:
            assert consent.form_of(session, clinic.records()[0]).version == 1
        assert "This is an older version." in read(place.officer.get(f"{LIST}/county-release?version=1"))

    def test_no_version_that_never_was(self, place, clinic):
        build(place)

        assert post(clinic, "county-release", own_version="9" * 5000).status_code == 404

    def test_what_was_replaced_is_not_signed_here_any_more(self, place, clinic):
        build(place)
        build(place, f"{LIST}/county-release/versions/new", seen_version="1", satisfies=["social-services"])
        boxes = {"purposes": None, "categories": ["general"], "until": "day", "stated": None, "method": "on-screen"}
        boxes |= {f"signed_on_{part}": None for part in ("month", "day", "year")}

        refused = post(clinic, "county-release", own_version="1", **boxes)

        assert summary(refused) == [("form", "Form: the network has a newer version of this one. Open that one")]

    def test_two_officers_do_not_write_over_each_other(self, place):
        build(place)
        url = f"{LIST}/county-release/versions/new"
        build(place, url, seen_version="1", title="First")

        late = build(place, url, seen_version="1", title="Second")

        assert late.status_code == 409 and "What you typed is still here." in read(late)
        assert own_forms() == [("county-release", 2, False)]

    def test_a_retired_form_is_offered_no_more(self, place, clinic):
        build(place)
        before = post(clinic, "county-release", purposes=None, stated=BUILT["stated"], categories=["general"])
        page = read(place.network.get(f"{LIST}/county-release/retirement/new"))
        assert "Staff cannot choose it any more." in page

        place.network.post(f"{LIST}/county-release/retirement", page="/help", seen_version="1")

        assert own_forms() == [("county-release", 2, True)]
        assert clinic.browser.get(path(clinic, "county-release")).status_code == 404
        assert "county-release" not in text(clinic.browser.get(f"/people/{clinic.person_id}/consents/forms"))
        assert "Release of the county" in read(clinic.browser.get(before.location))
        assert "Staff cannot choose this form any more." in read(place.officer.get(f"{LIST}/county-release"))

    @pytest.mark.parametrize(
        ("fields", "box"),
        [
            ({"id": "part2"}, "id"),
            ({"longest_days": "soon"}, "longest_days"),
            ({"satisfies": ["nonsense"]}, "satisfies"),
            ({"methods": ["by-owl"]}, "methods"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_box(self, place, fields, box):
        answer = build(place, **fields)

        assert answer.status_code == 422 and [name for name, _words in summary(answer)] == [box]

    def test_the_id_of_the_address_counts(self, place):
        build(place)

        assert build(place, f"{LIST}/county-release/versions/new", id="other").status_code == 404
