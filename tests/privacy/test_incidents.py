"""Incidents: by when whom, what was done, and when nothing more is owed."""

from datetime import date, timedelta

import pytest

from cie import privacy
from cie.access import Role
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.privacy import IncidentState, Step
from tests.factories import NOON, staff_of
from tests.privacy.cases import TODAY, done_in, make_incident

OTHERS = [role for role in Role if role is not Role.PRIVACY_OFFICER]
LATER = NOON + timedelta(days=5)


def dates(session, incident):
    return privacy.dates_of(incident, privacy.count_affected(session, incident))


class TestOpening:
    def test_residents_are_told_within_30_days(self, session, officer):
        incident = make_incident(session, officer)

        found = dates(session, incident)
        assert (found.residents, incident.due_on) == (date(2026, 12, 24), date(2026, 12, 24))
        assert "1798.82" in found.residents_rule.source
        assert done_in(session) == ["incident.opened"]

    def test_words_and_names_are_sealed(self, session, officer):
        incident = make_incident(session, officer)

        assert b"wrong door" not in incident.what_sealed and b"Wren" not in incident.found_by_sealed
        assert (incident.what, incident.found_by) == ("A letter went to the wrong door.", "Wren Alder")

    def test_before_the_law_no_day_is_set(self, session, officer):
        incident = make_incident(session, officer, discovered_on=date(2025, 12, 31))

        assert (dates(session, incident).residents, incident.due_on) == (None, None)

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"what": " "}, "what"),
            ({"what": "x" * 4001}, "what"),
            ({"found_by": ""}, "found_by"),
            ({"discovered_on": TODAY + timedelta(days=1)}, "discovered_on"),
            ({"occurred_from": TODAY, "occurred_until": TODAY - timedelta(days=1)}, "occurred_until"),
            ({"occurred_from": TODAY, "discovered_on": TODAY - timedelta(days=1)}, "occurred_from"),
            ({"elsewhere": -1}, "elsewhere"),
        ],
    )
    def test_what_is_wrong_is_named(self, session, officer, fields, field):
        with pytest.raises(Invalid) as refused:
            make_incident(session, officer, **fields)

        assert [error.field for error in refused.value.errors] == [field]

    @pytest.mark.parametrize("role", OTHERS)
    def test_nobody_else_opens_one(self, session, loop, role):
        with pytest.raises(NotAllowed):
            make_incident(session, staff_of(loop.clinic, role))


class TestAttorneyGeneral:
    @pytest.mark.parametrize(("count", "is_owed"), [(0, False), (499, False), (500, False), (501, True)])
    def test_more_than_500_residents_are_told_to_the_attorney_general(self, session, officer, count, is_owed):
        incident = make_incident(session, officer, elsewhere=count)

        assert (dates(session, incident).attorney_general is not None) is is_owed

    def test_those_on_the_list_and_those_elsewhere_count_together(self, session, loop, officer):
        incident = make_incident(session, officer, elsewhere=500)
        assert dates(session, incident).attorney_general is None

        privacy.add_person(session, officer, incident.id, loop.person.id, at=NOON)

        assert dates(session, incident).attorney_general is not None

    def test_before_residents_are_told_the_clock_runs_from_their_last_day(self, session, officer):
        incident = make_incident(session, officer, elsewhere=501)

        assert dates(session, incident).attorney_general == date(2027, 1, 8)
        assert incident.due_on == date(2026, 12, 24)

    def test_the_clock_starts_when_residents_are_told(self, session, officer):
        incident = make_incident(session, officer, elsewhere=501)

        privacy.tell_residents(session, officer, incident.id, told_on=TODAY, at=NOON)

        assert (incident.state, incident.due_on) == (IncidentState.RESIDENTS_TOLD, date(2026, 12, 9))

    def test_when_both_were_told_nothing_is_due(self, session, officer):
        incident = make_incident(session, officer, elsewhere=501)
        privacy.tell_residents(session, officer, incident.id, told_on=TODAY, at=NOON)

        privacy.tell_attorney_general(session, officer, incident.id, told_on=TODAY, at=NOON)

        assert incident.due_on is None

    def test_a_list_that_grows_after_the_notice_starts_the_clock(self, session, loop, officer):
        incident = make_incident(session, officer, elsewhere=500)
        privacy.tell_residents(session, officer, incident.id, told_on=TODAY, at=NOON)
        assert incident.due_on is None

        privacy.add_person(session, officer, incident.id, loop.person.id, at=LATER)

        assert incident.due_on == date(2026, 12, 9)

    def test_it_cannot_be_closed_before(self, session, officer):
        incident = make_incident(session, officer, elsewhere=501)
        privacy.tell_residents(session, officer, incident.id, told_on=TODAY, at=NOON)

        with pytest.raises(NotPossibleNow, match="attorney general first"):
            privacy.close_incident(session, officer, incident.id, words="Done.", at=NOON)


class TestTelling:
    def test_it_is_told_once(self, session, officer):
        incident = make_incident(session, officer)
        privacy.tell_residents(session, officer, incident.id, told_on=TODAY, at=NOON)

        with pytest.raises(NotPossibleNow):
            privacy.tell_residents(session, officer, incident.id, told_on=TODAY, at=NOON)

    @pytest.mark.parametrize("days", [-1, 1])
    def test_the_day_is_after_the_discovery_and_not_to_come(self, session, officer, days):
        incident = make_incident(session, officer)

        with pytest.raises(Invalid) as refused:
            privacy.tell_residents(session, officer, incident.id, told_on=TODAY + timedelta(days=days), at=NOON)

        assert refused.value.field == "told_on"


class TestHistory:
    def test_each_thing_done_is_a_line_newest_first_and_in_the_audit_chain(self, session, officer):
        incident = make_incident(session, officer)
        privacy.note(session, officer, privacy.Incident, incident.id, "Asked for the letter back.", at=NOON)
        privacy.tell_residents(session, officer, incident.id, told_on=TODAY, at=NOON)
        privacy.close_incident(session, officer, incident.id, words="The letter came back.", at=LATER)

        lines = privacy.history_of(session, incident)
        assert [line.step for line in lines] == [Step.CLOSED, Step.RESIDENTS_TOLD, Step.NOTE, Step.OPENED]
        assert lines[2].words == "Asked for the letter back."
        assert done_in(session) == [f"incident.{line.step.value}" for line in reversed(lines)]

    def test_no_words_reach_the_audit_chain(self, session, officer):
        incident = make_incident(session, officer)
        privacy.note(session, officer, privacy.Incident, incident.id, "Asked for the letter back.", at=NOON)

        assert "letter" not in repr([event.codes for event in session.info["events"]])

    def test_a_closed_case_takes_no_more(self, session, loop, officer):
        incident = make_incident(session, officer)
        privacy.close_incident(session, officer, incident.id, words="Nobody saw it.", at=NOON)

        for act in (
            lambda: privacy.note(session, officer, privacy.Incident, incident.id, "More.", at=NOON),
            lambda: privacy.tell_residents(session, officer, incident.id, told_on=TODAY, at=NOON),
            lambda: privacy.add_person(session, officer, incident.id, loop.person.id, at=NOON),
            lambda: privacy.close_incident(session, officer, incident.id, words="Again.", at=NOON),
        ):
            with pytest.raises(NotPossibleNow, match="This case is closed"):
                act()

        assert incident.due_on is None

    @pytest.mark.parametrize("words", ["", " ", "x" * 4001])
    def test_it_needs_words_and_not_too_many(self, session, officer, words):
        incident = make_incident(session, officer)

        with pytest.raises(Invalid):
            privacy.note(session, officer, privacy.Incident, incident.id, words, at=NOON)


class TestOthers:
    def test_of_another_organization_is_like_one_that_does_not_exist(self, session, loop, officer, stranger):
        incident = make_incident(session, officer)
        said = []
        for case_id in (incident.id, loop.person.id):
            for act in (
                lambda id_: privacy.get_case(session, stranger, privacy.Incident, id_),
                lambda id_: privacy.note(session, stranger, privacy.Incident, id_, "Mine.", at=NOON),
                lambda id_: privacy.tell_residents(session, stranger, id_, told_on=TODAY, at=NOON),
                lambda id_: privacy.add_person(session, stranger, id_, loop.person.id, at=NOON),
                lambda id_: privacy.note_download(session, stranger, id_, at=NOON),
            ):
                with pytest.raises(NotFound) as refused:
                    act(case_id)
                said.append(str(refused.value))

        assert set(said) == {"There is no such record"}

    @pytest.mark.parametrize("role", OTHERS)
    def test_no_other_role_reads_or_changes_it(self, session, loop, officer, role):
        incident = make_incident(session, officer)
        colleague = staff_of(loop.clinic, role)

        with pytest.raises(NotAllowed):
            privacy.get_case(session, colleague, privacy.Incident, incident.id)
        with pytest.raises(NotAllowed):
            privacy.close_incident(session, colleague, incident.id, words="Hush.", at=NOON)
