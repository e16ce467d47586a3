"""How often somebody may try to sign in, so that guessing is slow and nobody is locked out by a stranger.

A browser in which somebody signed in before carries a *mark*: a proof, signed by us, that it belongs to this account.
It has an allowance of its own, which no stranger can use up. A browser without a mark is *new*; new browsers are
counted by account and network, by network, and all together by account, so that many addresses do not help a guesser.
A used-up allowance only means waiting: no account is ever locked. An unknown e-mail is counted like a known one.
"""

import hmac
import ipaddress
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

from sqlmodel import Session

from cie import events
from cie.db import current, match_key
from cie.identity.models import UserAccount

WINDOW = timedelta(minutes=15)
DAY = timedelta(days=1)
TRIES_KNOWN_BROWSER = 10
TRIES_ACCOUNT_AND_NETWORK = 6
TRIES_NETWORK = 100
TRIES_ACCOUNT = 20
TRIES_CODE = 6
TRIES_CODE_A_DAY = 30
MARK_LIVES = timedelta(days=90)
_MARKS_KEPT = 5
_NONCE_BYTES, _DAY_BYTES, _MAC_BYTES = 9, 4, 16
_IPV6_SITE_BITS = 64


def email_key(email: str) -> bytes:
    """What an e-mail address is looked up by."""
    return match_key("email:" + _folded(email))


def _folded(email: str) -> str:
    return email.strip().casefold()


def count_password_try(session: Session, email: str, source: str, *, browser: str = "", at: datetime) -> None:
    """Count a try before the password is looked at, in a transaction of its own.

    `source` is the network address of the request, `browser` the value of its browser cookie. Raises TooMany.
    """
    known = known_browser(email, browser, at=at)
    if known:
        events.count_attempt(session, _own_tries(email, known), limit=TRIES_KNOWN_BROWSER, window=WINDOW, at=at)
        return
    network = network_of(source)
    events.count_attempt(session, _tries(email, network), limit=TRIES_ACCOUNT_AND_NETWORK, window=WINDOW, at=at)
    events.count_attempt(session, f"password-from:{network}", limit=TRIES_NETWORK, window=WINDOW, at=at)
    events.count_attempt(session, f"password-new:{_folded(email)}", limit=TRIES_ACCOUNT, window=WINDOW, at=at)


def forget_password_tries(session: Session, email: str, source: str, *, browser: str = "", at: datetime) -> None:
    """The password was right: this browser or network starts over. What others tried stays counted."""
    known = known_browser(email, browser, at=at)
    events.forget_attempts(session, _own_tries(email, known) if known else _tries(email, network_of(source)))


def _own_tries(email: str, known: str) -> str:
    return f"password:{_folded(email)}:browser:{known}"


def _tries(email: str, network: str) -> str:
    return f"password:{_folded(email)}:from:{network}"


def network_of(source: str) -> str:
    """The network that an address belongs to: one IPv4 address, or the 64 bits that one IPv6 household is given."""
    try:
        address = ipaddress.ip_address(source.partition("%")[0])
    except ValueError:
        return source
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _IPV6_SITE_BITS), strict=False))


def count_code_try(session: Session, user: UserAccount, browser: str, *, at: datetime) -> None:
    """Count a try at the second factor. Raises TooMany. Two limits hold for new browsers, since the codes are short."""
    for what, limit, window in _code_limits(user, browser, at):
        events.count_attempt(session, what, limit=limit, window=window, at=at)


def forget_code_tries(session: Session, user: UserAccount, browser: str, *, at: datetime) -> None:
    """The code was right: these tries start over."""
    for what, _limit, _window in _code_limits(user, browser, at):
        events.forget_attempts(session, what)


def _code_limits(user: UserAccount, browser: str, at: datetime) -> list[tuple[str, int, timedelta]]:
    known = known_browser(user.email, browser, at=at)
    if known:
        return [(f"code:{user.id}:browser:{known}", TRIES_CODE, WINDOW)]
    return [(f"code:{user.id}", TRIES_CODE, WINDOW), (f"code-day:{user.id}", TRIES_CODE_A_DAY, DAY)]


def mark_browser(email: str, browser: str = "", *, at: datetime) -> str:
    """The value of the browser cookie after signing in: a new mark for this account, before those of colleagues.

    A shared computer keeps the marks of its last five accounts.
    """
    others = [mark for mark in browser.split(".")[:_MARKS_KEPT] if mark and not _opened(email, mark, at)]
    fixed = secrets.token_bytes(_NONCE_BYTES) + _day(at).to_bytes(_DAY_BYTES, "big")
    mine = urlsafe_b64encode(fixed + _mac(email, fixed)).decode().rstrip("=")
    return ".".join([mine, *others[: _MARKS_KEPT - 1]])


def known_browser(email: str, browser: str, *, at: datetime) -> str | None:
    """The name under which tries of a browser that signed in to this account are counted; None for a new browser."""
    found = (_opened(email, mark, at) for mark in browser.split(".")[:_MARKS_KEPT] if mark)
    return next((name for name in found if name), None)


def _opened(email: str, mark: str, at: datetime) -> str | None:
    try:
        raw = urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
    except ValueError:
        return None
    fixed, mac = raw[: _NONCE_BYTES + _DAY_BYTES], raw[_NONCE_BYTES + _DAY_BYTES :]
    made = int.from_bytes(fixed[_NONCE_BYTES:], "big")
    if not hmac.compare_digest(mac, _mac(email, fixed)) or _day(at) - made > MARK_LIVES.days:
        return None
    return fixed[:_NONCE_BYTES].hex()


def _day(at: datetime) -> int:
    return int(at.timestamp()) // 86400


def _mac(email: str, fixed: bytes) -> bytes:
    key = current().keyring.derived("known browser")
    return hmac.digest(key, email_key(email) + fixed, "sha256")[:_MAC_BYTES]
