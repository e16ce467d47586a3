"""A care partner asks whether a permission stands elsewhere: who is entitled hears its scope, all others nothing."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from sqlmodel import col, delete, select

from cie import consent
from cie.access import SYSTEM, Actor, ActorKind, Purpose, Role
from cie.consent import (
    ConsentQuery,
    Decision,
    Expiry,
    Method,
    NetworkRole,
    Obligation,
    Reach,
    Release,
    SignerKind,
    Stated,
    Statement,
    ask_about_permission,
)
from cie.consent.models import NetworkPolicy
from cie.consent.queries import ASKS_A_DAY
from cie.directory import Category
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow, TooMany
from cie.participants.models import Agreement, Participant, ParticipantKind
from cie.people import ContactPoint, Person
from cie.people.filing import file_person
from cie.people.models import BlockingKey
from tests.factories import (
    NOON,
    add,
    make_consent,
    make_participant,
    make_person,
    make_phone,
    make_service,
    make_staff,
    staff_of,
)
from tests.noninterference.work import Work

TODAY = date(2026, 11, 24)
PART2 = {
    "form": "part2",
    "categories": ["sud-part2"],
    "method": Method.ON_SCREEN,
    "expiry": Expiry.DAY,
    "expires_on": date(2027, 6, 1),
    "stated": [each.value for each in Stated if each != Stated.COPY],
}


@dataclass
class Place:
    """A pantry that asks of its own person, and a clinic that keeps a record of the same human."""

    pantry: Participant
    clinic: Participant
    own: Person
    theirs: Person
    asker: Actor

    def ask(self, session, *, purpose=Purpose.CARE_COORDINATION, at=NOON):
        return ask_about_permission(session, self.asker, self.own.id, purpose=purpose, at=at)


def on_file(session, participant, **fields) -> Person:
    person = make_person(session, participant, **fields)
    make_phone(session, person)
    file_person(session, person)
    return person


@pytest.fixture
def place(session) -> Place:
    pantry = make_participant(session)
    clinic = make_participant(session, name="Blue Kite Clinic", kind=ParticipantKind.CLINIC)
    own, theirs = on_file(session, pantry), on_file(session, clinic)
    user = make_staff(session, pantry)
    asker = Actor(ActorKind.STAFF, user.id, pantry.id, frozenset({Role.CASEWORKER}))
    return Place(pantry, clinic, own, theirs, asker)


def named(place) -> dict[str, list[str]]:
    return {"recipient_ids": [str(place.pantry.id)]}


class TestEntitled:
    def test_by_name_hears_who_keeps_it_for_what_kinds_and_purposes_and_until_when(self, session, place):
        yes = make_consent(session, place.theirs, **named(place), expiry=Expiry.DAY, expires_on=date(2027, 1, 31))

        (told,) = place.ask(session)

        (scope,) = told.scopes
        assert told.holder.id == place.clinic.id
        assert (scope.consent_id, scope.form.id) == (yes.id, "cie-sharing")
        assert scope.kinds == (Category.GENERAL, Category.HOUSING)
        assert (scope.purposes, scope.expires_on) == ({Purpose.CARE_COORDINATION}, date(2027, 1, 31))

    def test_one_who_can_help_hears_of_what_names_nobody(self, session, place):
        make_consent(session, place.theirs)

        assert len(place.ask(session)) == 1

    def test_by_class_only_those_who_treat_hear_of_what_is_meant_for_them(self, session, place):
        make_consent(session, place.theirs, recipient_class=Reach.TREATING_PROVIDERS)
        before = place.ask(session)

        place.pantry.kind = ParticipantKind.CLINIC

        assert before == []
        assert len(place.ask(session)) == 1

    def test_a_kind_that_the_law_keeps_from_the_asker_is_not_named_nor_is_the_form(self, session, place):
        kinds = ["general", "hiv"]
        make_consent(session, place.theirs, categories=kinds, form="cmia", method=Method.ON_SCREEN)

        ((scope,),) = (told.scopes for told in place.ask(session))

        assert scope.kinds == (Category.GENERAL,)
        assert scope.form is None

    @pytest.mark.parametrize("form", ["part2", "cmia", "victim-release", "abcdm-229"])
    def test_a_form_whose_title_tells_more_than_the_kinds_is_not_named(self, session, place, form):
        whole = {"expiry": Expiry.DAY, "expires_on": date(2027, 1, 31), "stated": [each.value for each in Stated]}
        make_consent(session, place.theirs, categories=["general"], form=form, method=Method.ON_SCREEN,
                     **named(place), **whole)  # fmt: skip

        ((scope,),) = (told.scopes for told in place.ask(session))

        assert (scope.kinds, scope.form) == ((Category.GENERAL,), None)

    def test_nor_is_one_that_the_network_named_itself(self, session, place):
        network = staff_of(place.clinic, Role.NETWORK_ADMINISTRATOR)
        title = replace(consent.forms()["cmia"], id="county-hiv", title="Release of the HIV clinic", title_es="VIH")
        own = consent.build_form(session, network, title, seen_version=0, at=NOON)
        make_consent(session, place.theirs, categories=["general"], form="county-hiv", own_form_id=own.id,
                     method=Method.ON_SCREEN, **named(place))  # fmt: skip

        ((scope,),) = (told.scopes for told in place.ask(session))

        assert (scope.kinds, scope.form) == ((Category.GENERAL,), None)

    def test_each_purpose_is_asked_for_itself(self, session, place):
        place.pantry.kind = ParticipantKind.CLINIC
        make_consent(session, place.theirs)

        assert place.ask(session, purpose=Purpose.TREATMENT) == []

    def test_two_places_answer_each_for_itself(self, session, place):
        house = make_participant(session, name="Heron House", kind=ParticipantKind.HOSPITAL)
        for person in (place.theirs, on_file(session, house)):
            make_consent(session, person)

        assert [told.holder.name for told in place.ask(session)] == ["Blue Kite Clinic", "Heron House"]


def said_no(session, place):
    make_consent(session, place.theirs, **named(place), decision=Decision.DO_NOT_SHARE, categories=[])


def said_no_to_all(session, place):
    make_consent(session, place.theirs, decision=Decision.DO_NOT_SHARE, categories=[])


def said_no_elsewhere(session, place):
    statement = Statement("s-1", Decision.DO_NOT_SHARE, TODAY)
    consent.take_statement(session, SYSTEM, place.theirs.id, "state", statement, at=NOON)


def told_the_asker_no(session, place):
    make_consent(session, place.own, decision=Decision.DO_NOT_SHARE, categories=[])


def has_expired(_session, place):
    place.yes.expires_on = TODAY - timedelta(days=1)


def was_taken_back(_session, place):
    place.yes.revoked_at = NOON


def was_replaced(session, place):
    make_consent(session, place.theirs, recipient_ids=[str(place.clinic.id)], supersedes_id=place.yes.id)


def is_for_another(_session, place):
    place.yes.recipient_ids = [str(place.clinic.id)]


def was_erased(session, place):
    place.theirs.erased_at = NOON


def agreement_of(session, participant) -> Agreement:
    return session.exec(select(Agreement).where(Agreement.organization_id == participant.id)).one()


def lapsed_there(session, place):
    agreement_of(session, place.clinic).ends_on = TODAY - timedelta(days=1)


def lapsed_here(session, place):
    agreement_of(session, place.pantry).ends_on = TODAY - timedelta(days=1)


def left_the_network(_session, place):
    place.clinic.is_active = False


def another_birth_date(session, place):
    place.theirs.birth_text = "1992-03-28"
    file_person(session, place.theirs)


def two_records_there(session, place):
    make_consent(session, on_file(session, place.clinic))


def minors_own(session, place):
    for person in (place.own, place.theirs):
        person.birth_text = "2012-05-06"
        file_person(session, person)
    place.yes.signer = SignerKind.MINOR


HIDDEN = [
    said_no, said_no_to_all, said_no_elsewhere, told_the_asker_no, has_expired, was_taken_back, was_replaced,
    is_for_another, was_erased, lapsed_there, lapsed_here, left_the_network, another_birth_date, two_records_there,
    minors_own,
]  # fmt: skip


KNOWN = [told_the_asker_no, lapsed_here, left_the_network, minors_own]
"""What changes the asker's own records, or what everybody in the network knows."""
ELSEWHERE = [change for change in HIDDEN if change not in KNOWN]


class TestNotEntitled:
    @pytest.mark.parametrize("change", HIDDEN)
    def test_hears_nothing(self, session, place, change):
        place.yes = make_consent(session, place.theirs, given_at=NOON - timedelta(hours=1))
        assert len(place.ask(session)) == 1

        change(session, place)
        session.flush()

        assert place.ask(session) == []

    def test_a_likely_match_is_none(self, session, place):
        make_consent(session, place.theirs)
        place.theirs.zip = "95814"
        phone = session.exec(select(ContactPoint).where(ContactPoint.person_id == place.theirs.id)).one()
        session.delete(phone)
        session.flush()
        file_person(session, place.theirs)

        assert place.ask(session) == []

    def test_nothing_there_leaves_a_trace_there(self, session, place):
        place.ask(session)

        assert session.exec(select(Release)).all() == []
        assert [q.organization_id for q in session.exec(select(ConsentQuery))] == [place.pantry.id]


class TestMinors:
    @pytest.mark.parametrize("is_named", [True, False])
    def test_only_whom_a_minor_named_hears_of_what_the_minor_signed(self, session, place, is_named):
        for person in (place.own, place.theirs):
            person.birth_text = "2012-05-06"
            file_person(session, person)
        signed = {"form": "cmia", "method": Method.ON_SCREEN, "stated": [each.value for each in Stated]}
        ends = {"expiry": Expiry.DAY, "expires_on": date(2027, 6, 1)}
        whom = named(place) if is_named else {}
        make_consent(
            session, place.theirs, signer=SignerKind.MINOR, categories=["mental-health"], **signed, **ends, **whom
        )

        kinds = [scope.kinds for told in place.ask(session) for scope in told.scopes]

        assert kinds == ([(Category.MENTAL_HEALTH,)] if is_named else [])


class TestProtected:
    def test_a_victim_service_is_never_looked_at(self, session, place):
        refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
        make_consent(session, on_file(session, refuge), **named(place), method=Method.ON_SCREEN)

        assert place.ask(session) == []

    def test_a_victim_service_cannot_ask(self, session, place):
        refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
        person = on_file(session, refuge)
        make_consent(session, place.theirs, recipient_ids=[str(refuge.id)])

        with pytest.raises(NotPossibleNow):
            ask_about_permission(session, staff_of(refuge), person.id, purpose=Purpose.CARE_COORDINATION, at=NOON)

        assert session.exec(select(ConsentQuery)).all() == []

    def test_a_part2_program_is_named_only_under_a_consent_for_that_treatment(self, session, place):
        add(session, NetworkPolicy(role=NetworkRole.QSO, counsel="R", source="M", effective_on=TODAY, recorded_at=NOON))
        place.clinic.is_part2_program = True
        make_consent(session, place.theirs, **named(place))
        before = place.ask(session)

        make_consent(session, place.theirs, **PART2, **named(place))

        (told,) = place.ask(session)
        assert before == []
        assert [scope.kinds for scope in told.scopes] == [(Category.SUD_PART2,)]
        assert Obligation.PART2_NOTICE in told.obligations

    def test_a_part2_program_that_asks_needs_the_same_for_its_own_name(self, session, place):
        add(session, NetworkPolicy(role=NetworkRole.QSO, counsel="R", source="M", effective_on=TODAY, recorded_at=NOON))
        place.pantry.is_part2_program = True
        make_consent(session, place.theirs, **named(place))
        before = place.ask(session)

        make_consent(session, place.theirs, **PART2, **named(place))

        assert before == []
        assert len(place.ask(session)) == 1

    def test_a_place_for_one_protected_thing_alone_is_named_only_under_a_consent_for_it(self, session, place):
        service = make_service(session, place.clinic, sensitivity=Category.HIV)
        make_consent(session, place.theirs)
        before = place.ask(session)

        service.sensitivity = Category.GENERAL
        session.flush()

        assert before == []
        assert len(place.ask(session)) == 1


class TestRecord:
    def test_both_sides_keep_who_asked_and_what_was_told(self, session, place):
        yes = make_consent(session, place.theirs)

        place.ask(session)

        rows = session.exec(select(ConsentQuery).order_by(col(ConsentQuery.id))).all()
        assert [(r.organization_id, r.person_id, r.consent_ids, r.asked_by_id) for r in rows] == [
            (place.pantry.id, place.own.id, [], place.asker.id),
            (place.clinic.id, place.theirs.id, [str(yes.id)], None),
        ]
        assert {r.asker_id for r in rows} == {place.pantry.id}

    def test_what_is_told_passes_the_gate_in_both_directions_and_cannot_be_read_again(self, session, place):
        yes = make_consent(session, place.theirs)

        place.ask(session)

        releases = session.exec(select(Release).order_by(col(Release.id))).all()
        assert [(r.organization_id, r.recipient_id) for r in releases] == [
            (place.clinic.id, place.pantry.id), (place.pantry.id, place.clinic.id)]  # fmt: skip
        assert {(r.person_id, r.basis, *r.consent_ids, r.ended_at) for r in releases} == {
            (place.theirs.id, "consent", str(yes.id), NOON)
        }
        assert all(consent.decision_of(session, release.id) is not None for release in releases)

    def test_the_stream_of_the_other_side_says_who_asked(self, session, place):
        make_consent(session, place.theirs)

        place.ask(session)

        told = [e for e in session.info["events"] if e.action == "permission.tell"]
        assert [(e.organization_id, e.person_id) for e in told] == [(place.clinic.id, place.theirs.id)]
        assert [e.organization_id for e in session.info["events"] if e.action == "permission.ask"] == [place.pantry.id]


class TestRefused:
    def test_somebody_elses_person_does_not_exist(self, session, place):
        with pytest.raises(NotFound):
            ask_about_permission(session, place.asker, place.theirs.id, purpose=Purpose.CARE_COORDINATION, at=NOON)

    def test_a_privacy_officer_does_not_ask(self, session, place):
        officer = staff_of(place.pantry, Role.PRIVACY_OFFICER)

        with pytest.raises(NotAllowed):
            ask_about_permission(session, officer, place.own.id, purpose=Purpose.CARE_COORDINATION, at=NOON)

    def test_only_those_who_treat_ask_for_treatment(self, session, place):
        with pytest.raises(Invalid) as caught:
            place.ask(session, purpose=Purpose.TREATMENT)

        assert caught.value.field == "purpose"

    @pytest.mark.parametrize("birth", [None, "1992", "1992-03-27~", "1992-01-01"])
    def test_without_a_whole_birth_date_nobody_can_be_known(self, session, place, birth):
        place.own.birth_text = birth

        with pytest.raises(NotPossibleNow):
            place.ask(session)

    def test_nobody_fishes(self, session, place):
        for _each in range(ASKS_A_DAY):
            place.ask(session)

        with pytest.raises(TooMany):
            place.ask(session)

        assert place.ask(session, at=NOON + timedelta(days=1)) == []


class TestWork:
    """The same number of statements and key operations, whatever is on file elsewhere."""

    @pytest.mark.parametrize("change", ELSEWHERE)
    def test_what_is_hidden_does_not_show_in_it(self, session, place, monkeypatch, change):
        session.execute(delete(BlockingKey).where(col(BlockingKey.person_id) == place.theirs.id))
        without = self.work_of(session, place, monkeypatch)

        file_person(session, place.theirs)
        place.yes = make_consent(session, place.theirs, given_at=NOON - timedelta(hours=1))
        change(session, place)

        assert self.work_of(session, place, monkeypatch) == without

    @pytest.mark.parametrize("fields", [{"chosen_name": "Tea"}, {"standing": ["medi-cal"]}, {"family_name": None}])
    def test_nor_what_is_kept_of_who_is_found_there(self, session, place, monkeypatch, fields):
        without = self.work_of(session, place, monkeypatch)

        for name, value in fields.items():
            setattr(place.theirs, name, value)

        assert self.work_of(session, place, monkeypatch) == without

    @staticmethod
    def work_of(session, place, patch) -> tuple[int, int]:
        session.flush()
        session.expire_all()
        place.own.id, place.asker.id  # noqa: B018  # what is read before the question does not count
        with Work().counted(patch) as work:
            assert place.ask(session) == []
        patch.undo()
        return work.statements, work.key_operations
