"""Clients that may not act now: what they showed well is recorded, and nobody can tell them from unknown ones."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from joserfc.jwk import JWKRegistry
from joserfc.jws import JWSRegistry
from sqlmodel import select

from cie.db import reading, transaction
from cie.events import AuditEntry
from cie.identity import refusals
from tests.factories import make_participant
from tests.noninterference.work import drawn
from tests.oauth.place import REFUSED, claims_of, new_key, public, register, signed, suspend
from tests.oauth.test_backend import NOW, unsigned
from tests.oauth.test_client_authentication import ADDRESSES, basic, post


@pytest.fixture(params=["suspended", "no-agreement"])
def barred(request, place):
    """A client that may not act now, why, and its key; in an organization of its own."""
    with transaction() as session:
        owner = make_participant(session, name="Sorrel County", agreement=request.param == "suspended")
    key = new_key()
    client, _none = register(owner, jwks=public(key))
    if request.param == "suspended":
        suspend(client)
    return SimpleNamespace(client=client, key=key, why=request.param, owner=owner)


class TestItsStatement:
    """Its own statement is recorded, since nobody else can have signed it. All others are of strangers."""

    @pytest.mark.both_databases
    @pytest.mark.parametrize("address", ADDRESSES)
    def test_what_it_signed_itself_is_recorded_once(self, place, barred, refused, address):
        """RFC 7523, section 3."""
        assertion = signed(barred.key, claims_of(barred.client))

        answers = [post(place, address, {**place.proof(), "client_assertion": assertion}) for _ in range(3)]

        assert [answer.get_json() for answer in answers] == [REFUSED] * 3
        assert refused() == [(barred.client.id, {"why": barred.why})]
        with reading() as session:
            (row,) = session.exec(select(AuditEntry).where(AuditEntry.action == "token.refuse")).all()
        assert row.stream == str(barred.owner.id)

    @pytest.mark.parametrize(
        "changed",
        [{"aud": "elsewhere"}, {"exp": NOW - 60}, {"exp": NOW + 3600}, {"jti": None}, {"iss": "somebody"}],
        ids=["audience", "expired", "far-future", "no-jti", "issuer"],
    )
    def test_an_old_statement_of_it_is_of_anybody(self, place, barred, refused, changed):
        place.ask(signed(barred.key, claims_of(barred.client, **changed)))

        assert refused() == []

    def test_nobody_else_leaves_a_row_in_its_name(self, place, barred, refused):
        claims = claims_of(barred.client)
        forged = [signed(new_key(), claims), signed(place.key, claims), unsigned(claims)]

        answers = [place.ask(text) for text in forged]

        assert [answer.get_json() for answer in answers] == [REFUSED] * 3
        assert refused() == []

    @pytest.mark.both_databases
    @pytest.mark.parametrize("address", ADDRESSES)
    def test_it_is_answered_as_an_unknown_one(self, place, barred, address):
        """RFC 6749, section 5.2."""
        nobody = str(uuid4())
        asks = [
            signed(barred.key, claims_of(barred.client)),
            signed(barred.key, claims_of(barred.client, aud="elsewhere")),
            signed(barred.key, claims_of(barred.client, iss=nobody, sub=nobody)),
        ]

        seen = [post(place, address, {**place.proof(), "client_assertion": text}) for text in asks]

        answers = {(each.status_code, each.get_data(), tuple(each.headers)) for each in seen}
        assert len(answers) == 1

    def test_strangers_cannot_tell_it_from_an_unknown_one_by_the_work(self, place, barred, monkeypatch):
        """Whatever the algorithm and the key that they name, one key is read and one signature checked."""
        nobody = str(uuid4())
        strangers = [new_key(), new_key(kind="RSA"), new_key("other"), new_key("other", kind="RSA")]
        work = counted(monkeypatch)
        place.ask(unsigned(claims_of(barred.client)))

        for key in strangers:
            theirs = drawn_with(work, place, signed(key, claims_of(barred.client)))
            none = drawn_with(work, place, signed(key, claims_of(barred.client, iss=nobody, sub=nobody)))

            assert theirs == none
            assert work.done[-2:] == [["read", "checked"]] * 2

    def test_it_cannot_fill_the_audit_with_its_own_key(self, place, barred, refused, monkeypatch):
        monkeypatch.setattr(refusals, "KEPT_OF_ITS_OWN", 2)

        for _ in range(4):
            place.ask(signed(barred.key, claims_of(barred.client)))

        assert refused() == [(barred.client.id, {"why": barred.why})] * 2


def counted(monkeypatch):
    """Keeps, for each answer, which keys were read and signatures checked."""
    work = SimpleNamespace(done=[])

    def noting(word, operation):
        def run(*arguments, **values):
            work.done[-1].append(word)
            return operation(*arguments, **values)

        return run

    for name in ("ES384", "RS384"):
        algorithm = JWSRegistry.algorithms[name]
        monkeypatch.setattr(algorithm, "verify", noting("checked", algorithm.verify))
    monkeypatch.setattr(JWKRegistry, "import_key", noting("read", JWKRegistry.import_key))
    work.done.append([])
    return work


def drawn_with(work, place, assertion):
    """All that can be seen of the answer to a statement."""
    work.done.append([])
    output = drawn(place.app, lambda: place.ask(assertion))
    return output.status, output.headers, output.body, output.statements, output.key_operations


class TestWithKeysElsewhere:
    @pytest.fixture
    def client(self, place, published):
        published.keys = [new_key()]
        return register(place.county, jwks_url=published.url)[0]

    def test_the_keys_that_were_fetched_last_still_tell_who_signed(self, place, published, client, refused):
        place.ask(signed(published.keys[0], claims_of(client)))
        suspend(client)

        place.ask(signed(published.keys[0], claims_of(client)))

        assert refused() == [(client.id, {"why": "suspended"})]

    def test_nobody_is_called_for_it(self, place, published, client, refused):
        """An answer that waits for somebody would tell that there is such a client."""
        suspend(client)

        answer = place.ask(signed(published.keys[0], claims_of(client)))

        assert answer.get_json() == REFUSED
        assert (published.asked, refused()) == ([], [])


class TestWithASecret:
    @pytest.mark.parametrize("address", ADDRESSES)
    def test_its_own_secret_is_recorded_and_no_other(self, place, confidential, refused, address):
        app, secret = confidential
        suspend(app)

        answers = [post(place, address, **basic(who, word)) for who, word in
                   ((app.id, secret), (app.id, "wrong"), (uuid4(), secret))]  # fmt: skip

        assert len({(each.status_code, each.get_data(), tuple(each.headers)) for each in answers}) == 1
        assert refused() == [(app.id, {"why": "suspended"})]
