"""Files with a referral: what they are taken for, what is kept apart, and who may open them."""

import base64

import pytest

from cie import consent, referrals
from cie.access import Role
from cie.consent import DataSet, Method
from cie.errors import ConsentRequired, Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.files import LARGEST_FILE_BYTES, clean_name, told_type
from cie.referrals import Reason
from tests.factories import NOON, make_loop, make_participant, make_service, send_one, staff_of

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
ZIP = b"PK\x03\x04" + b"\0" * 40
BYTES = b"\x00\x01\x02\xff\xfe" * 20


@pytest.fixture
def loop(session):
    return make_loop(session)


@pytest.fixture
def task(session, loop):
    return send_one(session, loop)[1]


def keep(session, actor, task, **fields):
    values = {"name": "letter.pdf", "content": PDF, "claimed": "application/pdf", "shared": True, "at": NOON}
    return referrals.add_attachment(session, actor, task.id, **{**values, **fields})


class TestType:
    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (PDF, "application/pdf"),
            (PNG, "image/png"),
            (JPEG, "image/jpeg"),
            ("Mañana a las 9.\n".encode(), "text/plain"),
            (BYTES, None),
            ("Mañana".encode("latin-1"), None),
        ],
    )
    def test_it_is_told_from_the_content(self, content, told):
        assert told_type(content) == told

    @pytest.mark.parametrize(
        ("name", "content", "claimed"),
        [
            ("letter.pdf", PNG, "application/pdf"),
            ("photo.png", PNG, "image/jpeg"),
            ("letter.exe", b"hello", "application/octet-stream"),
            ("page.html", b"<script>alert(1)</script>", "text/html"),
            ("letter.pdf", BYTES, "application/pdf"),
            ("letter", BYTES, ""),
        ],
    )
    def test_what_cannot_be_told_or_pretends_is_kept_apart_and_goes_nowhere(
        self, session, loop, task, name, content, claimed
    ):
        row = keep(session, loop.navigator, task, name=name, content=content, claimed=claimed)

        assert row.quarantined
        assert consent.released_to(session, loop.pantry.id, row.id, DataSet.MESSAGE) is None
        assert referrals.attachments_for(session, loop.caseworker, task.referral_id, [task]) == []
        with pytest.raises(NotPossibleNow):
            referrals.open_attachment(session, loop.navigator, row.id)

    @pytest.mark.parametrize("name", ["scan", "scan.PDF", "old.name.pdf"])
    def test_a_name_without_an_ending_or_with_a_true_one_is_believed(self, session, loop, task, name):
        assert not keep(session, loop.navigator, task, name=name, claimed="").quarantined

    @pytest.mark.parametrize(
        ("content", "words"),
        [(b"", "not empty"), (ZIP, "PDF, a PNG or JPEG"), (b"a" * (LARGEST_FILE_BYTES + 1), "at most 10 MB")],
    )
    def test_nothing_too_much_and_other_types_are_refused_by_the_field(self, session, loop, task, content, words):
        with pytest.raises(Invalid, match=words) as refusal:
            keep(session, loop.navigator, task, name="a", content=content, claimed="")

        assert refusal.value.field == "file"

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("..\\..\\etc/letter.pdf", "letter.pdf"),
            ('a"b\r\nSet-Cookie: x.pdf', "abSet-Cookie x.pdf"),
            ("", "file"),
            ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ],
    )
    def test_a_name_keeps_only_what_a_name_may_hold(self, given, kept):
        assert clean_name(given) == kept


class TestReading:
    def test_the_other_side_opens_what_was_shared_with_it(self, session, loop, task):
        row = keep(session, loop.navigator, task)

        _row, content = referrals.open_attachment(session, loop.caseworker, row.id)

        assert content == PDF
        assert task.person_id in session.info["shown"][loop.caseworker]

    def test_the_release_tells_name_type_and_size(self, session, loop, task):
        row = keep(session, loop.navigator, task)

        released = consent.released_to(session, loop.pantry.id, row.id, DataSet.MESSAGE)

        assert released.elements == {"file": {"name": "letter.pdf", "type": "application/pdf", "bytes": len(PDF)}}

    def test_a_file_for_us_alone_is_not_there_for_the_other_side(self, session, loop, task):
        row = keep(session, loop.caseworker, task, shared=False)

        with pytest.raises(NotFound):
            referrals.open_attachment(session, loop.navigator, row.id)
        assert referrals.open_attachment(session, loop.caseworker, row.id)[1] == PDF

    def test_a_file_is_gone_from_there_once_the_permission_is_taken_back(self, session, loop, task):
        row = keep(session, loop.navigator, task)
        (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
        consent.revoke(session, loop.navigator, record.id, method=Method.IN_PERSON, at=NOON)

        with pytest.raises(NotFound):
            referrals.open_attachment(session, loop.caseworker, row.id)
        assert referrals.attachments_for(session, loop.caseworker, task.referral_id, [task]) == []

    def test_a_file_is_gone_from_there_once_the_request_is_cancelled(self, session, loop, task):
        row = keep(session, loop.navigator, task)
        referrals.cancel(session, loop.navigator, task.id, reason=Reason.DUPLICATE, at=NOON)

        with pytest.raises(NotFound):
            referrals.open_attachment(session, loop.caseworker, row.id)
        with pytest.raises(NotPossibleNow):
            keep(session, loop.navigator, task)

    def test_without_permission_a_file_is_not_shared(self, session, loop, task):
        (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
        consent.revoke(session, loop.navigator, record.id, method=Method.IN_PERSON, at=NOON)

        with pytest.raises(ConsentRequired):
            keep(session, loop.navigator, task)

    def test_strangers_and_those_without_cases_get_nothing(self, session, loop, task):
        row = keep(session, loop.navigator, task)
        stranger = staff_of(make_participant(session, name="Tall Grass School"))

        with pytest.raises(NotFound):
            referrals.open_attachment(session, stranger, row.id)
        with pytest.raises(NotFound):
            keep(session, stranger, task)
        with pytest.raises(NotAllowed):
            keep(session, staff_of(loop.clinic, Role.ORGANIZATION_ADMINISTRATOR), task)

    def test_name_and_content_are_sealed(self, session, loop, task):
        row = keep(session, loop.navigator, task, name="Aster.pdf")

        assert b"Aster" not in row.name_sealed
        assert base64.b64encode(PDF) not in row.content_sealed


class TestBroughtAlong:
    """A file that a program sends with a task."""

    def bring(self, session, actor, task, **fields):
        values = {"name": "letter.pdf", "content": PDF, "claimed": "application/pdf", "source": "DocumentReference/1#0"}
        return referrals.bring_along(session, actor, task.id, **{**values, **fields}, at=NOON)

    def is_open_to(self, session, organization, row):
        return consent.released_to(session, organization.id, row.id, DataSet.MESSAGE) is not None

    def test_the_other_side_may_open_it(self, session, loop, task):
        row = self.bring(session, loop.navigator, task)

        assert self.is_open_to(session, loop.pantry, row)

    def test_one_source_is_one_file(self, session, loop, task):
        first = self.bring(session, loop.navigator, task)

        assert self.bring(session, loop.navigator, task, name="other.pdf").id == first.id

    def test_where_it_may_not_go_it_stays_and_nothing_is_refused(self, session, loop, task):
        loop.pantry.programs = ["wic"]
        session.flush()

        row = self.bring(session, loop.caseworker, task)

        assert not self.is_open_to(session, loop.clinic, row)
        assert list(referrals.attachments_for(session, loop.navigator, task.referral_id, [task])) == []

    def test_what_pretends_stays(self, session, loop, task):
        row = self.bring(session, loop.navigator, task, content=PNG)

        assert row.quarantined
        assert not self.is_open_to(session, loop.pantry, row)

    def test_an_offer_without_a_name_goes_without_files(self, session, loop):
        other = make_service(session, make_participant(session, name="Harvest Table"))
        request = loop.request(service_ids=(loop.service.id, other.id))
        referral = referrals.send(session, loop.navigator, request, previewed=None, at=NOON)
        offered = referrals.tasks_of(session, referral)[0]

        row = self.bring(session, loop.navigator, offered)

        assert not self.is_open_to(session, loop.pantry, row)
