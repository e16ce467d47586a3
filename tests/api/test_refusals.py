"""What a program is refused is recorded with its name and the code of the error, and nothing of what it sent."""

import orjson
import pytest
from sqlmodel import select

from cie.db import reading
from cie.events import AuditEntry
from cie.identity import refusals
from tests.api.place import System
from tests.api.test_people import NEW
from tests.noninterference.keeping import everything

TEN_MEGABYTES = orjson.dumps({"given_name": "x" * 10_000_000})
DEEP = b'{"a":' * 2000 + b"1" + b"}" * 2000


@pytest.fixture
def refused(place):
    """What is kept of refusals at the API, in order: why, and on which route. All of the clinic's program."""

    def read():
        with reading() as session:
            rows = session.exec(select(AuditEntry).where(AuditEntry.action == "token.refuse")).all()
        assert {row.actor_id for row in rows} <= {place.clinic.client.id}
        found = [orjson.loads(row.codes) for row in sorted(rows, key=lambda row: row.id)]
        return [(codes["why"], codes["route"]) for codes in found]

    return read


def post(place, path, raw):
    headers = {"Authorization": f"Bearer {place.clinic.token}", "Content-Type": "application/json"}
    return place.app.test_client().post(f"/api/v1{path}", data=raw, headers=headers)


@pytest.mark.parametrize(
    ("path", "raw", "status", "why"),
    [
        ("/people", TEN_MEGABYTES, 400, "structure"),
        ("/people", DEEP, 400, "structure"),
        ("/people", b"{", 400, "structure"),
        ("/people", b'{"given_name": "Wilder", "colour": 1}', 422, "invalid"),
        ("/people", b'{"given_name": ["Wilder"]}', 422, "invalid"),
        ("/webhooks", b'{"url": "ftp://evil.example.org/"}', 422, "invalid"),
        ("/webhooks", b'{"url": "http://user:word@127.0.0.1/"}', 422, "invalid"),
    ],
    ids=[
        "too large",
        "too deep",
        "no JSON",
        "unknown field",
        "wrong type",
        "no address",
        "an address with a name in it",
    ],
)
def test_what_is_written_wrongly_is(place, refused, path, raw, status, why):
    answer = post(place, path, raw)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    ((kept, route),) = refused()
    assert kept == why
    assert route.startswith(f"api_{path[1:]}.")


def test_a_key_with_another_body_is(place, refused):
    first = place.clinic.post("/people", NEW, Idempotency_Key="k-1")
    again = place.clinic.post("/people", {**NEW, "given_name": "Wilder"}, Idempotency_Key="k-1")

    assert (first.status_code, again.status_code) == (201, 422)
    assert refused() == [("invalid", "api_people.create")]


def test_asking_beyond_the_scope_of_a_token_is(place, refused):
    """RFC 6750, section 3.1."""
    place.clinic = System(place.app, place.loop.clinic, ("api/referrals.read",))

    answer = place.clinic.get("/people/01a21b9e-c037-72fc-9391-649d8235db61")

    assert (answer.status_code, 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]) == (403, True)
    assert refused() == [("scope", "api_people.show")]


def test_each_of_a_batch_is(place, refused):
    items = [{"method": "POST", "path": "/api/v1/people", "body": {"colour": n}} for n in range(2)]

    answer = place.clinic.post("/batch", {"items": items})

    assert answer.status_code == 200
    assert refused() == [("invalid", "api_people.create")] * 2


def test_that_there_is_no_such_record_says_nothing_and_is_not(place, refused):
    answer = place.clinic.get("/people/01a21b9e-c037-72fc-9391-649d8235db61")

    assert (answer.status_code, refused()) == (404, [])


def test_who_comes_without_a_token_leaves_no_row(place):
    _made = place.clinic.token
    before = everything()

    answers = [
        place.app.test_client().post("/api/v1/people", data=DEEP, content_type="application/json"),
        place.app.test_client().get("/api/v1/me", headers={"Authorization": "Bearer nonsense"}),
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert everything() == before


def test_no_more_is_kept_than_somebody_can_read(place, refused, monkeypatch):
    monkeypatch.setattr(refusals, "KEPT_OF_ITS_OWN", 2)
    for _ in range(2):
        post(place, "/people", b"{")
    before = everything()

    answer = post(place, "/people", b"{")

    assert answer.status_code == 400
    assert everything() == before
