"""What the suite keeps of what passes, and how it reads it."""

import pytest

from cie.conformance.rows import DoesNotApply, Expectation, Fails, Verdict, row
from cie.conformance.running import run_suite
from cie.conformance.server import Options, Server, address_of, tag_of
from cie.conformance.session import Answer, Exchange, Session
from cie.fhir.definitions.value_sets import value_sets_in
from tests.conformance.proxy import Said, proxy

TOKEN = "a-secret-of-the-side-that-asks"


def answering(status=200, body=b"", kind="application/fhir+json", **headers):
    return lambda asked, _forward: Said(status, {"content-type": kind, **headers}, body)


class TestSession:
    def test_the_token_is_sent_and_not_kept(self):
        heard = []

        def spoil(asked, _forward):
            heard.append(asked.headers.get("authorization"))
            return Said(
                200,
                {"content-type": "application/fhir+json"},
                b'{"resourceType":"Basic","id":"' + TOKEN.encode() + b'"}',
            )

        with proxy("http://127.0.0.1:9", spoil) as base:
            session = Session(base, TOKEN)
            session.get("Basic/1")

        assert heard == [f"Bearer {TOKEN}"]
        assert TOKEN not in str(session.exchanges)

    def test_a_word_in_place_of_a_token_spoils_no_answer(self):
        with proxy("http://127.0.0.1:9", answering(body=b'{"resourceType":"Basic","id":"1"}')) as base:
            answer = Session(base, "i").get("Basic/1")

        assert answer.resource == {"resourceType": "Basic", "id": "1"}

    def test_another_token_or_none_can_be_sent(self):
        heard = []

        def spoil(asked, _forward):
            heard.append(asked.headers.get("authorization"))
            return Said(401)

        with proxy("http://127.0.0.1:9", spoil) as base:
            session = Session(base, TOKEN)
            session.call("GET", "Task", token="")
            session.call("GET", "Task", token="other")

        assert heard == [None, "Bearer other"]

    def test_xml_is_read(self):
        body = b'<Basic xmlns="http://hl7.org/fhir"><id value="1"/></Basic>'
        with proxy("http://127.0.0.1:9", answering(body=body, kind="application/fhir+xml")) as base:
            answer = Session(base).get("Basic/1")

        assert answer.resource == {"resourceType": "Basic", "id": "1"}

    def test_what_is_no_fhir_is_said_to_be_none(self):
        with proxy("http://127.0.0.1:9", answering(body=b'{"resourceType":')) as base:
            answer = Session(base).get("Basic/1")

        assert answer.fault and answer.resource == {}

    def test_nobody_answering_is_an_exchange_too(self):
        answer = Session("http://127.0.0.1:9").get("metadata")

        assert answer.status == 0 and not answer.is_good

    def test_resources_in_bundles_are_noted(self):
        body = b'{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Basic","id":"1"}}]}'
        with proxy("http://127.0.0.1:9", answering(body=body)) as base:
            session = Session(base)
            session.get("Basic")

        assert list(session.resources) == ["Basic"]


@pytest.mark.parametrize("path", ["Task?_include=Task:focus", "Task/_search"])
def test_where_a_server_does_not_say_why_something_is_there_its_type_says_it(path):
    entries = b'[{"resource":{"resourceType":"Task","id":"1"}},{"resource":{"resourceType":"ServiceRequest","id":"2"}}]'
    body = b'{"resourceType":"Bundle","type":"searchset","entry":' + entries + b"}"
    with proxy("http://127.0.0.1:9", answering(body=body)) as base:
        answer = Session(base).get(path)

    assert [each["id"] for each in answer.found()] == ["1"]
    assert [each["id"] for each in answer.found("include")] == ["2"]


def answer(status=201, location="", **resource):
    return Answer(Exchange(0, "POST", "", {}, "", status, {"location": location}, ""), resource)


@pytest.mark.parametrize(
    "location",
    ["Task/5", "Task/5/_history/1", "http://one.example/fhir/Task/5", "http://one.example/Task/x/Task/5/_history/2"],
)
def test_where_something_was_made_is_read_from_its_location(location):
    assert address_of(answer(location=location), "Task") == "Task/5"


def test_where_something_was_made_is_read_from_its_body_otherwise():
    assert address_of(answer(resourceType="Task", id="6"), "Task") == "Task/6"
    assert address_of(answer(), "Task") == ""


def test_a_refusal_is_told_in_the_servers_own_words():
    issue = [{"code": "invalid", "details": {"text": "Say why"}}, {"code": "required"}]

    assert answer(422, resourceType="OperationOutcome", issue=issue).words == "422 (Say why; required)"
    assert answer(500).words == "500"


def test_the_tag_is_that_of_the_version():
    assert tag_of({"meta": {"versionId": "3"}}) == 'W/"3"'


def server():
    return Server(Session("http://127.0.0.1:9"), Options(), value_sets_in(None))


class TestOnce:
    def test_what_was_found_is_not_asked_for_again(self):
        found, one = [], server()

        one.once("name", lambda: found.append(1))
        one.once("name", lambda: found.append(1))

        assert found == [1]

    @pytest.mark.parametrize("error", [Fails, DoesNotApply])
    def test_what_failed_once_does_not_apply_to_others(self, error):
        def find():
            raise error("It is refused.")

        one = server()
        with pytest.raises(error):
            one.once("name", find)
        with pytest.raises(DoesNotApply, match="It is refused"):
            one.once("name", find)


def test_a_key_names_one_row():
    with pytest.raises(ValueError, match="refer-5"):
        row("refer-5", "", Expectation.MAY, "")(lambda _server: None)


def test_a_server_that_answers_nothing_fails_and_stops_nothing():
    run = run_suite("http://127.0.0.1:9/fhir", "")

    verdicts = {each.row.key: each.verdict for each in run.results}
    assert not run.is_good
    assert verdicts["fhir-metadata"] is Verdict.FAIL


def test_the_receiving_side_is_not_played_without_its_token():
    run = run_suite("http://127.0.0.1:9/fhir", "")

    (result,) = [each for each in run.results if each.row.key == "refer-6"]
    assert result.verdict is Verdict.NOT_APPLICABLE and "--owner-token" in result.words


@pytest.mark.parametrize("body", [b"[]", b'{"resourceType":"Bundle","entry":7}', b'{"resourceType":["Task"]}', b"<a/>"])
def test_a_server_that_answers_nonsense_fails_and_stops_nothing(body):
    with proxy("http://127.0.0.1:9", answering(body=body)) as base:
        run = run_suite(base, "")

    assert not run.is_good
