"""Instruments are loaded one row a version, and never changed."""

import copy
import json
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from cie.access import SYSTEM
from cie.errors import Invalid, NotAllowed, NotFound
from cie.resources import resource
from cie.screening import get_instrument, import_questionnaire, import_shipped, instrument_of, instruments
from tests.factories import NOON, make_participant, staff_of

PRAPARE = "gravity/examples/Questionnaire-SDOHCC-QuestionnairePRAPARE.json"


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def hunger():
    return read(resource("seed_data", "instruments", "hunger-vital-sign.json"))


class TestImportShipped:
    def test_both_instruments_are_there_and_a_second_time_changes_nothing(self, session):
        first = import_shipped(session, SYSTEM, at=NOON)

        second = import_shipped(session, SYSTEM, at=NOON + timedelta(days=1))

        assert [row.code for row in instruments(session)] == ["96777-8", "88121-9"]
        assert [row.id for row in second] == [row.id for row in first]
        assert [event.action for event in session.info["events"]] == ["questionnaire.load"] * 2


class TestImportQuestionnaire:
    def test_prapare_comes_from_its_own_file(self, session, reference):
        row = import_questionnaire(session, SYSTEM, read(reference / PRAPARE), at=NOON)

        session.expire(row)
        assert (row.code, len(instrument_of(row).items)) == ("93025-5", 21)
        assert [section.safety for section in instrument_of(row).sections] == [False, False, False, False, True]

    def test_the_same_version_with_other_content_is_refused(self, session, hunger):
        import_questionnaire(session, SYSTEM, hunger, at=NOON)
        other = copy.deepcopy(hunger)
        other["item"][0]["text"] = "Other words"

        with pytest.raises(Invalid) as refused:
            import_questionnaire(session, SYSTEM, other, at=NOON)

        assert refused.value.field == "version"
        assert len(instruments(session)) == 1

    def test_a_new_version_is_asked_and_the_old_one_stays_readable(self, session, hunger):
        old = import_questionnaire(session, SYSTEM, hunger, at=NOON)

        new = import_questionnaire(session, SYSTEM, {**hunger, "version": "4.0.0"}, at=NOON)

        assert [row.id for row in instruments(session)] == [new.id]
        assert get_instrument(session, old.id).version == "3.0.0"

    def test_what_cannot_be_read_is_named_by_its_path(self, session, hunger):
        hunger["item"][1]["answerOption"][0]["valueCoding"]["code"] = "LA28397-1"

        with pytest.raises(Invalid) as refused:
            import_questionnaire(session, SYSTEM, hunger, at=NOON)

        assert refused.value.field == "item[1].answerOption[0].valueCoding.code"
        assert instruments(session) == []

    @pytest.mark.parametrize(("path", "longest"), [("title", 300), ("version", 40)])
    def test_what_is_too_long_to_keep_is_named(self, session, hunger, path, longest):
        hunger[path] = "x" * (longest + 1)

        with pytest.raises(Invalid) as refused:
            import_questionnaire(session, SYSTEM, hunger, at=NOON)

        assert refused.value.field == path

    def test_a_link_id_that_is_too_long_is_refused(self, session, hunger):
        hunger["item"][0]["linkId"] = "x" * 101

        with pytest.raises(Invalid) as refused:
            import_questionnaire(session, SYSTEM, hunger, at=NOON)

        assert refused.value.field == "item.linkId"

    def test_long_ids_without_a_panel_code_stay_apart(self, session, hunger):
        del hunger["code"]
        names = ["a-screening-of-the-valley-north", "a-screening-of-the-valley-south"]

        rows = [import_questionnaire(session, SYSTEM, {**hunger, "id": name}, at=NOON) for name in names]

        assert len({row.code for row in rows}) == 2
        assert all(len(row.code) == 20 and row.code.startswith("a-screening-o") for row in rows)

    def test_a_member_of_staff_may_not_load_one(self, session, hunger):
        staff = staff_of(make_participant(session))

        with pytest.raises(NotAllowed):
            import_questionnaire(session, staff, hunger, at=NOON)

        assert instruments(session) == []


class TestGetInstrument:
    def test_an_unknown_one_is_not_found(self, session):
        with pytest.raises(NotFound):
            get_instrument(session, uuid7())
