"""Calling an address of somebody else who means harm: what is slow, huge, moved, packed, or not who it says it is."""

import gzip
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from cie import outbound
from cie.errors import Busy, Invalid
from cie.outbound import LARGEST_ANSWER_BYTES, fetching
from tests.outbound.certificates import Authority
from tests.outbound.peer import is_silent, listening, says, trickles

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
PUBLIC, OTHER_PUBLIC = "93.184.215.14", "93.184.215.15"
real_lookup = socket.getaddrinfo


def fetch(url, *, may_be_private=True, **more):
    return outbound.fetch(url, headers={}, may_be_private=may_be_private, **more)


@pytest.fixture
def short(monkeypatch):
    """Everything must be over in half a second."""
    monkeypatch.setattr(fetching, "WHOLE_SECONDS", 0.5)


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """The one authority that is trusted."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.trusted))
    fetching.trusted.cache_clear()
    yield made
    fetching.trusted.cache_clear()


class Names:
    """Answers for names, one for each time they are asked; numbers are what they are."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, host, port, *arguments, **named):
        if host.replace(".", "").isdigit() or ":" in host:
            return real_lookup(host, port, *arguments, **named)
        self.asked.append(host)
        return [entry for number in self.answers.pop(0) for entry in real_lookup(number, port, type=socket.SOCK_STREAM)]


@pytest.fixture
def names(monkeypatch):
    def answer(*answers):
        known = Names(*answers)
        monkeypatch.setattr(socket, "getaddrinfo", known)
        return known

    return answer


@pytest.fixture
def dialled(monkeypatch):
    """The numbers to which a connection was tried; none of them takes it."""
    tried = []

    def dial(address, timeout):
        tried.append(address)
        raise OSError("nobody there")

    monkeypatch.setattr(socket, "create_connection", dial)
    return tried


class TestAnswer:
    def test_it_is_what_was_said(self):
        with listening(says(b"HTTP/1.1 418 Pot\r\nX-Kind: Tea\r\nContent-Length: 3\r\n\r\nhot")) as peer:
            answer = fetch(peer.url(path="/a?b=c"), method="POST", body=b"cold")

        assert (answer.status, answer.headers["x-kind"], answer.content) == (418, "Tea", b"hot")
        assert peer.heard[0].startswith(b"POST /a?b=c HTTP/1.1\r\n")
        assert f"\r\nHost: 127.0.0.1:{peer.port}\r\n".encode() in peer.heard[0]

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_nobody_follows_to_another_place(self, status):
        with listening(says(OK)) as inside:
            location = f"Location: {inside.url()}\r\nRefresh: 0; url={inside.url()}\r\n".encode()
            with listening(says(b"HTTP/1.1 %d Moved\r\n%sContent-Length: 0\r\n\r\n" % (status, location))) as peer:
                answer = fetch(peer.url())

        assert (answer.status, inside.connections) == (status, 0)

    @pytest.mark.parametrize(
        "answer",
        [b"", b"HTTP/1.1 2", b"SSH-2.0-OpenSSH_9.6\r\n", b"\x00" * 1000, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200],
        ids=["nothing", "half a line", "another protocol", "rubbish", "too many headers"],
    )
    def test_what_is_no_answer_is_none(self, answer):
        with listening(says(answer)) as peer, pytest.raises(Busy):
            fetch(peer.url())

    def test_nobody_listening_is_no_answer(self):
        with listening(says(OK)) as peer:
            pass

        with pytest.raises(Busy):
            fetch(peer.url())


class TestSize:
    HUGE = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LARGEST_ANSWER_BYTES + 1)

    def test_a_huge_answer_is_refused(self):
        with listening(says(self.HUGE)) as peer, pytest.raises(Invalid, match="too much"):
            fetch(peer.url())

    def test_one_that_says_how_huge_it_is_is_refused_as_early(self, short):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"
        with (
            listening(says(head + b"x" * (LARGEST_ANSWER_BYTES + 1))) as peer,
            pytest.raises(Invalid, match="too much"),
        ):
            fetch(peer.url())

    @pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd"])
    def test_nothing_is_unpacked(self, encoding):
        bomb = gzip.compress(b"0" * 20_000_000)
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(bomb)}\r\n\r\n"
        with listening(says(head.encode() + bomb)) as peer:
            answer = fetch(peer.url())

        assert answer.content == bomb
        assert b"Accept-Encoding: identity" in peer.heard[0]

    def test_where_the_status_is_enough_nothing_more_is_read(self):
        with listening(trickles(b"HTTP/1.1 200 OK\r\n\r\n", b"x")) as peer:
            answer = fetch(peer.url(), wants_content=False)

        assert (answer.status, answer.content) == (200, b"")


class TestTime:
    @pytest.mark.parametrize(
        "behave",
        [
            is_silent,
            trickles(b"", b"H"),
            trickles(b"HTTP/1.1 200 OK\r\n", b"X"),
            trickles(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"x"),
            trickles(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
            trickles(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
            trickles(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        ],
        ids=["silent", "status", "header", "content", "content without end", "continue", "chunks"],
    )
    def test_however_slowly_it_comes_it_is_over_in_time(self, short, behave):
        began = time.monotonic()

        with listening(behave) as peer, pytest.raises(Busy):
            fetch(peer.url())

        assert time.monotonic() - began < 20

    def test_nor_does_a_handshake_hold_anybody(self, short):
        with socket.create_server(("127.0.0.1", 0)) as server:
            began = time.monotonic()
            with pytest.raises(Busy):
                fetch(f"https://127.0.0.1:{server.getsockname()[1]}/")

        assert time.monotonic() - began < 20

    def test_all_of_it_is_shorter_than_a_worker_may_hold_a_row(self):
        from cie.events.outbox import LEASE

        assert timedelta(seconds=outbound.WHOLE_SECONDS) < LEASE / 3


class TestCertificate:
    def test_a_good_one_is_enough(self, authority):
        with listening(says(OK), authority.certificate(["localhost"])) as peer:
            answer = fetch(peer.url(scheme="https", host="localhost"))

        assert (answer.content, len(peer.heard)) == (b"{}", 1)

    def test_one_for_a_number_is_as_good(self, authority):
        with listening(says(OK), authority.certificate(["127.0.0.1"])) as peer:
            assert fetch(peer.url(scheme="https")).status == 200

    @pytest.mark.parametrize(
        "said",
        [
            {"hosts": ["localhost"], "by_itself": True},
            {"hosts": ["hub.example.org"]},
            {"hosts": ["127.0.0.1"]},
            {"hosts": []},
            {"hosts": ["localhost"], "ends_at": datetime.now(UTC) - timedelta(minutes=1)},
        ],
        ids=["by itself", "another name", "a number", "no name", "over"],
    )
    def test_with_any_other_nothing_is_said(self, authority, said):
        with listening(says(OK), authority.certificate(**said)) as peer, pytest.raises(Busy):
            fetch(peer.url(scheme="https", host="localhost"), method="POST", body=b"ids")

        assert (peer.connections, peer.heard) == (1, [])


class TestLookingUp:
    @pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "100.64.0.1", "::1", "fd00::1"])
    def test_a_name_that_leads_inside_is_not_called(self, names, dialled, inside):
        names([inside])

        with pytest.raises(Busy):
            fetch("https://hub.example.org/", may_be_private=False)

        assert dialled == []

    def test_nor_one_that_leads_inside_and_outside(self, names, dialled):
        names([PUBLIC, "127.0.0.1"], ["::1", PUBLIC])

        for _order in range(2):
            with pytest.raises(Busy):
                fetch("https://hub.example.org/", may_be_private=False)

        assert dialled == []

    def test_a_name_is_asked_once_and_its_first_answer_counts(self, names, dialled):
        known = names([PUBLIC], ["127.0.0.1"])

        with pytest.raises(Busy):
            fetch("https://hub.example.org/", may_be_private=False)

        assert (known.asked, dialled) == (["hub.example.org"], [(PUBLIC, 443)])

    def test_where_one_number_does_not_answer_the_next_is_tried(self, names, dialled):
        names([PUBLIC, OTHER_PUBLIC])

        with pytest.raises(Busy):
            fetch("https://hub.example.org:8443/", may_be_private=False)

        assert dialled == [(PUBLIC, 8443), (OTHER_PUBLIC, 8443)]

    def test_a_name_that_there_is_not_and_one_that_leads_inside_are_one(self, names, monkeypatch):
        names(["10.0.0.8"])
        with pytest.raises(Busy) as inside:
            fetch("https://vault.example.org/", may_be_private=False)

        def nobody(*_arguments, **_named):
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", nobody)
        with pytest.raises(Busy) as unknown:
            fetch("https://vault.example.org/", may_be_private=False)

        assert inside.value.message == unknown.value.message

    @pytest.mark.parametrize(
        "url", ["https://127.0.0.1/", "https://2130706433/", "https://localhost/", "http://hub.example.org/"]
    )
    def test_what_can_be_known_from_its_spelling_is_not_even_looked_up(self, names, dialled, url):
        known = names()

        with pytest.raises(Invalid):
            fetch(url, may_be_private=False)

        assert (known.asked, dialled) == ([], [])
