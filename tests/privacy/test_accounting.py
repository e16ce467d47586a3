"""The accounting of one person and the list of 42 CFR 2.24: whole, in its days, and of one organization alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from cie import consent, events, privacy, retention
from cie.access import Role
from cie.calendar import local_day
from cie.consent import DataSet, Disclosure, Element, Expiry, Method, NetworkPolicy, NetworkRole, Reach, Stated
from cie.consent.models import ConsentDecision
from cie.directory import Category
from cie.directory.models import Address, Location, Organization
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.participants import ParticipantKind
from cie.privacy import DemandState, Given, LegalDemand, LegalDemandPerson, RequestKind, Span, Step
from cie.retention import Ground
from tests.factories import NOON, add, make_consent, make_participant, make_person, staff_of
from tests.privacy.cases import TODAY, done_in, make_demand, make_request
from tests.retention.filling import grant_deletion

ALWAYS = Span(date(2020, 11, 24), TODAY)
NAME, NEED = Element("name", "Aster Moreno"), Element("need", "Food box, weekly")
TREATMENT = Element("need", "Counseling for alcohol", Category.SUD_PART2)
OTHERS = [role for role in Role if role is not Role.PRIVACY_OFFICER]


def release(session, loop, *elements, at=NOON, to=None, **fields):
    """Something goes to the pantry, or to another place."""
    place = to or loop.pantry
    values = {"data_set": DataSet.REFERRAL, "elements": elements or (NAME, NEED), **fields}
    wanted = Disclosure(loop.person, loop.clinic.id, place.id, **values)
    return consent.release(session, loop.navigator, wanted, referral_id=None, subject_id=uuid4(), at=at)


def listed(session, loop, officer, span=ALWAYS):
    found = privacy.accounting_of(session, officer, loop.person.id, span, at=NOON)
    return privacy.disclosed(session, found.person, found.rows)


def answered(session, officer, *persons, given=Given("Two letters of May", TODAY), **fields):
    """A demand about these persons, answered by hand."""
    demand = make_demand(session, officer, **fields)
    for person in persons:
        privacy.add_to_demand(session, officer, demand.id, person.id, at=NOON)
    privacy.give_to_counsel(session, officer, demand.id, counsel="Ibis Marlowe", at=NOON)
    to, words = DemandState.ANSWERED_OUTSIDE, "Counsel says that we must."
    return privacy.decide_demand(session, officer, demand.id, to, decision=words, given=given, at=NOON)


class TestSpan:
    def test_by_itself_it_is_the_six_years_until_today(self):
        assert privacy.span_between(None, None, at=NOON) == Span(date(2020, 11, 24), TODAY)

    def test_it_ends_on_the_day_that_was_asked_for(self):
        assert privacy.span_between(None, date(2026, 1, 1), at=NOON).first_on == date(2020, 1, 1)

    @pytest.mark.parametrize(
        ("first", "last", "field"),
        [
            (TODAY, TODAY - timedelta(days=1), "last_on"),
            (None, TODAY + timedelta(days=1), "last_on"),
            (date(2020, 11, 23), TODAY, "first_on"),
            (date(2019, 1, 1), date(2026, 1, 1), "first_on"),
            (TODAY, date(3, 1, 1), "last_on"),
        ],
        ids=["wrong order", "still to come", "a day too far", "seven years", "the first years of all"],
    )
    def test_what_is_wrong_is_named(self, first, last, field):
        with pytest.raises(Invalid) as refused:
            privacy.span_between(first, last, at=NOON)

        assert [error.field for error in refused.value.errors] == [field]


class TestReleases:
    def test_each_says_when_who_what_why_and_on_what_it_rests(self, session, loop, officer):
        row = release(session, loop)

        (only,) = listed(session, loop, officer)
        (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
        assert (only.on, only.receiver.name, only.receiver.place) == (TODAY, "Lantern Pantry", None)
        assert (only.elements, only.consents, only.release) == (["name", "need"], [record], row)
        assert [rule.id for rule in privacy.rules_of(row.basis)] == ["consent"]

    def test_no_value_stands_in_it(self, session, loop, officer):
        release(session, loop)

        assert "Food box" not in repr(listed(session, loop, officer))

    def test_what_ended_stays_and_the_newest_comes_first(self, session, loop, officer):
        old = release(session, loop, at=NOON - timedelta(days=3))
        new = release(session, loop, at=NOON - timedelta(days=1))
        consent.end_releases_of(session, loop.navigator, old.subject_id, loop.pantry.id, at=NOON)

        assert [each.release for each in listed(session, loop, officer)] == [new, old]

    def test_only_the_days_that_were_asked_for_count_the_last_one_included(self, session, loop, officer):
        late = NOON.replace(hour=23)
        for days in (0, 1, 2, 3):
            release(session, loop, at=late - timedelta(days=days))
        span = Span(TODAY - timedelta(days=2), TODAY - timedelta(days=1))

        assert [each.on for each in listed(session, loop, officer, span)] == [span.last_on, span.first_on]

    def test_where_they_are_is_said_unless_the_place_is_kept_private(self, session, loop, officer):
        for confidential, street in ((True, "9 Hidden Rd"), (False, "4 Oak St"), (False, "5 Far St")):
            put_at(session, loop.pantry, street, confidential=confidential)
        release(session, loop)

        (only,) = listed(session, loop, officer)
        assert only.receiver.place.address_1 == "4 Oak St"

    def test_a_masked_receiver_is_listed_without_name_and_place(self, session, loop, officer):
        refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
        put_at(session, refuge, "9 Hidden Rd")
        release(session, loop, to=refuge, at_person_request=True)

        (only,) = listed(session, loop, officer)
        assert only.receiver is None and only.elements == ["name", "need"]

    def test_a_law_that_let_it_go_is_named(self, session, loop, officer):
        row = release(session, loop)
        row.basis = "hipaa-tpo+lps-treatment,consent,of-old"

        rules = privacy.rules_of(row.basis)
        assert [rule.id for rule in rules] == ["hipaa-tpo", "lps-treatment", "consent"]

    def test_of_others_nothing_is_in_it(self, session, loop, officer):
        sibling = make_person(session, loop.clinic, given_name="Sage")
        make_consent(session, sibling)
        release(session, replace(loop, person=sibling))

        assert listed(session, loop, officer) == []


def put_at(session, participant, street, *, confidential=False):
    organization = add(session, Organization(participant_id=participant.id, name=participant.name))
    location = add(session, Location(organization_id=organization.id, confidential=confidential))
    add(session, Address(location_id=location.id, address_1=street, city="Fresno", postal_code="93702"))


class TestByHand:
    def test_what_was_given_because_of_a_demand_is_in_it(self, session, loop, officer):
        release(session, loop, at=NOON - timedelta(days=1))
        demand = answered(session, officer, loop.person)

        by_hand, _release = listed(session, loop, officer)
        assert (by_hand.on, by_hand.demand, by_hand.elements) == (TODAY, demand, ())
        assert by_hand.receiver.name == "Law offices of Thrush and Thrush"

    def test_it_names_who_got_it_when_that_was_another(self, session, loop, officer):
        answered(session, officer, loop.person, given=Given("Two letters", TODAY, "The clerk of the court"))

        (only,) = listed(session, loop, officer)
        assert only.receiver.name == "The clerk of the court"

    @pytest.mark.parametrize("to", [DemandState.REFUSED, DemandState.WITHDRAWN, None])
    def test_where_nothing_was_given_nothing_is_in_it(self, session, loop, officer, to):
        demand = make_demand(session, officer)
        privacy.add_to_demand(session, officer, demand.id, loop.person.id, at=NOON)
        privacy.give_to_counsel(session, officer, demand.id, counsel="Ibis Marlowe", at=NOON)
        if to:
            privacy.decide_demand(session, officer, demand.id, to, decision="No.", at=NOON)

        assert listed(session, loop, officer) == []

    def test_it_is_in_the_list_of_nobody_else_nor_of_other_days(self, session, loop, officer):
        sibling = make_person(session, loop.clinic, given_name="Sage")
        answered(session, officer, loop.person)
        yesterday = Span(ALWAYS.first_on, TODAY - timedelta(days=1))

        assert listed(session, replace(loop, person=sibling), officer) == []
        assert listed(session, loop, officer, yesterday) == []


class TestDemandPersons:
    def test_they_are_put_on_it_and_taken_off_with_a_trace(self, session, loop, officer):
        demand = make_demand(session, officer)
        privacy.add_to_demand(session, officer, demand.id, loop.person.id, at=NOON)
        on_it = privacy.persons_of_demand(session, demand)
        privacy.take_off_demand(session, officer, demand.id, loop.person.id, at=NOON)

        assert (on_it, privacy.persons_of_demand(session, demand)) == ([loop.person.id], [])
        assert [(line.step, line.count) for line in privacy.history_of(session, demand)][:2] == [
            (Step.LIST_TAKEN_BACK, 1),
            (Step.LIST_GREW, 1),
        ]
        assert session.get(LegalDemandPerson, (demand.id, loop.person.id)).taken_off_at == NOON

    def test_who_was_taken_off_can_be_put_on_again(self, session, loop, officer):
        demand = make_demand(session, officer)
        for act in (privacy.add_to_demand, privacy.take_off_demand, privacy.add_to_demand):
            act(session, officer, demand.id, loop.person.id, at=NOON)

        assert privacy.persons_of_demand(session, demand) == [loop.person.id]

    def test_nobody_is_on_it_twice_and_nobody_is_taken_off_who_is_not(self, session, loop, officer):
        demand = make_demand(session, officer)
        privacy.add_to_demand(session, officer, demand.id, loop.person.id, at=NOON)

        with pytest.raises(NotPossibleNow, match="on it already"):
            privacy.add_to_demand(session, officer, demand.id, loop.person.id, at=NOON)
        with pytest.raises(NotFound):
            privacy.take_off_demand(session, officer, demand.id, uuid4(), at=NOON)

    def test_a_closed_one_stays_as_it_is(self, session, loop, officer):
        demand = answered(session, officer, loop.person)
        sibling = make_person(session, loop.clinic)

        with pytest.raises(NotPossibleNow, match="closed"):
            privacy.add_to_demand(session, officer, demand.id, sibling.id, at=NOON)
        with pytest.raises(NotPossibleNow, match="closed"):
            privacy.take_off_demand(session, officer, demand.id, loop.person.id, at=NOON)

    def test_a_person_of_another_organization_is_like_one_that_does_not_exist(self, session, loop, officer):
        demand, other = make_demand(session, officer), make_person(session, loop.pantry)

        for person_id in (other.id, uuid4()):
            with pytest.raises(NotFound, match="There is no such record"):
                privacy.add_to_demand(session, officer, demand.id, person_id, at=NOON)

    def test_nor_can_another_organization_touch_it(self, session, loop, officer, stranger):
        demand, theirs = make_demand(session, officer), make_person(session, loop.pantry)

        for act in (privacy.add_to_demand, privacy.take_off_demand):
            with pytest.raises(NotFound, match="There is no such record"):
                act(session, stranger, demand.id, theirs.id, at=NOON)

    @pytest.mark.parametrize("role", OTHERS)
    def test_no_other_role_does(self, session, loop, officer, role):
        demand = make_demand(session, officer)

        with pytest.raises(NotAllowed):
            privacy.add_to_demand(session, staff_of(loop.clinic, role), demand.id, loop.person.id, at=NOON)
        with pytest.raises(NotAllowed):
            privacy.get_case(session, staff_of(loop.clinic, role), LegalDemand, demand.id)


class TestTaking:
    def test_that_it_was_taken_is_kept_with_its_days_and_how_much_it_held(self, session, loop, officer):
        release(session, loop)

        privacy.take_accounting(session, officer, loop.person.id, ALWAYS, form="csv", at=NOON)

        event: events.Event = session.info["events"][-1]
        assert (event.action, event.person_id) == ("accounting.download", loop.person.id)
        assert event.codes == {"count": 1, "format": "csv", "first_on": "2020-11-24", "last_on": "2026-11-24"}

    def test_it_stands_in_what_the_person_asked_while_that_is_open(self, session, loop, officer):
        asked = make_request(session, officer, loop.person, kind=RequestKind.ACCOUNTING)
        copy = make_request(session, officer, loop.person, kind=RequestKind.ACCESS)

        privacy.take_accounting(session, officer, loop.person.id, ALWAYS, form="pdf", at=NOON)

        assert [line.step for line in privacy.history_of(session, asked)] == [Step.LIST_DOWNLOADED, Step.OPENED]
        assert [line.step for line in privacy.history_of(session, copy)] == [Step.OPENED]


@pytest.fixture
def treated(session, loop):
    """A network that may carry treatment records, and a whole consent of 42 CFR 2.31 to a class."""
    loop.pantry.kind = ParticipantKind.CLINIC
    session.add(loop.pantry)
    role = {"role": NetworkRole.PART2_INTERMEDIARY, "counsel": "Juniper Vale", "source": "Memo 7"}
    add(session, NetworkPolicy(**role, effective_on=date(2022, 1, 1), recorded_at=NOON - timedelta(days=900)))
    part2_consent(session, loop, recipient_class=Reach.TREATING_PROVIDERS, names_network=True)
    return loop


def part2_consent(session, loop, **fields):
    values = {
        "form": "part2",
        "categories": [Category.GENERAL.value, Category.SUD_PART2.value],
        "method": Method.SIGNED_PAPER,
        "stated": [each.value for each in Stated],
        "expiry": Expiry.DAY,
        "expires_on": date(2027, 1, 1),
        "given_at": NOON - timedelta(days=800),
    }
    return make_consent(session, loop.person, **{**values, **fields})


def part2(session, loop, officer, at=NOON):
    found, told = privacy.part2_list(session, officer, loop.person.id, at=at)
    assert [each.release for each in told] == list(found.rows)
    return told


class TestPart2List:
    def test_it_has_each_that_got_treatment_facts_by_a_consent_to_a_class(self, session, treated, officer):
        row = release(session, treated, NAME, TREATMENT)

        (only,) = part2(session, treated, officer)
        assert (only.on, only.receiver.name, only.release) == (TODAY, "Lantern Pantry", row)
        assert only.elements == ["need"], "the name alone tells nothing of treatment"

    def test_beside_the_name_of_such_a_service_every_fact_is_one(self, session, treated, officer):
        release(session, treated, NAME, NEED, service_category=Category.SUD_PART2)

        (only,) = part2(session, treated, officer)
        assert only.elements == ["name", "need"]

    def test_who_has_none_has_an_empty_list(self, session, treated, officer):
        release(session, treated, NAME)

        assert part2(session, treated, officer) == []

    def test_what_went_to_a_place_by_its_name_alone_is_not_on_it(self, session, treated, officer):
        for record in consent.consents_of(session, treated.clinic.id, treated.person.id):
            record.recipient_class, record.names_network = None, False
            record.recipient_ids = [str(treated.pantry.id)]
            session.add(record)
        role = {"role": NetworkRole.QSO, "counsel": "Juniper Vale", "source": "Memo 8"}
        add(session, NetworkPolicy(**role, effective_on=date(2023, 1, 1), recorded_at=NOON - timedelta(days=800)))
        release(session, treated, NAME, TREATMENT)

        assert part2(session, treated, officer) == []
        assert len(listed(session, treated, officer)) == 1

    def test_by_name_through_the_network_as_intermediary_it_is(self, session, treated, officer):
        for record in consent.consents_of(session, treated.clinic.id, treated.person.id):
            record.recipient_class, record.recipient_ids = None, [str(treated.pantry.id)]
            session.add(record)
        session.flush()
        release(session, treated, NAME, TREATMENT)

        assert [each.receiver.name for each in part2(session, treated, officer)] == ["Lantern Pantry"]

    @pytest.mark.parametrize(("years_ago", "count"), [(3, 1), (0, 0)], ids=["on the day", "a day later"])
    def test_it_looks_back_three_years_to_the_day(self, session, treated, officer, years_ago, count):
        row = release(session, treated, NAME, TREATMENT)
        row.released_at = NOON.replace(year=2023) - timedelta(days=0 if years_ago else 1)
        session.add(row)
        session.flush()

        assert len(part2(session, treated, officer)) == count

    @pytest.mark.parametrize("beside", [False, True], ids=["by its kind", "beside the service"])
    def test_of_the_time_before_decisions_were_kept_the_release_itself_tells(self, session, treated, officer, beside):
        elements = (NAME, NEED) if beside else (NAME, TREATMENT)
        row = release(session, treated, *elements, service_category=Category.SUD_PART2 if beside else Category.GENERAL)
        session.delete(session.get_one(ConsentDecision, consent.decision_of(session, row.id).id))
        session.flush()

        (only,) = part2(session, treated, officer)
        assert only.elements == (["name", "need"] if beside else ["need"])

    def test_it_is_the_same_once_the_record_of_the_person_was_erased(self, session, treated, officer):
        release(session, treated, NAME, TREATMENT)
        grant_deletion(session, officer, treated.person.id)

        retention.erase(session, officer, treated.person.id, Ground.REQUEST, at=datetime.now(UTC))

        (only,) = part2(session, treated, officer)
        assert (only.receiver.name, only.elements) == ("Lantern Pantry", ["need"])

    def test_that_it_was_made_is_kept(self, session, treated, officer):
        part2(session, treated, officer)

        assert done_in(session)[-1] == "accounting.part2-list"


class TestOthers:
    ACTS = {
        "list": lambda session, actor, id_: privacy.accounting_of(session, actor, id_, ALWAYS, at=NOON),
        "file": lambda session, actor, id_: privacy.take_accounting(session, actor, id_, ALWAYS, form="csv", at=NOON),
        "part2": lambda session, actor, id_: privacy.part2_list(session, actor, id_, at=NOON),
    }

    @pytest.mark.parametrize("act", ACTS)
    def test_of_another_organization_is_like_one_that_does_not_exist(self, session, loop, stranger, act):
        for person_id in (loop.person.id, uuid4()):
            with pytest.raises(NotFound, match="There is no such record"):
                self.ACTS[act](session, stranger, person_id)

        assert "accounting.download" not in done_in(session)

    @pytest.mark.parametrize("act", ACTS)
    @pytest.mark.parametrize("role", OTHERS)
    def test_no_other_role_makes_one(self, session, loop, role, act):
        with pytest.raises(NotAllowed):
            self.ACTS[act](session, staff_of(loop.clinic, role), loop.person.id)


def test_the_days_are_days_of_california(session, loop, officer):
    before_midnight = NOON.replace(hour=7, minute=30)
    release(session, loop, at=before_midnight)

    (only,) = listed(session, loop, officer)
    assert only.on == local_day(before_midnight) == TODAY - timedelta(days=1)


def test_it_can_still_be_given_once_the_record_of_the_person_was_erased(session, loop, officer):
    """45 CFR 164.528: what left before is accounted for."""
    release(session, loop)
    loop.person.erased_at = NOON

    assert len(listed(session, loop, officer)) == 1
