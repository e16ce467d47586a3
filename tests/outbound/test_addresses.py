"""Addresses that others gave us: which may be called as they are written, and which numbers are public."""

import pytest

from cie import outbound
from cie.errors import Invalid
from cie.outbound import is_public, read_address

PRIVATE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
    "169.254.169.254", "169.254.170.2",  # what machines in a cloud may know of themselves
    "168.63.129.16", "192.0.0.192", "100.100.100.200",  # the same in other clouds
    "100.64.0.1",  # carriers' own
    "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8",
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1",
    "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:20::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8",
    "93.184.215.14",
    "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
    "2001:4860:4860::8888",
    "64:ff9b::8.8.8.8",
]
NOT_PLAIN = {
    "decimal": "https://2130706433/",
    "hex": "https://0x7f000001/",
    "hex in parts": "https://0x7f.0.0.1/",
    "octal": "https://0177.0.0.1/",
    "octal in one": "https://017700000001/",
    "short": "https://127.1/",
    "zeros": "https://127.000.000.001/",
    "dot at the end of a number": "https://127.0.0.1./",
    "dot at the end of a name": "https://hub.example.org./",
    "two dots": "https://hub..example.org/",
    "number at the end": "https://hub.example.1/",
    "other digits": "https://①②⑦.⓪.⓪.①/",
    "other letters": "https://ｌｏｃａｌｈｏｓｔ/",
    "percent": "https://127%2e0%2e0%2e1/",
    "zone": "https://[fe80::1%25eth0]/",
    "user": "https://hub.example.org@127.0.0.1/",
    "user and password": "https://user:pw@hub.example.org/",
    "empty user": "https://@hub.example.org/",
    "backslash": "https://hub.example.org\\@127.0.0.1/",
    "fragment": "https://hub.example.org/#@127.0.0.1",
    "line break": "https://hub.exam\nple.org/",
    "two requests": "https://hub.example.org/ HTTP/1.1\r\nHost: inside",
    "space": "https://hub.example.org/a b",
    "half a bracket": "https://[::1/",
    "no host": "https:///path",
    "no scheme": "//hub.example.org/",
    "plain": "http://hub.example.org/",
    "files": "file:///etc/passwd",
    "gopher": "gopher://hub.example.org/",
    "port 0": "https://hub.example.org:0/",
    "port of no kind": "https://hub.example.org:x/",
    "port too high": "https://hub.example.org:65536/",
    "too long": "https://hub.example.org/" + "a" * 500,
    "empty": "",
}
"""What readers of addresses read in more than one way, or not at all."""


@pytest.mark.parametrize("number", PRIVATE)
def test_what_is_not_of_the_public_internet_is_known(number):
    assert not is_public(number)


@pytest.mark.parametrize("number", PUBLIC)
def test_what_is_of_the_public_internet_is_known(number):
    assert is_public(number)


@pytest.mark.parametrize("number", [number for number in PRIVATE if "%" not in number])
def test_a_number_that_is_not_public_is_refused_before_anything_is_called(number):
    host = f"[{number}]" if ":" in number else number

    with pytest.raises(Invalid) as refused:
        read_address(f"https://{host}/notices", may_be_private=False)

    assert (refused.value.field, refused.value.message) == ("url", "This address leads into a private network")


@pytest.mark.parametrize(
    "name", ["localhost", "hub", "hub.local", "metadata.google.internal", "a.localhost", "nas.home.arpa"]
)
def test_a_name_that_is_not_public_is_refused_before_anything_is_called(name):
    with pytest.raises(Invalid, match="private network"):
        read_address(f"https://{name}/", may_be_private=False)


@pytest.mark.parametrize("url", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_what_is_not_written_plainly_is_refused(url):
    with pytest.raises(Invalid) as refused:
        read_address(url, may_be_private=False)

    assert refused.value.field == "url"


@pytest.mark.parametrize("name", [name for name in NOT_PLAIN if name not in ("plain", "zone")])
def test_nor_is_it_called_where_private_addresses_will_do(name):
    assert not outbound.is_callable(NOT_PLAIN[name], may_be_private=True)


@pytest.mark.parametrize("port", [22, 25, 80, 444, 3306, 5432, 6379, 9200, 65535])
def test_other_ports_are_of_other_things_than_web_servers(port):
    with pytest.raises(Invalid, match="the port 443 or 8443"):
        read_address(f"https://hub.example.org:{port}/", may_be_private=False)


@pytest.mark.parametrize(
    ("url", "place", "path"),
    [
        ("https://hub.example.org", "hub.example.org", "/"),
        ("HTTPS://Hub.Example.ORG:443/a?b=c", "hub.example.org", "/a?b=c"),
        ("https://xn--bcher-kva.example:8443/notices", "xn--bcher-kva.example:8443", "/notices"),
        ("https://8.8.8.8/", "8.8.8.8", "/"),
        ("https://[2606:4700::6810:84e5]:8443/x", "[2606:4700::6810:84e5]:8443", "/x"),
    ],
)
def test_a_plain_public_address_may_be_called(url, place, path):
    address = read_address(url, may_be_private=False)

    assert (address.place, address.path) == (place, path)


def test_for_demo_this_machine_will_do():
    assert read_address("http://127.0.0.1:8002/x", may_be_private=True).place == "127.0.0.1:8002"
    assert read_address("http://localhost/x", may_be_private=True).place == "localhost"
