"""The pages of screenings and needs."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import orjson
import pytest
from flask import render_template
from sqlalchemy import select
from sqlmodel import col

from cie import identity, people, screening
from cie.access import SYSTEM, Actor, ActorKind, Role
from cie.db import reading, transaction
from cie.events import AuditPerson
from cie.participants import Participant
from cie.screening import GivenAnswer, Need, NeedStatus, SafetyGate, ScreeningStatus, Wish
from cie.web.screening_pages import on_person
from tests.factories import add, make_participant, make_person
from tests.support.web import Browser, make_app, signed_in

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime.now(UTC)
QUESTION = "physically hurt you"
FREQUENTLY, NEVER, SOMETIMES = "LA6482-9", "LA6270-8", "LA10082-8"
OFTEN_TRUE, NO_STEADY_PLACE, MOLD, NONE_OF_THESE = "LA28397-0", "LA31995-6", "LA28580-1", "LA9-3"


@dataclass
class Clinic:
    """A navigator in a browser, the person before them, and the questions that may be asked."""

    browser: Browser
    actor: Actor
    person_id: UUID
    ahc_id: UUID
    hunger_id: UUID

    def begin(self, *, gate=None, answers=None):
        with transaction() as session:
            begun = screening.start_screening(session, self.actor, self.person_id, self.ahc_id, at=NOW)
            if gate:
                screening.answer_safety_gate(session, self.actor, begun.id, gate, at=NOW)
            for section, given in (answers or {}).items():
                screening.save_section(session, self.actor, begun.id, section, given, at=NOW)
        return begun.id

    def end(self, screening_id):
        with transaction() as session:
            screening.finish(session, self.actor, screening_id, at=NOW)

    def found(self, screening_id):
        with reading() as session:
            return screening.get_screening(session, self.actor, screening_id)

    def answers(self, screening_id, section):
        with reading() as session:
            return screening.section_answers(session, self.actor, screening_id, section)

    def needs(self):
        with reading() as session:
            return {need.need_code: need for need in screening.needs_of(session, self.actor, self.person_id)}

    def alerts(self):
        with reading() as session:
            return people.open_alerts(session, self.actor)


@pytest.fixture
def app(migrated, database):
    return make_app(migrated)


def member(session, participant, name, *roles):
    return identity.add_staff(
        session,
        SYSTEM,
        participant.id,
        name=name,
        email=f"{uuid4().hex}@example.org",
        roles=list(roles or (Role.NAVIGATOR,)),
        password_hash="x",
        totp_secret="JBSWY3DPEHPK3PXP",
        at=NOW,
    )


@pytest.fixture
def clinic(app):
    with transaction() as session:
        participant = make_participant(session, name="Blue Kite Clinic")
        user = member(session, participant, "Sorrel")
        on_call = member(session, participant, "Linnet")
        participant.on_call_user_id, participant.on_call_phone = on_call.id, "+15595550123"
        person_id = make_person(session, participant, language="en").id
        ahc, hunger = screening.import_shipped(session, SYSTEM, at=NOW)
    actor = Actor(ActorKind.STAFF, user.id, participant.id, roles=frozenset({Role.NAVIGATOR}))
    return Clinic(signed_in(app, user), actor, person_id, ahc.id, hunger.id)


@pytest.fixture
def stranger(app):
    with transaction() as session:
        user = member(session, make_participant(session, name="Lantern Pantry"), "Wren")
    return signed_in(app, user)


def text(answer):
    return answer.get_data(as_text=True)


def checked(page, name):
    """The values of the chosen inputs of a name."""
    inputs = re.findall(rf'<input type="(?:radio|checkbox)"[^>]*name="{name}"[^>]*>', page)
    return [re.search('value="([^"]*)"', one).group(1) for one in inputs if " checked" in one]


class TestNew:
    def test_the_instruments_are_offered_with_their_notices(self, clinic):
        page = text(clinic.browser.get(f"/people/{clinic.person_id}/screenings/new"))

        assert "AHC Health Related Social Needs Screening" in page
        assert "LOINC 88121-9" in page
        assert "This material contains content from LOINC" in page
        assert "<title>Start a screening - cie</title>" in page

    def test_starting_opens_the_first_section(self, clinic):
        answer = clinic.browser.post(f"/people/{clinic.person_id}/screenings/new", questionnaire=str(clinic.ahc_id))

        page = text(clinic.browser.get(answer.location))
        assert answer.status_code == 303
        assert "What is your living situation today?" in page
        assert "0 of 5 done" in page

    def test_an_unfinished_one_goes_on_where_it_stopped(self, clinic):
        begun = clinic.begin(answers={"living-situation": {"/71802-3": GivenAnswer((NO_STEADY_PLACE,))}})
        path = f"/people/{clinic.person_id}/screenings/new"

        offered = text(clinic.browser.get(path))
        answer = clinic.browser.post(path, questionnaire=str(clinic.ahc_id))

        assert "Not finished: AHC" in offered
        assert answer.location.endswith(f"/screenings/{begun}/sections/2")

    @pytest.mark.parametrize("given", ["", "not-an-id"])
    def test_nothing_chosen_is_an_error_at_the_field(self, clinic, given):
        answer = clinic.browser.post(f"/people/{clinic.person_id}/screenings/new", questionnaire=given)

        assert answer.status_code == 422
        assert 'href="#questionnaire">Questions: choose one' in text(answer)

    def test_those_asked_before_are_listed(self, clinic):
        begun = clinic.begin()
        clinic.end(begun)

        assert f"/screenings/{begun}" in text(clinic.browser.get(f"/people/{clinic.person_id}/screenings/new"))

    def test_without_instruments_the_page_says_what_to_do(self, app):
        with transaction() as session:
            participant = make_participant(session)
            user, person_id = member(session, participant, "Wren"), make_person(session, participant).id

        page = text(signed_in(app, user).get(f"/people/{person_id}/screenings/new"))

        assert "No questions are loaded yet." in page


class TestSection:
    def test_answers_are_saved_and_the_next_section_opens(self, clinic):
        begun = clinic.begin()

        answer = clinic.browser.post(f"/screenings/{begun}/sections/1", q1=NO_STEADY_PLACE, q2=[MOLD])

        assert (answer.status_code, answer.location) == (303, f"/screenings/{begun}/sections/2")
        assert clinic.answers(begun, "living-situation") == {
            "/71802-3": GivenAnswer((NO_STEADY_PLACE,)),
            "/96778-6": GivenAnswer((MOLD,)),
        }
        assert checked(text(clinic.browser.get(f"/screenings/{begun}/sections/1")), "q2") == [MOLD]

    def test_declining_is_an_answer_of_its_own(self, clinic):
        begun = clinic.begin()

        clinic.browser.post(f"/screenings/{begun}/sections/4", q1="~declined")

        page = text(clinic.browser.get(f"/screenings/{begun}/sections/3"))
        assert clinic.answers(begun, "utilities") == {"/96779-4": GivenAnswer(declined=True)}
        assert "Declined" in page
        assert checked(text(clinic.browser.get(f"/screenings/{begun}/sections/4")), "q1") == ["~declined"]

    def test_saving_and_stopping_keeps_what_was_said(self, clinic):
        begun = clinic.begin()

        answer = clinic.browser.post(f"/screenings/{begun}/sections/2", q1=OFTEN_TRUE, stop="yes")

        page = text(clinic.browser.get(answer.location))
        assert "Saved." in page
        assert "Often true" in page
        assert "Go on" in page

    def test_an_answer_that_stands_alone_is_explained_and_the_boxes_stay(self, clinic):
        begun = clinic.begin()

        answer = clinic.browser.post(f"/screenings/{begun}/sections/1", q1=NO_STEADY_PLACE, q2=[MOLD, NONE_OF_THESE])

        page = text(answer)
        assert answer.status_code == 422
        assert 'href="#q2">Question 2: One of these answers stands alone' in page
        assert "<title>Error: Screening - cie</title>" in page
        assert (checked(page, "q1"), checked(page, "q2")) == ([NO_STEADY_PLACE], [MOLD, NONE_OF_THESE])
        assert clinic.answers(begun, "living-situation") == {}

    def test_an_unknown_code_is_an_error_at_its_question(self, clinic):
        begun = clinic.begin()

        answer = clinic.browser.post(f"/screenings/{begun}/sections/2", q1="LA0-0")

        assert answer.status_code == 422
        assert 'href="#q1">Question 1: Choose an answer of the list' in text(answer)

    def test_a_typed_answer_is_checked_and_kept_in_its_box(self, clinic, reference):
        path = reference / "gravity/examples/Questionnaire-SDOHCC-QuestionnairePRAPARE.json"
        with transaction() as session:
            prapare = screening.import_questionnaire(session, SYSTEM, orjson.loads(path.read_bytes()), at=NOW)
            begun = screening.start_screening(session, clinic.actor, clinic.person_id, prapare.id, at=NOW)

        wrong = clinic.browser.post(f"/screenings/{begun.id}/sections/2", q1="four")
        clinic.browser.post(f"/screenings/{begun.id}/sections/2", q1="4", q4_declined="yes")

        assert wrong.status_code == 422
        assert 'value="four"' in text(wrong)
        assert "Enter a whole number, like 3" in text(wrong)
        assert clinic.answers(begun.id, "/93042-0") == {
            "/93042-0/63512-8": GivenAnswer(("4",)),
            "/93042-0/56799-0": GivenAnswer(declined=True),
        }

    def test_an_instrument_that_offers_to_decline_is_not_offered_it_twice(self, clinic, reference):
        path = reference / "gravity/examples/Questionnaire-SDOHCC-QuestionnairePRAPARE.json"
        with transaction() as session:
            prapare = screening.import_questionnaire(session, SYSTEM, orjson.loads(path.read_bytes()), at=NOW)
            begun = screening.start_screening(session, clinic.actor, clinic.person_id, prapare.id, at=NOW)

        page = text(clinic.browser.get(f"/screenings/{begun.id}/sections/4"))

        assert page.count("I choose not to answer this question") == 2
        assert "Does not want to answer" not in page

    def test_a_finished_one_leads_to_its_end(self, clinic):
        begun = clinic.begin()
        clinic.end(begun)

        answer = clinic.browser.get(f"/screenings/{begun}/sections/1")

        assert (answer.status_code, answer.location) == (303, f"/screenings/{begun}/review")

    def test_answers_posted_after_the_end_are_not_kept(self, clinic):
        begun = clinic.begin()
        clinic.end(begun)

        answer = clinic.browser.post(f"/screenings/{begun}/sections/1", page="/help", q1=NO_STEADY_PLACE)

        assert answer.status_code == 409
        assert "This screening is finished." in text(answer)
        assert clinic.answers(begun, "living-situation") == {}

    @pytest.mark.parametrize("part", ["0", "6", "x", "-1", "²"])
    def test_a_section_that_is_not_there_is_not_found(self, clinic, part):
        begun = clinic.begin()

        assert clinic.browser.get(f"/screenings/{begun}/sections/{part}").status_code == 404

    def test_an_instrument_without_groups_is_one_section(self, clinic):
        answer = clinic.browser.post(f"/people/{clinic.person_id}/screenings/new", questionnaire=str(clinic.hunger_id))

        clinic.browser.post(answer.location, q1=OFTEN_TRUE, q2="LA15775-2")

        page = text(clinic.browser.get(answer.location))
        assert (checked(page, "q1"), checked(page, "q2")) == ([OFTEN_TRUE], ["LA15775-2"])

    def test_a_page_in_another_language_marks_the_questions_as_english(self, clinic):
        begun = clinic.begin()
        clinic.browser.post("/language", page="/help", language="es")

        page = text(clinic.browser.get(f"/screenings/{begun}/sections/1"))

        assert '<html lang="es"' in page
        assert '<span lang="en">What is your living situation today?</span>' in page


class TestSafetyGate:
    def test_no_safety_question_is_in_any_page_before_the_yes(self, clinic):
        begun = clinic.begin()
        paths = ["sections/1", "sections/4", "private", "review"]

        pages = [text(clinic.browser.get(f"/screenings/{begun}/{path}")) for path in paths]
        pages.append(text(clinic.browser.get(f"/screenings/{begun}")))

        assert all(QUESTION not in page for page in pages)
        assert clinic.browser.get(f"/screenings/{begun}/sections/5").location == f"/screenings/{begun}/private"

    def test_the_page_says_what_to_ask_whom_to_call_and_chooses_nothing(self, clinic):
        begun = clinic.begin()

        page = text(clinic.browser.get(f"/screenings/{begun}/private"))

        assert "Are you alone, and is it safe to talk?" in page
        assert "Opens the 4 safety questions on this screen." in page
        assert "Linnet" in page
        assert "(559) 555-0123" in page
        assert "Where the answers go" in page
        assert checked(page, "safe") == []
        assert "<title>Screening - cie</title>" in page

    def test_without_a_person_on_call_the_page_says_so(self, clinic):
        with transaction() as session:
            session.get_one(Participant, clinic.actor.organization_id).on_call_user_id = None
        begun = clinic.begin()

        assert "Nobody is set as on call." in text(clinic.browser.get(f"/screenings/{begun}/private"))

    def test_a_yes_opens_the_questions(self, clinic):
        begun = clinic.begin()

        answer = clinic.browser.post(f"/screenings/{begun}/private", safe="yes")

        page = text(clinic.browser.get(answer.location))
        assert QUESTION in page
        assert "cie-no-print" in page
        assert clinic.found(begun).safety_gate is SafetyGate.SAFE

    @pytest.mark.parametrize(("said", "kept"), [("not-sure", SafetyGate.NOT_SAFE), ("declines", SafetyGate.DECLINED)])
    def test_anything_else_skips_them(self, clinic, said, kept):
        begun = clinic.begin()

        answer = clinic.browser.post(f"/screenings/{begun}/private", safe=said)

        assert answer.location == f"/screenings/{begun}/review"
        assert clinic.found(begun).safety_gate is kept
        assert clinic.browser.get(f"/screenings/{begun}/sections/5").status_code == 303

    @pytest.mark.parametrize("said", ["", "maybe"])
    def test_nothing_chosen_is_an_error_at_the_field(self, clinic, said):
        begun = clinic.begin()

        answer = clinic.browser.post(f"/screenings/{begun}/private", safe=said)

        assert answer.status_code == 422
        assert 'href="#safe">What they said: choose one' in text(answer)
        assert clinic.found(begun).safety_gate is None

    def test_saving_safety_answers_without_the_yes_is_refused(self, clinic):
        begun = clinic.begin()

        answer = clinic.browser.post(f"/screenings/{begun}/sections/5", page="/help", q1=FREQUENTLY)

        assert answer.status_code == 403
        assert clinic.alerts() == []

    def test_answers_that_speak_of_danger_alarm_and_the_next_page_says_whom_to_call(self, clinic):
        begun = clinic.begin(gate=SafetyGate.SAFE)
        four = dict.fromkeys(("q1", "q2", "q3", "q4"), FREQUENTLY)

        answer = clinic.browser.post(f"/screenings/{begun}/sections/5", **four)

        page = text(clinic.browser.get(answer.location))
        assert len(clinic.alerts()) == 1
        assert "may be in danger" in page
        assert "Linnet" in page

    def test_an_instrument_without_safety_questions_has_no_such_page(self, clinic):
        with transaction() as session:
            begun = screening.start_screening(session, clinic.actor, clinic.person_id, clinic.hunger_id, at=NOW)

        assert clinic.browser.get(f"/screenings/{begun.id}/private").status_code == 404


class TestReview:
    def test_before_the_end_it_says_what_is_open(self, clinic):
        begun = clinic.begin()

        page = text(clinic.browser.get(f"/screenings/{begun}/review"))

        assert "Safety: 4 questions have no answer." in page
        assert "Finish and see the needs" in page

    def test_finishing_lists_what_the_answers_point_to(self, clinic):
        begun = clinic.begin(answers={"food": {"/88122-7": GivenAnswer((OFTEN_TRUE,))}})

        answer = clinic.browser.post(f"/screenings/{begun}/completion", page=f"/screenings/{begun}/review")

        page = text(clinic.browser.get(answer.location))
        assert clinic.found(begun).status is ScreeningStatus.COMPLETED
        assert "<h3>Food</h3>" in page
        assert checked(page, f"status_{clinic.needs()['food'].id.hex}") == []

    def test_one_form_decides_and_keeps_the_wish(self, clinic):
        answers = {
            "food": {"/88122-7": GivenAnswer((OFTEN_TRUE,))},
            "living-situation": {"/96778-6": GivenAnswer((MOLD,))},
        }
        begun = clinic.begin(answers=answers)
        clinic.end(begun)
        food, repair = clinic.needs()["food"].id.hex, clinic.needs()["home-repair"].id.hex
        chosen = {f"status_{food}": "confirmed", f"wish_{food}": "wants-help", f"status_{repair}": "dismissed"}

        answer = clinic.browser.post(f"/screenings/{begun}/review", **chosen)

        needs = clinic.needs()
        assert (answer.status_code, answer.location) == (303, f"/people/{clinic.person_id}/needs?done=saved")
        assert (needs["food"].status, needs["food"].wish) == (NeedStatus.CONFIRMED, Wish.WANTS_HELP)
        assert needs["home-repair"].status is NeedStatus.DISMISSED

    def test_a_choice_that_is_not_offered_is_refused_and_the_rest_stays(self, clinic):
        begun = clinic.begin(answers={"food": {"/88122-7": GivenAnswer((OFTEN_TRUE,))}})
        clinic.end(begun)
        food = clinic.needs()["food"].id.hex

        answer = clinic.browser.post(
            f"/screenings/{begun}/review", **{f"status_{food}": "confirmed", f"wish_{food}": "everything"}
        )

        assert answer.status_code == 422
        assert f'href="#wish_{food}">Wish: choose one' in text(answer)
        assert checked(text(answer), f"status_{food}") == ["confirmed"]
        assert clinic.needs()["food"].status is NeedStatus.PROPOSED

    def test_an_incomplete_total_is_said_to_be_no_total(self, clinic):
        given = {"/95618-5": GivenAnswer((SOMETIMES,)), "/95617-7": GivenAnswer((NEVER,))}
        begun = clinic.begin(gate=SafetyGate.SAFE, answers={"safety": given})
        clinic.end(begun)

        page = text(clinic.browser.get(f"/screenings/{begun}/review"))

        assert "Not totalled" in page
        assert QUESTION in page
        assert "insult or talk down" not in page

    def test_nothing_found_says_so(self, clinic):
        begun = clinic.begin()
        clinic.end(begun)

        assert "Nothing is open." in text(clinic.browser.get(f"/screenings/{begun}/review"))


class TestShow:
    def test_the_sheet_has_no_safety_answer_and_no_need_that_tells_of_one(self, clinic):
        four = {link: GivenAnswer((FREQUENTLY,)) for link in ("/95618-5", "/95617-7", "/95616-9", "/95615-1")}
        food = {"/88122-7": GivenAnswer((OFTEN_TRUE,)), "/88123-5": GivenAnswer(declined=True)}
        begun = clinic.begin(gate=SafetyGate.SAFE, answers={"safety": four, "food": food})
        clinic.end(begun)

        page = text(clinic.browser.get(f"/screenings/{begun}"))

        assert "Often true" in page
        assert "Did not want to answer" in page
        assert all(words not in page for words in ("Frequently", "Safety", QUESTION))
        assert "<title>Screening summary - cie</title>" in page


class TestNeeds:
    def test_a_need_is_added_without_a_screening_and_once(self, clinic):
        path = f"/people/{clinic.person_id}/needs"
        form = {"need": "food", "wish": "not-now", "form_id": uuid4().hex}

        first, second = clinic.browser.post(path, **form), clinic.browser.post(path, **form)

        assert first.location == second.location == f"{path}?done=added"
        assert [(n.status, n.wish) for n in clinic.needs().values()] == [(NeedStatus.CONFIRMED, Wish.NOT_NOW)]
        assert "Added." in text(clinic.browser.get(first.location))

    def test_the_same_form_sent_back_with_another_need_adds_that_one(self, clinic):
        path, form_id = f"/people/{clinic.person_id}/needs", uuid4().hex
        clinic.browser.post(path, need="food", wish="not-now", form_id=form_id)

        clinic.browser.post(path, need="job-help", wish="not-now", form_id=form_id)

        assert sorted(clinic.needs()) == ["food", "job-help"]

    def test_what_is_missing_is_named_and_what_was_chosen_stays(self, clinic):
        answer = clinic.browser.post(f"/people/{clinic.person_id}/needs", need="food", form_id="x")

        page = text(answer)
        assert answer.status_code == 422
        assert 'href="#wish">Wish: choose one' in page
        assert '<option value="food" selected>' in page

    @pytest.mark.parametrize("need", ["", "weather"])
    def test_a_need_that_is_not_on_the_list_is_refused(self, clinic, need):
        answer = clinic.browser.post(f"/people/{clinic.person_id}/needs", need=need, wish="not-now", form_id="x")

        assert answer.status_code == 422
        assert 'href="#need">Need: choose one' in text(answer)
        assert checked(text(answer), "wish") == ["not-now"]

    def test_an_open_need_is_not_added_twice_and_the_other_form_keeps_its_state(self, clinic):
        path = f"/people/{clinic.person_id}/needs"
        clinic.browser.post(path, need="food", wish="wants-help", form_id="a")

        answer = clinic.browser.post(path, need="food", wish="not-now", form_id="b")

        key = clinic.needs()["food"].id.hex
        assert "Need: this one is already on the list" in text(answer)
        assert checked(text(answer), f"status_{key}") == ["confirmed"]
        assert checked(text(answer), f"wish_{key}") == ["wants-help"]

    def test_deciding_again_on_the_list(self, clinic):
        path = f"/people/{clinic.person_id}/needs"
        clinic.browser.post(path, need="food", wish="wants-help", form_id="a")
        key = clinic.needs()["food"].id.hex

        answer = clinic.browser.post(f"{path}/decisions", page=path, **{f"status_{key}": "dismissed"})

        page = text(clinic.browser.get(answer.location))
        assert clinic.needs()["food"].status is NeedStatus.DISMISSED
        assert "Not a concern" in page
        assert "No open needs." in page

    def test_a_need_that_ended_meanwhile_is_told_on_the_page(self, clinic):
        with transaction() as session:
            person = session.get_one(people.Person, clinic.person_id)
            need = Need(
                organization_id=person.organization_id,
                person_id=person.id,
                need_code="food",
                domain="food-insecurity",
                status=NeedStatus.RESOLVED,
                created_at=NOW,
            )
            add(session, need)
        path = f"/people/{clinic.person_id}/needs"

        answer = clinic.browser.post(f"{path}/decisions", page=path, **{f"status_{need.id.hex}": "confirmed"})

        assert answer.status_code == 409
        assert "This need is no longer open." in text(answer)

    def test_the_title_and_the_address_name_no_need(self, clinic):
        clinic.browser.post(f"/people/{clinic.person_id}/needs", need="food", wish="wants-help", form_id="a")

        page = text(clinic.browser.get(f"/people/{clinic.person_id}/needs"))

        assert "<title>Needs - cie</title>" in page
        assert not re.search(r'(?:href|action)="[^"]*food', page)


class TestOnPerson:
    def test_the_page_of_the_person_gets_a_private_reminder_and_the_open_needs(self, app, clinic):
        begun = clinic.begin(gate=SafetyGate.NOT_SAFE, answers={"food": {"/88122-7": GivenAnswer((OFTEN_TRUE,))}})
        clinic.end(begun)

        with app.test_request_context(), reading() as session:
            shown = on_person(session, clinic.actor, clinic.person_id)
            drawn = render_template("screenings/on_person.html", screenings=shown)

        assert shown.ask_again_url == f"/screenings/{begun}/private"
        assert "Ask again in private" in drawn
        assert "Food" in drawn
        assert "Not decided yet" in drawn


class TestStrangers:
    @pytest.mark.parametrize(
        "path",
        [
            "/people/{person}/screenings/new",
            "/people/{person}/needs",
            "/screenings/{screening}",
            "/screenings/{screening}/sections/1",
            "/screenings/{screening}/private",
            "/screenings/{screening}/review",
        ],
    )
    def test_a_stranger_sees_the_same_page_as_for_an_id_that_is_not_there(self, clinic, stranger, path):
        begun = clinic.begin()

        hidden = stranger.get(path.format(person=clinic.person_id, screening=begun))
        missing = stranger.get(path.format(person=uuid4(), screening=uuid4()))

        assert (hidden.status_code, missing.status_code) == (404, 404)
        assert _without_address(hidden) == _without_address(missing)

    @pytest.mark.parametrize(
        ("path", "fields"),
        [
            ("/people/{person}/screenings/new", {"questionnaire": "{ahc}"}),
            ("/people/{person}/needs", {"need": "food", "wish": "not-now"}),
            ("/people/{person}/needs/decisions", {}),
            ("/screenings/{screening}/sections/2", {"q1": OFTEN_TRUE}),
            ("/screenings/{screening}/private", {"safe": "yes"}),
            ("/screenings/{screening}/completion", {}),
            ("/screenings/{screening}/review", {}),
        ],
    )
    def test_a_stranger_changes_nothing(self, clinic, stranger, path, fields):
        begun = clinic.begin()
        filled = {name: value.format(ahc=clinic.ahc_id) for name, value in fields.items()}

        answer = stranger.post(path.format(person=clinic.person_id, screening=begun), page="/help", **filled)

        assert answer.status_code == 404
        assert (clinic.found(begun).status, clinic.needs()) == (ScreeningStatus.IN_PROGRESS, {})

    def test_looking_at_a_screening_is_written_down(self, clinic):
        begun = clinic.begin()
        before = times_shown(clinic.person_id)

        clinic.browser.get(f"/screenings/{begun}")

        assert times_shown(clinic.person_id) == before + 1


def times_shown(person_id):
    with reading() as session:
        return len(session.execute(select(AuditPerson).where(col(AuditPerson.person_id) == person_id)).all())


def _without_address(answer):
    """The page without what differs between any two: its form tokens and its own address."""
    return re.sub(r'name="(?:csrf_token|next)" value="[^"]*"', "", text(answer))


class TestMistake:
    def done(self, clinic, *, confirmed=()):
        id = clinic.begin(answers={"food": {"/88122-7": GivenAnswer((OFTEN_TRUE,))}})
        clinic.end(id)
        with transaction() as session:
            for need in screening.needs_from(session, clinic.actor, id):
                if need.need_code in confirmed:
                    screening.confirm_need(session, clinic.actor, need.id, at=NOW)
        return id

    def test_the_page_leads_to_it_and_says_what_will_follow(self, clinic):
        id = self.done(clinic)

        shown = text(clinic.browser.get(f"/screenings/{id}"))
        page = text(clinic.browser.get(f"/screenings/{id}/mistake"))

        assert f"/screenings/{id}/mistake" in shown
        assert "Needs that nobody decided on yet leave the list." in page
        assert "These needs stay" not in page
        assert not clinic.found(id).is_mistake

    def test_what_was_confirmed_is_named(self, clinic):
        id = self.done(clinic, confirmed=["food"])

        page = text(clinic.browser.get(f"/screenings/{id}/mistake"))

        assert "These needs stay" in page
        assert "<b>Food</b>" in page

    def test_saying_so_marks_it_and_its_needs(self, clinic):
        id = self.done(clinic)

        answer = clinic.browser.post(f"/screenings/{id}/mistake")

        page = text(clinic.browser.get(answer.location))
        with reading() as session:
            (need,) = screening.needs_of(session, clinic.actor, clinic.person_id)
        assert (answer.status_code, answer.location) == (303, f"/screenings/{id}?done=mistake")
        assert "Marked as a mistake." in page and "This was a mistake." in page
        assert (clinic.found(id).status, need.status) == (
            ScreeningStatus.ENTERED_IN_ERROR,
            NeedStatus.ENTERED_IN_ERROR,
        )
        assert "Written down by mistake" in text(clinic.browser.get(f"/people/{clinic.person_id}/needs"))

    def test_then_it_is_neither_asked_nor_marked_again(self, clinic):
        id = self.done(clinic)
        clinic.browser.post(f"/screenings/{id}/mistake")

        for path in ("mistake", "review"):
            assert clinic.browser.get(f"/screenings/{id}/{path}").location == f"/screenings/{id}"
        assert clinic.browser.get(f"/screenings/{id}/sections/1").status_code == 303
        assert "A mistake" in text(clinic.browser.get(f"/people/{clinic.person_id}/screenings/new"))

    def test_another_organizations_is_not_there(self, clinic, app):
        id = self.done(clinic)
        with transaction() as session:
            stranger = member(session, make_participant(session), "Wren")

        answer = signed_in(app, stranger).post(f"/screenings/{id}/mistake")

        assert answer.status_code == 404
        assert not clinic.found(id).is_mistake


def test_a_concern_that_is_over_leaves_the_list(clinic):
    with transaction() as session:
        need = screening.add_need(session, clinic.actor, clinic.person_id, "food", Wish.WANTS_HELP, at=NOW)
    path = f"/people/{clinic.person_id}/needs"

    offered = text(clinic.browser.get(path))
    clinic.browser.post(f"{path}/decisions", **{f"status_{need.id.hex}": "resolved"})

    with reading() as session:
        assert screening.get_need(session, clinic.actor, need.id).status is NeedStatus.RESOLVED
    assert 'value="resolved"' in offered
    assert 'value="resolved"' not in text(clinic.browser.get(path))
