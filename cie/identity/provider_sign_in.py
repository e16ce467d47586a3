"""Who comes from an organization's own provider: known already, to be linked, new, or not let in, and why.

The edge has checked that the provider said it, to us and just now. Nobody is let in with one factor: where the provider
does not say that it asked for two, our own second factor is asked, and who has none here is not let in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from cie import events, participants
from cie.access import SYSTEM, Actor, Role
from cie.errors import Invalid, NotAllowed, TooMany
from cie.identity.accounts import EMAIL_TAKEN, LONGEST_NAME, add_staff, check_new_staff
from cie.identity.models import UserAccount, UserSession
from cie.identity.provider_models import ExternalAccount, ExternalSession, IdentityProvider, ProviderDomain
from cie.identity.providers import domain_of, end_sessions_through, open_provider, sid_key, subject_key
from cie.identity.sessions import FRESH, reauthenticate, start_session
from cie.identity.throttling import email_key

STATE_LIVES = timedelta(minutes=10)
TWO_FACTORS = "mfa"
"""The value of `amr` that says that several factors were used: RFC 8176, 2."""
SKEW = timedelta(seconds=60)


@dataclass(frozen=True)
class Said:
    """What a provider says of somebody. `authenticated_at`: when they showed who they are; None when it does not say.

    `email` is None unless the provider says that it verified it.
    """

    subject: str
    email: str | None = None
    name: str = ""
    role_values: Sequence[str] = ()
    acr: str = ""
    amr: Sequence[str] = ()
    sid: str | None = None
    authenticated_at: datetime | None = None


class Turned(Exception):
    """Somebody is not let in; `why` is a code for the audit and for the words of the page."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True)
class Arrival:
    """What became of somebody who came from a provider: `user`, or `why` they are not let in.

    `needs_code`: our own second factor is still to be asked.
    """

    user: UserAccount | None = None
    why: str = ""
    needs_code: bool = False


def use_state(session: Session, state: str, *, at: datetime) -> bool:
    """Take the answer to one question that we asked a provider; False when it was taken before."""
    try:
        events.count_attempt(session, f"provider-state:{state}", limit=1, window=STATE_LIVES * 2, at=at)
    except TooMany:
        return False
    return True


def arrive(session: Session, provider: IdentityProvider, said: Said, *, at: datetime) -> Arrival:
    """Find, link or make the account of somebody whom the provider sent. Commit refusals, too: they are recorded.

    Raises Invalid when another request made the same account or link a moment ago.
    """
    has_two = has_two_factors(provider, said)
    try:
        user = _linked(session, provider, said, at) or _new_link(session, provider, said, has_two, at)
        _require_second_factor(user, has_two)
    except Turned as turned:
        events.record(session, SYSTEM, "provider.turn-away", provider, at=at, why=turned.why, **_of(provider))
        return Arrival(why=turned.why)
    return Arrival(user, needs_code=not has_two)


def _of(provider: IdentityProvider) -> dict[str, UUID]:
    return {"organization_id": provider.organization_id}


def has_two_factors(provider: IdentityProvider, said: Said) -> bool:
    """Whether two factors were used: the token says so, or an administrator put on record that it is always so."""
    is_said = TWO_FACTORS in said.amr or (said.acr != "" and said.acr in provider.second_factor_acrs)
    return is_said or provider.always_two_since is not None


def _require_second_factor(user: UserAccount, has_two: bool) -> None:
    if not has_two and not user.totp_secret_sealed:
        raise Turned("one-factor")


def _linked(session: Session, provider: IdentityProvider, said: Said, at: datetime) -> UserAccount | None:
    """The account of somebody who came before. Raises Turned when it has ended, or is not of this organization."""
    query = select(ExternalAccount).where(
        col(ExternalAccount.provider_id) == provider.id,
        col(ExternalAccount.subject_key) == subject_key(provider, said.subject),
    )
    link = session.execute(query).scalar_one_or_none()
    if link is None:
        return None
    user = session.get_one(UserAccount, link.user_id)
    _require_open(session, provider, user)
    link.last_used_at = at
    session.add(link)
    return user


def _require_open(session: Session, provider: IdentityProvider, user: UserAccount) -> None:
    """Somebody else's account, and one that has ended, look the same as none."""
    is_here = user.organization_id == provider.organization_id and user.is_active
    if not is_here or not participants.get_participant(session, user.organization_id).is_active:
        raise Turned("no-account")


def _new_link(session: Session, provider: IdentityProvider, said: Said, has_two: bool, at: datetime) -> UserAccount:
    """The account of a verified address of the organization, which was there or is made now. Raises Turned."""
    if said.email is None:
        raise Turned("email-not-verified")
    domain = session.get(ProviderDomain, domain_of(said.email))
    if domain is None or domain.provider_id != provider.id:
        raise Turned("no-account")
    query = select(UserAccount).where(col(UserAccount.email_key) == email_key(said.email)).with_for_update()
    user = session.execute(query).scalar_one_or_none()
    if user is None:
        user = _made(session, provider, said, has_two, at)
    _require_open(session, provider, user)
    _require_second_factor(user, has_two)
    _require_free(session, provider, user)
    key = subject_key(provider, said.subject)
    link = ExternalAccount(
        organization_id=user.organization_id, provider_id=provider.id, subject_key=key, user_id=user.id,
        linked_at=at, last_used_at=at,
    )  # fmt: skip
    session.add(link)
    try:
        session.flush()
    except IntegrityError as error:
        raise Invalid(EMAIL_TAKEN, "email") from error
    events.record(session, SYSTEM, "provider.link", provider, at=at, user_id=str(user.id), **_of(provider))
    return user


def _require_free(session: Session, provider: IdentityProvider, user: UserAccount) -> None:
    """An account has one name at its provider: an address that was given to somebody else there opens nothing here."""
    query = select(col(ExternalAccount.id)).where(
        col(ExternalAccount.provider_id) == provider.id, col(ExternalAccount.user_id) == user.id
    )
    if session.execute(query).first() is not None:
        raise Turned("other-subject")


def _made(session: Session, provider: IdentityProvider, said: Said, has_two: bool, at: datetime) -> UserAccount:
    """A new account by the rule of the organization. Raises Turned, Invalid (made a moment ago by another request)."""
    if not provider.makes_accounts:
        raise Turned("no-account")
    if not has_two:
        raise Turned("one-factor")
    roles = roles_given(provider, said.role_values)
    if not roles:
        raise Turned("no-role")
    email = said.email or ""
    name = " ".join(said.name.split())[:LONGEST_NAME] or email.partition("@")[0]
    try:
        check_new_staff(session, SYSTEM, name=name, email=email, roles=roles)
    except Invalid as error:
        raise Turned("no-account") from error
    return add_staff(
        session, SYSTEM, provider.organization_id, name=name, email=email, roles=roles,
        password_hash=None, totp_secret=None, at=at,
    )  # fmt: skip


def roles_given(provider: IdentityProvider, values: Sequence[str]) -> list[Role]:
    """What the provider's values give; never the administration of the network, whatever is on record."""
    given = {Role(code) for code, wanted in provider.role_values.items() if set(wanted) & set(values)}
    given = given or {role for role in [provider.default_role] if role is not None}
    return sorted(given - {Role.NETWORK_ADMINISTRATOR})


def start_session_through(
    session: Session, user: UserAccount, provider: IdentityProvider, said: Said, *, browser: str, at: datetime
) -> str:
    """Sign the browser in; returns the token for its cookie. Raises NotAllowed.

    How old the proof is, the provider says; when it does not, sensitive changes ask for it.
    """
    row, token = start_session(session, user, browser=browser, at=at)
    proven_at = said.authenticated_at
    row.second_factor_at = min(proven_at, at) if proven_at else None
    session.add(row)
    note_session(session, row, provider, said.sid)
    return token


def note_session(session: Session, row: UserSession, provider: IdentityProvider, sid: str | None) -> None:
    """Remember that a session began at a provider."""
    key = sid_key(provider, sid) if sid else None
    session.add(
        ExternalSession(
            session_id=row.id, organization_id=row.organization_id, provider_id=provider.id, user_id=row.user_id,
            sid_key=key,
        )
    )  # fmt: skip
    session.flush()


def note_came_through(session: Session, row: UserSession, provider_id: UUID, sid: str) -> None:
    """The same, of somebody who gave our second factor meanwhile. Raises NotAllowed when the provider was held back."""
    provider = open_provider(session, provider_id)
    if provider is None or provider.organization_id != row.organization_id:
        raise NotAllowed("Nobody may sign in this way now")
    note_session(session, row, provider, sid or None)


def prove_through(
    session: Session, actor: Actor, session_id: UUID, provider: IdentityProvider, said: Said, *, at: datetime
) -> bool:
    """The caller showed again at their provider, just now and with two factors, who they are; else False.

    Raises NotFound, NotPossibleNow (the session no longer counts).
    """
    query = select(ExternalAccount).where(
        col(ExternalAccount.provider_id) == provider.id,
        col(ExternalAccount.subject_key) == subject_key(provider, said.subject),
        col(ExternalAccount.user_id) == actor.id,
    )
    when = said.authenticated_at
    is_fresh = when is not None and at - FRESH <= when <= at + SKEW
    if session.execute(query).scalar_one_or_none() is None or not is_fresh or not has_two_factors(provider, said):
        events.record(session, actor, "provider.turn-away", provider, at=at, why="no-proof")
        return False
    reauthenticate(session, actor, session_id, at=at)
    return True


def end_at_providers_word(
    session: Session, provider: IdentityProvider, *, subject: str | None, sid: str | None, at: datetime
) -> int:
    """Somebody signed out at the provider: one session there, or all of theirs, end here; returns how many."""
    if sid:
        which = col(ExternalSession.sid_key) == sid_key(provider, sid)
    else:
        mine = select(col(ExternalAccount.user_id)).where(
            col(ExternalAccount.provider_id) == provider.id,
            col(ExternalAccount.subject_key) == subject_key(provider, subject or ""),
        )
        which = col(ExternalSession.user_id).in_(mine)
    ended = end_sessions_through(session, provider, which, at=at)
    events.record(session, SYSTEM, "provider.sign-out", provider, at=at, ended=ended, **_of(provider))
    return ended
