"""After a revocation or an erasure a file gives nothing of it, keeps its length, and holds nothing of it for long."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from cie import consent, retention
from cie.access import Role
from cie.consent import Method, Release
from cie.db import reading, transaction
from cie.exports import ExportLine
from cie.jobs import take_away_old_exports
from cie.participants import Participant, ParticipantKind
from cie.retention import Ground
from tests.api.test_referrals import reply, request, sent, task_of
from tests.exports.making import accesses, download, lines_of, made, path_of
from tests.factories import make_consent, make_person, staff_of
from tests.retention.filling import grant_deletion

WORDS = ("Aster", "Moreno", "Mornings", "Food", "93702", "Come at nine")


def revoke(place, *, at=None):
    """The person takes back what they allowed."""
    with transaction() as session:
        (record,) = consent.consents_of(session, place.loop.clinic.id, place.loop.person.id)
        moment = at or datetime.now(UTC)
        consent.revoke(session, place.loop.navigator, record.id, method=Method.IN_PERSON, at=moment)


def erase(place):
    """The person asked the clinic to be forgotten, and it was granted."""
    officer = staff_of(place.loop.clinic, Role.PRIVACY_OFFICER)
    with transaction() as session:
        grant_deletion(session, officer, place.loop.person.id, at=datetime.now(UTC))
    with transaction() as session:
        retention.erase(session, officer, place.loop.person.id, Ground.REQUEST, at=datetime.now(UTC))


def kept():
    """What the lines still hold, by the record that they are of."""
    with reading() as session:
        rows = session.exec(select(ExportLine)).all()
    return {str(row.record_id): row.content for row in rows if row.content is not None}


@pytest.fixture
def two(place):
    """The clinic asked the pantry for Aster and for Juniper; both read what was written since."""
    with transaction() as session:
        other = make_person(session, place.loop.clinic, given_name="Juniper", family_name="Vale")
        make_consent(session, other)
    first, second = sent(place), sent(place, person_id=str(other.id), message="Ring twice")
    place.clinic.post(f"/referrals/tasks/{task_of(first)}/messages", {"text": "Come at nine"})
    return first, second


class TestRevocation:
    def test_nothing_of_it_is_in_the_file_and_the_rest_is_as_it_was(self, place, two):
        export = made(place.pantry)
        before = download(place.pantry, export)

        revoke(place)
        after = download(place.pantry, export)

        assert all(word in before.decode() for word in WORDS)
        assert not any(word in after.decode() for word in WORDS if word not in ("Food", "93702"))
        gone, stays = lines_of(after)
        assert gone == {"id": two[0]["id"], "code": "cannot-share"}
        assert stays == lines_of(before)[1]
        assert [len(line) for line in after.splitlines()] == [len(line) for line in before.splitlines()]

    def test_a_new_export_holds_what_may_still_be_told(self, place, two):
        revoke(place)

        gone, _stays = lines_of(download(place.pantry, made(place.pantry)))

        assert gone == place.pantry.get(f"/referrals/{two[0]['id']}").get_json()
        assert gone["shared"] == []

    def test_the_sender_keeps_what_is_its_own(self, place, two):
        export = made(place.clinic, "people", "referrals")
        before = [download(place.clinic, export, kind) for kind in ("people", "referrals")]

        revoke(place)

        assert [download(place.clinic, export, kind) for kind in ("people", "referrals")] == before

    def test_what_came_back_to_the_sender_can_be_taken_back_too(self, place, two):
        place.pantry.post(f"/referrals/tasks/{task_of(two[0])}/messages", {"text": "Bring a bag"})
        export = made(place.clinic)
        before = download(place.clinic, export)

        revoke(place)

        assert b"Bring a bag" in before
        assert b"Bring a bag" not in download(place.clinic, export)

    def test_a_revocation_that_began_before_the_file_was_made_counts_when_it_comes(self, place, two):
        began = datetime.now(UTC) - timedelta(minutes=2)
        export = made(place.pantry)

        revoke(place, at=began)

        assert lines_of(download(place.pantry, export))[0]["code"] == "cannot-share"

    def test_one_that_was_read_after_an_end_is_given_whole(self, place, two):
        reply(place, two[0], place.clinic, answer="cancel", reason="person-declines")
        export = made(place.pantry)

        lines = lines_of(download(place.pantry, export))

        assert lines[0] == place.pantry.get(f"/referrals/{two[0]['id']}").get_json()
        assert "code" not in lines[0]

    def test_when_a_newer_release_counts_the_line_is_not_given(self, place):
        offered = place.clinic.post("/referrals", request(place)).get_json()
        export = made(place.pantry)
        with transaction() as session:
            (release,) = session.exec(select(Release).where(Release.recipient_id == place.loop.pantry.id)).all()
            session.add(Release(**release.model_dump(exclude={"id", "version"}), version=2))

        assert lines_of(download(place.pantry, export)) == [{"id": offered["id"], "code": "cannot-share"}]

    def test_nobody_is_recorded_as_seen_of_whom_nothing_is_shown(self, place, two):
        export = made(place.pantry)
        revoke(place)

        download(place.pantry, export)

        (shown,) = accesses(place.pantry)
        assert shown == {place.clinic.get(f"/referrals/{two[1]['id']}").get_json()["person_id"]}


class TestResumed:
    def test_the_rest_of_a_file_that_changed_meanwhile_is_the_whole_of_it(self, place, two):
        export = made(place.pantry)
        first = place.pantry.get(path_of(export), Range="bytes=0-99")
        revoke(place)

        answer = place.pantry.get(path_of(export), Range="bytes=100-", If_Range=first.headers["ETag"])

        assert answer.status_code == 200
        assert answer.headers["ETag"] != first.headers["ETag"]
        assert len(answer.get_data()) == export["files"][0]["bytes"]
        assert [line["id"] for line in lines_of(answer.get_data())] == [two[0]["id"], two[1]["id"]]

    def test_without_asking_it_still_fits_at_every_line_and_parses(self, place, two):
        export = made(place.pantry)
        whole = download(place.pantry, export)
        end = whole.index(b"\n") + 1
        for at in (end, end + 40):
            first = place.pantry.get(path_of(export), Range=f"bytes=0-{at - 1}").get_data()
            assert first == whole[:at]

        revoke(place)

        for at in (end, end + 40):
            rest = place.pantry.get(path_of(export), Range=f"bytes={at}-").get_data()
            assert whole[:at] + rest == whole
        again = place.pantry.get(path_of(export), Range=f"bytes=0-{end - 1}").get_data()
        assert len(again) == end
        assert lines_of(again + whole[end:])[0]["code"] == "cannot-share"

    def test_the_same_bytes_keep_their_tag(self, place, two):
        export = made(place.pantry)
        tags = [place.pantry.get(path_of(export)).headers["ETag"] for _ in range(2)]
        revoke(place)
        tags += [place.pantry.get(path_of(export)).headers["ETag"] for _ in range(2)]
        take_away_old_exports()
        tags.append(place.pantry.get(path_of(export)).headers["ETag"])

        assert tags[0] == tags[1] != tags[2] == tags[3] == tags[4]


class TestAtRest:
    def test_what_was_taken_back_leaves_the_database_with_the_next_round(self, place, two):
        made(place.pantry)
        made(place.clinic)
        revoke(place)

        take_away_old_exports()

        with reading() as session:
            rows = session.exec(select(ExportLine)).all()
        empty = [(row.organization_id, str(row.record_id)) for row in rows if row.content_sealed is None]
        assert empty == [(place.loop.pantry.id, two[0]["id"])]

    def test_with_an_erasure_every_copy_goes_at_once(self, place, two):
        export, own = made(place.pantry), made(place.clinic, "people", "consents", "referrals")
        person = str(place.loop.person.id)
        assert person in kept()

        erase(place)

        assert two[0]["id"] not in kept() and person not in kept() and two[1]["id"] in kept()
        assert lines_of(download(place.pantry, export))[0]["code"] == "cannot-share"
        assert {"id": person, "code": "cannot-share"} in lines_of(download(place.clinic, own, "people"))

    def test_what_another_organization_erases_of_its_own_is_not_to_be_seen_here(self, place, two):
        reply(place, two[0], answer="reject", reason="no-room", words="No room")
        export, theirs = made(place.clinic, "people", "consents"), made(place.pantry)
        before = [download(place.clinic, export, kind) for kind in ("people", "consents")]
        with transaction() as session:
            session.get_one(Participant, place.loop.pantry.id).kind = ParticipantKind.VICTIM_SERVICES
        with transaction() as session:
            officer = staff_of(place.loop.pantry, Role.PRIVACY_OFFICER)
            retention.erase(session, officer, place.loop.person.id, Ground.PURGE, at=datetime.now(UTC))

        assert [download(place.clinic, export, kind) for kind in ("people", "consents")] == before
        assert lines_of(download(place.pantry, theirs))[0] == {"id": two[0]["id"], "code": "cannot-share"}
        assert not any("No room" in content for content in kept().values())
