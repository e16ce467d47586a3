"""The gate: what may go, what stays, and the rule that says so."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cie import consent
from cie.consent import DataSet, Decision, Disclosure, Element, Method, SignerKind
from cie.directory import Category
from cie.errors import ConsentRequired, Invalid, NotFound, NotPossibleNow
from cie.participants.models import ParticipantKind
from tests.factories import NOON, make_consent, make_loop, make_participant, staff_of

NAME = Element("name", "Aster Moreno")
RENT = Element("need", "Help with rent", Category.HOUSING)
VISIT = Element("message", "Sees a counselor", Category.MENTAL_HEALTH)


@pytest.fixture
def loop(session):
    loop = make_loop(session)
    for record in consent.consents_of(session, loop.clinic.id, loop.person.id):
        session.delete(record)
    session.flush()
    return loop


def disclosure(loop, *elements, **fields) -> Disclosure:
    values = {
        "person": loop.person,
        "discloser_id": loop.clinic.id,
        "recipient_id": loop.pantry.id,
        "data_set": DataSet.REFERRAL,
        "elements": elements or (NAME,),
    }
    return Disclosure(**{**values, **fields})


def rule(session, request, at=NOON) -> str | None:
    refusal = consent.preview(session, request, at=at).refusal
    return refusal.rule if refusal else None


def test_nothing_goes_by_default(session, loop):
    assert rule(session, disclosure(loop)) == "no-consent"


def test_a_yes_lets_go_exactly_the_categories_it_names(session, loop):
    make_consent(session, loop.person)

    ruling = consent.preview(session, disclosure(loop, NAME, RENT, VISIT), at=NOON)

    assert ruling.permitted == (NAME, RENT)
    assert [w.element for w in ruling.withheld] == [VISIT]
    assert ruling.basis == "consent"


def test_a_yes_to_one_place_is_no_yes_to_another(session, loop):
    other = make_participant(session, name="Open Basket Co-op")
    make_consent(session, loop.person, recipient_ids=[str(other.id)])

    assert rule(session, disclosure(loop)) == "no-consent"
    assert rule(session, disclosure(loop, recipient_id=other.id)) is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"revoked_at": NOON - timedelta(days=1)}, "ended"),
        ({"expires_on": date(2026, 11, 23)}, "ended"),
        ({"purpose": "PUBHLTH"}, "no-consent"),
    ],
)
def test_a_yes_that_does_not_hold_lets_nothing_go(session, loop, fields, expected):
    make_consent(session, loop.person, **fields)

    assert rule(session, disclosure(loop)) == expected


def test_a_no_is_honored(session, loop):
    make_consent(session, loop.person, given_at=NOON - timedelta(days=2))
    make_consent(session, loop.person, decision=Decision.DO_NOT_SHARE)

    assert rule(session, disclosure(loop)) == "persons-no"


def test_a_no_to_one_place_outlives_a_later_yes_to_everybody(session, loop):
    make_consent(
        session,
        loop.person,
        decision=Decision.DO_NOT_SHARE,
        recipient_ids=[str(loop.pantry.id)],
        given_at=NOON - timedelta(days=2),
    )
    make_consent(session, loop.person)

    assert rule(session, disclosure(loop)) == "persons-no"


@pytest.mark.parametrize(("side", "expected"), [("discloser", "own-agreement"), ("recipient", "agreement")])
def test_without_a_current_agreement_nothing_is_sent_to_or_from(session, loop, side, expected):
    outside = make_participant(session, agreement=False)
    make_consent(session, loop.person)
    request = disclosure(loop, **{f"{side}_id": outside.id})

    assert rule(session, request) == expected


def test_the_first_rule_that_says_no_decides(session, loop):
    make_consent(session, loop.person, decision=Decision.DO_NOT_SHARE)
    outside = make_participant(session, agreement=False)
    clinic = disclosure(loop, service_category=Category.REPRODUCTIVE)

    assert rule(session, clinic) == "ab352"
    assert rule(session, replace(clinic, recipient_id=outside.id)) == "agreement"


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        (Category.SUD_PART2, "part2-role"),
        (Category.MENTAL_HEALTH, "lps"),
        (Category.HIV, "hiv"),
        (Category.REPRODUCTIVE, "ab352"),
    ],
)
def test_what_a_special_law_protects_needs_more_than_a_plain_yes(session, loop, category, expected):
    make_consent(session, loop.person, categories=[c.value for c in Category])

    ruling = consent.preview(session, disclosure(loop, service_category=category), at=NOON)

    assert ruling.refusal is not None
    assert (ruling.refusal.rule, bool(ruling.refusal.source), bool(ruling.refusal.remedy)) == (expected, True, True)


def test_a_victim_service_sends_nothing_out(session, loop):
    shelter = make_participant(session, name="Heron Lake Homes", kind=ParticipantKind.VICTIM_SERVICES)
    make_consent(session, loop.person)

    assert rule(session, disclosure(loop, discloser_id=shelter.id, recipient_id=loop.clinic.id)) == "vawa"


def test_a_victim_service_is_asked_only_by_the_persons_own_request(session, loop):
    shelter = make_participant(session, name="Heron Lake Homes", kind=ParticipantKind.VICTIM_SERVICES)
    make_consent(session, loop.person)

    assert rule(session, disclosure(loop, recipient_id=shelter.id)) == "vawa-inbound"
    own = consent.preview(session, disclosure(loop, recipient_id=shelter.id, at_person_request=True), at=NOON)
    assert (own.refusal, own.masked) == (None, True)


@pytest.mark.parametrize(
    ("birth", "refused"),
    [
        ("2008-11-25", True),
        ("2008-11-24", False),
        ("2008", True),
        ("1980", False),
    ],
)
def test_under_eighteen_somebody_entitled_must_have_signed(session, loop, birth, refused):
    loop.person.birth_text = birth
    make_consent(session, loop.person)

    assert rule(session, disclosure(loop)) == ("minor" if refused else None)


def test_a_signer_counts_only_for_the_categories_they_may_sign_for(session, loop):
    loop.person.birth_text = "2012-01-01"
    make_consent(
        session,
        loop.person,
        signer=SignerKind.PARENT_OR_GUARDIAN,
        entitled_categories=[Category.GENERAL.value],
    )

    assert rule(session, disclosure(loop, NAME)) is None
    assert rule(session, disclosure(loop, RENT)) == "scope"


class TestRecords:
    def record(self, session, loop, **fields):
        values = {
            "decision": Decision.SHARE,
            "categories": [Category.GENERAL],
            "recipient_ids": [],
            "method": Method.IN_PERSON,
            "expires_on": date(2027, 11, 24),
            "at": NOON,
        }
        return consent.record_consent(session, loop.navigator, loop.person.id, **{**values, **fields})

    def test_a_no_is_a_record_too(self, session, loop):
        self.record(session, loop, decision=Decision.DO_NOT_SHARE, categories=[])

        assert rule(session, disclosure(loop)) == "persons-no"

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"categories": []}, "categories"),
            ({"expires_on": date(2026, 11, 23)}, "expires"),
            ({"signer": SignerKind.PARENT_OR_GUARDIAN}, "signer_name"),
        ],
    )
    def test_what_is_missing_is_named(self, session, loop, fields, field):
        with pytest.raises(Invalid) as fault:
            self.record(session, loop, **fields)

        assert fault.value.field == field

    def test_another_organization_does_not_find_the_person(self, session, loop):
        with pytest.raises(NotFound):
            consent.record_consent(
                session,
                loop.caseworker,
                loop.person.id,
                decision=Decision.SHARE,
                categories=[Category.GENERAL],
                recipient_ids=[],
                method=Method.IN_PERSON,
                expires_on=None,
                at=NOON,
            )


class TestRevocation:
    def test_what_was_released_stops_being_readable(self, session, loop):
        given = make_consent(session, loop.person)
        row = consent.release(
            session, loop.navigator, disclosure(loop), referral_id=None, subject_id=loop.service.id, at=NOON
        )
        assert consent.released_to(session, loop.pantry.id, loop.service.id, DataSet.REFERRAL)

        consent.revoke(session, loop.navigator, given.id, method=Method.BY_VOICE, at=NOON)

        assert row.ended_at == NOON
        assert consent.released_to(session, loop.pantry.id, loop.service.id, DataSet.REFERRAL) is None
        with pytest.raises(ConsentRequired):
            consent.release(
                session, loop.navigator, disclosure(loop), referral_id=None, subject_id=loop.service.id, at=NOON
            )

    def test_it_is_taken_back_once_and_only_by_those_who_may(self, session, loop):
        given = make_consent(session, loop.person)
        with pytest.raises(NotFound):
            consent.revoke(session, staff_of(loop.pantry), given.id, method=Method.BY_VOICE, at=NOON)
        consent.revoke(session, loop.navigator, given.id, method=Method.BY_VOICE, at=NOON)

        with pytest.raises(NotPossibleNow):
            consent.revoke(session, loop.navigator, given.id, method=Method.BY_VOICE, at=NOON)


def test_a_second_release_is_a_new_version(session, loop):
    make_consent(session, loop.person)

    rows = [
        consent.release(
            session, loop.navigator, disclosure(loop), referral_id=None, subject_id=loop.service.id, at=NOON
        )
        for _n in range(2)
    ]

    assert [r.version for r in rows] == [1, 2]
