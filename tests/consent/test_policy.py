"""What counsel of the network recorded: who may, from which day it holds, and what it opens at the gate."""

from datetime import timedelta

import pytest

from cie import consent
from cie.access import Role
from cie.calendar import local_day
from cie.consent import DataSet, Decision, Disclosure, Element, NetworkRole, settings_of
from cie.consent.asking import network_on
from cie.consent.law import Network
from cie.errors import Invalid, NotAllowed, Stale
from cie.participants import LegalStanding, Program, set_standing
from cie.people import Standing
from tests.factories import NOON, make_consent, make_participant, make_person, staff_of

TODAY = local_day(NOON)
TOMORROW = TODAY + timedelta(days=1)
READERS = [Role.NETWORK_ADMINISTRATOR, Role.PRIVACY_OFFICER]
NAME = Element("name", "Aster Moreno")


@pytest.fixture
def network(session):
    return staff_of(make_participant(session, name="Valley Exchange"), Role.NETWORK_ADMINISTRATOR)


@pytest.fixture
def person(session):
    """Somebody in Medi-Cal whom a community organization serves, who was asked nothing yet."""
    person = make_person(session, make_participant(session, name="Open Basket Co-op"))
    person.standing = [Standing.MEDI_CAL]
    return person


@pytest.fixture
def pantry(session):
    return make_participant(session)


def record(session, actor, at=NOON, **fields):
    words = {"counsel": "Juniper Vale", "source": "Memo of November 2, in the office", "effective_on": TODAY}
    words |= {name: fields.pop(name) for name in list(fields) if name in (*words, "seen_id")}
    newest = session.info.setdefault("newest", [None])
    policy = consent.record_policy(session, actor, Network(**fields), **{"seen_id": newest[-1], **words}, at=at)
    newest.append(policy.id)
    return policy


def ask(session, person, recipient, at=NOON):
    """The rule that lets the name of the person go, or that is in the way."""
    wanted = Disclosure(person, person.organization_id, recipient.id, DataSet.REFERRAL, [NAME])
    ruling = consent.preview(session, wanted, at=at)
    return ruling.refusal.rule if ruling.refusal else ruling.basis


class TestRecording:
    def test_everything_is_kept_with_counsel_source_and_first_day(self, session, network):
        policy = record(session, network, role=NetworkRole.QSO, hmis_inferred=True, counsel=" Juniper Vale ")

        assert (policy.counsel, policy.source) == ("Juniper Vale", "Memo of November 2, in the office")
        assert (policy.effective_on, policy.recorded_at, policy.recorded_by_id) == (TODAY, NOON, network.id)
        assert settings_of(policy) == Network(role=NetworkRole.QSO, hmis_inferred=True)

    def test_the_event_says_what_was_opened_and_names_no_counsel(self, session, network):
        record(session, network, role=NetworkRole.QSO, ab133=True, statute_before_no=True)

        (event,) = session.info["events"]
        assert event.action == "network-policy.record"
        assert event.codes == {"role": "qso", "opened": ["ab133", "statute_before_no"], "effective_on": "2026-11-24"}

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"counsel": "  "}, "counsel"),
            ({"counsel": "x" * 101}, "counsel"),
            ({"source": ""}, "source"),
            ({"source": "x" * 301}, "source"),
            ({"effective_on": TODAY - timedelta(days=1)}, "effective_on"),
        ],
    )
    def test_what_is_missing_or_too_early_is_named(self, session, network, fields, field):
        with pytest.raises(Invalid) as refused:
            record(session, network, **fields)

        assert refused.value.field == field

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.NETWORK_ADMINISTRATOR])
    def test_nobody_else_records(self, session, network, role):
        with pytest.raises(NotAllowed):
            record(session, staff_of(network.organization, role))

        assert consent.policy_on(session, network, TODAY) is None

    def test_a_form_that_saw_an_older_record_is_refused(self, session, network):
        record(session, network, ab133=True)

        with pytest.raises(Stale):
            record(session, network, seen_id=None)


class TestReading:
    @pytest.mark.parametrize("role", Role)
    def test_privacy_officers_of_every_organization_and_the_network_read_it(self, session, network, pantry, role):
        recorded = record(session, network)
        reader = staff_of(pantry, role)

        if role in READERS:
            assert consent.policy_on(session, reader, TODAY) == recorded
        else:
            with pytest.raises(NotAllowed):
                consent.policies(reader)

    def test_the_latest_first_day_comes_first_and_of_one_day_the_newest(self, session, network):
        coming = record(session, network, effective_on=TOMORROW)
        first = record(session, network, at=NOON + timedelta(minutes=1))
        second = record(session, network, at=NOON + timedelta(minutes=2))

        found = session.execute(consent.policies(network)).scalars().all()

        assert found == [coming, second, first]
        assert consent.newest_policy(session, network) == second
        assert consent.replaced_among(session, found) == {first.id}

    def test_the_page_and_the_gate_read_the_same(self, session, network):
        record(session, network, ab133=True)
        record(session, network, at=NOON + timedelta(minutes=1), wic_agreement=True)
        record(session, network, at=NOON + timedelta(minutes=2), effective_on=TOMORROW, ab210_protocol=True)

        for day in (TODAY - timedelta(days=1), TODAY, TOMORROW):
            assert settings_of(consent.policy_on(session, network, day)) == network_on(session, day)


class TestAtTheGate:
    def test_nothing_is_open_until_counsel_recorded_it(self, session, person, pantry):
        assert ask(session, person, pantry) == "no-consent"

    def test_ab133_lets_general_facts_of_somebody_in_medi_cal_go_without_a_consent(
        self, session, network, person, pantry
    ):
        record(session, network, ab133=True)

        assert ask(session, person, pantry) == "ab133"

    def test_it_opens_nothing_of_somebody_else(self, session, network, person, pantry):
        record(session, network, ab133=True)
        person.standing = None

        assert ask(session, person, pantry) == "no-consent"

    def test_the_persons_no_stops_it_unless_counsel_turned_that_round(self, session, network, person, pantry):
        record(session, network, ab133=True)
        make_consent(session, person, decision=Decision.DO_NOT_SHARE)
        assert ask(session, person, pantry) == "persons-no"

        record(session, network, at=NOON + timedelta(minutes=1), ab133=True, statute_before_no=True)
        assert ask(session, person, pantry) == "ab133"

    def test_a_policy_of_tomorrow_does_not_hold_today(self, session, network, person, pantry):
        record(session, network, ab133=True, effective_on=TOMORROW)

        assert ask(session, person, pantry) == "no-consent"
        assert ask(session, person, pantry, at=NOON + timedelta(days=1)) == "ab133"

    def test_another_record_for_the_same_day_takes_its_place(self, session, network, person, pantry):
        record(session, network, ab133=True)
        record(session, network, at=NOON + timedelta(minutes=1))

        assert ask(session, person, pantry) == "no-consent"

    def test_the_homeless_team_needs_protocol_and_both_members(self, session, network, person, pantry):
        person.standing = None
        record(session, network, ab210_protocol=True)
        for each in (pantry.id, person.organization_id):
            assert ask(session, person, pantry) == "no-consent"
            team = LegalStanding(programs=(Program.HMIS,), on_ab210_team=True)
            set_standing(session, network, each, team, at=NOON)

        assert ask(session, person, pantry) == "ab210"
