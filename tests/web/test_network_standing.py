"""The page on which the network keeps what the law makes of an organization, and where the organization reads it."""

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from cie import participants
from cie.access import Role
from cie.db import reading, transaction
from cie.events import AuditEntry
from cie.participants import HipaaRole, LegalStanding, Program, standing_of
from tests.factories import make_loop, make_participant, make_staff
from tests.support.sign_in import pass_time
from tests.support.web import make_app, signed_in
from tests.web.test_settings import text_of

ELSE = [role for role in Role if role is not Role.NETWORK_ADMINISTRATOR]


@pytest.fixture
def place(database, migrated):
    with transaction() as session:
        loop = make_loop(session)
        valley = make_participant(session, name="Valley Exchange")
        jay = make_staff(session, valley, Role.NETWORK_ADMINISTRATOR)
    app = make_app(migrated)
    return SimpleNamespace(app=app, clinic=loop.clinic, pantry=loop.pantry, jay=jay, network=signed_in(app, jay))


def browser_of(place, organization, role):
    with transaction() as session:
        user = make_staff(session, organization, role)
    return signed_in(place.app, user)


def path_of(organization):
    return f"/network/{organization.id}/standing"


def save(place, organization, **fields):
    values = {"hipaa_role": "business-associate", "is_part2_program": "yes", "programs": ["snap", "hmis"]}
    values |= {"on_ab210_team": "yes", "state": "nv"}
    return place.network.post(path_of(organization), **{**values, **fields})


def kept(organization):
    with reading() as session:
        return standing_of(participants.get_participant(session, organization.id))


def facts_on(browser, path):
    page = browser.get(path).get_data(as_text=True)
    rows = re.findall(r"<div><dt>([^<]+)</dt><dd>([^<]*)</dd></div>", page)
    return {label: value for label, value in rows if label not in ("County", "Email", "Phone")}


class TestKeeping:
    def test_everything_is_saved_and_shown(self, place):
        answer = save(place, place.pantry)

        standing = LegalStanding(HipaaRole.BUSINESS_ASSOCIATE, True, (Program.SNAP, Program.HMIS), True, "NV")
        assert kept(place.pantry) == standing
        assert "Saved. The rules of sharing look at it from now on." in text_of(place.network.get(answer.location))
        assert facts_on(place.network, f"/network/{place.pantry.id}") == {
            "Under HIPAA": "Business associate",
            "Part 2 program (substance use treatment)": "Yes",
            "Programs that it runs": "CalFresh (SNAP), The homeless system (HMIS)",
            "On the homeless team of a county (AB 210)": "Yes",
            "State": "NV",
        }

    def test_the_chain_of_the_organization_tells_it(self, place):
        save(place, place.pantry)

        with reading() as session:
            query = select(AuditEntry).where(AuditEntry.action == "participant.standing")
            entry = session.execute(query).scalar_one()
        assert (entry.stream, entry.subject_id, entry.actor_id) == (str(place.pantry.id), place.pantry.id, place.jay.id)

    def test_what_the_kind_says_is_shown_as_such(self, place):
        clinic, pantry = (facts_on(place.network, f"/network/{each.id}") for each in (place.clinic, place.pantry))

        assert clinic["Under HIPAA"] == "Covered entity (by its kind)"
        assert pantry["Under HIPAA"] == "Neither: not bound by HIPAA (by its kind)"
        assert "For this kind: Covered entity." in text_of(place.network.get(path_of(place.clinic)))

    def test_leaving_it_to_the_kind_takes_the_part_back(self, place):
        save(place, place.clinic, hipaa_role="neither")
        save(place, place.clinic, hipaa_role="")

        assert kept(place.clinic).hipaa_role is None

    def test_the_form_shows_what_is_kept(self, place):
        save(place, place.pantry)

        page = place.network.get(path_of(place.pantry)).get_data(as_text=True)
        marked = re.findall(r'name="(\w+)" value="([\w-]*)" checked', page)

        assert marked == [
            ("hipaa_role", "business-associate"),
            ("is_part2_program", "yes"),
            ("programs", "snap"),
            ("programs", "hmis"),
            ("on_ab210_team", "yes"),
        ]
        assert 'value="NV"' in page

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"hipaa_role": "king"}, "Under HIPAA: choose from the list"),
            ({"is_part2_program": ""}, "Part 2 program: choose yes or no"),
            ({"programs": ["snap", "chess"]}, "Programs: choose from the list"),
            ({"on_ab210_team": "maybe"}, "Homeless team: choose yes or no"),
            ({"state": ""}, "State: enter its two letters, like CA"),
            ({"state": "XX"}, "State: enter its two letters, like CA"),
        ],
    )
    def test_what_is_wrong_is_named_and_what_was_chosen_stays(self, place, fields, words):
        answer = save(place, place.pantry, **fields)

        page = text_of(answer)
        assert answer.status_code == 422
        assert words in page
        assert re.search(r'name="programs" value="snap" checked', page)
        assert kept(place.pantry) == LegalStanding()

    def test_an_organization_that_never_joined_is_not_found(self, place):
        assert place.network.get(path_of(place.jay)).status_code == 404
        assert save(place, place.jay).status_code == 404

    def test_it_asks_for_password_and_code_again(self, place):
        pass_time(place.jay, minutes=11)

        assert "/settings/confirm" in place.network.get(path_of(place.pantry)).location

    def test_what_was_chosen_before_that_comes_back_also_no_program_at_all(self, place):
        save(place, place.pantry)
        pass_time(place.jay, minutes=11)
        save(place, place.pantry, programs=[], state="OR", page="/settings", page_path=path_of(place.pantry))
        pass_time(place.jay, minutes=-11)

        page = text_of(place.network.get(path_of(place.pantry)))

        assert 'value="OR"' in page and not re.search(r'name="programs" value="[\w-]+" checked', page)
        assert kept(place.pantry).state == "NV"

    @pytest.mark.parametrize("role", ELSE)
    def test_nobody_else_comes_in(self, place, role):
        browser = browser_of(place, place.pantry, role)

        assert browser.get(path_of(place.pantry)).status_code == 403
        assert browser.post(path_of(place.pantry), state="CA").status_code == 403


class TestOwnPage:
    @pytest.mark.parametrize("role", [Role.ORGANIZATION_ADMINISTRATOR, Role.PRIVACY_OFFICER])
    def test_the_organization_reads_its_own_and_changes_nothing(self, place, role):
        save(place, place.pantry)
        browser = browser_of(place, place.pantry, role)

        assert facts_on(browser, "/organization")["State"] == "NV"
        assert "/standing" not in text_of(browser.get("/organization"))

    def test_another_organization_reads_only_its_own(self, place):
        save(place, place.pantry)
        browser = browser_of(place, place.clinic, Role.ORGANIZATION_ADMINISTRATOR)

        assert facts_on(browser, "/organization")["State"] == "CA"

    def test_it_is_read_in_spanish(self, place):
        browser = browser_of(place, place.pantry, Role.PRIVACY_OFFICER)
        browser.post("/language", page="/help", language="es")

        page = text_of(browser.get("/organization"))

        assert "Situación legal" in page and "Ninguna: HIPAA no le obliga (por su tipo)" in page
