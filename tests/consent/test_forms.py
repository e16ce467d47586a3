"""Signed forms: what each must say before it counts, who may sign it, and what it replaces or takes back."""

from datetime import date, timedelta

import pytest

from cie import consent, people
from cie.consent import Capacity, Decision, Expiry, Method, Reach, SignerKind, Stated, forms
from cie.directory import Category
from cie.errors import Invalid
from cie.participants.models import Program
from cie.people.models import Standing
from tests.consent.test_records import LATER, loop, rule
from tests.factories import NOON, make_consent, make_participant

__all__ = ["loop"]
TODAY = date(2026, 11, 24)
ALL_STATED = list(Stated)


def sign(session, loop, form="part2", **fields):
    """Write down a form that the person signed today for the pantry, and that says all that any law asks."""
    values = {
        "form": form,
        "decision": Decision.SHARE,
        "categories": [Category.GENERAL],
        "recipient_ids": [loop.pantry.id],
        "method": Method.SIGNED_PAPER,
        "expiry": Expiry.DAY,
        "expires_on": TODAY + timedelta(days=60),
        "stated": ALL_STATED,
        "at": NOON,
    }
    return consent.record_consent(session, loop.navigator, loop.person.id, **{**values, **fields})


def faults(session, loop, form="part2", **fields):
    """What is wrong with it: the boxes and the sentences, in the order in which they were found."""
    with pytest.raises(Invalid) as refused:
        sign(session, loop, form, **fields)
    return [(fault.field, fault.message) for fault in refused.value.errors]


def fault(session, loop, form="part2", **fields):
    """The one thing that is wrong with it."""
    (found,) = faults(session, loop, form, **fields)
    return found


def all_but(*missing):
    return [each for each in Stated if each not in missing]


class TestWhatIsKept:
    def test_everything_that_the_form_says_is_kept(self, session, loop):
        kept = sign(
            session, loop, "ascmi",
            categories=[Category.GENERAL, Category.SUD_PART2],
            programs=[Program.WIC, Program.MEDI_CAL],
            recipient_ids=[],
            recipient_class=Reach.TREATING_PROVIDERS,
            signer=SignerKind.LEGAL_REPRESENTATIVE,
            signer_name="Linnet Reed",
            capacity=Capacity.CONSERVATOR,
            names_network=True,
            expiry=Expiry.EVENT,
            expires_on=None,
        )  # fmt: skip

        assert (kept.form, kept.form_version, kept.programs) == ("ascmi", "", ["medi-cal", "wic"])
        assert (kept.recipient_class, kept.capacity, kept.names_network) == ("treating-providers", "conservator", True)
        assert (kept.expiry, kept.stated) == (Expiry.EVENT, [each.value for each in Stated])

    def test_a_form_is_for_all_its_purposes_unless_it_says_less(self, session, loop):
        whole = sign(session, loop)
        less = sign(session, loop, purposes=["HOPERAT", "TREAT"], at=LATER)

        assert [whole.purpose, *whole.more_purposes] == ["TREAT", "HPAYMT", "HOPERAT", "COC"]
        assert [less.purpose, *less.more_purposes] == ["TREAT", "HOPERAT"]

    @pytest.mark.parametrize(("form", "program"), [("hmis", "hmis"), ("school-records", "school")])
    def test_a_form_for_one_program_covers_its_records_unasked(self, session, loop, form, program):
        assert sign(session, loop, form).programs == [program]

    def test_a_yes_of_an_earlier_day_counts_from_its_start_and_a_no_from_its_end(self, session, loop):
        yes = sign(session, loop, signed_on=date(2026, 11, 20))
        no = sign(
            session, loop, decision=Decision.DO_NOT_SHARE, categories=[], expires_on=None,
            recipient_ids=[make_participant(session).id], signed_on=date(2026, 11, 20),
        )  # fmt: skip

        assert yes.given_at < no.given_at < NOON
        assert yes.given_at.isoformat() == "2026-11-20T08:00:00+00:00"

    def test_signed_today_counts_from_now(self, session, loop):
        assert sign(session, loop, signed_on=TODAY).given_at == NOON


class TestTheForm:
    def test_one_that_nobody_knows_is_refused(self, session, loop):
        assert fault(session, loop, "napkin") == ("form", "Form: choose one of the list")

    def test_the_form_of_ab_133_is_for_people_in_medi_cal(self, session, loop):
        field, words = fault(session, loop, "ascmi-ab133")
        assert (field, "Medi-Cal" in words) == ("form", True)

        loop.person.standing = [Standing.MEDI_CAL]

        assert sign(session, loop, "ascmi-ab133").id

    def test_a_medi_cal_number_is_enough_for_it(self, session, loop):
        people.add_identifier(session, loop.navigator, loop.person.id, "cin", "91234567A", at=NOON)

        assert sign(session, loop, "ascmi-ab133").id

    @pytest.mark.parametrize("form", ["part2", "cmia", "ascmi", "abcdm-229", "victim-release", "school-records"])
    @pytest.mark.parametrize("method", [Method.BY_VOICE, Method.IN_PERSON])
    def test_what_needs_a_signature_is_not_said(self, session, loop, form, method):
        found = fault(session, loop, form, method=method, witness_name="Robin Ash")

        assert found == ("method", "How it was said: this form counts only with a signature")

    def test_the_homeless_form_can_be_said_before_a_witness(self, session, loop):
        assert sign(session, loop, "hmis", method=Method.BY_VOICE, witness_name="Robin Ash").id
        assert fault(session, loop, "hmis", method=Method.BY_VOICE)[0] == "witness_name"

    def test_a_form_that_takes_back_opens_nothing(self, session, loop):
        found = faults(session, loop, "ascmi-revocation")

        assert ("decision", "What it says: this form only takes back. Write it down as a no") in found

    def test_the_day_of_signing_is_not_in_the_future(self, session, loop):
        found = fault(session, loop, signed_on=TODAY + timedelta(days=1))

        assert found == ("signed_on", "Signed on: choose a day that is not in the future")


class TestKinds:
    def test_psychotherapy_notes_are_on_no_form(self, session, loop):
        assert fault(session, loop, "ascmi", categories=[Category.PSYCHOTHERAPY_NOTES])[0] == "categories"
        assert fault(session, loop, "cie-sharing", categories=[Category.PSYCHOTHERAPY_NOTES])[0] == "categories"

    @pytest.mark.parametrize(
        ("form", "kind"),
        [
            ("cmia", Category.SUD_PART2),
            ("part2", Category.HIV),
            ("hmis", Category.REPRODUCTIVE),
            ("school-records", Category.IMMIGRATION),
            ("abcdm-229", Category.VICTIM_SERVICES),
        ],
    )
    def test_a_kind_with_a_law_of_its_own_needs_a_form_for_it(self, session, loop, form, kind):
        found = dict(faults(session, loop, form, categories=[Category.GENERAL, kind]))

        assert found["categories"] == f"What may be shared: this form is not enough for “{kind.value}”"

    def test_a_yes_names_a_kind(self, session, loop):
        assert fault(session, loop, categories=[])[0] == "categories"

    def test_records_of_a_program_need_a_form_for_them(self, session, loop):
        assert sign(session, loop, "abcdm-229", programs=[Program.SNAP]).programs == ["snap"]
        assert fault(session, loop, "cmia", programs=[Program.SNAP])[0] == "programs"

    @pytest.mark.parametrize("purposes", [[], ["PUBHLTH"]])
    def test_it_is_for_something_that_the_form_is_for(self, session, loop, purposes):
        assert fault(session, loop, "cmia", purposes=purposes)[0] == "purposes"


class TestWhatThePaperSays:
    @pytest.mark.parametrize("element", [each for each in Stated if each is not Stated.COPY])
    def test_treatment_records_need_every_element_of_42_cfr_2_31(self, session, loop, element):
        ((field, words),) = faults(session, loop, categories=[Category.SUD_PART2], stated=all_but(element, Stated.COPY))

        assert (field, words.startswith("The paper must")) == ("stated", True)

    def test_each_missing_element_has_a_sentence(self, session, loop):
        found = faults(session, loop, categories=[Category.SUD_PART2], stated=[])

        assert ("stated", "The paper must say who may get the records") in found
        assert len({words for _field, words in found}) == 9

    def test_other_kinds_on_the_same_form_ask_for_none(self, session, loop):
        assert sign(session, loop, stated=[]).id

    @pytest.mark.parametrize("kind", [Category.MEDICAL, Category.MENTAL_HEALTH, Category.HIV, Category.REPRODUCTIVE])
    def test_medical_facts_need_every_element_of_the_civil_code(self, session, loop, kind):
        found = faults(session, loop, "cmia", categories=[kind], stated=[Stated.REVOCATION])

        assert [field for field, _words in found] == ["stated"] * 8
        assert sign(session, loop, "cmia", categories=[kind], stated=all_but(Stated.REVOCATION, Stated.REDISCLOSURE)).id

    def test_medical_facts_need_an_end(self, session, loop):
        medical = {"categories": [Category.MEDICAL], "expires_on": None}

        assert fault(session, loop, "cmia", expiry=Expiry.NONE, **medical)[0] == "until"
        assert sign(session, loop, "cmia", expiry=Expiry.EVENT, **medical).id

    def test_treatment_records_may_have_none(self, session, loop):
        assert sign(session, loop, categories=[Category.SUD_PART2], expiry=Expiry.NONE, expires_on=None).id


class TestTheEnd:
    @pytest.mark.parametrize(("days", "is_kept"), [(90, True), (91, False)])
    def test_a_release_of_a_victim_service_ends_within_ninety_days(self, session, loop, days, is_kept):
        signed_on = TODAY - timedelta(days=10)
        said = {"signed_on": signed_on, "expires_on": signed_on + timedelta(days=days)}

        if is_kept:
            assert sign(session, loop, "victim-release", **said).id
        else:
            assert fault(session, loop, "victim-release", **said) == (
                "expires",
                "Until when: this form needs a last day, at most 90 days after it was signed",
            )

    def test_it_has_a_last_day(self, session, loop):
        assert fault(session, loop, "victim-release", expiry=Expiry.EVENT, expires_on=None)[0] == "expires"

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"expiry": None, "expires_on": None}, "until"),
            ({"expires_on": None}, "expires"),
            ({"expires_on": TODAY - timedelta(days=1)}, "expires"),
        ],
    )
    def test_every_form_says_when_it_ends(self, session, loop, said, field):
        assert fault(session, loop, **said)[0] == field


class TestWithWhom:
    @pytest.mark.parametrize("form", ["victim-release", "abcdm-229"])
    def test_some_forms_name_exactly_one(self, session, loop, form):
        two = [loop.pantry.id, make_participant(session).id]

        for places in (two, []):
            assert fault(session, loop, form, recipient_ids=places)[0] == "recipients"

    @pytest.mark.parametrize(
        ("form", "group", "is_kept"),
        [
            ("part2", Reach.TREATING_PROVIDERS, True),
            ("part2", Reach.CARE_PARTNERS, False),
            ("ascmi", Reach.CARE_PARTNERS, True),
            ("hmis", Reach.TREATING_PROVIDERS, False),
            ("school-records", Reach.CARE_PARTNERS, False),
            ("cmia", None, False),
        ],
    )
    def test_a_group_only_where_it_makes_sense(self, session, loop, form, group, is_kept):
        said = {"recipient_ids": [], "recipient_class": group}

        if is_kept:
            assert sign(session, loop, form, **said).recipient_class == group
        else:
            assert fault(session, loop, form, **said) == ("to", "With whom: choose whom this form may name")

    def test_care_partners_never_hear_of_treatment(self, session, loop):
        said = {"recipient_ids": [], "recipient_class": Reach.CARE_PARTNERS, "categories": [Category.SUD_PART2]}

        field, words = fault(session, loop, "ascmi", **said)

        assert (field, "those who treat the person" in words) == ("to", True)


class TestWhoSigns:
    @pytest.mark.parametrize("signer", [SignerKind.LEGAL_REPRESENTATIVE, SignerKind.PARENT_OR_GUARDIAN])
    def test_who_signs_for_another_is_named(self, session, loop, signer):
        found = faults(session, loop, signer=signer, capacity=Capacity.CONSERVATOR)

        assert ("signer_name", "Who signed: enter their name") in found

    def test_a_representative_signs_by_a_right_that_counts_at_this_age(self, session, loop):
        representative = {"signer": SignerKind.LEGAL_REPRESENTATIVE, "signer_name": "Linnet Reed"}

        assert fault(session, loop, **representative)[0] == "capacity"
        assert fault(session, loop, **representative, capacity=Capacity.FOSTER_CARE_WORKER)[0] == "signer"
        assert sign(session, loop, **representative, capacity=Capacity.HEALTH_CARE_AGENT).id

    def test_a_minor_of_twelve_signs_for_treatment_and_a_parent_cannot(self, session, loop):
        loop.person.birth_text = "2014-11-24"
        said = {"categories": [Category.SUD_PART2]}
        parent = {"signer": SignerKind.PARENT_OR_GUARDIAN, "signer_name": "Linnet Reed"}

        assert fault(session, loop, **said, **parent) == (
            "signer",
            "Who signed: at this person's age they may not sign for “sud-part2”",
        )
        assert sign(session, loop, **said, signer=SignerKind.MINOR).id

    def test_a_day_before_the_parent_signs_and_the_minor_cannot(self, session, loop):
        loop.person.birth_text = "2014-11-25"
        said = {"categories": [Category.SUD_PART2]}

        assert fault(session, loop, **said, signer=SignerKind.MINOR)[0] == "signer"

    def test_each_kind_that_they_may_not_sign_for_is_named(self, session, loop):
        loop.person.birth_text = "2012-01-01"
        kinds = [Category.GENERAL, Category.HOUSING, Category.EDUCATION]

        found = faults(session, loop, "cmia", categories=kinds, signer=SignerKind.MINOR)

        assert [words.partition("“")[2] for _field, words in found] == ["general”", "housing”", "education”"]

    def test_a_minor_who_signs_for_care_lets_it_know_the_name(self, session, loop):
        loop.person.birth_text = "2012-01-01"

        assert sign(session, loop, categories=[Category.GENERAL, Category.SUD_PART2], signer=SignerKind.MINOR).id
        assert fault(session, loop, "cmia", signer=SignerKind.MINOR, at=LATER)[0] == "signer"

    def test_the_age_is_that_of_the_day_of_signing(self, session, loop):
        loop.person.birth_text = "2008-11-24"
        yesterday = {"signed_on": TODAY - timedelta(days=1), "categories": [Category.SUD_PART2]}

        assert fault(session, loop, **yesterday)[0] == "signer"
        assert sign(session, loop, **yesterday, signer=SignerKind.MINOR).id

    def test_a_parents_signature_for_an_adult_counts_for_nothing(self, session, loop):
        loop.person.birth_text = "2008-11-24"
        before = {"signed_on": TODAY - timedelta(days=30)}

        found = fault(session, loop, **before, signer=SignerKind.PARENT_OR_GUARDIAN, signer_name="Linnet Reed")

        assert found[0] == "signer"

    def test_what_a_court_took_from_a_parent_they_do_not_sign_for(self, session, loop):
        loop.person.birth_text = "2020-01-01"
        parent = {"signer": SignerKind.PARENT_OR_GUARDIAN, "signer_name": "Linnet Reed"}
        said = {"categories": [Category.GENERAL, Category.HOUSING], **parent}

        assert "housing" in fault(session, loop, "cmia", **said, custody_limits=[Category.HOUSING])[1]
        assert sign(session, loop, "cmia", **said).id

    def test_without_a_birth_date_nobody_knows_whether_the_person_may(self, session, loop):
        loop.person.birth_text = None

        assert fault(session, loop) == (
            "signer",
            "Who signed: write down the birth date first. It decides who may sign",
        )

    def test_a_no_may_come_from_anybody(self, session, loop):
        loop.person.birth_text = "2014-01-01"
        no = {"decision": Decision.DO_NOT_SHARE, "categories": [], "expires_on": None, "expiry": None}

        assert sign(session, loop, **no, signer=SignerKind.MINOR).id


class TestANo:
    def test_a_no_on_any_form_is_kept_without_anything_that_a_yes_needs(self, session, loop):
        make_consent(session, loop.person, given_at=NOON - timedelta(days=1))
        for form in forms():
            said = {
                "decision": Decision.DO_NOT_SHARE,
                "categories": [],
                "expiry": None,
                "expires_on": None,
                "stated": [],
            }
            loop.person.standing = [Standing.MEDI_CAL]
            kept = sign(session, loop, form, **{**said, "recipient_ids": []})
            assert (kept.decision, kept.form) == (Decision.DO_NOT_SHARE, form)

        assert rule(session, loop) == "persons-no"

    def test_it_is_for_places_by_name_or_for_all(self, session, loop):
        no = {"decision": Decision.DO_NOT_SHARE, "categories": [], "expiry": None, "expires_on": None}

        group = {"recipient_ids": [], "recipient_class": Reach.TREATING_PROVIDERS}

        assert fault(session, loop, **no, **group)[0] == "to"

    def test_the_form_that_takes_ascmi_back_ends_every_ascmi_yes_for_good(self, session, loop):
        yes, other = sign(session, loop, "ascmi"), sign(session, loop, "cmia")

        take_ascmi_back(session, loop)
        make_consent(session, loop.person, given_at=LATER + timedelta(hours=1))

        assert (yes.revoked_at, yes.revoked_by, other.revoked_at) == (LATER, SignerKind.PERSON, None)

    def test_a_parent_does_not_take_back_what_the_minor_signed(self, session, loop):
        loop.person.birth_text = "2012-01-01"
        yes = sign(session, loop, "ascmi", categories=[Category.SUD_PART2], signer=SignerKind.MINOR)

        take_ascmi_back(session, loop, signer=SignerKind.PARENT_OR_GUARDIAN, signer_name="Linnet Reed")

        assert yes.revoked_at is None


def take_ascmi_back(session, loop, **fields):
    no = {"decision": Decision.DO_NOT_SHARE, "categories": [], "expiry": None, "expires_on": None, "recipient_ids": []}
    return sign(session, loop, "ascmi-revocation", **no, at=LATER, **fields)


class TestWhatItReplaces:
    def test_only_a_paper_of_the_same_form_for_the_same_places(self, session, loop):
        plain = make_consent(session, loop.person, recipient_ids=[str(loop.pantry.id)])
        first, other = sign(session, loop), sign(session, loop, "cmia")
        group = sign(session, loop, recipient_ids=[], recipient_class=Reach.TREATING_PROVIDERS)

        second = sign(session, loop, purposes=["COC"], at=LATER)

        assert second.supersedes_id == first.id
        assert {plain.id, other.id, group.id}.isdisjoint({c.supersedes_id for c in records(session, loop)})

    def test_one_for_another_purpose_stays(self, session, loop):
        sign(session, loop, purposes=["TREAT"])

        assert sign(session, loop, purposes=["COC"], at=LATER).supersedes_id is None

    def test_an_older_paper_does_not_replace_a_newer_one(self, session, loop):
        sign(session, loop)

        found = fault(session, loop, signed_on=TODAY - timedelta(days=3), at=LATER)

        assert found == ("signed_on", "Signed on: a newer one for the same organizations is on record")


def records(session, loop):
    return consent.consents_of(session, loop.clinic.id, loop.person.id)


class TestTakingBack:
    def test_who_took_it_back_is_kept(self, session, loop):
        mine, theirs = sign(session, loop), sign(session, loop, "cmia")

        consent.revoke(session, loop.navigator, mine.id, method=Method.IN_PERSON, at=LATER)
        by = SignerKind.LEGAL_REPRESENTATIVE
        consent.revoke(session, loop.navigator, theirs.id, method=Method.IN_PERSON, revoked_by=by, at=LATER)

        assert (mine.revoked_by, theirs.revoked_by) == (SignerKind.PERSON, SignerKind.LEGAL_REPRESENTATIVE)

    def test_what_a_parent_gave_a_parent_takes_back(self, session, loop):
        loop.person.birth_text = "2020-01-01"
        parent = SignerKind.PARENT_OR_GUARDIAN
        record = sign(session, loop, signer=parent, signer_name="Linnet Reed")

        consent.revoke(session, loop.navigator, record.id, method=Method.IN_PERSON, revoked_by=parent, at=LATER)

        assert record.revoked_by == parent

    def test_a_parent_does_not_cancel_what_a_minor_signed(self, session, loop):
        loop.person.birth_text = "2012-01-01"
        record = sign(session, loop, categories=[Category.SUD_PART2], signer=SignerKind.MINOR)
        taking = {"method": Method.IN_PERSON, "at": LATER}

        with pytest.raises(Invalid) as refused:
            consent.revoke(session, loop.navigator, record.id, revoked_by=SignerKind.PARENT_OR_GUARDIAN, **taking)

        assert (refused.value.field, record.revoked_at) == ("revoked_by", None)
        consent.revoke(session, loop.navigator, record.id, revoked_by=SignerKind.MINOR, **taking)
        assert record.revoked_at == LATER
