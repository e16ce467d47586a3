"""Organizations and their agreements: joining, signing, ending, leaving, steps in danger, tries."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from cie import participants
from cie.access import Role
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.events import Change
from cie.participants import ParticipantKind
from tests.factories import NOON, make_participant, staff_of

TODAY = date(2026, 11, 24)
ADMINISTRATOR = Role.ORGANIZATION_ADMINISTRATOR


@pytest.fixture
def network(session):
    return staff_of(make_participant(session, name="Valley Exchange"), Role.NETWORK_ADMINISTRATOR)


@pytest.fixture
def pantry(session):
    return make_participant(session, agreement=False)


def add(session, actor, **fields):
    values = {"name": "Lantern Pantry", "kind": ParticipantKind.CBO, "county_fips": "", "email": "", "phone": ""}
    return participants.add_participant(session, actor, **{**values, **fields}, at=NOON)


def sign(session, actor, organization, **fields):
    values = {"document_version": "2026-1", "signer": "Linnet Reed", "signed_on": TODAY, "effective_on": TODAY}
    return participants.sign_agreement(
        session, actor, organization.id, **{**values, "ends_on": None, **fields}, at=NOON
    )


def current(session, organization, on=TODAY):
    return participants.current_agreement(session, organization.id, on=on)


class TestJoining:
    def test_it_starts_without_an_agreement(self, session, network):
        added = add(session, network, name=" Lantern Pantry ", county_fips="06019", phone="(559) 555-0142")

        assert added.name == "Lantern Pantry"
        assert current(session, added) is None
        with pytest.raises(NotPossibleNow):
            participants.require_agreement(session, added.id, on=TODAY)

    @pytest.mark.parametrize(
        ("field", "value"),
        [("name", " "), ("name", "x" * 201), ("county_fips", "36061"), ("email", "nobody"), ("phone", "12")],
    )
    def test_what_is_wrong_is_named(self, session, network, field, value):
        with pytest.raises(Invalid) as refused:
            add(session, network, **{field: value})

        assert refused.value.field == field

    def test_only_the_network_adds_and_lists(self, session, pantry):
        with pytest.raises(NotAllowed):
            add(session, staff_of(pantry, ADMINISTRATOR, Role.SUPERVISOR, Role.PRIVACY_OFFICER))
        with pytest.raises(NotAllowed):
            participants.all_participants(staff_of(pantry, ADMINISTRATOR))


class TestAgreement:
    def test_it_holds_from_its_first_day_to_its_last(self, session, network, pantry):
        signed = sign(session, network, pantry, ends_on=TODAY + timedelta(days=9))

        assert current(session, pantry, TODAY - timedelta(days=1)) is None
        assert current(session, pantry) is signed
        assert current(session, pantry, TODAY + timedelta(days=9)) is signed
        assert current(session, pantry, TODAY + timedelta(days=10)) is None

    def test_the_latest_of_several_counts(self, session, network, pantry):
        old = sign(session, network, pantry, effective_on=TODAY - timedelta(days=30))
        new = sign(session, network, pantry, document_version="2026-2")

        assert current(session, pantry) is new
        assert participants.agreements_of(session, network, pantry.id) == [new, old]

    def test_who_signed_lies_sealed(self, session, network, pantry):
        signed = sign(session, network, pantry)

        assert b"Linnet" not in signed.signer_sealed
        assert signed.signer == "Linnet Reed"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("document_version", " "),
            ("document_version", "x" * 41),
            ("signer", ""),
            ("signed_on", TODAY + timedelta(days=1)),
            ("ends_on", TODAY - timedelta(days=1)),
        ],
    )
    def test_what_is_wrong_is_named(self, session, network, pantry, field, value):
        with pytest.raises(Invalid) as refused:
            sign(session, network, pantry, **{field: value})

        assert refused.value.field == field

    def test_only_the_network_signs_and_ends(self, session, network, pantry):
        own = staff_of(pantry, ADMINISTRATOR, Role.PRIVACY_OFFICER)
        signed = sign(session, network, pantry)

        with pytest.raises(NotAllowed):
            sign(session, own, pantry)
        with pytest.raises(NotAllowed):
            participants.end_agreement(session, own, signed.id, ends_on=TODAY, at=NOON)

    def test_its_own_administrator_reads_it_and_no_other_does(self, session, network, pantry):
        signed = sign(session, network, pantry)
        other = make_participant(session, name="Open Basket Co-op")

        assert participants.agreements_of(session, staff_of(pantry, ADMINISTRATOR), pantry.id) == [signed]
        with pytest.raises(NotFound):
            participants.agreements_of(session, staff_of(other, ADMINISTRATOR), pantry.id)
        with pytest.raises(NotAllowed):
            participants.agreements_of(session, staff_of(pantry), pantry.id)


class TestEnding:
    def test_the_last_day_is_today_or_later(self, session, network, pantry):
        signed = sign(session, network, pantry)

        participants.end_agreement(session, network, signed.id, ends_on=TODAY, at=NOON)

        assert current(session, pantry) is signed
        assert current(session, pantry, TODAY + timedelta(days=1)) is None

    def test_a_day_that_has_passed_is_refused(self, session, network, pantry):
        signed = sign(session, network, pantry, signed_on=TODAY - timedelta(days=9))

        with pytest.raises(Invalid, match="Last day"):
            participants.end_agreement(session, network, signed.id, ends_on=TODAY - timedelta(days=1), at=NOON)

    def test_one_that_has_ended_stays_ended(self, session, network, pantry):
        signed = sign(session, network, pantry, effective_on=date(2026, 1, 1), ends_on=date(2026, 6, 30))

        with pytest.raises(NotPossibleNow):
            participants.end_agreement(session, network, signed.id, ends_on=TODAY, at=NOON)

    def test_an_unknown_one_is_not_found(self, session, network, pantry):
        with pytest.raises(NotFound):
            participants.end_agreement(session, network, pantry.id, ends_on=TODAY, at=NOON)

    def test_what_it_was_before_is_kept(self, session, network, pantry):
        signed = sign(session, network, pantry)
        participants.end_agreement(session, network, signed.id, ends_on=TODAY, at=NOON)
        session.flush()

        changes = session.execute(select(Change).where(Change.record_id == signed.id).order_by(Change.id)).scalars()
        assert list(changes)[-1].fields == {"ends_on": [None, "2026-11-24"]}


class TestLeaving:
    def test_it_leaves_and_comes_back(self, session, network, pantry):
        participants.set_active(session, network, pantry.id, False, at=NOON)
        assert not pantry.is_active
        participants.set_active(session, network, pantry.id, True, at=NOON)
        assert pantry.is_active

    def test_the_network_cannot_put_itself_out(self, session, network):
        with pytest.raises(NotPossibleNow):
            participants.set_active(session, network, network.organization, False, at=NOON)

    def test_only_the_network_decides(self, session, pantry):
        with pytest.raises(NotAllowed):
            participants.set_active(session, staff_of(pantry, ADMINISTRATOR), pantry.id, False, at=NOON)


class TestOwnRules:
    @pytest.mark.parametrize("role", [ADMINISTRATOR, Role.PRIVACY_OFFICER])
    def test_tries_and_steps_are_set_by_whoever_manages_the_organization(self, session, pantry, role):
        actor = staff_of(pantry, role)

        participants.set_attempts_before_unreachable(session, actor, pantry.id, 5, at=NOON)
        participants.set_danger_steps(session, actor, pantry.id, ["Call Linnet.", " ", "Call 911."], at=NOON)

        assert pantry.attempts_before_unreachable == 5
        assert participants.danger_steps(session, pantry.id) == ["Call Linnet.", "Call 911."]

    @pytest.mark.parametrize("attempts", [0, 11, -1])
    def test_tries_lie_between_one_and_ten(self, session, pantry, attempts):
        actor = staff_of(pantry, ADMINISTRATOR)

        with pytest.raises(Invalid, match="Tries"):
            participants.set_attempts_before_unreachable(session, actor, pantry.id, attempts, at=NOON)

    @pytest.mark.parametrize("steps", [["x"] * 13, ["x" * 301]])
    def test_steps_are_few_and_short(self, session, pantry, steps):
        with pytest.raises(Invalid, match="Steps"):
            participants.set_danger_steps(session, staff_of(pantry, ADMINISTRATOR), pantry.id, steps, at=NOON)

    def test_no_steps_bring_back_those_of_the_network(self, session, pantry):
        actor = staff_of(pantry, ADMINISTRATOR)
        participants.set_danger_steps(session, actor, pantry.id, ["Call Linnet."], at=NOON)

        participants.set_danger_steps(session, actor, pantry.id, [], at=NOON)

        assert any("911" in step for step in participants.danger_steps(session, pantry.id))
        assert participants.danger_steps(session, pantry.id, "es") != participants.danger_steps(session, pantry.id)

    def test_strangers_and_caseworkers_change_nothing(self, session, pantry):
        stranger = staff_of(make_participant(session, name="Open Basket Co-op"), ADMINISTRATOR)

        for actor, refusal in ((stranger, NotFound), (staff_of(pantry), NotAllowed)):
            with pytest.raises(refusal):
                participants.set_attempts_before_unreachable(session, actor, pantry.id, 5, at=NOON)
            with pytest.raises(refusal):
                participants.set_danger_steps(session, actor, pantry.id, ["x"], at=NOON)
            with pytest.raises(refusal):
                participants.set_on_call(session, actor, pantry.id, user_id=pantry.id, phone="5595550142", at=NOON)

    @pytest.mark.parametrize("phone", ["", "12", "call me", "+" * 30])
    def test_the_phone_of_who_is_on_call_is_a_phone(self, session, pantry, phone):
        actor = staff_of(pantry, ADMINISTRATOR)

        with pytest.raises(Invalid, match="Phone"):
            participants.set_on_call(session, actor, pantry.id, user_id=pantry.id, phone=phone, at=NOON)
