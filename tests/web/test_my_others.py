"""Who looks in a person's place: staff let them, they see what was chosen, and staff or the person end it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from cie import people
from cie.access import Role
from cie.calendar import local_day
from cie.consent import Consent, Method, SignerKind
from cie.db import current, reading, transaction
from cie.events import AuditEntry, AuditPerson
from cie.identity import UserSession
from cie.people import NewProxy, PersonProxy, ProxyScope, Relationship, Verified
from tests.factories import make_staff
from tests.support.web import Browser, make_app, signed_in
from tests.web.my_place import HASH, NOW, PIN, drawn, make_my_place, text

LAST = local_day(NOW) + timedelta(days=100)
FORM = {
    "name": "Rue Holloway", "relationship": "chosen", "scope": ["see-permissions", "see-shared"], "verified": "known",
    "until_month": LAST.month, "until_day": LAST.day, "until_year": LAST.year, "code": "307 184",
}  # fmt: skip
EVERYTHING = tuple(ProxyScope)


@pytest.fixture
def place(migrated, database):
    return make_my_place(make_app(migrated))


@pytest.fixture
def minor(migrated, database):
    return make_my_place(make_app(migrated), birth_text=f"{NOW.year - 14}-01-02")


def staff(place, *roles):
    with transaction() as session:
        user = make_staff(session, session.merge(place.clinic), *(roles or (Role.NAVIGATOR,)))
    return signed_in(place.app, user)


def let(place, *scope, relationship=Relationship.CHOSEN):
    """Somebody who may look; a browser in which their page is open, and who they are."""
    new = NewProxy("Rue Holloway", relationship, frozenset(scope or EVERYTHING), Verified.KNOWN, LAST)
    with transaction() as session:
        proxy = people.add_proxy(session, place.navigator, place.person_id, new, pin_hash=HASH, at=NOW)
    browser = Browser(place.app)
    browser.client.set_cookie("language", "en")
    browser.get(f"/my/{people.link_token(proxy)}")
    assert browser.post("/my/enter", code=PIN).status_code == 303
    return browser, proxy


def kept():
    with reading() as session:
        return session.execute(select(PersonProxy)).scalars().all()


class TestLetting:
    def test_staff_let_somebody_look_and_hand_over_the_link(self, place):
        browser, path = staff(place), f"/people/{place.person_id}/own-page"

        made = browser.post(f"{path}/others/new", **FORM)
        page = text(browser.get(made.location))

        assert "They can look now." in page and "Rue Holloway" in page and "307" not in page
        (proxy,) = kept()
        assert f"/my/{people.link_token(proxy)}" in page
        visitor = Browser(place.app)
        visitor.get(f"/my/{people.link_token(proxy)}")
        assert visitor.post("/my/enter", code="307184").location == "/my"

    def test_who_did_not_just_show_who_they_are_is_asked_first(self, place):
        browser, path = staff(place), f"/people/{place.person_id}/own-page/others/new"
        with transaction() as session:
            session.execute(select(UserSession)).scalar_one().second_factor_at = NOW - timedelta(minutes=11)

        answers = [browser.get(path), browser.post(path, page="/help", **FORM)]

        assert [answer.status_code for answer in answers] == [303, 303]
        assert all("/settings/confirm" in answer.location for answer in answers)
        assert kept() == []

    def test_what_is_missing_is_named_at_its_box_and_the_rest_stays(self, place):
        answer = staff(place).post(f"/people/{place.person_id}/own-page/others/new", name="Rue Holloway", code="111111")

        page = text(answer)
        assert answer.status_code == 422
        for box in ("relationship", "scope", "until", "verified", "code"):
            assert f'id="{box}-error"' in page
        assert 'value="Rue Holloway"' in page and "111111" not in page
        assert kept() == []

    def test_staff_end_it_at_once(self, place):
        visitor, proxy = let(place)
        browser, path = staff(place), f"/people/{place.person_id}/own-page"

        for _twice in range(2):
            ended = browser.post(f"{path}/others/{proxy.id}/end", page=path)

        assert "They can look no more." in text(browser.get(ended.location))
        assert visitor.get("/my").location == "/my/enter"
        assert visitor.get("/my/enter").status_code == 404

    def test_it_is_for_who_may_write_permissions_down(self, place):
        path = f"/people/{place.person_id}/own-page/others/new"

        assert staff(place, Role.ORGANIZATION_ADMINISTRATOR).get(path).status_code == 403
        assert staff(place, Role.PRIVACY_OFFICER).get(path).status_code == 200


class TestSharedComputer:
    def test_who_opens_their_own_link_does_not_come_into_the_page_of_who_was_there_before(self, minor):
        __elsewhere, proxy = let(minor, relationship=Relationship.PARENT_OR_GUARDIAN)
        browser = minor.inside()

        browser.get(f"/my/{people.link_token(proxy)}")

        assert browser.get("/my").location == "/my/enter"
        browser.post("/my/enter", code=PIN)
        assert "You look in the place of somebody else." in text(browser.get("/my"))

    @pytest.mark.parametrize("is_known", [True, False])
    def test_nor_does_who_opens_a_link_that_does_not_work(self, minor, is_known):
        _elsewhere, proxy = let(minor, relationship=Relationship.PARENT_OR_GUARDIAN)
        minor.change(people.end_proxy, proxy.id)
        browser = minor.inside()

        closed = browser.get(f"/my/{people.link_token(proxy)}" if is_known else "/my/unknown")

        assert closed.status_code == 404 and "This page is closed" in text(closed)
        assert browser.get("/my").location == "/my/enter"
        assert browser.get("/my/enter").status_code == 404

    def test_who_opens_the_same_link_again_stays_inside(self, minor):
        browser = minor.inside()

        browser.get(minor.address)

        assert browser.get("/my").status_code == 200


class TestLooking:
    def test_they_see_what_was_said_and_who_saw_what_in_words_for_them(self, place):
        place.yes()
        place.release(place.pantry)
        visitor, _proxy = let(place)

        said, seen = text(visitor.get("/my")), text(visitor.get("/my/seen"))

        assert "What was said about sharing" in said and "You look in the place of somebody else." in said
        assert "Name, how to reach them, and everyday needs; Housing" in said
        assert "Who saw their data" in seen and "To help the person." in seen and "The person&#39;s permission" in seen
        assert not re.search("Who else can look|your data|Aster|Moreno", said + seen)

    def test_what_was_not_chosen_is_not_there(self, place):
        given = place.yes()
        visitor, _proxy = let(place, ProxyScope.SEE_SHARED)

        page = text(visitor.get("/my"))

        assert not re.search("about sharing|Stop sharing|Take a copy", page)
        back = f"/my/permissions/{given}/revocation"
        answers = [visitor.get(back), visitor.post(back, page="/my/seen"), visitor.post("/my/copy", page="/my/seen")]
        assert [answer.status_code for answer in answers] == [404, 404, 404]

    def test_the_copy_holds_no_more_than_the_page(self, place):
        place.yes()
        place.release(place.pantry)
        visitor, _proxy = let(place, ProxyScope.SEE_SHARED, ProxyScope.COPY)

        copy = text(visitor.post("/my/copy", page="/my"))

        assert "Lantern Pantry" in copy and "Yes, share" not in copy

    def test_they_stop_sharing_and_both_ids_are_kept(self, place):
        given = place.yes()
        place.release(place.pantry)
        visitor, proxy = let(place)
        page = text(visitor.get(f"/my/permissions/{given}/revocation"))

        done = visitor.post(f"/my/permissions/{given}/revocation")

        assert "can no longer read 2 facts about them" in page and "about you" not in page
        assert "We stopped." in text(visitor.get(done.location))
        assert "Somebody in the person&#39;s place" in text(staff(place).get(f"/people/{place.person_id}/history"))
        with reading() as session:
            record = session.get_one(Consent, given)
        assert (record.revoked_method, record.revoked_by) == (Method.BY_LINK, SignerKind.PERSON)
        rows = [row for row in acts() if row[1] == proxy.id]
        assert {"own-page.enter", "seen", "consent.revoke", "release.end"} == {action for action, *_ids in rows}
        assert {ids for _action, *ids in map(tuple, rows) for ids in [tuple(ids)]} == {(proxy.id, place.person_id)}

    def test_each_look_is_recorded_with_the_person_who_was_seen(self, place):
        visitor, proxy = let(place)

        visitor.get("/my/seen")

        with reading() as session:
            query = select(AuditPerson.person_id).join(AuditEntry, col(AuditPerson.entry_id) == col(AuditEntry.id))
            seen = session.execute(query.where(col(AuditEntry.actor_id) == proxy.id)).scalars().all()
        assert set(seen) == {place.person_id}

    def test_nobody_gets_a_code_by_such_a_link(self, place):
        visitor, proxy = let(place)
        browser = Browser(place.app)
        browser.get(f"/my/{people.link_token(proxy)}")

        assert "Text me a code" not in text(browser.get("/my/enter"))
        assert browser.post("/my/code/text", page="/my/enter").status_code == 404
        assert browser.get("/my/code").status_code == 404


def acts():
    with current().engine.connect() as connection:
        return connection.execute(select(AuditEntry.action, AuditEntry.actor_id, AuditEntry.on_behalf_of)).all()


class TestMinor:
    def test_a_parents_pages_are_the_same_bytes_and_work_whatever_the_minor_said(self, minor, monkeypatch):
        parents = minor.yes(signer=SignerKind.PARENT_OR_GUARDIAN)
        visitor, _proxy = let(minor, relationship=Relationship.PARENT_OR_GUARDIAN)
        drawn(visitor, parents, monkeypatch)
        before = drawn(visitor, parents, monkeypatch)

        own = minor.yes(signer=SignerKind.MINOR, categories=["general", "mental-health"])
        minor.yes(signer=SignerKind.MINOR, categories=[], decision="do-not-share")

        assert drawn(visitor, parents, monkeypatch) == before
        assert b"Name, how to reach them" in before[0][0] and b"Housing" not in before[0][0]
        assert visitor.get(f"/my/permissions/{own}/revocation").status_code == 404

    def test_what_a_parent_takes_back_is_the_parents(self, minor):
        parents = minor.yes(signer=SignerKind.PARENT_OR_GUARDIAN)
        own = minor.yes(signer=SignerKind.MINOR, categories=["mental-health"])
        visitor, _proxy = let(minor, relationship=Relationship.PARENT_OR_GUARDIAN)

        visitor.post(f"/my/permissions/{parents}/revocation", page="/my")
        refused = visitor.post(f"/my/permissions/{own}/revocation", page="/my")

        assert refused.status_code == 404
        with reading() as session:
            assert session.get_one(Consent, parents).revoked_by is SignerKind.PARENT_OR_GUARDIAN
            assert session.get_one(Consent, own).revoked_at is None


class TestOwnPage:
    def test_the_person_sees_who_can_look_and_ends_it(self, place):
        visitor, proxy = let(place)
        own = place.inside()
        page = text(own.get("/my"))

        ended = own.post(f"/my/others/{proxy.id}/end", page="/my")

        assert "Who else can look" in page and "Rue Holloway" in page and "Someone they chose" in page
        after = text(own.get(ended.location))
        assert "They can look no more." in after and "Rue Holloway" not in after
        assert visitor.get("/my").location == "/my/enter"
        assert own.post(f"/my/others/{proxy.id}/end", page="/my").status_code == 409

    def test_one_who_looks_ends_nobody(self, place):
        visitor, proxy = let(place)

        assert visitor.post(f"/my/others/{proxy.id}/end", page="/my").status_code == 404
        assert visitor.get("/my").status_code == 200

    def test_the_name_of_who_looks_is_on_no_page_before_the_pin(self, place):
        let(place)

        assert "Rue" not in text(place.outside().get("/my/enter"))
