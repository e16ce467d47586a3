"""Each release keeps the decision under it, so that it can be explained and decided again."""

import pytest

from cie import consent
from cie.consent import Decision, law
from cie.consent.decisions import kinds_in
from cie.consent.models import ConsentDecision
from tests.consent.test_gate import NAME, RENT, VISIT, disclosure
from tests.factories import NOON, make_consent, make_loop


@pytest.fixture
def loop(session):
    return make_loop(session)


def released(session, loop, *elements):
    request = disclosure(loop, *elements)
    return consent.release(session, loop.navigator, request, referral_id=None, subject_id=loop.service.id, at=NOON)


def test_a_release_keeps_every_answer_with_the_version_of_the_rules(session, loop):
    release = released(session, loop, NAME, RENT, VISIT)

    kept = consent.decision_of(session, release.id)

    assert kept.rule_version == consent.rule_version()
    assert [(a.permitted, a.rule_id) for a in consent.answers_of(kept)] == [
        (True, "consent"),
        (True, "consent"),
        (False, "scope"),
    ]


def test_a_kept_decision_can_be_decided_again(session, loop):
    kept = consent.decision_of(session, released(session, loop).id)

    assert tuple(consent.replay(kept)) == tuple(consent.answers_of(kept))


def test_it_is_decided_again_from_what_was_on_record_then(session, loop):
    kept = consent.decision_of(session, released(session, loop).id)
    make_consent(session, loop.person, decision=Decision.DO_NOT_SHARE)

    assert [answer.rule_id for answer in consent.replay(kept)] == ["consent"]


def test_no_value_of_an_element_is_kept_with_it(session, loop):
    kept = consent.decision_of(session, released(session, loop).id)

    assert NAME.value not in str(kept.question) + str(kept.answers)


def test_what_is_kept_is_sealed(session, loop):
    kept = session.get_one(ConsentDecision, consent.decision_of(session, released(session, loop).id).id)

    assert b"consent" not in kept.question_sealed + kept.answers_sealed


def test_of_an_erased_record_it_holds_no_answer_and_no_kind(session, loop):
    kept = consent.decision_of(session, released(session, loop).id)
    kept.question = kept.answers = None

    assert (tuple(consent.answers_of(kept)), kinds_in(kept)) == ((), frozenset())


def test_the_version_is_that_of_rules_words_forms_and_rights():
    assert len(consent.rule_version()) == 16
    assert law.texts() and law.forms() and law.minors_rights()


def test_a_release_rests_on_every_consent_that_lets_part_of_it_go(session, loop):
    more = make_consent(
        session, loop.person, categories=["general", "mental-health"], recipient_ids=[str(loop.pantry.id)]
    )

    release = released(session, loop, NAME, RENT)
    first = consent.consents_of(session, loop.clinic.id, loop.person.id)[-1]

    assert set(release.consent_ids) == {str(first.id), str(more.id)}
