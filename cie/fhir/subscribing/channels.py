"""By which channels notifications go, and what a Subscription may ask of each (R5 Subscriptions Backport 1.1.0)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cie import outbound
from cie.errors import Invalid
from cie.fhir.answering import JSON, SPOKEN, XML
from cie.fhir.refusals import Fault
from cie.fhir.subscribing.models import Channel, ContentLevel

MAILTO, TEXT, ATTACHED = "mailto:", "text/plain", "text/plain;attach="
MOST_HEADERS, LONGEST_HEADER = 20, 2_000
HEADER = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}): *([\x20-\x7e]*)", re.ASCII)
_OURS = frozenset({"host", "connection", "content-type", "content-length", "transfer-encoding", "user-agent", "expect"})
"""Headers that say how we speak, not who the receiver expects."""
Resource = dict[str, Any]


@dataclass(frozen=True)
class Caller:
    """What the caller may: read a resource type over FHIR; be told at an address of a private network, or by e-mail.

    `base`: the address of this server.
    """

    base: str = ""
    may_read: Callable[[str], bool] = lambda _type: False
    may_be_private: bool = False
    may_be_mailed: bool = False

    @property
    def channels(self) -> list[Channel]:
        """By which they can be told."""
        return [each for each in Channel if each is not Channel.EMAIL or self.may_be_mailed]


class Payload(NamedTuple):
    """In which format a notification goes; `is_bare`: in none, since the words of an e-mail are enough."""

    is_xml: bool
    is_bare: bool = False


@dataclass(frozen=True)
class Rules:
    """What a Subscription may ask of one channel. `faults`: what is wrong with a channel that asks for so much."""

    payloads: Mapping[str, Payload]
    shortest_heartbeat: int
    faults: Callable[[Resource, Any, Caller], Iterator[Fault]]


def _hook_faults(channel: Resource, _content: Any, caller: Caller) -> Iterator[Fault]:
    try:
        outbound.read_address(channel.get("endpoint", ""), may_be_private=caller.may_be_private)
    except Invalid as error:
        yield Fault("value", error.message, "Subscription.channel.endpoint")
    headers = channel.get("header", [])
    if len(headers) > MOST_HEADERS:
        yield Fault("too-costly", f"Give {MOST_HEADERS} headers at most", "Subscription.channel.header")
    for number, text in enumerate(headers[:MOST_HEADERS]):
        form = HEADER.fullmatch(text) if len(text) <= LONGEST_HEADER else None
        if form is None or form[1].lower() in _OURS:
            words = "Write a header as Name: value, none that says how the content is sent"
            yield Fault("value", words, f"Subscription.channel.header[{number}]")


def _mail_faults(channel: Resource, content: Any, _caller: Caller) -> Iterator[Fault]:
    endpoint = channel.get("endpoint", "")
    try:
        outbound.read_mailbox(endpoint.removeprefix(MAILTO) if endpoint.startswith(MAILTO) else "")
    except Invalid:
        yield Fault("value", f"Write one plain address as {MAILTO}intake@example.org", "Subscription.channel.endpoint")
    if content == ContentLevel.FULL_RESOURCE:
        words = "An e-mail is not sealed on its way, so it tells of nobody. Ask for empty or id-only, and read here"
        yield Fault("not-supported", words, "Subscription.channel.payload.extension")
    payload = payload_of(channel)
    if payload and payload.is_bare and content == ContentLevel.ID_ONLY:
        words = f"Words alone name no ids. Ask for empty, or for {ATTACHED}{JSON}"
        yield Fault("not-supported", words, "Subscription.channel.payload")
    if channel.get("header"):
        yield Fault("not-supported", "An e-mail takes no headers of yours", "Subscription.channel.header")


_FILES = {text: Payload(kind == XML) for text, kind in SPOKEN.items()}
_LETTERS = {TEXT: Payload(is_xml=False, is_bare=True), **_FILES, **{ATTACHED + text: _FILES[text] for text in _FILES}}
RULES: Mapping[Channel, Rules] = {
    Channel.REST_HOOK: Rules(_FILES, 60, _hook_faults),
    Channel.EMAIL: Rules(_LETTERS, 3_600, _mail_faults),
}


def payload_of(channel: Resource) -> Payload | None:
    """The payload that a channel of a known type asks for; None for one that is not served."""
    return RULES[channel["type"]].payloads.get(channel.get("payload", "").replace(" ", ""))
