"""The pages of the network: organizations and agreements, nobody's cases."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from cie import messaging, participants
from cie.access import Role
from cie.db import reading, transaction
from cie.participants import Agreement, Participant
from tests.factories import make_loop, make_participant, make_staff, send_one
from tests.support.sign_in import pass_time
from tests.support.web import make_app, signed_in
from tests.web.test_settings import text_of

TODAY = {"month": "11", "day": "24", "year": "2026"}


@pytest.fixture
def place(database, migrated):
    with transaction() as session:
        loop = make_loop(session)
        send_one(session, loop)
        valley = make_participant(session, name="Valley Exchange")
        jay = make_staff(session, valley, Role.NETWORK_ADMINISTRATOR)
        wren = make_staff(session, loop.pantry, Role.CASEWORKER, Role.ORGANIZATION_ADMINISTRATOR)
    app = make_app(migrated)
    return SimpleNamespace(
        loop=loop, valley=valley, jay=jay, network=signed_in(app, jay), wren=signed_in(app, wren), pantry=loop.pantry
    )


def boxes(**dates):
    return {f"{name}_{part}": value for name, day in dates.items() for part, value in day.items()}


def agreements(organization):
    with reading() as session:
        query = select(Agreement).where(Agreement.organization_id == organization.id).order_by(Agreement.id)
        return session.execute(query).scalars().all()


class TestReading:
    def test_it_lists_organizations_in_the_order_in_which_they_joined(self, place):
        page = text_of(place.network.get("/network"))

        names = re.findall(r"<bdi>([^<]+)</bdi></a></th>", page)
        assert names == ["Blue Kite Clinic", "Lantern Pantry", "Valley Exchange"]

    def test_it_is_a_place_of_the_navigation_for_those_who_look_after_it_alone(self, place):
        network, other = (text_of(browser.get("/directory")) for browser in (place.network, place.wren))

        assert '<a href="/network">Network</a>' in network
        assert 'href="/network"' not in other

    def test_figures_begin_with_everybodys_since_the_network_sends_nothing(self, place):
        assert '<option value="everybody" selected>' in text_of(place.network.get("/measures"))
        assert '<option value="ours" selected>' in text_of(place.wren.get("/measures"))

    def test_no_person_and_no_referral_is_anywhere(self, place):
        pages = ["/network", f"/network/{place.pantry.id}", f"/network/{place.pantry.id}/closing", "/settings"]

        for path in pages:
            page = text_of(place.network.get(path))
            assert not any(word in page for word in ("Aster", "Moreno", "Food box", "555-0142"))

    def test_danger_from_a_number_that_nobody_ever_had_is_told_without_words_and_number(self, place):
        assert "danger" not in text_of(place.network.get("/network"))
        with transaction() as session:
            words = {"phone": "+15595550199", "body": "my husband hit me again", "gateway_id": "SM1"}
            messaging.receive(session, **words, at=datetime.now(UTC))

        page = text_of(place.network.get("/network"))

        assert "1 text that may speak of danger came from a number that nobody here ever had." in page
        assert "just now" in page
        assert "husband" not in page and "0199" not in page

    def test_a_network_administrator_reads_no_cases(self, place):
        paths = ["/people", f"/people/{place.loop.person.id}", "/worklist", "/deliveries", "/organization"]

        assert {place.network.get(path).status_code for path in paths} <= {403, 404}

    @pytest.mark.parametrize("path", ["/network", "/network/new"])
    def test_nobody_else_comes_in(self, place, path):
        assert place.wren.get(path).status_code == 403
        assert place.wren.get(f"/network/{place.pantry.id}").status_code == 403

    def test_an_unknown_organization_is_not_found(self, place):
        assert place.network.get(f"/network/{place.loop.person.id}").status_code == 404

    def test_long_lists_have_pages(self, place):
        with transaction() as session:
            for n in range(25):
                make_participant(session, name=f"Kite {n}")

        first, second = (text_of(place.network.get(f"/network?page={n}")) for n in (1, 2))
        assert "Next page" in first
        assert "21 to 28" in second
        assert "Kite 24" in second
        assert place.network.get("/network?page=99999999999999999999").status_code == 200


class TestAdding:
    def test_it_joins_and_cannot_send_yet(self, place):
        answer = place.network.post("/network", page="/network/new", name="Open Basket Co-op", kind="cbo")

        page = text_of(place.network.get(answer.location))
        assert answer.status_code == 303
        assert "Open Basket Co-op" in page
        assert "No current agreement." in page
        assert "Invite an administrator" in page

    def test_what_is_wrong_is_named_and_what_was_typed_stays(self, place):
        answer = place.network.post("/network", page="/network/new", name="", kind="king", phone="12")

        page = text_of(answer)
        assert answer.status_code == 422
        assert "Name: enter the name of the organization" in page
        assert "Kind: choose one" in page
        assert 'value="12"' in page

    def test_its_first_administrator_gets_a_link(self, place):
        with transaction() as session:
            fresh = make_participant(session, name="Open Basket Co-op")
        path = f"/network/{fresh.id}/administrator"

        page = text_of(place.network.post(path, name="Heron Lake", email="heron@example.org"))

        assert "/invitation/" in page
        assert "Nobody has sent it yet." in page

    def test_where_there_is_one_the_network_invites_nobody(self, place):
        path = f"/network/{place.pantry.id}/administrator"

        answer = place.network.post(path, name="Heron Lake", email="heron@example.org")

        assert answer.status_code == 409
        assert "Invite an administrator" not in text_of(place.network.get(f"/network/{place.pantry.id}"))


class TestAgreement:
    def sign(self, place, **fields):
        values = {"document_version": "2026-2", "signer": "Linnet Reed", **boxes(signed_on=TODAY, effective_on=TODAY)}
        path = f"/network/{place.pantry.id}/agreements"
        return place.network.post(path, page=f"{path}/new", **{**values, **fields})

    def test_it_is_kept_with_version_signer_and_dates(self, place):
        assert self.sign(place).status_code == 303

        newest = agreements(place.pantry)[-1]
        assert (newest.document_version, newest.signer, newest.ends_on) == ("2026-2", "Linnet Reed", None)
        assert "Version 2026-2" in text_of(place.network.get(f"/network/{place.pantry.id}"))

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"signed_on_month": ""}, "Signed on: enter a month, a day and a year that exist"),
            (boxes(effective_on={"month": "", "day": "", "year": ""}), "First day: enter month, day and year"),
            (boxes(ends_on={"month": "2", "day": "29", "year": "2027"}), "Last day: enter a month, a day and a year"),
            (boxes(ends_on={"month": "1", "day": "1", "year": "2020"}), "Until when: choose a day after the first day"),
            (boxes(signed_on={"month": "1", "day": "1", "year": "2099"}), "Signed on: choose a day that is not after"),
            ({"signer": ""}, "Who signed: enter their name"),
        ],
    )
    def test_what_is_wrong_is_named_and_the_version_stays(self, place, fields, words):
        answer = self.sign(place, **fields)

        assert answer.status_code == 422
        assert words in text_of(answer)
        assert 'value="2026-2"' in text_of(answer)

    def test_it_ends(self, place):
        (agreement,) = agreements(place.pantry)
        path = f"/network/{place.pantry.id}/agreements/{agreement.id}/end"

        past = place.network.post(path, **boxes(ends_on={"month": "1", "day": "2", "year": "2026"}))
        answer = place.network.post(path, **boxes(ends_on={"month": "1", "day": "2", "year": "2099"}))

        assert "Last day: choose today or a later day" in text_of(past)
        assert answer.status_code == 303
        assert str(agreements(place.pantry)[0].ends_on) == "2099-01-02"

    def test_the_agreement_of_another_is_not_found_under_this_one(self, place):
        (agreement,) = agreements(place.pantry)

        assert place.network.get(f"/network/{place.valley.id}/agreements/{agreement.id}/end").status_code == 404


class TestLeaving:
    def test_it_leaves_and_comes_back(self, place):
        path = f"/network/{place.pantry.id}"

        place.network.post(f"{path}/closing")
        assert "It takes no part." in text_of(place.network.get(path))
        assert "/sign-in" in place.wren.get("/settings").location
        place.network.post(f"{path}/reopening", page=path)

        with reading() as session:
            assert session.get_one(Participant, place.pantry.id).is_active

    def test_it_asks_for_proof(self, place):
        pass_time(place.jay, minutes=11)

        answer = place.network.post(f"/network/{place.pantry.id}/closing", page="/settings")

        assert "/settings/confirm" in answer.location
        with reading() as session:
            assert participants.get_participant(session, place.pantry.id).is_active

    def test_its_own_organization_stays(self, place):
        answer = place.network.post(f"/network/{place.valley.id}/closing")

        assert answer.status_code == 409
        assert "You work for this organization" in text_of(answer)
