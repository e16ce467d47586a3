"""Who may look in a person's place: who adds and ends them, what they may, and the day or birthday that ends it."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from cie import identity, people
from cie.access import Actor, ActorKind, Door, Permission, Purpose, Role, is_allowed
from cie.calendar import instant
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow, TooMany
from cie.participants import ParticipantKind
from cie.people import NewProxy, ProxyScope, Relationship, Standing, Verified
from cie.people.proxy_days import endings
from tests.factories import NOON, make_consent, make_participant, make_person, staff_of

HASH = identity.hash_password("482915")
TODAY = date(2026, 11, 24)
LAST = date(2027, 3, 1)
SEES = frozenset({ProxyScope.SEE_PERMISSIONS, ProxyScope.SEE_SHARED})
CHOSEN = NewProxy("Rue Holloway", Relationship.CHOSEN, SEES, Verified.KNOWN, LAST)
PARENT = replace(CHOSEN, relationship=Relationship.PARENT_OR_GUARDIAN)
BY_LAW = replace(CHOSEN, relationship=Relationship.LEGAL_REPRESENTATIVE)


@pytest.fixture
def clinic(session):
    return make_participant(session, name="Blue Kite Clinic", kind=ParticipantKind.CLINIC)


@pytest.fixture
def person(session, clinic):
    return make_person(session, clinic)


def add(session, person, new=CHOSEN, actor=None, at=NOON):
    return people.add_proxy(session, actor or staff_of(person.organization_id), person.id, new, pin_hash=HASH, at=at)


def works(session, proxy, at):
    return people.link_of_visit(session, proxy.id, proxy.generation, at=at) is not None


def noon_of(day):
    return instant(day, datetime.min.time().replace(hour=12))


class TestAdding:
    def test_they_come_by_a_link_of_their_own_on_behalf_of_the_person(self, session, person):
        proxy = add(session, person)

        found = people.link_for(session, people.link_token(proxy), at=NOON)

        actor = Actor(ActorKind.PROXY, proxy.id, on_behalf_of=person.id)
        assert people.person_behind(found) == replace(actor, purpose=Purpose.PERSON_REQUEST, door=Door.LINK)
        assert people.is_pin_of(found, "482915") and not people.is_pin_of(found, "482916")

    def test_nothing_of_who_they_are_stands_in_clear(self, session, person):
        proxy = add(session, person)

        assert (proxy.name, proxy.relationship) == ("Rue Holloway", "chosen")
        assert b"Rue" not in proxy.name_sealed and b"chosen" not in proxy.relationship_sealed

    @pytest.mark.parametrize(
        ("wrong", "field", "words"),
        [
            ({"name": ""}, "name", "enter who may look"),
            ({"name": "R" * 101}, "name", "at most"),
            ({"relationship": None}, "relationship", "choose one"),
            ({"scope": frozenset()}, "scope", "choose at least one"),
            ({"scope": frozenset({ProxyScope.COPY})}, "scope", "what the copy may hold"),
            ({"scope": SEES - {ProxyScope.SEE_SHARED} | {ProxyScope.TAKE_BACK}}, "scope", "both lists"),
            ({"last_day": TODAY - timedelta(days=1)}, "until", "within one year"),
            ({"last_day": TODAY + timedelta(days=366)}, "until", "within one year"),
            ({"verified": None}, "verified", "choose one"),
        ],
    )
    def test_what_is_missing_or_too_much_is_named(self, session, person, wrong, field, words):
        with pytest.raises(Invalid, match=words) as refused:
            add(session, person, replace(CHOSEN, **wrong))

        assert refused.value.field == field

    def test_all_faults_are_told_at_once(self, session, person):
        with pytest.raises(Invalid) as refused:
            add(session, person, NewProxy("", None, frozenset(), None, TODAY - timedelta(days=1)))

        found = {error.field for error in refused.value.errors}
        assert found == {"name", "relationship", "scope", "until", "verified"}

    def test_a_year_is_the_longest_and_today_the_shortest(self, session, person):
        for day in (TODAY, TODAY + timedelta(days=365)):
            assert people.last_day(add(session, person, replace(CHOSEN, last_day=day)), person) == day

    def test_five_at_most_until_one_is_ended(self, session, person):
        first, *_more = [add(session, person) for _n in range(5)]
        with pytest.raises(NotPossibleNow, match="End one first"):
            add(session, person)

        people.end_proxy(session, staff_of(person.organization_id), first.id, at=NOON)

        assert add(session, person)

    def test_a_victim_service_adds_nobody(self, session):
        refuge = make_participant(session, name="Harbor Light", kind=ParticipantKind.VICTIM_SERVICES)

        with pytest.raises(NotPossibleNow, match="protected service"):
            add(session, make_person(session, refuge))

    def test_only_staff_of_the_organization_who_work_with_people_do(self, session, clinic, person):
        proxy = people.person_behind(add(session, person))
        own = Actor(ActorKind.PERSON, person.id)

        for actor in (staff_of(make_participant(session)), proxy, own):
            with pytest.raises(NotFound):
                add(session, person, actor=actor)
        with pytest.raises(NotAllowed):
            add(session, person, actor=staff_of(clinic, Role.ORGANIZATION_ADMINISTRATOR))


class TestWhoCanStand:
    @pytest.mark.parametrize(
        ("born", "standing", "words"),
        [
            ("1992-03-27", [], "is an adult"),
            ("", [], "whole birth date"),
            ("2013", [], "whole birth date"),
            ("2013-02-03~", [], "whole birth date"),
            ("2013-02-03", [Standing.FOSTER_YOUTH], "a court decides"),
            ("2010-02-03", [Standing.EMANCIPATED], "a court decides"),
        ],
    )
    def test_a_parent_stands_for_a_minor_whose_age_is_known_alone(self, session, clinic, born, standing, words):
        person = make_person(session, clinic, birth_text=born)
        person.standing = standing
        session.flush()

        with pytest.raises(Invalid, match=words) as refused:
            add(session, person, PARENT)

        assert refused.value.field == "relationship"

    @pytest.mark.parametrize("born", ["2019-05-05", "2013-05-05"])
    def test_a_parent_stands_for_a_child_and_for_a_young_person(self, session, clinic, born):
        assert add(session, make_person(session, clinic, birth_text=born), PARENT)

    def test_a_child_under_twelve_chooses_nobody(self, session, clinic):
        child = make_person(session, clinic, birth_text="2014-11-25")

        with pytest.raises(Invalid, match="under 12 chooses nobody"):
            add(session, child)

        assert add(session, make_person(session, clinic, birth_text="2014-11-24"))
        assert add(session, child, BY_LAW)


class TestEnd:
    def test_it_ends_with_the_last_day(self, session, person):
        proxy = add(session, person)

        assert works(session, proxy, noon_of(LAST))
        assert not works(session, proxy, noon_of(LAST + timedelta(days=1)))

    @pytest.mark.parametrize(
        ("born", "new", "ends"),
        [
            ("2015-01-10", PARENT, date(2027, 1, 9)),
            ("2009-01-10", PARENT, date(2027, 1, 9)),
            ("2013-01-10", PARENT, LAST),
            ("2009-01-10", BY_LAW, date(2027, 1, 9)),
            ("2015-01-10", BY_LAW, LAST),
            ("2009-01-10", CHOSEN, LAST),
        ],
    )
    def test_a_birthday_from_which_the_person_decides_comes_first(self, session, clinic, born, new, ends):
        minor = make_person(session, clinic, birth_text=born)

        proxy = add(session, minor, new)

        assert people.last_day(proxy, minor) == ends
        assert works(session, proxy, noon_of(ends)) and not works(session, proxy, noon_of(ends + timedelta(days=1)))

    def test_who_was_born_on_the_last_day_of_a_leap_february_is_older_in_march(self, session, clinic):
        minor = make_person(session, clinic, birth_text="2008-02-29")

        proxy = add(session, minor, replace(PARENT, last_day=date(2026, 6, 1)), at=noon_of(date(2026, 1, 5)))

        assert people.last_day(proxy, minor) == date(2026, 2, 28)

    def test_the_birthdays_and_their_sources_are_data(self):
        assert {(e.relationship, e.at_years) for e in endings()} == {
            (Relationship.PARENT_OR_GUARDIAN, 12),
            (Relationship.PARENT_OR_GUARDIAN, 18),
            (Relationship.LEGAL_REPRESENTATIVE, 18),
        }
        assert all("Code" in each.citation for each in endings())

    @pytest.mark.parametrize(
        "change", [{"standing": [Standing.EMANCIPATED]}, {"standing": [Standing.FOSTER_YOUTH]}, {"birth_text": "2013"}]
    )
    def test_a_parent_stops_when_the_record_says_so(self, session, clinic, change):
        minor = make_person(session, clinic, birth_text="2012-05-05")
        proxy = add(session, minor, PARENT)
        assert works(session, proxy, NOON)

        for name, value in change.items():
            setattr(minor, name, value)

        assert not works(session, proxy, NOON)
        with pytest.raises(NotFound):
            people.link_for(session, people.link_token(proxy), at=NOON)

    def test_staff_and_the_person_end_it_at_once(self, session, person):
        for actor in (staff_of(person.organization_id), Actor(ActorKind.PERSON, person.id)):
            proxy = add(session, person)
            assert [p.id for p in people.proxies_of(session, actor, person.id, at=NOON)] == [proxy.id]

            people.end_proxy(session, actor, proxy.id, at=NOON)

            assert not works(session, proxy, NOON)
            assert people.proxies_of(session, actor, person.id, at=NOON) == []
            with pytest.raises(NotPossibleNow):
                people.end_proxy(session, actor, proxy.id, at=NOON)

    def test_nobody_else_ends_it_or_learns_of_it(self, session, clinic, person):
        proxy, other = add(session, person), make_person(session, clinic)
        strangers = (
            Actor(ActorKind.PERSON, other.id),
            people.person_behind(add(session, person)),
            staff_of(make_participant(session)),
        )

        for actor in strangers:
            with pytest.raises(NotFound):
                people.end_proxy(session, actor, proxy.id, at=NOON)
            with pytest.raises((NotFound, NotAllowed)):
                people.proxies_of(session, actor, person.id, at=NOON)
        assert works(session, proxy, NOON)


class TestScope:
    def test_a_proxy_may_do_what_was_chosen_and_nothing_for_anybody_else(self, session, clinic, person):
        actor, other = people.person_behind(add(session, person)), make_person(session, clinic)

        assert people.scope_of(session, actor) == SEES
        assert people.own_record(session, actor) is person
        for wanted in (ProxyScope.TAKE_BACK, ProxyScope.COPY):
            with pytest.raises(NotFound):
                people.require_scope(session, actor, wanted)
        with pytest.raises(NotFound):
            people.take_copy(session, actor, at=NOON)
        assert people.scope_of(session, replace(actor, on_behalf_of=other.id)) == frozenset()

    def test_of_the_permission_table_a_proxy_holds_the_consents_of_whom_they_stand_for(self, session, clinic, person):
        actor = people.person_behind(add(session, person))
        theirs, others = make_consent(session, person), make_consent(session, make_person(session, clinic))

        assert {p for p in Permission if is_allowed(actor, p, theirs)} == {
            Permission.CONSENT_READ,
            Permission.CONSENT_WRITE,
        }
        assert {p for p in Permission if is_allowed(actor, p, others)} == set()

    def test_after_the_end_there_is_none(self, session, person):
        proxy = add(session, person)
        people.end_proxy(session, staff_of(person.organization_id), proxy.id, at=NOON)

        assert people.scope_of(session, people.person_behind(proxy)) == frozenset()

    def test_staff_and_nobody_have_none(self, session, person):
        for actor in (staff_of(person.organization_id), Actor(ActorKind.PROXY)):
            assert people.scope_of(session, actor) == frozenset()


class TestTries:
    def test_a_proxy_has_five_a_day(self, session, person):
        proxy = add(session, person)
        for number in range(5):
            people.count_pin_try(session, proxy, f"192.0.2.{number}", at=NOON)

        with pytest.raises(TooMany):
            people.count_pin_try(session, proxy, "198.51.100.7", at=NOON)

        people.count_pin_try(session, proxy, "198.51.100.7", at=NOON + timedelta(days=1))
