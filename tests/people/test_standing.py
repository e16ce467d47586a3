"""Facts beside age that the rules look at: kept sealed, corrected like other details, minors' facts for minors only."""

from datetime import timedelta

import pytest

from cie.errors import Invalid, NotFound
from cie.people import (
    NewPerson,
    Standing,
    add_identifier,
    add_person,
    correct_person,
    history_of,
    identifiers_of,
    remove_identifier,
    suggests_medi_cal,
)
from cie.people.birth import BirthDate
from cie.people.standing import OF_MINORS, counting_on
from tests.factories import NOON, make_participant, staff_of

LATER = NOON + timedelta(hours=1)
TODAY = NOON.date()
YOUNG, ADULT, GUESS = (BirthDate.from_text(text) for text in ("2008-11-25", "2008-11-24", "2008"))


@pytest.fixture
def staff(session):
    return staff_of(make_participant(session))


def add(session, staff, *standing, birth=YOUNG):
    return add_person(session, staff, NewPerson("Aster", birth=birth, standing=standing), at=NOON)


class TestKeeping:
    def test_each_fact_is_kept_once_in_one_order_and_sealed(self, session, staff):
        person = add(session, staff, Standing.FOSTER_YOUTH, Standing.MEDI_CAL, Standing.FOSTER_YOUTH)

        assert person.standing == ["medi-cal", "foster-youth"]
        assert b"foster" not in person.standing_sealed

    def test_no_fact_is_stored_as_nothing(self, session, staff):
        assert add(session, staff).standing_sealed is None

    def test_a_correction_says_what_it_was(self, session, staff):
        person = add(session, staff, Standing.MEDI_CAL)

        correct_person(session, staff, person.id, {"standing": (Standing.EMANCIPATED,)}, seen_version=1, at=LATER)

        assert person.standing == ["emancipated"]
        assert history_of(session, staff, person.id)[0].fields == {"standing": [["medi-cal"], ["emancipated"]]}
        assert session.info["events"][-1].codes == {"fields": ["standing"]}

    def test_another_organization_does_not_find_the_person(self, session, staff):
        person = add(session, staff)
        stranger = staff_of(make_participant(session, name="Blue Kite Clinic"))

        with pytest.raises(NotFound):
            correct_person(session, stranger, person.id, {"standing": ()}, seen_version=1, at=LATER)


class TestMinors:
    @pytest.mark.parametrize("fact", sorted(OF_MINORS))
    def test_what_counts_only_under_eighteen_is_refused_for_an_adult(self, session, staff, fact):
        with pytest.raises(Invalid) as refused:
            add(session, staff, fact, birth=ADULT)

        assert refused.value.field == "standing"

    @pytest.mark.parametrize("birth", [YOUNG, GUESS, BirthDate.unknown()])
    def test_it_is_kept_of_whoever_is_or_may_be_younger(self, session, staff, birth):
        assert add(session, staff, *OF_MINORS, birth=birth).standing == ["lives-apart", "emancipated", "foster-youth"]

    def test_medi_cal_has_no_age(self, session, staff):
        assert add(session, staff, Standing.MEDI_CAL, birth=ADULT).standing == ["medi-cal"]

    def test_a_birth_date_that_makes_an_adult_is_refused_beside_it(self, session, staff):
        person = add(session, staff, Standing.LIVES_APART)

        with pytest.raises(Invalid):
            correct_person(session, staff, person.id, {"birth": ADULT}, seen_version=1, at=LATER)

    def test_it_stops_counting_on_the_eighteenth_birthday(self):
        kept = ("medi-cal", "foster-youth")

        assert counting_on(kept, YOUNG, TODAY) == (Standing.MEDI_CAL, Standing.FOSTER_YOUTH)
        assert counting_on(kept, YOUNG, TODAY + timedelta(days=1)) == (Standing.MEDI_CAL,)


class TestMediCalNumber:
    def test_it_suggests_medi_cal_and_does_not_set_it(self, session, staff):
        person = add(session, staff)
        add_identifier(session, staff, person.id, "cin", "91234567A", at=NOON)

        assert suggests_medi_cal(session, person)
        assert person.standing is None

    def test_nothing_is_suggested_without_the_number_or_once_it_is_said(self, session, staff):
        person = add(session, staff)
        assert not suggests_medi_cal(session, person)
        add_identifier(session, staff, person.id, "cin", "91234567A", at=NOON)

        correct_person(session, staff, person.id, {"standing": (Standing.MEDI_CAL,)}, seen_version=1, at=LATER)
        assert not suggests_medi_cal(session, person)

    def test_taking_the_number_away_takes_no_medi_cal(self, session, staff):
        person = add(session, staff, Standing.MEDI_CAL)
        add_identifier(session, staff, person.id, "cin", "91234567A", at=NOON)
        (number,) = identifiers_of(session, person)

        remove_identifier(session, staff, number.id, at=LATER)

        assert person.standing == ["medi-cal"]
