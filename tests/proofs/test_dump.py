"""What a stolen database tells of talks, screenings, alarms and accounts: nobody's words, names or addresses."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select, text

from cie import events, identity, messaging, people, referrals, schema, screening
from cie.access import SYSTEM, Actor, Role
from cie.db import current, reading, transaction
from cie.messaging import TextMessage
from cie.people import ContactKind, ContactOwner, Safety
from cie.screening import GivenAnswer, SafetyGate, Wish
from tests.factories import Loop, make_loop, send_one, staff_of
from tests.support.sign_in import PASSWORD, SECRET, make_member, sign_in
from tests.support.texts import RecordingGateway, deliver_all
from tests.support.web import make_app
from tests.test_leaks import spellings, whole_database

NOW = datetime.now(UTC)
ANSWER = "LA31995-6"
SECRETS = {
    "text that came in": "my cousin Quenby drives me on thursdays",
    "text of danger": "he hits me when the heron lamp is out",
    "what was done about a text": "rang the neighbour with the green porch",
    "what was done about danger": "moved to the aunt in the hills",
    "words of a decline": "the freezer of the annex broke",
    "who told it by voice": "Peregrine Oddfellow",
    "e-mail of a person": "quenby.thistledown@post.example.net",
    "number that was replaced": "5595550163",
    "number now": "5595550164",
    "what was typed before a sign-out": "Isaura Quicksilver",
    "invited name": "Thaddeus Wrenfield",
    "invited e-mail": "thaddeus.wrenfield@lantern.example.org",
    "staff e-mail": "ottoline.vexworth@lantern.example.org",
    "password": PASSWORD,
    "secret of the phone app": SECRET,
}


def found_in(content: bytes) -> set[str]:
    """Which of the secrets stand in these bytes, in UTF-8 or UTF-16, or as hexadecimal digits."""
    there = content.lower()
    return {
        what
        for what, secret in SECRETS.items()
        for form in spellings(secret)
        if form.lower().encode() in there or form.lower().encode("utf-16-le") in there
    }


def screen(session, navigator: Actor, loop: Loop) -> None:
    """Answers, a proposed need that is settled, and one that was spoken of."""
    ahc, *_others = screening.import_shipped(session, SYSTEM, at=NOW)
    begun = screening.start_screening(session, navigator, loop.person.id, ahc.id, at=NOW)
    screening.answer_safety_gate(session, navigator, begun.id, SafetyGate.NOT_SAFE, at=NOW)
    answers = {"/71802-3": GivenAnswer((ANSWER,))}
    screening.save_section(session, navigator, begun.id, "living-situation", answers, at=NOW)
    screening.finish(session, navigator, begun.id, at=NOW)
    screening.add_need(session, navigator, loop.person.id, "transportation", Wish.NOT_NOW, at=NOW)


def reach(session, navigator: Actor, loop: Loop) -> None:
    """An e-mail address, and a number that is replaced by another."""
    how = {"owner": ContactOwner.SELF, "safety": Safety.SAFE, "at": NOW}
    who = loop.person.id
    people.add_contact(session, navigator, who, kind=ContactKind.EMAIL, value=SECRETS["e-mail of a person"], **how)
    number = SECRETS["number that was replaced"]
    point = people.add_contact(session, navigator, who, kind=ContactKind.PHONE, value=number, **how)
    people.correct_contact(session, navigator, point.id, {"value": SECRETS["number now"]}, at=NOW)


def talk(settings, navigator: Actor, phone: str) -> None:
    """Texts out, a text in that a person reads, and one that speaks of danger and is looked after."""
    deliver_all(settings, RecordingGateway())
    for number, what in enumerate(("text that came in", "text of danger")):
        with transaction() as session:
            messaging.receive(session, phone=phone, body=SECRETS[what], gateway_id=f"SM{number:032d}", at=NOW)
    with transaction() as session:
        first = session.execute(select(TextMessage).where(TextMessage.gateway_id == f"SM{0:032d}")).scalar_one()
        messaging.handle_text(session, navigator, first.id, note=SECRETS["what was done about a text"], at=NOW)
        (alert,) = people.open_alerts(session, navigator)
        note = SECRETS["what was done about danger"]
        people.close_alert(session, navigator, alert.id, note=note, resume_texts=False, at=NOW)


def decline(loop: Loop, task_id: UUID) -> None:
    told = referrals.Told(SECRETS["who told it by voice"])
    with transaction() as session:
        words = SECRETS["words of a decline"]
        referrals.reject(
            session, loop.navigator, task_id, reason=referrals.Reason.NO_ROOM, words=words, told=told, at=NOW
        )


def employ(settings, loop: Loop) -> None:
    """An account that signs in and types before it is signed out, and an invitation."""
    with transaction() as session:
        user = make_member(session, loop.clinic, Role.NAVIGATOR, email=SECRETS["staff e-mail"])
        boss = staff_of(loop.clinic, Role.ORGANIZATION_ADMINISTRATOR)
        who = {"name": SECRETS["invited name"], "email": SECRETS["invited e-mail"]}
        identity.invite(session, boss, loop.clinic.id, **who, roles=[Role.NAVIGATOR], at=NOW)
    sign_in(make_app(settings), user)
    with transaction() as session:
        fields = {"given_name": [SECRETS["what was typed before a sign-out"]], "password": [PASSWORD]}
        identity.keep_form(session, user.id, "/people/new", fields, at=NOW)


def play(settings) -> None:
    with transaction() as session:
        loop = make_loop(session, language="en")
        navigator = staff_of(loop.clinic, Role.NAVIGATOR, Role.SUPERVISOR)
        screen(session, navigator, loop)
        reach(session, navigator, loop)
        _referral, task = send_one(session, loop, at=NOW)
    talk(settings, navigator, loop.phone.value)
    decline(loop, task.id)
    employ(settings, loop)


def rows_of_persons() -> bytes:
    """Every cell of every table but the questions of the instruments."""
    with current().engine.connect() as connection:
        return b"\n".join(
            repr(tuple(row)).encode()
            for table in schema.metadata.sorted_tables
            if table.name != "questionnaire"
            for row in connection.execute(text(f'SELECT * FROM "{table.name}"'))
        )


def test_talks_screenings_alarms_and_accounts_are_sealed(database, migrated):
    play(migrated)

    assert found_in(whole_database()) == set()
    rows = rows_of_persons()
    assert ANSWER.encode() not in rows
    assert b"transportation" in rows and b"text.receive" in rows and b"danger.close" in rows
    with reading() as session:
        kept = {value for row in session.execute(select(TextMessage)).scalars() if (value := row.body)}
    assert {SECRETS["text that came in"], SECRETS["text of danger"]} <= kept


@pytest.mark.parametrize("what", SECRETS)
def test_the_scan_would_find_each_of_them(database, migrated, what):
    with transaction() as session:
        clinic = make_loop(session).clinic
        events.record(session, SYSTEM, "slip", clinic, at=NOW, organization_id=clinic.id, words=SECRETS[what])

    assert what in found_in(whole_database())
