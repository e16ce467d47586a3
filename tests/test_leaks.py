"""What a stolen database or a log tells: after a whole loop, nobody's name, phone, birth date, street or words."""

import logging
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID

import pytest
from sqlalchemy import text

from cie import consent, events, people, referrals
from cie.access import Role
from cie.app import compose
from cie.consent import Decision, Method
from cie.consent.models import Capacity
from cie.db import current, reading, transaction
from cie.directory import Category
from cie.participants import Participant
from cie.people import ContactKind, ContactOwner, Safety
from cie.people.birth import parse_birth
from cie.referrals import ContactMethod, PersonWord
from tests.factories import make_consent, make_participant, make_service, make_staff, staff_of
from tests.support.scan import found_in, whole_database
from tests.support.web import Browser, make_app, signed_in

NOW = datetime.now(UTC)
SECRETS = {
    "given name": "Quillamarra",
    "family name": "Zabrinskopf",
    "chosen name": "Xylantha",
    "pronouns": "xe and xem of nowhere",
    "birth date": "1971-11-23",
    "street": "7713 Ptarmigan Terrace",
    "phone": "5595550187",
    "message": "waits behind the blue heron gate",
    "note": "her sister holds the spare key",
    "reason words": "two crates of pomegranates given",
    "file": "scanned: lease of the cottage by the weir",
    "file name": "lease-of-the-cottage.txt",
    "staff name": "Ottoline Vexworth",
    "staff e-mail": "ottoline.vexworth@lantern.example.org",
    "member number": "91234567A",
    "signer": "Barnabus Thistlequick",
}


def play_whole_loop() -> None:
    """Everything that keeps personal data, through the verbs that the doors call."""
    with transaction() as session:
        clinic = make_participant(session, name="Blue Kite Clinic", kind="clinic")
        pantry = make_participant(session)
        service = make_service(session, pantry)
        make_staff(session, pantry, name=SECRETS["staff name"], email=SECRETS["staff e-mail"])
        navigator = staff_of(clinic, Role.NAVIGATOR, Role.SUPERVISOR)
        person = people.add_person(session, navigator, _new_person(), at=NOW)
        _add_ways_to_reach(session, navigator, person)
        consent.record_consent(
            session,
            navigator,
            person.id,
            decision=Decision.SHARE,
            categories=[Category.GENERAL],
            recipient_ids=[],
            method=Method.SIGNED_PAPER,
            signer=consent.SignerKind.LEGAL_REPRESENTATIVE,
            signer_name=SECRETS["signer"],
            capacity=Capacity.CONSERVATOR,
            entitled_categories=[Category.GENERAL],
            expires_on=None,
            at=NOW,
        )
    request = referrals.Request(person.id, "food", referrals.Urgency.WEEK, (service.id,), SECRETS["message"])
    with transaction() as session:
        referral = referrals.send(session, navigator, request, previewed=None, at=NOW)
        (task,) = referrals.tasks_of(session, referral)
        content = SECRETS["file"].encode()
        file = {"name": SECRETS["file name"], "content": content, "claimed": "text/plain", "shared": False}
        referrals.add_attachment(session, navigator, task.id, **file, at=NOW)
        referrals.write_message(session, navigator, task.id, SECRETS["message"], at=NOW)
    _help(staff_of(pantry), task)
    with transaction() as session:
        referrals.write_note(session, navigator, referral.id, SECRETS["note"], at=NOW)
        referrals.record_word(session, navigator, referral.id, PersonWord.GOT_HELP, at=NOW)
    with reading() as session:
        people.get_person(session, navigator, person.id)


def _new_person() -> people.NewPerson:
    year, month, day = SECRETS["birth date"].split("-")
    return people.NewPerson(
        given_name=SECRETS["given name"],
        family_name=SECRETS["family name"],
        chosen_name=SECRETS["chosen name"],
        pronouns=SECRETS["pronouns"],
        birth=parse_birth(month, day, year, today=NOW.date()),
        street=SECRETS["street"],
        zip="93702",
    )


def _add_ways_to_reach(session, navigator, person) -> None:
    people.add_contact(
        session,
        navigator,
        person.id,
        kind=ContactKind.SMS,
        value=SECRETS["phone"],
        owner=ContactOwner.SELF,
        may_text=True,
        wording_version=people.TEXT_PERMISSION_WORDING["version"],
        safety=Safety.SAFE,
        at=NOW,
    )
    people.add_identifier(session, navigator, person.id, "cin", SECRETS["member number"], at=NOW)
    changes = {"given_name": SECRETS["given name"] + "a"}
    people.correct_person(session, navigator, person.id, changes, seen_version=person.version, at=NOW)


def _help(caseworker, task) -> None:
    hours = iter(range(1, 9))

    def later() -> datetime:
        return NOW + timedelta(hours=next(hours))

    with transaction() as session:
        referrals.accept(session, caseworker, task.id, at=later())
        referrals.record_attempt(
            session,
            caseworker,
            task.id,
            method=ContactMethod.PHONE,
            reached=True,
            minutes=4,
            happened_at=NOW,
            at=later(),
        )
    with transaction() as session:
        referrals.complete(session, caseworker, task.id, words=SECRETS["reason words"], at=later())


def test_a_stolen_database_tells_nothing_of_anybody(database):
    play_whole_loop()

    content = whole_database()

    assert found_in(content, SECRETS) == set()
    assert b"93702" in content and b"food" in content, "what is kept in clear must be in what was looked through"


@pytest.mark.parametrize("what", SECRETS)
def test_the_scan_would_find_each_of_them(database, what):
    """Planted where it must not be: in an audit row, as the careless would."""
    with transaction() as session:
        participant = make_participant(session)
        events.record(session, staff_of(participant), "slip", participant, at=NOW, words=SECRETS[what])

    assert what in found_in(whole_database(), SECRETS)


def test_what_was_deleted_is_gone_from_the_file_too(database):
    if not database.is_sqlite:
        pytest.skip("PostgreSQL keeps deleted rows until it vacuums; its dump does not show them")
    with transaction() as session:
        participant = make_participant(session, name="A name that nobody else has")
    assert b"A name that nobody else has" in whole_database()

    with transaction() as session:
        session.execute(text("DELETE FROM agreement"))
        session.execute(text("DELETE FROM participant"))
    assert participant.id
    current().engine.dispose()

    assert b"A name that nobody else has" not in whole_database()


def test_logs_name_routes_and_ids_and_nothing_else(database, migrated, caplog):
    caplog.set_level(logging.DEBUG)
    compose(migrated)
    with transaction() as session:
        clinic = make_participant(session, name="Blue Kite Clinic", kind="clinic")
        user = make_staff(session, clinic, Role.NAVIGATOR, name=SECRETS["staff name"], email=SECRETS["staff e-mail"])
    app = make_app(migrated)

    stranger = Browser(app)
    stranger.post("/sign-in", email=SECRETS["staff e-mail"], password="a wrong password of theirs")
    browser = signed_in(app, user)
    browser.get("/worklist?need=food&language=es")
    browser.get("/find-help?words=" + quote(SECRETS["message"]))
    browser.post("/people", page="/people", name=SECRETS["given name"])
    person_id = add_person_on_the_page(browser)
    browser.get(f"/people/{person_id}")
    refer_on_the_page(browser, clinic, person_id)
    browser.get("/r/some-token-of-a-link-that-is-secret")

    lines = "\n".join([caplog.text, *(repr(vars(record)) for record in caplog.records)])
    for leak in ("a wrong password", "token-of-a-link", f"token-{user.id}", "?need=food", "?person=", "?words="):
        assert leak not in lines
    assert found_in(lines.encode(), SECRETS) == set()


def add_person_on_the_page(browser: Browser) -> str:
    year, month, day = SECRETS["birth date"].split("-")
    answer = browser.post(
        "/people/new",
        page="/help",
        form_id="one",
        given_name=SECRETS["given name"],
        family_name=SECRETS["family name"],
        birth_month=month,
        birth_day=day,
        birth_year=year,
        street=SECRETS["street"],
        zip="93702",
        language="en",
    )
    assert answer.status_code == 303, answer.text
    return answer.location.partition("/people/")[2][:36]


def refer_on_the_page(browser: Browser, clinic: Participant, person_id: str) -> None:
    """Check, then send, with a message in the words of the navigator."""
    with transaction() as session:
        service = make_service(session, make_participant(session), name="Food box")
        person = session.get_one(people.Person, UUID(person_id))
        make_consent(session, person)
    fields = {"person": person_id, "need": "food", "urgency": "urgent", "service": str(service.id), "zip": "93702"}
    fields |= {"message": SECRETS["message"], "action": "check"}
    page = browser.post("/referrals/new", page="/help", **fields)
    form = re.search(r'<form method="post" action="/referrals".*?</form>', page.text, re.DOTALL)
    assert form, page.text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form.group()))
    answer = browser.client.post("/referrals", data=hidden)
    assert answer.status_code == 303, answer.text
    browser.get(answer.location)


def test_the_search_for_leaks_in_logs_would_find_one(caplog):
    caplog.set_level(logging.INFO)

    logging.getLogger("cie").info("opened %s", SECRETS["given name"])

    assert found_in(caplog.text.encode(), SECRETS) == {"given name"}
