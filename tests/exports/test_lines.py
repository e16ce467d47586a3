"""What stands in a file: what a read answers, of everything that the client may know, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from cie.consent import Method
from cie.db import transaction
from cie.referrals.changes import SETTLED_AFTER
from tests.api.place import System
from tests.api.test_people import NEW
from tests.api.test_referrals import reply, sent
from tests.exports.making import download, lines_of, made
from tests.factories import make_consent, make_participant, make_person

NOW = datetime.now(UTC)


def ids_in(system, kind, **said):
    """Of which records there is a line in an export of its own."""
    export = made(system, kind, **said)
    content = download(system, export, kind)
    system.call("DELETE", f"/exports/{export['id']}")
    return {line["id"] for line in lines_of(content)}


class TestLines:
    def test_each_is_what_a_read_of_the_record_answers(self, place):
        referral = sent(place, message="Ma\N{LATIN SMALL LETTER N WITH TILDE}ana,\nnot today")
        reply(place, referral, answer="accept")
        person = str(place.loop.person.id)
        need = place.clinic.post(f"/people/{person}/needs", {"need_code": "food"}).get_json()
        (consent,) = place.clinic.get(f"/people/{person}/consents").get_json()["items"]
        reads = {
            "people": f"/people/{person}",
            "needs": f"/needs/{need['id']}",
            "consents": f"/consents/{consent['id']}",
            "referrals": f"/referrals/{referral['id']}",
        }

        export = made(place.clinic, *reads)

        for kind, path in reads.items():
            assert lines_of(download(place.clinic, export, kind)) == [place.clinic.get(path).get_json()]

    def test_the_one_asked_gets_its_side_with_what_was_released_to_it(self, place):
        referral = sent(place)

        (line,) = lines_of(download(place.pantry, made(place.pantry)))

        assert line == place.pantry.get(f"/referrals/{referral['id']}").get_json()
        assert line["shared"][0]["elements"]["name"] == "Aster Moreno"

    def test_of_another_organization_there_is_nothing(self, place):
        sent(place)
        with transaction() as session:
            third = System(place.app, make_participant(session, name="Third"))

        found = made(third, "people", "needs", "consents", "referrals")

        assert (found["files"], found["done"], found["total"]) == ([], 0, 0)

    def test_sizes_and_counts_are_those_of_the_bytes(self, place):
        sent(place)
        place.clinic.post("/people", NEW)

        export = made(place.clinic, "people", "referrals")

        for file in export["files"]:
            content = place.clinic.get(file["url"].removeprefix("/api/v1")).get_data()
            assert (len(content), len(lines_of(content))) == (file["bytes"], file["lines"])
        assert export["done"] == export["total"] == 3


class TestUpdatedSince:
    def test_only_what_changed_since_is_there(self, place):
        with transaction() as session:
            old = make_person(session, place.loop.clinic, given_name="Old", created_at=NOW - timedelta(days=9))
            make_consent(session, old, given_at=NOW - timedelta(days=9))
        person = place.clinic.post("/people", NEW).get_json()["id"]
        need = place.clinic.post(f"/people/{person}/needs", {"need_code": "food"}).get_json()["id"]
        referral = sent(place)["id"]
        since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()

        assert person in ids_in(place.clinic, "people", updated_since=since)
        assert str(old.id) not in ids_in(place.clinic, "people", updated_since=since)
        assert str(old.id) in ids_in(place.clinic, "people")
        assert ids_in(place.clinic, "needs", updated_since=since) == {need}
        assert ids_in(place.clinic, "referrals", updated_since=since) == {referral}
        assert ids_in(place.clinic, "consents", updated_since=since) == set()

    @pytest.mark.parametrize("kind", ["people", "needs", "consents"])
    def test_what_was_corrected_counts_as_changed(self, place, kind):
        with transaction() as session:
            person = make_person(session, place.loop.clinic, given_name="Old", created_at=NOW - timedelta(days=9))
            yes = make_consent(session, person, given_at=NOW - timedelta(days=9))
        need = place.clinic.post(f"/people/{person.id}/needs", {"need_code": "food"}).get_json()["id"]
        since = (datetime.now(UTC) + 2 * SETTLED_AFTER).isoformat()
        before = ids_in(place.clinic, kind, updated_since=since)
        since = datetime.now(UTC).isoformat()
        place.clinic.patch(f"/people/{person.id}", {"given_name": "New"}, If_Match='"1"')
        place.clinic.call("PUT", f"/needs/{need}/wish", {"wish": "not-now"})
        place.clinic.post(f"/consents/{yes.id}/revocation", {"method": Method.IN_PERSON.value})

        after = ids_in(place.clinic, kind, updated_since=since)

        assert before == set()
        assert {"people": str(person.id), "needs": need, "consents": str(yes.id)}[kind] in after

    def test_a_permission_that_ended_with_its_day_counts_as_changed(self, place):
        yesterday = NOW.date() - timedelta(days=2)
        with transaction() as session:
            person = make_person(session, place.loop.clinic, created_at=NOW - timedelta(days=9))
            yes = make_consent(session, person, given_at=NOW - timedelta(days=9), expires_on=yesterday)
        since = (NOW - timedelta(days=2)).isoformat()

        assert str(yes.id) in ids_in(place.clinic, "consents", updated_since=since)
