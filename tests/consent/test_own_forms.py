"""Form types of the network's own: what they may claim, their versions, and what becomes of records on them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cie import consent
from cie.access import Purpose, Role
from cie.calendar import local_day
from cie.consent import Decision, Expiry, FormType, Method, Reach, Stated, forms, lacks_of
from cie.consent.asking import records_of
from cie.consent.form_claims import form_demands
from cie.directory import Category
from cie.errors import Invalid, NotAllowed, NotFound, Stale
from cie.participants import Program
from cie.participants.models import ParticipantKind
from tests.consent.test_records import LATER, loop
from tests.factories import NOON, make_participant, staff_of

__all__ = ["loop"]
TODAY = local_day(NOON)
WRITTEN = frozenset({Method.SIGNED_PAPER, Method.ON_SCREEN})
RELEASE = FormType(
    id="county-release",
    title="Release of the county",
    title_es="Permiso del condado",
    citation="Board order 26-114",
    satisfies=frozenset({"snap", "medi-cal", "social-services", "cmia"}),
    methods=WRITTEN,
    purposes=frozenset({Purpose.CARE_COORDINATION}),
    states=frozenset(Stated),
)


@pytest.fixture
def network(session):
    return staff_of(make_participant(session, name="Valley Exchange"), Role.NETWORK_ADMINISTRATOR)


def build(session, actor, seen=0, at=NOON, **changes):
    return consent.build_form(session, actor, replace(RELEASE, **changes), seen_version=seen, at=at)


def faults(session, actor, seen=0, **changes):
    with pytest.raises(Invalid) as refused:
        build(session, actor, seen, **changes)
    return [(each.field, each.message) for each in refused.value.errors]


def sign(session, loop, **fields):
    """Write down the form, signed today on paper for the pantry."""
    values = {
        "form": "county-release",
        "decision": Decision.SHARE,
        "categories": [Category.GENERAL],
        "programs": [Program.SNAP],
        "recipient_ids": [loop.pantry.id],
        "method": Method.SIGNED_PAPER,
        "expiry": Expiry.DAY,
        "expires_on": TODAY + timedelta(days=60),
        "stated": list(Stated),
        "at": NOON,
    }
    return consent.record_consent(session, loop.navigator, loop.person.id, **{**values, **fields})


class TestWhatLawsAsk:
    def test_every_law_that_a_form_can_claim_has_its_demands(self):
        assert list(form_demands()) == list(consent.LAWS)
        assert all(demand.citation and demand.states for demand in form_demands().values())

    @pytest.mark.parametrize("code", [code for code in forms() if code != consent.PLAIN])
    def test_the_forms_that_come_with_the_program_meet_them(self, code):
        assert [(lack.law, lack.fault.message) for lack in lacks_of(forms()[code])] == []

    def test_the_words_that_are_read_count_for_some_laws_only_where_somebody_signs(self):
        # each record on this form is asked by these laws how it was said
        lacks = {(lack.law, lack.fault.field) for lack in lacks_of(forms()[consent.PLAIN])}

        assert lacks == {("wic", "methods"), ("ab352", "methods"), ("medi-cal", "methods")}

    @pytest.mark.parametrize("missing", [each for each in Stated if each is not Stated.COPY])
    def test_a_form_for_treatment_records_states_every_element_of_2_31(self, session, network, missing):
        states = frozenset(Stated) - {missing}

        (fault,) = faults(session, network, satisfies=frozenset({"part2"}), states=states)

        assert fault[0] == "stated" and fault[1].startswith("42 CFR 2.31: The paper must ")

    @pytest.mark.parametrize("law", ["part2", "cmia", "vawa", "snap", "wic", "lps", "hiv", "ferpa", "ab352"])
    @pytest.mark.parametrize("method", [Method.BY_VOICE, Method.IN_PERSON])
    def test_where_a_law_needs_a_signature_a_voice_is_none(self, session, network, law, method):
        limits = {"longest_days": 30, "one_recipient": True}

        found = faults(session, network, satisfies=frozenset({law}), methods=WRITTEN | {method}, **limits)

        assert [field for field, _message in found] == ["methods"]
        assert found[0][1].startswith(f"{form_demands()[law].citation}: A yes ")

    def test_a_release_of_a_victim_service_ends_and_is_for_one_place(self, session, network):
        found = faults(session, network, satisfies=frozenset({"vawa"}))

        assert found == [
            ("longest_days", "34 USC 12291(b)(2): The form must end after a number of days"),
            ("one_recipient", "34 USC 12291(b)(2): The form must be for one organization alone"),
        ]


class TestBuilding:
    def test_it_is_offered_at_once_beside_those_of_the_program(self, session, network):
        row = build(session, network)

        offered = consent.form_types(session)
        assert [*offered] == [*forms(), "county-release"]
        assert offered["county-release"] == replace(RELEASE, version=1, own_id=row.id)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"id": "part2"}, "id"),
            ({"id": "Not a slug"}, "id"),
            ({"id": "new"}, "id"),
            ({"id": "a" * 41}, "id"),
            ({"title": ""}, "title"),
            ({"title_es": ""}, "title_es"),
            ({"citation": "x" * 301}, "citation"),
            ({"satisfies": frozenset()}, "satisfies"),
            ({"satisfies": frozenset({"no-such-law"})}, "satisfies"),
            ({"methods": frozenset()}, "methods"),
            ({"purposes": frozenset()}, "purposes"),
            ({"purposes": frozenset({Purpose.LEGAL})}, "purposes"),
            ({"longest_days": 0}, "longest_days"),
            ({"groups": frozenset({Reach.ANYONE})}, "groups"),
            ({"groups": frozenset({Reach.CARE_PARTNERS}), "one_recipient": True}, "groups"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_box(self, session, network, changes, field):
        assert [found for found, _message in faults(session, network, **changes)] == [field]

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.NETWORK_ADMINISTRATOR])
    def test_only_the_network_builds_and_retires(self, session, network, role):
        build(session, network)
        other = staff_of(make_participant(session), role)

        with pytest.raises(NotAllowed):
            build(session, other, 1)
        with pytest.raises(NotAllowed):
            consent.retire_form(session, other, "county-release", seen_version=1, at=NOON)

    def test_an_id_is_taken_once(self, session, network):
        build(session, network)

        assert [field for field, _message in faults(session, network)] == ["id"]

    def test_a_newer_version_replaces_what_was_seen_alone(self, session, network):
        build(session, network)
        build(session, network, 1, title="Release of the county, short")

        with pytest.raises(Stale):
            build(session, network, 1)

        assert [row.version for row in consent.versions_of(session, "county-release")] == [2, 1]
        assert consent.form_types(session)["county-release"].title == "Release of the county, short"

    def test_a_retired_form_is_offered_no_more_until_a_new_version(self, session, network):
        build(session, network)
        consent.retire_form(session, network, "county-release", seen_version=1, at=NOON)

        assert "county-release" not in consent.form_types(session)
        assert consent.form_type(session, "county-release", 1) is None
        with pytest.raises(Stale):
            consent.retire_form(session, network, "county-release", seen_version=2, at=NOON)
        build(session, network, 2)
        assert consent.form_type(session, "county-release").version == 3

    def test_what_is_not_there_is_not_retired(self, session, network):
        with pytest.raises(NotFound):
            consent.retire_form(session, network, "part2", seen_version=0, at=NOON)


class TestRecording:
    @pytest.fixture(autouse=True)
    def built(self, session, network):
        return build(session, network)

    def test_a_record_keeps_its_version(self, session, loop, network, built):
        kept = sign(session, loop)
        newer = build(session, network, 1, satisfies=frozenset({"social-services"}))

        assert (kept.form, kept.own_form_id) == ("county-release", built.id)
        assert consent.form_of(session, kept).satisfies == RELEASE.satisfies
        assert sign(session, loop, programs=[Program.SOCIAL_SERVICES], at=LATER).own_form_id == newer.id

    def test_a_paper_of_before_is_on_the_version_of_before(self, session, loop, network, built):
        build(session, network, 1, satisfies=frozenset({"social-services"}))

        kept = sign(session, loop, own_version=1)

        assert kept.own_form_id == built.id

    def test_no_version_that_never_was(self, session, loop):
        with pytest.raises(Invalid, match="Form: choose one of the list"):
            sign(session, loop, own_version=7)

    def test_nothing_new_is_recorded_on_a_retired_form(self, session, loop, network):
        consent.retire_form(session, network, "county-release", seen_version=1, at=NOON)

        with pytest.raises(Invalid, match="Form: choose one of the list"):
            sign(session, loop)

    def test_what_was_recorded_before_reads_as_before(self, session, loop, network):
        sign(session, loop)
        consent.retire_form(session, network, "county-release", seen_version=1, at=NOON)

        newest, *_rest = records_of(session, loop.clinic.id, loop.person.id)

        assert (newest.form.id, newest.form.version, newest.form.satisfies) == (RELEASE.id, 1, RELEASE.satisfies)

    def test_a_yes_by_voice_is_no_yes_on_it(self, session, loop):
        with pytest.raises(Invalid, match="this form counts only with a signature"):
            sign(session, loop, method=Method.BY_VOICE, witness_name="Linnet Reed")


class TestAtTheGate:
    """A county office tells a pantry about a CalFresh case: 7 CFR 272.1(c)."""

    @pytest.fixture
    def county(self, session, network, loop):
        build(session, network)
        loop.clinic.kind, loop.clinic.programs = ParticipantKind.COUNTY_AGENCY, [Program.SNAP]
        return loop

    def ask(self, session, loop):
        item = consent.Element("need", "Food box", Category.GENERAL, Program.SNAP)
        wanted = consent.Disclosure(loop.person, loop.clinic.id, loop.pantry.id, consent.DataSet.REFERRAL, [item])
        return consent.preview(session, wanted, at=LATER)

    def test_it_goes_with_what_was_signed_on_the_networks_own_form(self, session, county):
        kept = sign(session, county)

        ruling = self.ask(session, county)

        assert (ruling.refusal, ruling.basis, ruling.consent_ids) == (None, "consent", (kept.id,))

    def test_it_stays_when_the_form_was_not_made_for_that_law(self, session, county, network):
        build(session, network, 1, satisfies=frozenset({"social-services"}))
        sign(session, county, programs=[Program.SOCIAL_SERVICES])

        assert self.ask(session, county).refusal.rule == "snap"

    def test_a_kept_decision_is_decided_again_on_the_version_of_then(self, session, county, network):
        sign(session, county)
        item = consent.Element("need", "Food box", Category.GENERAL, Program.SNAP)
        wanted = consent.Disclosure(county.person, county.clinic.id, county.pantry.id, consent.DataSet.REFERRAL, [item])
        release = consent.release(
            session, county.navigator, wanted, referral_id=None, subject_id=county.service.id, at=LATER
        )
        build(session, network, 1, satisfies=frozenset({"social-services"}))

        kept = consent.decision_of(session, release.id)

        assert [answer.rule_id for answer in consent.replay(kept)] == ["consent"]
        assert tuple(consent.replay(kept)) == tuple(consent.answers_of(kept))

    def test_the_missing_element_is_named(self, session, county):
        county.clinic.kind, county.clinic.programs = ParticipantKind.CLINIC, []
        signed = sign(session, county, categories=[Category.GENERAL, Category.MEDICAL])
        signed.stated = [each for each in signed.stated if each != Stated.COPY]
        item = consent.Element("need", "Visit", Category.MEDICAL)
        wanted = consent.Disclosure(county.person, county.clinic.id, county.pantry.id, consent.DataSet.REFERRAL, [item])

        refusal = consent.preview(session, wanted, at=LATER).refusal

        assert (refusal.rule, refusal.missing) == ("cmia", ("copy",))


class TestWork:
    def test_a_decision_takes_as_many_statements_with_and_without_own_forms(self, session, loop, network):
        from sqlalchemy import event

        build(session, network)
        counted = []
        bind = session.get_bind()
        event.listen(bind, "before_cursor_execute", lambda *_arguments: counted.append(1))

        def work():
            session.flush()
            session.expunge_all()
            counted.clear()
            records_of(session, loop.clinic.id, loop.person.id)
            return len(counted)

        before = work()
        sign(session, loop)

        assert (before, work()) == (1, 1)
