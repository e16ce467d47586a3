"""Screenings by the API: what is offered, recording it once and whole, safety, and what may be read again."""

from uuid import UUID, uuid4

import pytest

from cie import participants, people, screening
from cie.access import SYSTEM
from cie.db import reading, transaction
from cie.screening import SafetyGate
from tests.api.place import System
from tests.factories import NOON, make_staff
from tests.screening.test_asking import FREQUENTLY, HITS, NEVER, SOMETIMES

FOOD = [{"link_id": "/88122-7", "codes": ["LA28397-0"]}, {"link_id": "/88123-5", "declined": True}]


def hits(code):
    return [{"link_id": link_id, "codes": [code]} for link_id in HITS]


@pytest.fixture
def ahc(place):
    """The AHC tool, among the instruments that are offered."""
    with transaction() as session:
        return str(screening.import_shipped(session, SYSTEM, at=NOON)[0].id)


@pytest.fixture
def path(place):
    return f"/people/{place.loop.person.id}/screenings"


@pytest.fixture
def record(place, ahc, path):
    def recorded(answers, system=None, key=None, **said):
        named = {"Idempotency_Key": key} if key else {}
        body = {"instrument_id": ahc, "answers": answers, **said}
        return (system or place.clinic).post(path, body, **named)

    return recorded


def kept(place):
    with reading() as session:
        return len(screening.screenings_of(session, place.loop.navigator, place.loop.person.id))


def alerts(place):
    with reading() as session:
        return len(people.open_alerts(session, place.loop.navigator))


class TestOffered:
    def test_each_question_has_its_link_id_and_each_answer_its_code(self, place, ahc):
        items = place.clinic.get("/screenings/instruments").get_json()["items"]

        (tool,) = [each for each in items if each["id"] == ahc]
        food = next(each for each in tool["sections"] if each["link_id"] == "food")
        assert food["questions"][0]["link_id"] == "/88122-7"
        assert "LA28397-0" in [each["code"] for each in food["questions"][0]["options"]]
        assert (tool["code"], "LOINC" in tool["copyright"]) == ("96777-8", True)

    def test_which_questions_are_only_asked_in_private_is_said(self, place, ahc):
        (tool,) = [e for e in place.clinic.get("/screenings/instruments").get_json()["items"] if e["id"] == ahc]

        assert [each["link_id"] for each in tool["sections"] if each["safety"]] == ["safety"]


class TestRecord:
    def test_it_is_kept_whole_and_says_what_it_points_to(self, place, record):
        answer = record(FOOD, asked_at="2026-11-20T10:00:00-08:00")

        body = answer.get_json()
        assert answer.status_code == 201, body
        assert (body["status"], body["asked_at"]) == ("completed", "2026-11-20T18:00:00+00:00")
        assert [(each["link_id"], each["codes"], each["declined"]) for each in body["answers"]] == [
            ("/88122-7", ["LA28397-0"], False),
            ("/88123-5", [], True),
        ]
        assert [(need["need_code"], need["status"]) for need in body["needs"]] == [("food", "proposed")]
        assert body["danger"] is None

    def test_with_the_same_key_it_is_kept_once(self, place, record):
        answers = [record(FOOD, key="s-1").get_json() for _ in range(3)]

        assert answers[0] == answers[1] == answers[2]
        assert kept(place) == 1

    def test_each_wrong_answer_is_named_by_its_link_id(self, place, record):
        wrong = [{"link_id": "/88122-7", "codes": ["LA0-0"]}, {"link_id": "/none", "codes": ["x"]}]

        answer = record(wrong)

        assert (answer.status_code, kept(place)) == (422, 0)
        assert [each["field"] for each in answer.get_json()["errors"]] == ["/88122-7", "/none"]

    def test_a_question_that_is_answered_twice_is_named(self, place, record):
        answer = record([FOOD[0], FOOD[0]])

        assert (answer.status_code, kept(place)) == (422, 0)
        assert answer.get_json()["errors"][0]["field"] == "/88122-7"

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"answers": []}, "answers"),
            ({"answers": [{"link_id": "/88122-7"}] * 301}, "answers"),
            ({"answers": [{"link_id": "/88122-7", "codes": "LA28397-0"}]}, "answers.0.codes"),
            ({"answers": [{"link_id": "/88122-7", "codes": [7]}]}, "answers.0.codes.0"),
            ({"answers": [{"codes": []}]}, "answers.0.link_id"),
            ({"answers": [{"link_id": "/88122-7", "score": 1}]}, "answers.0.score"),
            ({"answers": "none"}, "answers"),
            ({"instrument_id": "hunger"}, "instrument_id"),
            ({"safety_gate": "yes"}, "safety_gate"),
            ({"asked_at": "yesterday"}, "asked_at"),
            ({"asked_at": "2099-01-01T00:00:00Z"}, "asked_at"),
            ({"worker": "Robin"}, "worker"),
        ],
        ids=str,
    )
    def test_what_is_wrong_is_named_and_nothing_kept(self, place, record, said, field):
        answer = record(**{"answers": FOOD, **said})

        assert (answer.status_code, kept(place)) == (422, 0)
        assert [each["field"] for each in answer.get_json()["errors"]] == [field]

    def test_an_instrument_that_there_is_not(self, place, record):
        assert record(FOOD, instrument_id=str(uuid4())).status_code == 404

    def test_what_staff_are_asking_now_is_left_to_them(self, place, record, ahc):
        with transaction() as session:
            screening.start_screening(session, place.loop.navigator, place.loop.person.id, ahc_id(ahc), at=NOON)

        assert (record(FOOD).status_code, kept(place)) == (409, 1)


def ahc_id(text):
    with reading() as session:
        return next(row.id for row in screening.instruments(session) if str(row.id) == text)


class TestSafety:
    @pytest.mark.parametrize("gate", [None, "not-safe", "declined"])
    def test_without_a_safe_talk_each_safety_answer_is_refused_by_name(self, place, record, gate):
        answer = record([*FOOD, *hits(FREQUENTLY)], safety_gate=gate)

        assert (answer.status_code, kept(place), alerts(place)) == (422, 0, 0)
        assert [each["field"] for each in answer.get_json()["errors"]] == list(HITS)

    def test_danger_is_told_at_once_and_the_answer_says_what_to_do(self, place, record):
        with transaction() as session:
            worker = make_staff(session, place.loop.clinic, name="Robin Oak")
            clinic = participants.get_participant(session, place.loop.clinic.id)
            clinic.on_call_user_id, clinic.on_call_phone = worker.id, "+15595550100"

        answer = record(hits(FREQUENTLY), safety_gate="safe")

        danger = answer.get_json()["danger"]
        assert (answer.status_code, alerts(place)) == (201, 1)
        assert (danger["on_call_name"], danger["on_call_phone"]) == ("Robin Oak", "+15595550100")
        assert any("911" in step for step in danger["steps"])

    def test_a_repeat_tells_it_again_and_opens_nothing_more(self, place, record):
        first = record([{"link_id": HITS[0], "codes": [SOMETIMES]}], safety_gate="safe", key="s-1").get_json()
        again = record([{"link_id": HITS[0], "codes": [SOMETIMES]}], safety_gate="safe", key="s-1").get_json()

        assert first == again
        assert first["danger"] is not None
        assert alerts(place) == 1

    @pytest.mark.parametrize("code", [NEVER, FREQUENTLY])
    def test_what_was_said_about_safety_is_never_read_back(self, place, record, path, code):
        one = record([*FOOD, *hits(code)], safety_gate="safe").get_json()

        read = place.clinic.get(f"/screenings/{one['id']}").get_json()

        assert {each["link_id"] for each in read["answers"]} == {"/88122-7", "/88123-5"}
        assert "danger" not in read and "safety_gate" not in read
        assert "safety" not in place.clinic.get(path).get_data(as_text=True)


class TestRead:
    def test_one_that_is_asked_again_in_private_is_not_finished(self, place, record):
        made = record(FOOD, safety_gate="not-safe").get_json()
        with transaction() as session:
            screening.answer_safety_gate(session, place.loop.navigator, UUID(made["id"]), SafetyGate.SAFE, at=NOON)

        again = place.clinic.get(f"/screenings/{made['id']}").get_json()

        assert made["completed_at"] is not None
        assert (again["status"], again["completed_at"]) == ("in-progress", None)

    def test_they_are_listed_newest_first_without_answers(self, place, record, path):
        ids = [record(FOOD).get_json()["id"] for _ in range(2)]

        items = place.clinic.get(path).get_json()["items"]

        assert [each["id"] for each in items] == ids[::-1]
        assert "answers" not in items[0]

    def test_needs_come_only_with_a_token_that_may_read_needs(self, place, record):
        narrow = System(place.app, place.loop.clinic, scopes=("api/screenings.read", "api/screenings.write"))

        answer = record(FOOD, narrow)

        assert (answer.status_code, answer.get_json()["needs"]) == (201, None)

    def test_another_organization_gets_what_it_gets_for_nothing(self, place, record, path, ahc):
        one = record(FOOD).get_json()
        body = {"instrument_id": ahc, "answers": FOOD}
        pairs = [
            ("GET", f"/screenings/{one['id']}", f"/screenings/{uuid4()}", None),
            ("GET", path, f"/people/{uuid4()}/screenings", None),
            ("POST", path, f"/people/{uuid4()}/screenings", body),
        ]

        for method, known, unknown, said in pairs:
            theirs, nothing = place.pantry.call(method, known, said), place.pantry.call(method, unknown, said)
            assert theirs.status_code == 404
            assert (theirs.get_data(), [*theirs.headers]) == (nothing.get_data(), [*nothing.headers]), known
