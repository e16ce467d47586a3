"""The policy of the network: what holds today in plain words, what held before, and recording what counsel decides."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace

import orjson
import pytest
from sqlalchemy import select

from cie import consent
from cie.access import Role
from cie.calendar import local_day
from cie.consent import NetworkPolicy
from cie.consent.law import Network
from cie.db import reading, transaction
from cie.events import AuditEntry
from tests.factories import make_loop, make_participant, make_staff, staff_of
from tests.support.sign_in import pass_time
from tests.support.web import make_app, signed_in
from tests.web.test_settings import text_of

POLICY, NEW = "/network/policy", "/network/policy/new"
NOW = datetime.now(UTC)
TODAY = local_day(NOW)
BEFORE_NO = "Where a law lets data go, the person's no is not asked."
READERS = [Role.NETWORK_ADMINISTRATOR, Role.PRIVACY_OFFICER]


@pytest.fixture
def place(database, migrated):
    with transaction() as session:
        loop = make_loop(session)
        valley = make_participant(session, name="Valley Exchange")
        jay = make_staff(session, valley, Role.NETWORK_ADMINISTRATOR)
        officer = make_staff(session, loop.pantry, Role.PRIVACY_OFFICER)
    app = make_app(migrated)
    return SimpleNamespace(
        app=app, pantry=loop.pantry, jay=jay, network=signed_in(app, jay), officer=signed_in(app, officer)
    )


def browser_of(place, role):
    with transaction() as session:
        user = make_staff(session, place.pantry, role)
    return signed_in(place.app, user)


def first_day(days=0):
    day = TODAY + timedelta(days=days)
    return {f"effective_on_{part}": str(getattr(day, part)) for part in ("month", "day", "year")}


def seen_on(browser):
    return re.search(r'name="seen" value="([^"]*)"', text_of(browser.get(NEW)))[1]


def record(place, days=0, **fields):
    values = {"role": "none", "counsel": "Juniper Vale", "source": "Memo of November 2", "seen": seen_on(place.network)}
    return place.network.post(POLICY, page=NEW, **{**values, **first_day(days), **fields})


def recorded():
    with reading() as session:
        return session.execute(select(NetworkPolicy).order_by(NetworkPolicy.recorded_at)).scalars().all()


def facts_of(page):
    return dict(re.findall(r"<div><dt>([^<]+)</dt><dd>([^<]*)</dd></div>", page))


class TestReading:
    def test_before_anything_was_recorded_nothing_is_open(self, place):
        page = text_of(place.officer.get(POLICY))

        facts = facts_of(page)
        assert "Counsel has recorded nothing yet." in page and "None yet." in page
        assert facts["Safe harbor of AB 133 (CalAIM)"] == "Off. It opens nothing."
        assert facts["The person&#39;s no"] == "It comes first, also where a law would let data go."

    def test_each_setting_says_what_it_opens(self, place):
        record(place, role="business-associate", ab133="yes", hipaa_policy="yes")

        facts = facts_of(text_of(place.officer.get(POLICY)))

        assert facts["Role of the network"].startswith("Business associate (HIPAA). Those bound by HIPAA may tell")
        assert facts["Safe harbor of AB 133 (CalAIM)"].startswith("On. For people in Medi-Cal, care partners may share")
        assert facts["Telling those who are not bound by HIPAA counts as treatment"].startswith("On. Where the network")

    def test_the_history_tells_counsel_source_first_day_and_what_holds(self, place):
        record(place, ab133="yes", counsel="Robin Ash", source="Memo 1")
        record(place, counsel="Linnet Marsh", source="Memo 2")
        record(place, 1, hmis_inferred="yes", counsel="Sorrel Finch", source="Memo 3")

        page = text_of(place.officer.get(POLICY))

        rows = re.findall(r"<li><span><b>From [^<]+</b> (\([^)]+\))<br>([^<]+)<br>.*?<bdi>([^<]+)</bdi>", page)
        assert rows == [
            (
                "(still to come)",
                "No role by law. Inferred consent in the homeless system (HMIS).",
                "Sorrel Finch",
            ),
            ("(holds today)", "No role by law.", "Linnet Marsh"),
            ("(another one took its place)", "No role by law. Safe harbor of AB 133 (CalAIM).", "Robin Ash"),
        ]
        assert "Memo 2" in page

    def test_what_held_before_has_ended(self, place):
        jay = staff_of(place.jay.organization_id, Role.NETWORK_ADMINISTRATOR)
        before = NOW - timedelta(days=9)
        words = {"counsel": "Robin Ash", "source": "Memo 1", "effective_on": local_day(before), "seen_id": None}
        with transaction() as session:
            consent.record_policy(session, jay, Network(), **words, at=before)
        record(place)

        assert "(ended)" in text_of(place.officer.get(POLICY))

    def test_a_policy_before_the_persons_no_is_said_first(self, place):
        assert BEFORE_NO not in unescape(text_of(place.officer.get(POLICY)))

        record(place, statute_before_no="yes")

        assert unescape(text_of(place.officer.get(POLICY))).count(BEFORE_NO) == 2

    def test_long_histories_have_pages(self, place):
        with transaction() as session:
            rows = [
                NetworkPolicy(
                    counsel=f"Kite {n}", source="Memo", effective_on=TODAY, recorded_at=NOW + timedelta(seconds=n)
                )
                for n in range(22)
            ]
            session.add_all(rows)

        first, second = (text_of(place.officer.get(f"{POLICY}?page={n}")) for n in (1, 2))

        assert "Kite 21" in first and "Next page" in first
        assert "21 to 22" in second and "Kite 0<" in second

    @pytest.mark.parametrize("role", Role)
    def test_privacy_officers_and_the_network_read_it_and_nobody_else(self, place, role):
        assert browser_of(place, role).get(POLICY).status_code == (200 if role in READERS else 403)

    def test_the_way_to_it_is_on_the_pages_of_those_who_read_it(self, place):
        link = f'href="{POLICY}"'

        assert link in text_of(place.network.get("/network"))
        assert link in text_of(place.officer.get("/organization"))
        assert link in text_of(place.officer.get("/privacy-office"))
        boss = browser_of(place, Role.ORGANIZATION_ADMINISTRATOR)
        assert link not in text_of(boss.get("/organization"))

    def test_a_privacy_officer_finds_no_way_to_change_it(self, place):
        assert NEW not in text_of(place.officer.get(POLICY))

    def test_it_is_read_in_spanish(self, place):
        place.officer.post("/language", page="/help", language="es")

        assert "Lo que vale hoy" in text_of(place.officer.get(POLICY))


class TestRecording:
    def test_it_is_kept_and_holds_from_its_first_day(self, place):
        answer = record(place, role="qso", wic_agreement="yes", ab210_protocol="yes")

        (policy,) = recorded()
        assert answer.status_code == 303
        assert (policy.role, policy.wic_agreement, policy.ab210_protocol, policy.ab133) == ("qso", True, True, False)
        assert (policy.counsel, policy.source, policy.effective_on) == ("Juniper Vale", "Memo of November 2", TODAY)
        assert "Recorded. It holds from its first day." in text_of(place.network.get(answer.location))

    def test_the_chain_tells_who_recorded_it_and_what_it_opened(self, place):
        record(place, ab133="yes")

        with reading() as session:
            query = select(AuditEntry).where(AuditEntry.action == "network-policy.record")
            entry = session.execute(query).scalar_one()
        assert (entry.actor_id, entry.subject_type) == (place.jay.id, "network_policy")
        assert orjson.loads(entry.codes)["opened"] == ["ab133"]

    def test_the_form_begins_with_what_holds_today(self, place):
        record(place, role="qso", ab133="yes")
        record(place, 1, role="business-associate")

        page = text_of(place.network.get(NEW))

        assert re.findall(r'name="(\w+)" value="([\w-]+)" checked', page) == [("role", "qso"), ("ab133", "yes")]

    def test_the_warning_stands_at_the_persons_no(self, place):
        page = text_of(place.network.get(NEW))

        assert "Think twice." in page
        assert page.index("Think twice.") < page.index('name="statute_before_no"')

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"role": ""}, "Role: choose one"),
            ({"role": "king"}, "Role: choose one"),
            ({"counsel": " "}, "Counsel: enter the name of the lawyer who decided this"),
            ({"source": ""}, "Source document: say in which document this stands"),
            ({"effective_on_month": "13"}, "First day: enter a month, a day and a year that exist"),
            ({f"effective_on_{part}": "" for part in ("month", "day", "year")}, "First day: enter month, day and year"),
            (first_day(-1), "First day: choose today or a later day"),
        ],
    )
    def test_what_is_wrong_is_named_and_what_was_typed_stays(self, place, fields, words):
        answer = record(place, hmis_inferred="yes", **fields)

        page = text_of(answer)
        assert answer.status_code == 422
        assert words in page
        assert re.search(r'name="hmis_inferred" value="yes" checked', page)
        assert recorded() == []

    def test_every_fault_is_named_at_once(self, place):
        page = text_of(record(place, counsel="", source="", effective_on_day="x"))

        assert "Three things to fix" in page

    def test_a_second_click_records_nothing_more(self, place):
        seen = seen_on(place.network)
        record(place, seen=seen)
        answer = record(place, seen=seen)

        page = text_of(answer)
        assert answer.status_code == 409
        assert "This changed while you were typing." in page and 'value="Juniper Vale"' in page
        assert len(recorded()) == 1
        assert f'name="seen" value="{recorded()[0].id}"' in page

    def test_it_asks_for_password_and_code_again(self, place):
        pass_time(place.jay, minutes=11)

        assert "/settings/confirm" in place.network.get(NEW).location

    def test_what_was_typed_before_that_comes_back_also_a_mark_that_was_taken_away(self, place):
        record(place, ab133="yes")
        seen = seen_on(place.network)
        pass_time(place.jay, minutes=11)
        fields = {"role": "qso", "wic_agreement": "yes", "counsel": "Robin Ash", "seen": seen, "page_path": NEW}
        answer = place.network.post(POLICY, page="/settings", **fields)
        pass_time(place.jay, minutes=-11)

        page = text_of(place.network.get(NEW))

        assert "/settings/confirm" in answer.location and len(recorded()) == 1
        assert re.findall(r'name="(\w+)" value="([\w-]+)" checked', page) == [("role", "qso"), ("wic_agreement", "yes")]
        assert 'value="Robin Ash"' in page

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.NETWORK_ADMINISTRATOR])
    def test_nobody_else_records(self, place, role):
        browser = browser_of(place, role)

        assert browser.get(NEW).status_code == 403
        assert browser.post(POLICY, role="none").status_code == 403
