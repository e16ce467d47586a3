"""The sender, against a real mail server that may do anything: what is taken, refused, lost, never said in clear."""

import logging
import time
from datetime import UTC, datetime
from uuid import UUID

import pytest

from cie.mail import Attachment, Letter, MailAway, MailRefused, gateway, hand_over
from cie.mail.letters import written
from cie.outbound import fetching
from tests.mail.server import PASSWORD, SENDER, USERNAME, file_of, mail_server, text_of
from tests.outbound.certificates import Authority
from tests.support.exchange import free_port

AT = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
ID = UUID("01936d7c-0000-7000-8000-000000000001")
TO, WORDS = "intake@pantry.example.org", "Nothing new. Aquí estamos.\n"
SIGNED = {"username": USERNAME, "password": PASSWORD}


def letter(**more):
    return Letter(**{"id": ID, "to": TO, "subject": "Valley Exchange: a notice", "text": WORDS, "at": AT, **more})


@pytest.fixture
def server():
    with mail_server() as server:
        yield server


@pytest.fixture
def short(monkeypatch):
    """All must be over in half a second."""
    monkeypatch.setattr(gateway, "WHOLE_SECONDS", 0.5)


class TestLetter:
    def test_it_arrives_as_it_was_written(self, server):
        server.gateway().send(letter(attachment=Attachment("notification.json", "application/fhir+json", b"{}")))

        (came,) = server.letters
        assert (came["From"], came["To"], came["Subject"]) == (SENDER, TO, "Valley Exchange: a notice")
        assert came["Message-ID"] == f"<{ID}@exchange.example.org>"
        assert came["Auto-Submitted"] == "auto-generated"
        assert (text_of(came), file_of(came)) == (WORDS, ("application/fhir+json", b"{}"))
        assert server.taken[0].isascii()

    def test_a_second_time_it_is_the_same(self):
        assert written(letter(), SENDER) == written(letter(), SENDER)

    @pytest.mark.parametrize("name", ["to", "subject"])
    def test_no_header_of_its_own_comes_in_by_another(self, server, name):
        with pytest.raises((ValueError, MailAway)):
            server.gateway().send(letter(**{name: "a@example.org\r\nBcc: b@example.org"}))

        assert server.taken == []


class TestTrouble:
    def test_an_address_that_is_refused_for_good(self, server):
        server.rcpt.append("550 5.1.1 no such mailbox")

        with pytest.raises(MailRefused) as caught:
            server.gateway().send(letter())

        assert (caught.value.code, caught.value.is_final) == (550, True)

    @pytest.mark.parametrize(("where", "code"), [("rcpt", 450), ("data", 451), ("rcpt", 421)])
    def test_one_that_asks_to_come_back_takes_it_then(self, server, where, code):
        getattr(server, where).append(f"{code} later")

        first, second = (hand_over(server.gateway(), letter()) for _n in range(2))

        assert (first.state, first.result, second.state) == ("retry", f"refused {code}", "sent")
        assert len(server.taken) == 1

    def test_what_an_e_mail_is_refused_for_is_final(self, server):
        server.data.append("554 5.7.1 not wanted")

        assert hand_over(server.gateway(), letter()).state == "dead"

    def test_nobody_listens(self):
        nobody = gateway.SmtpMail(SENDER, "127.0.0.1", free_port(), "none")

        assert hand_over(nobody, letter()).result == "no answer"

    @pytest.mark.parametrize("how", ["hangs", "drags"])
    def test_one_that_never_ends_is_left_in_time(self, server, short, how):
        setattr(server, how, True)
        began = time.monotonic()

        assert hand_over(server.gateway(), letter()).result == "no answer"
        assert time.monotonic() - began < 20

    def test_one_that_takes_it_and_hangs_up_gets_it_again(self, server):
        server.loses = True
        assert hand_over(server.gateway(), letter()).state == "retry"
        server.loses = False
        assert hand_over(server.gateway(), letter()).state == "sent"

        assert len({each["Message-ID"] for each in server.letters}) == 1

    def test_neither_address_nor_words_are_in_logs_and_errors(self, server, caplog):
        caplog.set_level(logging.DEBUG)
        server.rcpt.append(f"550 5.1.1 {TO} has no mailbox")

        with pytest.raises(MailRefused) as caught:
            server.gateway().send(letter())

        ours = [repr(vars(record)) for record in caplog.records if record.name != "mail.log"]
        told = "".join([repr(caught.value), repr(caught.value.__context__), *ours])
        assert TO not in told and "Aquí" not in told


class TestSecurity:
    @pytest.fixture
    def authority(self, tmp_path, monkeypatch):
        """The one authority that is trusted."""
        made = Authority(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(made.trusted))
        fetching.trusted.cache_clear()
        yield made
        fetching.trusted.cache_clear()

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    def test_it_is_sealed_on_the_way_and_shows_its_password_only_there(self, authority, security):
        good = authority.certificate(["localhost"])
        with mail_server(security=security, certificate=good) as server:
            server.gateway(security, "localhost", **SIGNED).send(letter())

        assert server.secured == [True]

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    @pytest.mark.parametrize("hosts", [["elsewhere.example"], []], ids=["of another", "by itself"])
    def test_nothing_is_said_to_one_that_cannot_show_who_it_is(self, authority, security, hosts):
        false = authority.certificate(hosts or ["localhost"], by_itself=not hosts)
        with mail_server(security=security, certificate=false) as server:
            assert hand_over(server.gateway(security, "localhost", **SIGNED), letter()).result == "no answer"

        assert server.taken == []

    def test_one_that_offers_no_seal_gets_nothing(self, server, authority):
        assert hand_over(server.gateway("starttls", "localhost"), letter()).result == "no answer"
        assert server.taken == []

    def test_a_wrong_password_is_our_own_fault_and_gives_up_no_address(self, authority):
        good = authority.certificate(["localhost"])
        with mail_server(security="tls", certificate=good) as server:
            way = server.gateway("tls", "localhost", username=USERNAME, password="wrong")
            outcome = hand_over(way, letter())
            with pytest.raises(MailRefused):
                way.check()

        assert (outcome.state, outcome.result) == ("retry", "refused 535")

    def test_a_good_way_checks_well(self, authority):
        good = authority.certificate(["localhost"])
        with mail_server(security="tls", certificate=good) as server:
            server.gateway("tls", "localhost", **SIGNED).check()

        assert server.taken == []
