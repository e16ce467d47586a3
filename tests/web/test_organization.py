"""The pages of the own organization: staff, invitations, handing over, on call, steps in danger, tries."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from cie import identity, participants, referrals
from cie.access import Role
from cie.db import reading, transaction
from cie.identity import UserAccount
from cie.identity.models import Invitation
from cie.participants import Participant
from cie.referrals.models import Referral
from tests.factories import make_loop, make_staff, send_one
from tests.support.sign_in import pass_time
from tests.support.web import make_app, signed_in

ADMINISTRATOR = Role.ORGANIZATION_ADMINISTRATOR


@pytest.fixture
def place(database, migrated):
    """A clinic with an administrator, a privacy officer and a navigator, and a stranger elsewhere."""
    with transaction() as session:
        loop = make_loop(session)
        staff = {
            "boss": make_staff(session, loop.clinic, ADMINISTRATOR, name="Robin Ash"),
            "officer": make_staff(session, loop.clinic, Role.PRIVACY_OFFICER, name="Linnet Marsh"),
            "navigator": make_staff(session, loop.clinic, Role.NAVIGATOR, name="Sorrel Finch"),
            "stranger": make_staff(session, loop.pantry, ADMINISTRATOR, name="Wren Alder"),
        }
        referral, _task = send_one(session, loop)
        referrals.assign_referral(session, loop.navigator, referral.id, staff["navigator"].id, at=datetime.now(UTC))
    app = make_app(migrated)
    browsers = {name: signed_in(app, user) for name, user in staff.items()}
    return SimpleNamespace(loop=loop, referral=referral, staff=SimpleNamespace(**staff), **browsers)


def text_of(answer):
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def account(user):
    with reading() as session:
        return session.get_one(UserAccount, user.id)


def organization(place):
    with reading() as session:
        return session.get_one(Participant, place.loop.clinic.id)


class TestIndex:
    def test_it_shows_staff_agreement_and_rules(self, place):
        page = text_of(place.boss.get("/organization"))

        assert all(name in page for name in ("Robin Ash", "Linnet Marsh", "Sorrel Finch", "Linnet Reed"))
        assert "Nobody is on call." in page
        assert "Wren Alder" not in page

    def test_it_shows_no_person(self, place):
        assert "Aster" not in text_of(place.boss.get("/organization"))

    def test_a_privacy_officer_reads_staff_and_changes_none(self, place):
        path = f"/organization/staff/{place.staff.navigator.id}"

        assert "Invite somebody" not in text_of(place.officer.get("/organization"))
        assert "Change" not in text_of(place.officer.get(path))
        assert place.officer.get(f"{path}/roles").status_code == 403

    @pytest.mark.parametrize("path", ["", "/on-call", "/tries", "/staff/new"])
    def test_a_caseworker_has_no_business_here(self, place, path):
        assert place.navigator.get(f"/organization{path}").status_code == 403


class TestStrangers:
    @pytest.mark.parametrize("path", ["", "/roles", "/away", "/caseload", "/leaving", "/renewal"])
    def test_staff_of_others_are_like_nobody(self, place, path):
        theirs = place.stranger.get(f"/organization/staff/{place.staff.navigator.id}{path}")
        nobodys = place.stranger.get(f"/organization/staff/{place.referral.id}{path}")

        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert without_ids(theirs) == without_ids(nobodys)

    @pytest.mark.parametrize(
        ("path", "fields"),
        [
            ("roles", {"roles": "caseworker"}),
            ("away", {}),
            ("caseload", {"assignee": "nobody"}),
            ("leaving", {}),
            ("renewal", {}),
        ],
    )
    def test_staff_of_others_are_not_changed(self, place, path, fields):
        before = account(place.staff.navigator).role_codes
        there = f"/organization/staff/{place.staff.navigator.id}/{path}"

        assert place.stranger.post(there, page="/settings", **fields).status_code == 404
        user = account(place.staff.navigator)
        assert (user.role_codes, user.is_active) == (before, True)


def without_ids(answer):
    return re.sub(r'value="[^"]+"|[0-9a-f-]{36}', "", text_of(answer))


class TestInvite:
    def invite(self, place, **fields):
        values = {"name": "Jay Rivers", "email": "jay@example.org", "roles": "caseworker"}
        return place.boss.post("/organization/staff", page="/organization/staff/new", **{**values, **fields})

    def test_the_link_is_shown_once_and_sent_by_nobody(self, place):
        page = text_of(self.invite(place))
        link = re.search(r"https?://[^<\s]+/invitation/[\w-]+", page).group(0)

        assert "Nobody has sent it yet." in page
        assert link not in text_of(place.boss.get("/organization"))
        assert "Jay Rivers" in text_of(place.boss.get("/organization"))

    def test_everything_wrong_is_named_at_once_and_what_was_typed_stays(self, place):
        answer = self.invite(place, name="", email="nobody", roles=[])

        page = text_of(answer)
        assert answer.status_code == 422
        assert "Name: enter the name that colleagues know" in page
        assert "What they may do: choose at least one" in page
        assert 'value="nobody"' in page

    def test_an_unknown_role_is_refused(self, place):
        assert self.invite(place, roles="king").status_code == 422

    def test_the_network_role_is_not_given_here(self, place):
        assert "network-administrator" not in text_of(place.boss.get("/organization/staff/new"))
        assert self.invite(place, roles="network-administrator").status_code == 403

    def test_it_is_withdrawn(self, place):
        self.invite(place)
        with reading() as session:
            (invitation,) = session.execute(select(Invitation)).scalars()
        path = f"/organization/invitations/{invitation.id}/withdrawal"

        assert place.stranger.post(path, page="/settings").status_code == 404
        assert place.boss.post(path, page="/organization").status_code == 303
        assert "Jay Rivers" not in text_of(place.boss.get("/organization"))

    def test_it_asks_for_proof_and_keeps_what_was_typed(self, place):
        pass_time(place.staff.boss, minutes=11)

        answer = place.boss.post(
            "/organization/staff", page="/settings", page_path="/organization/staff/new",
            name="Jay Rivers", email="jay@example.org", roles=["caseworker", "supervisor"],
        )  # fmt: skip

        assert answer.location.endswith("/settings/confirm?next=/organization/staff/new")
        with transaction() as session:
            for row in identity.sessions_of(session, place.staff.boss.id, at=datetime.now(UTC)):
                identity.reauthenticate(session, identity.actor_for(place.staff.boss), row.id, at=datetime.now(UTC))
        page = text_of(place.boss.get("/organization/staff/new"))
        assert 'value="Jay Rivers"' in page
        assert len(re.findall(r'value="(?:caseworker|supervisor)" checked', page)) == 2


class TestColleague:
    def path(self, place, rest=""):
        return f"/organization/staff/{place.staff.navigator.id}{rest}"

    def test_what_they_may_do_changes(self, place):
        answer = place.boss.post(self.path(place, "/roles"), roles=["navigator", "supervisor"])

        assert answer.status_code == 303
        assert account(place.staff.navigator).roles == {Role.NAVIGATOR, Role.SUPERVISOR}

    def test_the_last_administrator_cannot_step_down(self, place):
        answer = place.boss.post(f"/organization/staff/{place.staff.boss.id}/roles", roles="caseworker")

        assert answer.status_code == 409
        assert "Somebody must stay administrator" in text_of(answer)

    def test_they_are_away(self, place):
        answer = place.boss.post(self.path(place, "/away"), until_month="1", until_day="4", until_year="2099")

        assert answer.status_code == 303
        assert "Away until" in text_of(place.boss.get("/organization"))

    def test_their_work_is_handed_over_with_its_count_first_and_no_content(self, place):
        page = text_of(place.boss.get(self.path(place, "/caseload")))
        answer = place.boss.post(self.path(place, "/caseload"), assignee="nobody")

        assert "1 open referral" in page
        assert "Aster" not in page
        assert "Food" not in page
        assert answer.status_code == 303
        with reading() as session:
            assert session.get_one(Referral, place.referral.id).assignee_id is None
        assert "Nothing to hand over." in text_of(place.boss.get(self.path(place, "/caseload")))

    @pytest.mark.parametrize("to", ["", "king", "stranger", "themselves"])
    def test_it_goes_to_a_colleague_or_to_nobody(self, place, to):
        given = {"stranger": str(place.staff.stranger.id), "themselves": str(place.staff.navigator.id)}.get(to, to)

        answer = place.boss.post(self.path(place, "/caseload"), assignee=given)

        assert answer.status_code == 422
        with reading() as session:
            assert session.get_one(Referral, place.referral.id).assignee_id == place.staff.navigator.id

    def test_they_leave(self, place):
        assert "1 open referral" in text_of(place.boss.get(self.path(place, "/leaving")))

        assert place.boss.post(self.path(place, "/leaving")).status_code == 303

        assert not account(place.staff.navigator).is_active
        assert "/sign-in" in place.navigator.get("/settings").location
        assert "Left" in text_of(place.boss.get("/organization"))

    def test_who_lost_phone_or_password_gets_a_link(self, place):
        page = text_of(place.boss.post(self.path(place, "/renewal")))

        assert "/invitation/" in page
        assert account(place.staff.navigator).is_active


class TestDanger:
    def test_who_is_on_call_is_named_and_shown_to_all(self, place):
        wrong = place.officer.post("/organization/on-call", user_id=str(place.staff.navigator.id), phone="12")
        right = place.officer.post(
            "/organization/on-call", user_id=str(place.staff.navigator.id), phone="(559) 555-0142"
        )

        assert "Phone: enter a number with its area code" in text_of(wrong)
        assert right.status_code == 303
        page = text_of(place.navigator.get("/organization/danger-steps"))
        assert "Sorrel Finch" in page
        assert "(559) 555-0142" in page

    def test_a_stranger_is_never_on_call(self, place):
        there = {"user_id": str(place.staff.stranger.id), "phone": "(559) 555-0142"}

        assert place.boss.post("/organization/on-call", **there).status_code == 404
        assert organization(place).on_call_user_id is None

    def test_own_steps_are_kept_and_read_by_all_but_changed_by_few(self, place):
        place.boss.post("/organization/danger-steps", steps="Call Linnet.\n\nStay on the line.")

        page = text_of(place.navigator.get("/organization/danger-steps"))
        assert "<li>Call Linnet.</li><li>Stay on the line.</li>" in page
        assert "Change the steps" not in page
        assert place.navigator.post("/organization/danger-steps", page="/settings", steps="x").status_code == 403
        with reading() as session:
            assert participants.danger_steps(session, place.loop.clinic.id) == ["Call Linnet.", "Stay on the line."]

    def test_too_many_are_refused_and_stay_typed(self, place):
        answer = place.boss.post("/organization/danger-steps", steps="\n".join(f"Step {n}" for n in range(13)))

        assert answer.status_code == 422
        assert "Steps: use at most 12" in text_of(answer)
        assert "Step 12" in text_of(answer)


class TestTries:
    def test_they_are_saved(self, place):
        assert place.officer.post("/organization/tries", attempts="5").status_code == 303
        assert organization(place).attempts_before_unreachable == 5

    @pytest.mark.parametrize("attempts", ["", "0", "11", "many"])
    def test_what_is_no_sensible_number_is_named(self, place, attempts):
        answer = place.boss.post("/organization/tries", attempts=attempts)

        assert answer.status_code == 422
        assert "Tries: enter a number" in text_of(answer)
