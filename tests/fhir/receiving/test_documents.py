"""Files over FHIR: what a sender gives along, what staff add on pages, and who may open them."""

import base64

import pytest
from sqlalchemy import select

from cie import consent, referrals
from cie.consent import Method
from cie.db import reading, transaction
from cie.participants import Participant
from cie.referrals import Attachment
from tests.factories import NOON, make_participant, send_one
from tests.fhir.giving import accepted, content, done, give, send
from tests.fhir.place import make_audience, of_type, own_by, read_by
from tests.fhir.readers import Reader, accesses, faults
from tests.fhir.sending import CORE, bundle, coded, entry, patient, referral, urn

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"


def document(loop, data=PDF, **attachment):
    """Proof of income."""
    inside = {
        "contentType": "application/pdf",
        "title": "Income.pdf",
        "data": base64.b64encode(data).decode(),
        **attachment,
    }
    return {
        "resourceType": "DocumentReference",
        "meta": {"profile": [f"{CORE}us-core-documentreference"]},
        "status": "current",
        "type": coded("http://loinc.org", "34109-9"),
        "category": [{"text": "Proof of income"}],
        "subject": {"reference": f"Patient/{loop.person.id}"},
        "content": [{"attachment": inside}],
    }


def with_file(loop, made, by="input"):
    """A referral that gives a document along, named by the Task or by what is asked for."""
    asked = referral(loop)
    request, wanted = (each["resource"] for each in asked["entry"])
    if by == "input":
        wanted["input"] = [content(urn("doc"))]
    else:
        request["supportingInfo"] = [{"reference": urn("doc")}]
    return bundle(*asked["entry"], entry(made, "doc"))


def files_of(organization):
    return [body["content"][0]["attachment"] for body in of_type(read_by(organization), "DocumentReference")]


def add_on_page(loop, actor, asked, **fields):
    file = {"name": "Letter.txt", "content": b"See you on Friday.", "claimed": "text/plain", "shared": True, **fields}
    with transaction() as session:
        return referrals.add_attachment(session, actor, asked.id, **file, at=NOON)


@pytest.fixture
def asked(loop):
    with transaction() as session:
        return send_one(session, loop)[1]


class TestGivenAlong:
    @pytest.mark.parametrize("by", ["input", "supportingInfo"])
    def test_serv_3_what_the_sender_gives_along_is_opened_by_the_one_asked(self, clinic, pantry, loop, by):
        answer = send(clinic, "POST", "", with_file(loop, document(loop), by))

        assert answer.status_code == 200, answer.get_json()
        (file,) = files_of(loop.pantry)
        assert (file["contentType"], file["title"], file["size"]) == ("application/pdf", "Income.pdf", len(PDF))
        binary = pantry.get(f"/{file['url']}").get_json()
        assert base64.b64decode(binary["data"]) == PDF
        (told,) = of_type(read_by(loop.pantry), "Task")
        assert [each["valueReference"]["reference"] for each in told["input"]] == [
            f"DocumentReference/{file['url'].partition('/')[2]}"
        ]

    def test_the_sender_reads_its_own_as_it_sent_it_and_not_twice(self, clinic, loop):
        answer = send(clinic, "POST", "", with_file(loop, document(loop)))

        made = answer.get_json()["entry"][2]["response"]["location"].partition("/_history")[0]
        (read,) = of_type(read_by(loop.clinic), "DocumentReference")
        assert f"DocumentReference/{read['id']}" == made
        assert read["content"][0]["attachment"]["data"]
        (told,) = of_type(read_by(loop.clinic), "Task")
        assert told["input"] == [content(made)]

    def test_it_is_a_file_of_the_referral_like_those_of_pages(self, clinic, loop):
        send(clinic, "POST", "", with_file(loop, document(loop)))

        with reading() as session:
            (row,) = session.execute(select(Attachment)).scalars()
            assert (row.name, row.organization_id, row.quarantined) == ("Income.pdf", loop.clinic.id, False)
            assert consent.released_to(session, loop.pantry.id, row.id, consent.DataSet.MESSAGE)

    def test_it_may_come_later_and_comes_once(self, clinic, pantry, loop):
        told = accepted(clinic, pantry, loop)
        made = send(clinic, "POST", "/DocumentReference", document(loop)).get_json()
        now = clinic.get(f"/Task/{told['id']}").get_json()
        now["input"] = [content(f"DocumentReference/{made['id']}")]

        for note in ("First", "Second"):
            answer = send(clinic, "PUT", f"/Task/{told['id']}", {**now, "note": [{"text": note}]})
            assert answer.status_code == 200, answer.get_json()

        assert len(files_of(loop.pantry)) == 1

    def test_what_pretends_is_kept_apart_and_goes_nowhere(self, clinic, loop):
        answer = send(clinic, "POST", "", with_file(loop, document(loop, b"\x00\x01\xff" * 9)))

        assert answer.status_code == 200, answer.get_json()
        assert files_of(loop.pantry) == []

    @pytest.mark.parametrize("data", [b"MZ" + b"\x00" * 90, b"x" * (10 * 1024 * 1024 + 1)], ids=["type", "size"])
    def test_what_no_page_takes_is_refused(self, clinic, loop, data):
        answer = send(clinic, "POST", "", with_file(loop, document(loop, data)))

        assert answer.status_code in (413, 422)
        assert own_by(loop.pantry) == {}

    def test_a_document_about_somebody_else_is_refused(self, clinic, loop):
        other = send(clinic, "POST", "/Patient", patient()).get_json()
        made = document(loop) | {"subject": {"reference": f"Patient/{other['id']}"}}

        answer = send(clinic, "POST", "", with_file(loop, made))

        assert answer.status_code == 422
        assert faults(answer) == [("business-rule", "Bundle.entry[2].resource.subject")]
        assert own_by(loop.pantry) == {}

    def test_what_comes_without_its_content_is_only_kept(self, clinic, loop):
        made = document(loop, url="https://files.example/1")
        del made["content"][0]["attachment"]["data"]

        send(clinic, "POST", "", with_file(loop, made))

        assert len(files_of(loop.clinic)) == 1
        assert files_of(loop.pantry) == []

    def test_a_lab_value_is_returned_to_its_sender_only(self, clinic, pantry, loop):
        lab = {
            "resourceType": "Observation",
            "status": "final",
            "code": coded("http://loinc.org", "5671-3"),
            "subject": {"reference": f"Patient/{loop.person.id}"},
            "valueQuantity": {"value": 4, "unit": "ug/dL"},
        }

        answer = send(clinic, "POST", "", with_file(loop, lab))

        assert answer.status_code == 200, answer.get_json()
        assert len(of_type(read_by(loop.clinic), "Observation")) == 1
        assert not of_type(read_by(loop.pantry), "Observation")
        assert "input" not in of_type(read_by(loop.pantry), "Task")[0]


class TestPages:
    def test_a_file_that_staff_add_is_read_by_both_sides(self, clinic, pantry, loop, asked):
        row = add_on_page(loop, loop.navigator, asked)

        for reader in (clinic, pantry):
            read = reader.get(f"/DocumentReference/{row.id}").get_json()
            assert read["author"] == [{"reference": f"Organization/{loop.clinic.id}"}]
            assert {"reference": f"Task/{asked.id}"} in read["context"]["related"]
            (named,) = reader.get(f"/Task/{asked.id}").get_json()["input"]
            assert named["valueReference"] == {"reference": f"DocumentReference/{row.id}"}

    def test_one_of_the_place_that_was_asked_comes_back_as_well(self, clinic, pantry, loop, asked):
        row = add_on_page(loop, loop.caseworker, asked)

        assert clinic.get(f"/Binary/{row.id}").status_code == 200
        assert "input" not in clinic.get(f"/Task/{asked.id}").get_json()

    def test_one_for_us_alone_is_read_by_us_alone(self, clinic, pantry, loop, asked):
        row = add_on_page(loop, loop.navigator, asked, shared=False)

        assert clinic.get(f"/DocumentReference/{row.id}").status_code == 200
        assert pantry.get(f"/DocumentReference/{row.id}").status_code == 404
        assert pantry.get(f"/Binary/{row.id}").status_code == 404
        assert str(row.id) not in str(read_by(loop.pantry))

    def test_one_that_pretends_is_read_by_nobody(self, clinic, pantry, loop, asked):
        add_on_page(loop, loop.navigator, asked, content=b"\x00\x01\xff" * 9)

        assert files_of(loop.clinic) == files_of(loop.pantry) == []

    def test_once_the_permission_is_taken_back_it_is_gone_and_cannot_be_opened(self, clinic, pantry, loop, asked):
        row = add_on_page(loop, loop.navigator, asked)
        with transaction() as session:
            (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
            consent.revoke(session, loop.navigator, record.id, method=Method.IN_PERSON, at=NOON)

        assert pantry.get(f"/DocumentReference/{row.id}").status_code == 404
        assert pantry.get(f"/Binary/{row.id}").status_code == 404
        assert str(row.id) not in pantry.get(f"/Task/{asked.id}/_history").get_data(as_text=True)
        assert clinic.get(f"/Binary/{row.id}").status_code == 200

    def test_somebody_else_finds_nothing(self, clinic, loop, asked):
        with transaction() as session:
            owner = make_participant(session, name="Stranger")
            make_audience(session, owner)
        stranger = Reader(clinic.app, owner)

        row = add_on_page(loop, loop.navigator, asked)

        answers = [stranger.get(f"/Binary/{each}") for each in (row.id, loop.person.id, "none")]
        assert {(each.status_code, each.get_data()) for each in answers} == {(404, answers[0].get_data())}
        assert own_by(owner) == {}


class TestContent:
    def test_as_it_is_for_who_wants_no_fhir(self, pantry, loop, asked):
        row = add_on_page(loop, loop.navigator, asked)

        answer = pantry.get(f"/Binary/{row.id}", Accept="text/plain")

        assert (answer.get_data(), answer.mimetype) == (b"See you on Friday.", "text/plain")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"] == "attachment"

    def test_who_opened_it_is_recorded(self, pantry, loop, asked):
        row = add_on_page(loop, loop.navigator, asked)
        before = len(accesses())

        pantry.get(f"/Binary/{row.id}")

        assert accesses()[before:] == [("fhir", {loop.person.id})]

    def test_without_the_scope_nothing_is_opened(self, loop, clinic, asked):
        row = add_on_page(loop, loop.navigator, asked)
        reads = Reader(clinic.app, loop.clinic, scopes=("system/Task.rs",))

        assert reads.get(f"/Binary/{row.id}").status_code == 403


def test_a_document_with_a_result_comes_back_as_a_file(clinic, pantry, loop):
    told = accepted(clinic, pantry, loop)

    answer = give(
        pantry,
        told,
        done(loop),
        document(loop),
        output=[{"type": {"text": "Letter"}, "valueReference": {"reference": urn("1")}}],
    )

    assert answer.status_code == 200, answer.get_json()
    (file,) = files_of(loop.clinic)
    assert file["title"] == "Income.pdf"


def test_a_file_of_a_program_that_keeps_its_records_stays(clinic, pantry, loop):
    told = accepted(clinic, pantry, loop)
    with transaction() as session:
        session.get_one(Participant, loop.pantry.id).programs = ["wic"]
    before = own_by(loop.clinic)

    answer = give(
        pantry,
        told,
        document(loop),
        status="accepted",
        output=[{"type": {"text": "Letter"}, "valueReference": {"reference": urn("0")}}],
    )

    assert answer.status_code == 200, answer.get_json()
    assert own_by(loop.clinic) == before
