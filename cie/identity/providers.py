"""The OpenID provider of an organization: setting it up, holding it back, and finding it by an e-mail address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, Permission, Role, check
from cie.db import match_key
from cie.errors import Invalid, NotFound
from cie.identity.accounts import StaffOf
from cie.identity.models import UserAccount, UserSession
from cie.identity.provider_faults import faults_of_provider
from cie.identity.provider_models import ExternalAccount, ExternalSession, IdentityProvider, ProviderDomain
from cie.participants import Participant

DOMAIN_TAKEN = "Email domains: one of these already leads elsewhere. Ask the network"


@dataclass(frozen=True)
class ProviderTerms:
    """What an administrator says of their provider. `client_secret`: None keeps the one there is, "" drops it.

    `may_be_local`: http on this machine will do, for tests and demo.
    """

    issuer: str
    client_id: str
    domains: Sequence[str]
    client_secret: str | None = None
    email_claim: str = "email"
    name_claim: str = "name"
    roles_claim: str = ""
    role_values: Mapping[Role, Sequence[str]] = field(default_factory=dict)
    makes_accounts: bool = False
    default_role: Role | None = None
    second_factor_acrs: Sequence[str] = ()
    always_two_factors: bool = False
    may_be_local: bool = False


def own_provider(session: Session, actor: Actor) -> IdentityProvider | None:
    """The provider of the caller's organization, also one that is held back. Raises NotAllowed."""
    check(actor, Permission.STAFF_MANAGE, StaffOf(actor.organization))
    query = select(IdentityProvider).where(col(IdentityProvider.organization_id) == actor.organization)
    return session.execute(query).scalar_one_or_none()


def domains_of(session: Session, provider: IdentityProvider) -> Sequence[str]:
    """The domains of e-mail addresses that lead to a provider, by letter."""
    query = select(col(ProviderDomain.domain)).where(col(ProviderDomain.provider_id) == provider.id)
    return session.execute(query.order_by(col(ProviderDomain.domain))).scalars().all()


def set_provider(session: Session, actor: Actor, terms: ProviderTerms, *, at: datetime) -> IdentityProvider:
    """Say at which provider the staff of the caller's organization sign in, and what its words mean here.

    Another issuer or client knows nobody here yet: whoever came through the one before is linked anew, and signed out.
    Raises NotAllowed, Invalid (each fault at its box).
    """
    provider = own_provider(session, actor)
    before = (provider.issuer, provider.client_id) if provider else None
    provider = provider or IdentityProvider(organization_id=actor.organization, issuer="", client_id="", created_at=at)
    domains = list(dict.fromkeys(domain.strip().casefold().removeprefix("@") for domain in terms.domains))
    _write(provider, terms)
    faults = list(faults_of_provider(provider, domains, may_be_local=terms.may_be_local))
    if faults:
        raise Invalid.all(faults)
    _state_two_factors(session, actor, provider, terms.always_two_factors, at)
    session.add(provider)
    session.flush()
    _lead(session, provider, domains)
    if before not in (None, (provider.issuer, provider.client_id)):
        _forget_everybody(session, provider, at)
    events.record(session, actor, "provider.set", provider, at=at, **_codes(provider))
    return provider


def _write(provider: IdentityProvider, terms: ProviderTerms) -> None:
    provider.issuer, provider.client_id = terms.issuer.strip(), terms.client_id.strip()
    provider.email_claim, provider.name_claim = terms.email_claim.strip(), terms.name_claim.strip()
    provider.roles_claim = terms.roles_claim.strip()
    provider.role_values = {role.value: list(values) for role, values in terms.role_values.items() if values}
    provider.makes_accounts, provider.default_role = terms.makes_accounts, terms.default_role
    provider.second_factor_acrs = list(dict.fromkeys(terms.second_factor_acrs))
    if terms.client_secret is not None:
        provider.client_secret = terms.client_secret or None


def _codes(provider: IdentityProvider) -> dict[str, Any]:
    default = provider.default_role.value if provider.default_role else None
    roles = sorted(provider.role_values)
    return {"roles": roles, "default_role": default, "makes_accounts": provider.makes_accounts}


def _state_two_factors(session: Session, actor: Actor, provider: IdentityProvider, said: bool, at: datetime) -> None:
    """Record who stated that the provider always asks for two factors, or that the statement was taken back."""
    if said == (provider.always_two_since is not None):
        return
    provider.always_two_since = at if said else None
    provider.always_two_said_by_id = actor.id if said else None
    action = "provider.two-factors-stated" if said else "provider.two-factors-withdrawn"
    events.record(session, actor, action, provider, at=at)


def _lead(session: Session, provider: IdentityProvider, domains: Sequence[str]) -> None:
    """Let these domains lead to the provider, and no others. Raises Invalid when one is another organization's."""
    query = select(ProviderDomain).where(col(ProviderDomain.domain).in_(domains))
    known = session.execute(query).scalars().all()
    is_taken = any(row.organization_id != provider.organization_id for row in known)
    if is_taken or _are_worked_at(session, provider, domains):
        raise Invalid(DOMAIN_TAKEN, "domains")
    session.execute(delete(ProviderDomain).where(col(ProviderDomain.provider_id) == provider.id))
    common = {"organization_id": provider.organization_id, "provider_id": provider.id}
    session.add_all([ProviderDomain(domain=domain, **common) for domain in domains])
    try:
        session.flush()
    except IntegrityError as error:
        raise Invalid(DOMAIN_TAKEN, "domains") from error


def _are_worked_at(session: Session, provider: IdentityProvider, domains: Sequence[str]) -> bool:
    """Whether staff of another organization have an account with an address in one of these domains."""
    others = select(UserAccount).where(
        col(UserAccount.organization_id) != provider.organization_id, col(UserAccount.is_active)
    )
    return any(domain_of(user.email) in domains for user in session.execute(others).scalars())


def domain_of(email: str) -> str:
    """The part of an e-mail address that names the organization."""
    return email.strip().casefold().rpartition("@")[2]


def hold_back_provider(session: Session, actor: Actor, *, at: datetime) -> IdentityProvider:
    """Nobody signs in through the provider until it is let in again; who came through it is signed out.

    Raises NotAllowed, NotFound.
    """
    provider = _own(session, actor)
    if provider.held_back_at is None:
        provider.held_back_at = at
        session.add(provider)
        end_sessions_through(session, provider, at=at)
        events.record(session, actor, "provider.hold-back", provider, at=at)
    return provider


def let_in_again(session: Session, actor: Actor, *, at: datetime) -> IdentityProvider:
    """Staff may sign in through the provider again. Raises NotAllowed, NotFound."""
    provider = _own(session, actor)
    if provider.held_back_at is not None:
        provider.held_back_at = None
        session.add(provider)
        events.record(session, actor, "provider.let-in", provider, at=at)
    return provider


def _own(session: Session, actor: Actor) -> IdentityProvider:
    provider = own_provider(session, actor)
    if provider is None:
        raise NotFound("There is no such record")
    session.refresh(provider, with_for_update=True)
    return provider


def linked_staff(session: Session, actor: Actor) -> Sequence[tuple[ExternalAccount, UserAccount]]:
    """Who of the caller's organization came through its provider, in the order of coming. Raises NotAllowed."""
    check(actor, Permission.STAFF_MANAGE, StaffOf(actor.organization))
    query = (
        select(ExternalAccount, UserAccount)
        .join(UserAccount, col(UserAccount.id) == col(ExternalAccount.user_id))
        .where(col(ExternalAccount.organization_id) == actor.organization)
        .order_by(col(ExternalAccount.id))
    )
    return [(link, user) for link, user in session.execute(query)]


def unlink(session: Session, actor: Actor, link_id: UUID, *, at: datetime) -> None:
    """The provider's account is nobody's here any more, and the colleague is signed out; the next sign-in links anew.

    Raises NotFound, NotAllowed.
    """
    link = session.get(ExternalAccount, link_id)
    if link is None or link.organization_id != actor.organization_id:
        raise NotFound("There is no such record")
    check(actor, Permission.STAFF_MANAGE, link)
    provider = session.get_one(IdentityProvider, link.provider_id)
    end_sessions_through(session, provider, col(ExternalSession.user_id) == link.user_id, at=at)
    session.delete(link)
    session.flush()
    events.record(session, actor, "provider.unlink", provider, at=at, user_id=str(link.user_id))


def _forget_everybody(session: Session, provider: IdentityProvider, at: datetime) -> None:
    end_sessions_through(session, provider, at=at)
    session.execute(delete(ExternalAccount).where(col(ExternalAccount.provider_id) == provider.id))


def end_sessions_through(
    session: Session, provider: IdentityProvider, which: ColumnElement[bool] | None = None, *, at: datetime
) -> int:
    """End the sessions that began at a provider, all or those; returns how many."""
    mine = select(col(ExternalSession.session_id)).where(col(ExternalSession.provider_id) == provider.id)
    mine = mine if which is None else mine.where(which)
    query = select(UserSession).where(col(UserSession.id).in_(mine), col(UserSession.ended_at).is_(None))
    rows = session.execute(query).scalars().all()
    for row in rows:
        row.ended_at = at
        session.add(row)
    return len(rows)


def _open() -> Select[IdentityProvider]:
    """The providers through which somebody may sign in now."""
    return (
        select(IdentityProvider)
        .join(Participant, col(Participant.id) == col(IdentityProvider.organization_id))
        .where(col(Participant.is_active), col(IdentityProvider.held_back_at).is_(None))
    )


def provider_for_email(session: Session, email: str) -> IdentityProvider | None:
    """The provider to which the domain of an e-mail address leads; whether the address has an account is not asked."""
    query = (
        _open()
        .join(ProviderDomain, col(ProviderDomain.provider_id) == col(IdentityProvider.id))
        .where(col(ProviderDomain.domain) == domain_of(email))
    )
    return session.execute(query).scalar_one_or_none()


def open_provider(session: Session, provider_id: UUID) -> IdentityProvider | None:
    """A provider through which somebody may sign in now."""
    return session.execute(_open().where(col(IdentityProvider.id) == provider_id)).scalar_one_or_none()


def provider_of_issuer(session: Session, issuer: str, client_ids: Sequence[str]) -> IdentityProvider | None:
    """The provider whose issuer speaks to one of these clients."""
    query = _open().where(col(IdentityProvider.issuer) == issuer, col(IdentityProvider.client_id).in_(client_ids))
    return session.execute(query.order_by(col(IdentityProvider.id))).scalars().first()


def provider_of_session(session: Session, session_id: UUID) -> IdentityProvider | None:
    """The provider at which a session began, when one may still sign in through it."""
    query = (
        _open()
        .join(ExternalSession, col(ExternalSession.provider_id) == col(IdentityProvider.id))
        .where(col(ExternalSession.session_id) == session_id)
    )
    return session.execute(query).scalar_one_or_none()


def subject_key(provider: IdentityProvider, subject: str) -> bytes:
    """What somebody of a provider is looked up by; `sub` is unique within one issuer only."""
    return match_key(f"subject:{provider.id}:{provider.issuer}:{subject}")


def sid_key(provider: IdentityProvider, sid: str) -> bytes:
    """What a session of a provider is looked up by."""
    return match_key(f"sid:{provider.id}:{sid}")
