"""The link to a person's own page and its PIN: who makes it, what ends it, how guessing is slowed down."""

from datetime import timedelta

import pytest

from cie import identity, people
from cie.access import ANYONE, Actor, ActorKind, Door, Permission, Purpose, Role, is_allowed
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow, TooMany
from cie.participants import ParticipantKind
from cie.people.birth import BirthDate
from cie.people.own_page import LINK_LIVES
from tests.factories import NOON, make_consent, make_participant, make_person, staff_of

PIN = "482915"
HASH = identity.hash_password(PIN)
BORN = BirthDate.from_text("1992-03-27")


@pytest.fixture
def clinic(session):
    return make_participant(session, name="Blue Kite Clinic", kind=ParticipantKind.CLINIC)


@pytest.fixture
def person(session, clinic):
    return make_person(session, clinic)


def make(session, person, actor=None, **values):
    actor = actor or staff_of(person.organization_id)
    return people.make_link(session, actor, person.id, **{"pin_hash": HASH, "at": NOON, **values})


def opens(session, token, at=NOON):
    try:
        return people.link_for(session, token, at=at).id
    except NotFound:
        return None


class TestPin:
    @pytest.mark.parametrize("pin", ["482915", "907060", "135790"])
    def test_six_digits_that_nobody_would_try_first(self, pin):
        people.check_pin(pin, BORN)

    @pytest.mark.parametrize(
        ("pin", "words"),
        [
            ("48291", "use 6 digits"),
            ("4829150", "use 6 digits"),
            ("48291a", "use 6 digits"),
            ("٤٨٢٩١٥", "use 6 digits"),
            ("111111", "easy to guess"),
            ("121212", "easy to guess"),
            ("123456", "easy to guess"),
            ("876543", "easy to guess"),
            ("032792", "birth date"),
            ("270392", "birth date"),
            ("920327", "birth date"),
            ("199203", "birth date"),
            ("031992", "birth date"),
        ],
    )
    def test_others_are_refused_by_name(self, pin, words):
        with pytest.raises(Invalid, match=words) as refused:
            people.check_pin(pin, BORN)

        assert refused.value.field == "code"
        assert pin not in refused.value.message

    def test_of_a_birth_date_only_what_is_known_counts(self):
        people.check_pin("032792", BirthDate.from_text("1992"))
        with pytest.raises(Invalid, match="birth date"):
            people.check_pin("199203", BirthDate.from_text("1992-03"))

    def test_it_is_kept_so_that_nobody_reads_it(self, session, person):
        link = make(session, person)

        assert people.is_pin_of(link, PIN) and not people.is_pin_of(link, "482916")
        assert link.pin_hash.startswith("$argon2id$")
        assert b"argon2" not in link.pin_hash_sealed


class TestLink:
    def test_it_works_for_ninety_days(self, session, person):
        token = people.link_token(make(session, person))

        last = NOON + LINK_LIVES
        assert opens(session, token, last - timedelta(seconds=1))
        assert opens(session, token, last) is None

    def test_it_is_the_same_each_time_it_is_asked_for(self, session, person):
        link = make(session, person)

        assert people.link_token(link) == people.link_token(link)
        assert people.current_link(session, staff_of(person.organization_id), person.id, at=NOON) is link

    def test_a_new_one_ends_the_one_before(self, session, person):
        first = people.link_token(make(session, person))
        second = people.link_token(make(session, person))

        assert first != second
        assert (opens(session, first) is None, opens(session, second) is None) == (True, False)

    def test_after_an_end_nothing_works_until_there_is_a_new_one(self, session, person):
        actor, token = staff_of(person.organization_id), people.link_token(make(session, person))

        people.end_link(session, actor, person.id, at=NOON)

        assert opens(session, token) is None
        assert people.current_link(session, actor, person.id, at=NOON) is None
        with pytest.raises(NotPossibleNow):
            people.end_link(session, actor, person.id, at=NOON)
        assert opens(session, people.link_token(make(session, person)))
        assert opens(session, token) is None

    @pytest.mark.parametrize("token", ["", "A", "A" * 43, "é", "../worklist"])
    def test_a_made_up_one_opens_nothing(self, session, person, token):
        make(session, person)

        assert opens(session, token) is None

    def test_the_id_of_a_link_is_not_enough(self, session, person):
        token = people.link_token(make(session, person))

        assert opens(session, token[:21] + "A" * 22) is None

    def test_a_visit_counts_while_its_generation_works(self, session, person):
        link = make(session, person)

        assert people.link_of_visit(session, link.id, 1, at=NOON) is link
        assert people.link_of_visit(session, link.id, 2, at=NOON) is None
        assert people.link_of_visit(session, link.id, 1, at=NOON + LINK_LIVES) is None
        assert people.link_of_visit(session, person.id, 1, at=NOON) is None


class TestWhoMakesIt:
    def test_another_organization_does_not_know_the_person(self, session, person):
        stranger = staff_of(make_participant(session))

        for verb in (lambda: make(session, person, stranger), lambda: look(session, stranger, person)):
            with pytest.raises(NotFound):
                verb()

    def test_an_administrator_does_not(self, session, person):
        boss = staff_of(person.organization_id, Role.ORGANIZATION_ADMINISTRATOR)

        with pytest.raises(NotAllowed):
            make(session, person, boss)

    def test_a_victim_service_makes_none(self, session):
        refuge = make_participant(session, name="Harbor Light", kind=ParticipantKind.VICTIM_SERVICES)

        with pytest.raises(NotPossibleNow, match="protected service"):
            make(session, make_person(session, refuge))

    @pytest.mark.parametrize(("born", "may"), [("2014-11-24", True), ("2014-11-25", False), ("", True)])
    def test_under_twelve_there_is_none(self, session, clinic, born, may):
        child = make_person(session, clinic, birth_text=born)

        if may:
            assert make(session, child).generation == 1
        else:
            with pytest.raises(NotPossibleNow, match="Under 12"):
                make(session, child)


def look(session, actor, person):
    return people.current_link(session, actor, person.id, at=NOON)


class TestTries:
    def tried(self, session, link, source="192.0.2.1", *, at=NOON):
        people.count_pin_try(session, link, source, at=at)

    def test_five_from_one_network_then_a_quarter_of_an_hour(self, session, person):
        link = make(session, person)
        for _n in range(5):
            self.tried(session, link)

        with pytest.raises(TooMany) as refused:
            self.tried(session, link)

        assert refused.value.retry_after_seconds <= 15 * 60 + 1
        self.tried(session, link, at=NOON + timedelta(minutes=15))

    def test_one_network_does_not_make_another_wait(self, session, person):
        link = make(session, person)
        for _n in range(5):
            self.tried(session, link)

        self.tried(session, link, "198.51.100.7")

    def test_many_networks_have_twenty_a_day_and_nobody_waits_for_ever(self, session, person):
        link = make(session, person)
        for number in range(20):
            self.tried(session, link, f"192.0.2.{number}")

        with pytest.raises(TooMany):
            self.tried(session, link, "198.51.100.7")

        self.tried(session, link, "198.51.100.7", at=NOON + timedelta(days=1))

    def test_the_right_one_starts_over(self, session, person):
        link = make(session, person)
        for _n in range(5):
            self.tried(session, link)

        people.came_in(session, link, "192.0.2.1", by="pin", at=NOON)

        self.tried(session, link)

    def test_what_other_networks_tried_stays_counted(self, session, person):
        link = make(session, person)
        for number in range(18):
            self.tried(session, link, f"198.51.100.{number}")
        self.tried(session, link)

        people.came_in(session, link, "192.0.2.1", by="pin", at=NOON)

        for number in (18, 19):
            self.tried(session, link, f"198.51.100.{number}")
        with pytest.raises(TooMany):
            self.tried(session, link, "198.51.100.20")

    def test_a_link_that_ended_meanwhile_lets_nobody_in(self, session, person):
        link = make(session, person)
        people.end_link(session, staff_of(person.organization_id), person.id, at=NOON)

        with pytest.raises(NotFound):
            people.came_in(session, link, "192.0.2.1", by="pin", at=NOON)


class TestPersonBehind:
    def test_it_is_the_person_by_link_at_their_own_request(self, session, person):
        actor = people.person_behind(make(session, person))

        assert actor == Actor(ActorKind.PERSON, person.id, purpose=Purpose.PERSON_REQUEST, door=Door.LINK)
        assert people.own_record(session, actor) is person

    def test_they_may_read_nobody_else_and_act_as_no_staff(self, session, clinic, person):
        actor = people.person_behind(make(session, person))
        other = make_person(session, clinic)

        with pytest.raises(NotFound):
            people.get_person(session, actor, other.id)
        assert not is_allowed(actor, Permission.OWN_PAGE, other)
        allowed = {
            p
            for p in Permission
            if p is not Permission.OWN_PAGE and is_allowed(actor, p, make_consent(session, person))
        }
        own = {Permission.CONSENT_READ, Permission.CONSENT_WRITE, Permission.PROXY_MANAGE}
        asked = {Permission.PATIENT_TASK_ANSWER, Permission.SCREENING_READ, Permission.SCREENING_WRITE}
        assert allowed == {*own, *asked, Permission.PERSON_WORD_RECORD}

    def test_staff_and_nobody_in_particular_have_no_own_page(self, session, person):
        for caller in (ANYONE, staff_of(person.organization_id), staff_of(person.organization_id, id=person.id)):
            with pytest.raises((NotFound, NotAllowed)):
                people.own_record(session, caller)
