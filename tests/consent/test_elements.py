"""The facts that can leave: named, labelled with the codes of HL7, and no more of them than each output needs."""

import pytest

from cie import consent
from cie.access import Purpose
from cie.consent import Confidentiality, DataSet, Disclosure, Element
from cie.consent.elements import strictest
from cie.directory import Category
from cie.participants import ParticipantKind
from cie.web.element_words import LABELS
from tests.factories import NOON, make_loop

GENERAL, HOUSING, HIV = Category.GENERAL, Category.HOUSING, Category.HIV


@pytest.fixture
def loop(session):
    return make_loop(session)


def ruling(session, loop, data_set, *elements, **fields):
    told = Disclosure(loop.person, loop.clinic.id, loop.pantry.id, data_set, elements, **fields)
    return consent.preview(session, told, at=NOON)


class TestTable:
    def test_every_fact_stands_in_a_set_and_has_words(self):
        in_sets = {code for least in consent.data_sets().values() for code in least.elements}

        assert in_sets == set(consent.data_elements()) == set(LABELS)

    def test_an_offer_names_nobody_and_a_referral_holds_all_that_it_does(self):
        offer, referral = (set(consent.data_sets()[code].elements) for code in (DataSet.OFFER, DataSet.REFERRAL))

        assert offer < referral
        assert referral - offer == {"name", "age", "contact", "message"}

    def test_no_set_serves_a_court_or_the_police(self):
        assert all(Purpose.LEGAL not in least.purposes for least in consent.data_sets().values())

    @pytest.mark.parametrize(
        ("code", "need", "service", "category"),
        [
            ("name", HOUSING, HIV, GENERAL),
            ("need", HOUSING, HIV, HOUSING),
            ("message", HOUSING, HIV, HIV),
            ("message", HOUSING, GENERAL, HOUSING),
            ("file", GENERAL, GENERAL, GENERAL),
        ],
    )
    def test_free_words_are_as_sensitive_as_what_is_around_them(self, code, need, service, category):
        assert consent.data_elements()[code].category(need=need, service=service) == category

    def test_every_kind_that_is_more_than_normal_has_a_code_of_its_own_right(self):
        for category, label in consent.labels().items():
            is_normal = label.confidentiality == Confidentiality.NORMAL
            assert is_normal or label.sensitivity, category

    def test_what_a_shelter_or_a_therapist_knows_is_very_restricted(self):
        very = {c for c, found in consent.labels().items() if found.confidentiality == Confidentiality.VERY_RESTRICTED}

        assert very == {Category.VICTIM_SERVICES, Category.PSYCHOTHERAPY_NOTES}

    def test_the_strictest_is_the_first_that_is_not_general(self):
        assert strictest(GENERAL, HOUSING) == HOUSING
        assert strictest(GENERAL, GENERAL) == GENERAL
        assert strictest() == GENERAL


class TestGate:
    def test_what_a_set_does_not_hold_stays(self, session, loop):
        name, urgency = Element("name", "Aster Moreno"), Element("urgency", "routine")

        found = ruling(session, loop, DataSet.OFFER, name, urgency)

        assert found.permitted == (urgency,)
        assert [(w.element.code, w.refusal.rule) for w in found.withheld] == [("name", "minimum-set")]

    def test_a_fact_that_is_not_in_the_table_never_goes(self, session, loop):
        found = ruling(session, loop, DataSet.REFERRAL, Element("ssn", "123-45-6789"))

        assert found.refusal.rule == "minimum-set"

    def test_a_purpose_that_the_set_does_not_serve_gets_nothing(self, session, loop):
        name = Element("name", "Aster Moreno")

        assert ruling(session, loop, DataSet.REFERRAL, name).refusal is None
        assert ruling(session, loop, DataSet.REFERRAL, name, purpose=Purpose.OPERATIONS).refusal.rule == "minimum-set"

    def test_the_one_who_sends_more_hears_so_whoever_they_are(self, session, loop):
        back = Disclosure(
            loop.person, loop.pantry.id, loop.clinic.id, DataSet.ANSWER, [Element("name", "Aster Moreno")]
        )

        assert loop.pantry.kind == ParticipantKind.CBO
        assert consent.preview(session, back, at=NOON).refusal.rule == "minimum-set"
