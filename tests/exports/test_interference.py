"""Facts that the client may not know come and go, and its export is the same to the byte."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from cie import consent, people, referrals, screening
from cie.consent import Method
from cie.db import transaction
from cie.jobs import take_away_old_exports
from cie.referrals import Kind
from tests.api.test_referrals import reply, sent
from tests.exports.making import made, path_of
from tests.factories import make_participant, make_person, make_service, make_staff, send_one

KINDS = ("people", "needs", "consents", "referrals")
NOW = datetime.now(UTC)


def other_loops(session, place):
    """The same person is asked for elsewhere, and others are served and referred."""
    elsewhere = make_service(session, make_participant(session, name="Elsewhere"))
    send_one(session, replace(place.loop, service=elsewhere), at=NOW)
    other = make_person(session, place.loop.clinic, given_name="Juniper")
    screening.add_need(session, place.loop.navigator, other.id, "transportation", None, at=NOW)
    asked = place.loop.request(service_ids=(elsewhere.id,), kind=Kind.INFORMATIONAL)
    referrals.give_contact(session, place.loop.navigator, asked, at=NOW)


def inner_work(session, place):
    """What the sender does with the loop for itself."""
    referral = referrals.get_referral(session, place.loop.navigator, place.referral_id)
    referrals.write_note(session, place.loop.navigator, referral.id, "Her sister has the key", at=NOW)
    worker = make_staff(session, place.loop.clinic)
    referrals.assign_referral(session, place.loop.navigator, referral.id, worker.id, at=NOW)


def corrections(session, place):
    """What the sender corrects after it was released as it was."""
    person = session.get_one(people.Person, place.loop.person.id)
    changes = {"given_name": "Astrid", "street": "9 Fir St"}
    people.correct_person(session, place.loop.navigator, person.id, changes, seen_version=person.version, at=NOW)


def drafts(session, place):
    """A request to the reader itself that nobody sent yet."""
    referrals.save_draft(session, place.loop.navigator, place.loop.request(message="Not yet"), at=NOW)


def others_lose_sight(session, place):
    """What was told elsewhere about the same loop and the same person ends there."""
    elsewhere = make_participant(session, name="Elsewhere")
    loop = replace(place.loop, service=make_service(session, elsewhere))
    send_one(session, loop, at=NOW)
    person, how = place.loop.person.id, Method.IN_PERSON
    consent.stop_sharing_with(session, place.loop.navigator, person, elsewhere.id, method=how, at=NOW)


FACTS = [other_loops, inner_work, corrections, drafts, others_lose_sight]


@pytest.fixture
def reader(place):
    """The pantry, which was asked twice and said yes once."""
    place.referral_id = UUID(sent(place)["id"])
    reply(place, sent(place), answer="accept")
    return place.pantry


def given(system, export):
    """All that is given of an export: its figures, its files, their tags."""
    found = system.get(f"/exports/{export['id']}").get_json()
    figures = [[file[name] for name in ("kind", "lines", "bytes")] for file in found["files"]]
    files = [system.get(path_of(export, kind)) for kind in KINDS]
    return found["done"], found["total"], figures, [(file.status_code, file.get_data()) for file in files]


def tags(system, export):
    return [system.get(file["url"].removeprefix("/api/v1")).headers["ETag"] for file in export["files"]]


@pytest.mark.parametrize("fact", FACTS)
def test_what_is_hidden_changes_no_byte_no_count_and_no_order(place, reader, fact):
    before = given(reader, made(reader, *KINDS))

    with transaction() as session:
        fact(session, place)

    assert given(reader, made(reader, *KINDS)) == before


@pytest.mark.parametrize("fact", FACTS)
def test_what_is_hidden_and_happens_after_it_was_made_changes_neither_file_nor_tag(place, reader, fact):
    export = made(reader, *KINDS)
    before = given(reader, export), tags(reader, export)

    with transaction() as session:
        fact(session, place)
    take_away_old_exports()

    assert (given(reader, export), tags(reader, export)) == before
