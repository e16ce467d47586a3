"""What stands on a person's own page for the person, and for who looks in their place: what is hidden is absent."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from cie import consent, people
from cie.access import Actor, ActorKind
from cie.consent import DataSet, Decision, Disclosure, Element, Method, Release, SignerKind
from cie.consent.decisions import decision_of
from cie.consent.models import ReleaseElement
from cie.directory import Category
from cie.errors import NotFound
from cie.participants import ParticipantKind
from cie.people import NewProxy, ProxyScope, Relationship, Verified
from tests.factories import NOON, make_consent, make_participant, make_person, staff_of

EVERYTHING = frozenset(ProxyScope)
GENERAL, MENTAL = Category.GENERAL.value, Category.MENTAL_HEALTH.value
BEFORE = NOON - timedelta(days=1)


@dataclass
class View:
    """A person of a clinic, with whoever looks at their page."""

    session: Any
    clinic: Any
    pantry: Any
    person: Any

    @property
    def own(self):
        return Actor(ActorKind.PERSON, self.person.id)

    def proxy(self, relationship=Relationship.PARENT_OR_GUARDIAN, scope=EVERYTHING, at=NOON):
        new = NewProxy("Rue Holloway", relationship, scope, Verified.KNOWN, date(2027, 3, 1))
        staff = staff_of(self.clinic)
        row = people.add_proxy(self.session, staff, self.person.id, new, pin_hash="a hash", at=at)
        return people.person_behind(row)

    def said(self, actor, at=NOON):
        return [(each.record.id, each.kinds) for each in consent.own_consents(self.session, actor, at=at)]

    def seen(self, actor, at=NOON):
        query = consent.own_receipts_query(self.session, actor, at=at)
        return [row.id for row in self.session.execute(query).scalars()]

    def yes(self, signer=SignerKind.PARENT_OR_GUARDIAN, **fields):
        fields = {"given_at": BEFORE, "categories": [GENERAL], **fields}
        return make_consent(self.session, self.person, signer=signer, **fields)

    def release(self, about=None):
        """The pantry may read the name, by the rules; then `about` is what naming the service tells."""
        elements = (Element("name", "Aster Moreno"),)
        wanted = Disclosure(self.person, self.clinic.id, self.pantry.id, DataSet.REFERRAL, elements)
        row = consent.release(
            self.session, staff_of(self.clinic), wanted, referral_id=None, subject_id=uuid4(), at=NOON
        )
        if about:
            kept = decision_of(self.session, row.id)
            kept.answers = [{**answer, "item": {**answer["item"], "about": about}} for answer in kept.answers]
        return row

    def told(self, record, category):
        """A release of one fact of this kind under a record."""
        row = Release(
            organization_id=self.clinic.id, recipient_id=self.pantry.id, person_id=self.person.id, subject_id=uuid4(),
            data_set=DataSet.REFERRAL, purpose="COC", basis="consent", consent_ids=[str(record.id)], fingerprint="",
            released_at=NOON,
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        part = ReleaseElement(
            organization_id=self.clinic.id, release_id=row.id, position=0, element="need", category=category
        )
        self.session.add(part)
        self.session.flush()
        return row


@pytest.fixture
def young(session):
    clinic = make_participant(session, name="Blue Kite Clinic", kind=ParticipantKind.CLINIC)
    return View(session, clinic, make_participant(session), make_person(session, clinic, birth_text="2012-05-05"))


@pytest.fixture
def grown(young):
    young.person.birth_text = "1992-03-27"
    young.session.flush()
    return young


class TestMinor:
    def test_a_parent_sees_nothing_of_what_the_minor_said_alone(self, young):
        parent = young.proxy()
        theirs = young.yes()
        before = young.said(parent), young.seen(parent)

        own = young.yes(SignerKind.MINOR, categories=[GENERAL, MENTAL])
        young.yes(SignerKind.MINOR, decision=Decision.DO_NOT_SHARE, categories=[])
        young.told(own, MENTAL)
        young.told(own, GENERAL)

        assert (young.said(parent), young.seen(parent)) == before == ([(theirs.id, [GENERAL])], [])
        assert len(young.said(young.own)) == 3 and len(young.seen(young.own)) == 2

    def test_what_a_minor_said_is_theirs_also_where_it_was_written_down_as_an_adults(self, young):
        young.yes(SignerKind.PERSON)

        assert young.said(young.proxy()) == []

    @pytest.mark.parametrize("relationship", list(Relationship))
    def test_from_twelve_on_only_the_general_is_shown_to_others(self, young, relationship):
        other = young.proxy(relationship)
        record = young.yes(categories=[GENERAL, "housing", MENTAL])
        young.yes(categories=[MENTAL])
        shown = young.release()
        young.release(about=MENTAL)
        young.told(record, "housing")

        assert young.said(other) == [(record.id, [GENERAL])]
        assert young.seen(other) == [shown.id]

    def test_of_a_younger_child_all_is_shown_but_what_a_child_of_any_age_signs_alone(self, young):
        young.person.birth_text = "2019-05-05"
        young.session.flush()
        parent = young.proxy()
        record = young.yes(categories=[GENERAL, MENTAL, Category.REPRODUCTIVE.value])
        hidden = young.yes(categories=[Category.REPRODUCTIVE.value])
        young.told(record, Category.REPRODUCTIVE.value)

        assert young.said(parent) == [(record.id, [GENERAL, MENTAL])]
        assert hidden.id not in dict(young.said(parent)) and young.seen(parent) == []

    def test_a_no_of_the_parent_is_theirs_to_see(self, young):
        no = young.yes(decision=Decision.DO_NOT_SHARE, categories=[])

        assert young.said(young.proxy()) == [(no.id, [])]

    def test_once_grown_up_nobody_else_sees_what_was_said_as_a_minor(self, grown):
        helper = grown.proxy(Relationship.CHOSEN)
        old = grown.yes(SignerKind.MINOR, categories=[GENERAL, MENTAL])
        grown.told(old, MENTAL)

        assert grown.said(helper) == [] and grown.seen(helper) == []

    def test_an_unknown_age_counts_as_that_of_a_minor(self, young):
        young.person.birth_text = ""
        young.session.flush()
        helper = young.proxy(Relationship.CHOSEN)
        record = young.yes(SignerKind.PERSON, categories=[GENERAL, MENTAL])

        assert young.said(helper) == [(record.id, [GENERAL])]


class TestScope:
    def test_what_was_not_chosen_is_not_found(self, grown):
        record = grown.yes(SignerKind.PERSON)
        sees = grown.proxy(Relationship.CHOSEN, frozenset({ProxyScope.SEE_PERMISSIONS}))
        reads = grown.proxy(Relationship.CHOSEN, frozenset({ProxyScope.SEE_SHARED}))

        assert grown.said(sees) and grown.seen(reads) == []
        for refused in (
            lambda: grown.seen(sees),
            lambda: grown.said(reads),
            lambda: consent.own_yes(grown.session, sees, record.id, at=NOON),
            lambda: grown.said(replace(sees, on_behalf_of=make_person(grown.session, grown.clinic).id)),
        ):
            with pytest.raises(NotFound):
                refused()

    def test_one_whom_an_adult_chose_sees_all_but_protected_services(self, grown):
        refuge = make_participant(grown.session, name="Harbor Light", kind=ParticipantKind.VICTIM_SERVICES)
        helper = grown.proxy(Relationship.CHOSEN)
        record = grown.yes(SignerKind.PERSON, categories=[GENERAL, MENTAL, "victim-services"])
        grown.yes(SignerKind.PERSON, recipient_ids=[str(refuge.id)])
        row = grown.told(record, MENTAL)
        masked = grown.told(record, GENERAL)
        masked.masked = True

        assert grown.said(helper) == [(record.id, [GENERAL, MENTAL])]
        assert grown.seen(helper) == [row.id]
        assert consent.own_releases_under(grown.session, helper, record, at=NOON) == ([row], [row])


class TestOneHand:
    """A parent's word and the minor's own stand beside each other; neither replaces the other."""

    def record(self, young, signer, categories):
        parent = signer == SignerKind.PARENT_OR_GUARDIAN
        return consent.record_consent(
            young.session, staff_of(young.clinic), young.person.id, decision=Decision.SHARE, categories=categories,
            recipient_ids=[], method=Method.IN_PERSON, expires_on=None, signer=signer,
            signer_name="Rue Holloway" if parent else None, entitled_categories=categories, at=NOON,
        )  # fmt: skip

    def test_a_parents_yes_does_not_replace_the_minors_and_taking_it_back_ends_nothing_of_it(self, young):
        own = self.record(young, SignerKind.MINOR, [Category.GENERAL, Category.MENTAL_HEALTH])
        row = young.told(own, MENTAL)
        parents = self.record(young, SignerKind.PARENT_OR_GUARDIAN, [Category.GENERAL])

        consent.revoke(
            young.session, young.proxy(), parents.id, method=Method.BY_LINK, at=NOON,
            revoked_by=SignerKind.PARENT_OR_GUARDIAN,
        )  # fmt: skip

        assert parents.supersedes_id is None
        assert own.revoked_at is None and row.ended_at is None

    def test_nor_does_the_minors_replace_a_parents(self, young):
        self.record(young, SignerKind.PARENT_OR_GUARDIAN, [Category.GENERAL])

        assert self.record(young, SignerKind.MINOR, [Category.MENTAL_HEALTH]).supersedes_id is None

    def test_each_replaces_what_the_same_hand_gave_before(self, young):
        for signer in (SignerKind.MINOR, SignerKind.PARENT_OR_GUARDIAN):
            first = self.record(young, signer, [Category.GENERAL])

            assert self.record(young, signer, [Category.GENERAL]).supersedes_id == first.id
