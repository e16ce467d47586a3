"""The worklist in a browser: counts, groups, rows, filters, pages, and what it costs."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import event
from sqlmodel import select

from cie import consent, referrals
from cie.access import Role
from cie.db import current, reading, transaction
from cie.events import AuditEntry, AuditPerson
from cie.referrals import PersonWord, ReferralTask, Urgency, WorklistItem
from cie.referrals.last_events import RULES
from cie.web.worklist_words import LAST, last_words
from tests.factories import make_consent, make_loop, make_participant, make_person, make_phone, make_staff, send_one
from tests.support.web import make_app, signed_in

NOW = datetime.now(UTC)
EARLIER = NOW - timedelta(minutes=30)


@pytest.fixture
def story(database, migrated):
    """A referral that waits for an answer, with a browser of each side, of a colleague and of a stranger."""
    with transaction() as session:
        loop = make_loop(session)
        staff = {
            "wren": make_staff(session, loop.pantry),
            "linnet": make_staff(session, loop.pantry, name="Linnet Reed"),
            "sorrel": make_staff(session, loop.clinic, Role.NAVIGATOR),
            "stranger": make_staff(session, make_participant(session, name="Tall Grass School")),
        }
        referral, task = send_one(session, loop, at=EARLIER)
    app = make_app(migrated)
    browsers = {name: signed_in(app, user) for name, user in staff.items()}
    return SimpleNamespace(loop=loop, staff=staff, referral=referral, task=task, **browsers)


def text_of(answer):
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def plain(page):
    """What is read: without markup, with single spaces."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("\N{NO-BREAK SPACE}", " "))


def worklist(browser, query=""):
    answer = browser.get(f"/worklist{query}")
    assert answer.status_code == 200
    return text_of(answer)


class TestWhatItShows:
    def test_the_provider_sees_what_was_released(self, story):
        read = plain(worklist(story.wren))

        assert "1 thing needs you." in read
        assert "Food box, weekly for Aster M." in read
        assert "Age 34. Spanish. ZIP 93702." in read
        assert "From Blue Kite Clinic, sent " in read
        assert "Answer : Food box, weekly for Aster M." in read

    def test_the_sender_sees_its_own_and_can_remind(self, story):
        page = worklist(story.sorrel, "?owed=others&team=all")

        assert "You sent this to Lantern Pantry" in plain(page)
        assert f'action="/worklist/{story.task.id}/reminder"' in page

    def test_the_links_lead_to_the_next_step(self, story):
        page = worklist(story.wren)

        assert f'href="/tasks/{story.task.id}/answer"' in page
        assert f'href="/referrals/{story.referral.id}"' in page

    def test_no_name_is_in_an_address_or_the_title(self, story):
        page = worklist(story.wren, "?need=food&language=es&filters=yes")

        addresses = " ".join(re.findall(r'(?:href|action)="([^"]*)"', page))
        assert "Aster" not in addresses + re.search(r"<title>(.*?)</title>", page).group(1)

    def test_with_nothing_to_do_it_says_so(self, story):
        read = plain(worklist(story.stranger))

        assert "Nothing to answer. You are up to date. New referrals show here first." in read
        assert "Nothing needs you." in read

    def test_a_colleague_who_looked_is_named_and_locks_nothing(self, story):
        story.linnet.get(f"/tasks/{story.task.id}/answer")

        read = plain(worklist(story.wren))

        assert "Linnet opened this" in read
        assert "Answer : Food box" in read
        assert "Linnet opened this" not in plain(worklist(story.linnet))

    def test_an_hour_later_the_look_is_forgotten(self, story):
        with transaction() as session:
            task = session.get_one(ReferralTask, story.task.id)
            task.opened_by_id, task.opened_at = story.staff["linnet"].id, NOW - timedelta(minutes=61)
            session.add(task)

        assert "opened this" not in plain(worklist(story.wren))

    def test_what_is_not_released_is_not_shown(self, story):
        with transaction() as session:
            (given,) = consent.consents_of(session, story.loop.clinic.id, story.loop.person.id)
            consent.revoke(session, story.loop.navigator, given.id, method=consent.Method.BY_VOICE, at=NOW)

        read = plain(worklist(story.wren))

        assert "A request for somebody" in read
        assert "Aster" not in read
        assert "93702" not in read

    def test_a_protected_request_shows_no_name_clock_or_urgency(self, story):
        with transaction() as session:
            referral = session.get_one(referrals.Referral, story.referral.id)
            referral.masked = True
            session.add(referral)
            session.flush()
            referrals.rebuild(session, referrals.loop_of(session, referral))

        read = plain(worklist(story.sorrel, "?owed=all&team=all"))

        assert "A protected service" in read
        for secret in ("Aster", "Food box", "This week", "Answer by", "Lantern"):
            assert secret not in read

    def test_a_number_that_is_not_safe_is_flagged(self, story):
        with transaction() as session:
            point = make_phone(session, story.loop.person, "+15595550143", safety="unsafe", no_voicemail=True)
            assert point.id

        assert "This number is not safe. No voicemail." in plain(worklist(story.sorrel, "?owed=others&team=all"))

    def test_who_was_shown_is_noted_in_one_access_row(self, story):
        with transaction() as session:
            person = make_person(session, story.loop.clinic, given_name="Basil")
            make_phone(session, person, "+15595550177")
            make_consent(session, person)
            send_one(session, story.loop, at=EARLIER, person_id=person.id)

        worklist(story.wren)

        with reading() as session:
            hers = (AuditEntry.action == "seen", AuditEntry.actor_id == story.staff["wren"].id)
            row = session.exec(select(AuditEntry).where(*hers)).one()
            persons = session.exec(select(AuditPerson.person_id).where(AuditPerson.entry_id == row.id)).all()
        assert set(persons) == {person.id, story.loop.person.id}


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("?need=food", True),
            ("?need=housing", False),
            ("?language=es", True),
            ("?language=en", False),
            ("?late=yes", False),
            ("?owed=person", False),
            ("?owed=all", True),
            ("?owed=nonsense&with=nonsense&page-answer=x", True),
        ],
    )
    def test_an_address_leaves_what_fits(self, story, query, shown):
        assert ("Aster M." in worklist(story.wren, query)) == shown

    def test_by_organization(self, story):
        assert "Aster M." in worklist(story.wren, f"?with={story.loop.clinic.id}")
        assert "Aster M." not in worklist(story.wren, f"?with={story.loop.pantry.id}")

    def test_ids_of_others_show_a_stranger_nothing(self, story):
        page = worklist(story.stranger, f"?owed=all&team=all&with={story.loop.clinic.id}&filters=yes")

        read = plain(page)
        assert "Nothing here matches." in read
        assert "Aster" not in page
        assert page.count("Blue Kite Clinic") == 1  # the filter in words: who is on the exchange is no secret

    def test_filters_stay_while_tabs_and_pages_change(self, story):
        page = worklist(story.wren, "?need=food&team=all")

        assert "/worklist?owed=others&amp;team=all&amp;need=food" in page

    def test_what_is_late_is_marked_and_linked(self, story):
        with transaction() as session:
            line = session.exec(select(WorklistItem).where(WorklistItem.side == "provider")).one()
            line.due_at = line.order_at = NOW - timedelta(days=3)
            session.add(line)

        page = worklist(story.wren)

        assert "1 is late" in plain(page)
        assert "cie-row-late" in page
        assert "Aster M." in worklist(story.wren, "?late=yes")

    def test_mine_and_not_assigned_comes_first(self, story):
        with transaction() as session:
            referrals.assign_task(session, story.loop.caseworker, story.task.id, story.staff["linnet"].id, at=NOW)

        assert "Aster M." not in worklist(story.wren)
        assert "Whole team (1)" in plain(worklist(story.wren))
        assert "Aster M." in worklist(story.wren, "?team=all")
        assert "Aster M." in worklist(story.linnet)

    def test_the_form_offers_the_organizations_that_have_something_open(self, story):
        page = worklist(story.wren, "?filters=yes")

        assert f'<option value="{story.loop.clinic.id}">Blue Kite Clinic</option>' in page
        assert "Tall Grass School" not in page


def many(story, count):
    with transaction() as session:
        for number in range(count):
            person = make_person(session, story.loop.clinic, given_name="Aster", family_name=f"N{number}")
            make_phone(session, person, f"+1559555{1000 + number}")
            make_consent(session, person)
            send_one(session, story.loop, at=EARLIER, person_id=person.id)


class TestPages:
    def test_a_group_has_20_rows_and_a_pager(self, story):
        many(story, 24)

        first, second = worklist(story.wren), worklist(story.wren, "?page-answer=2")

        assert first.count('class="cie-row"') == 20
        assert "1 to 20 of 25" in first
        assert "/worklist?owed=us&amp;page-answer=2#group-answer" in first
        assert second.count('class="cie-row"') == 5
        assert "21 to 25 of 25" in second

    def test_only_whom_the_page_shows_is_noted_as_seen(self, story):
        many(story, 24)

        worklist(story.wren)

        with reading() as session:
            entry = session.exec(select(AuditEntry).where(AuditEntry.actor_id == story.staff["wren"].id)).one()
            assert len(session.exec(select(AuditPerson).where(AuditPerson.entry_id == entry.id)).all()) == 20

    def test_a_page_costs_the_same_statements_however_many_rows_it_has(self, story):
        worklist(story.wren, "?owed=all&team=all")
        few = statements(lambda: worklist(story.wren, "?owed=all&team=all"))
        many(story, 15)
        more = statements(lambda: worklist(story.wren, "?owed=all&team=all"))
        many(story, 50)
        most = statements(lambda: worklist(story.wren, "?owed=all&team=all"))

        assert few == more == most
        assert most <= 25


def statements(act):
    seen = []

    def count(_connection, _cursor, statement, *_more):
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    event.listen(current().engine, "before_cursor_execute", count)
    try:
        act()
    finally:
        event.remove(current().engine, "before_cursor_execute", count)
    return len(seen)


class TestRemind:
    def test_the_button_sends_it_once_a_business_day(self, story):
        path = f"/worklist/{story.task.id}/reminder"

        here = {"page": "/worklist", "page_path": "/worklist?owed=others&team=all"}
        first = story.sorrel.post(path, **here)
        second = story.sorrel.post(path, **here)

        assert (first.status_code, second.status_code) == (303, 409)
        assert first.location.endswith("/worklist?owed=others&team=all&done=reminded")
        assert "They were reminded already" in plain(text_of(second))
        assert path not in worklist(story.sorrel, "?owed=others&team=all")
        assert "Reminder sent" in plain(worklist(story.wren))

    def test_looking_at_the_address_sends_nothing(self, story):
        assert story.sorrel.get(f"/worklist/{story.task.id}/reminder").status_code == 404

    @pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("wren", 403)])
    def test_nobody_else_sends_it(self, story, who, status):
        answer = getattr(story, who).post(f"/worklist/{story.task.id}/reminder", page="/worklist")

        assert answer.status_code == status
        with reading() as session:
            assert session.get_one(ReferralTask, story.task.id).reminded_at is None


def test_a_not_yet_by_text_is_the_senders_to_call_about(story):
    with transaction() as session:
        referrals.accept(session, story.loop.caseworker, story.task.id, at=EARLIER)
    with transaction() as session:
        referrals.record_word(session, story.loop.navigator, story.referral.id, PersonWord.NOT_CONTACTED, at=NOW)

    read = plain(worklist(story.sorrel, "?team=all"))

    assert "Check: the two words differ" in read
    assert "Person said: nobody called" in read
    assert "Read and call" in read
    assert "Call by" in read


def test_every_event_of_a_line_has_words_on_each_side_that_may_see_it():
    steps = {action for action, rule in RULES.items() if rule.__name__ in ("_both", "_sender", "_task")}
    senders_alone = {action for action, rule in RULES.items() if rule.__name__ == "_sender"}

    assert set(LAST["sender"]) == steps
    assert set(LAST["provider"]) == steps - senders_alone


@pytest.mark.parametrize(
    ("code", "side", "words"),
    [
        ("contact.attempt:phone:no:1", "provider", "1 call, not reached"),
        ("contact.attempt:email:no:3", "provider", "3 tries, not reached"),
        ("contact.attempt:phone:yes:1", "sender", "You reached the person"),
        ("person.word:contacted-no-help:text", "sender", "Person texted: no help yet"),
        ("person.word:got-help:web", "sender", "Person said: yes, got help"),
        ("task.rejected:outside-area", "sender", "They cannot help: they live outside our area"),
        ("task.cancelled:recalled", "sender", "This was cancelled"),
        ("entry.message:sender", "provider", "Sender added a message"),
        ("file.add:us", "provider", "You added a file"),
    ],
)
def test_what_happened_last_is_in_words(code, side, words):
    assert last_words(code, side) == words


@pytest.mark.parametrize("urgency", Urgency)
def test_each_urgency_is_in_words(story, urgency):
    with transaction() as session:
        send_one(session, story.loop, at=EARLIER, urgency=urgency)
    words = {"stat": "Needed today", "asap": "Within 2 days", "urgent": "This week", "routine": "Not urgent"}

    assert words[urgency.value] in plain(worklist(story.wren))


def test_the_keys_are_off_until_they_are_switched_on(story):
    assert "data-keys" not in worklist(story.wren)
    with transaction() as session:
        user = session.get_one(type(story.staff["wren"]), story.staff["wren"].id)
        user.keys_on = True
        session.add(user)

    page = worklist(story.wren)

    assert '<body data-keys="on">' in page
    assert "data-find" in page


def test_it_can_be_read_in_spanish(story):
    story.wren.client.set_cookie("language", "es")

    assert "antes del" in worklist(story.wren) or "hoy" in worklist(story.wren)
