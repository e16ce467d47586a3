"""What is wrong with what an administrator says of their organization's provider."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from cie import outbound
from cie.access import Role
from cie.errors import Invalid
from cie.identity.provider_models import IdentityProvider

DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
MOST_DOMAINS, MOST_VALUES, LONGEST_VALUE = 20, 50, 300
LONGEST_ISSUER, LONGEST_CLAIM, LONGEST_CLIENT_ID = 500, 100, 200


def faults_of_provider(provider: IdentityProvider, domains: list[str], *, may_be_local: bool) -> Iterator[Invalid]:
    """Each fault, at the box in which it stands. `may_be_local`: http on this machine will do, for tests."""
    if not _is_issuer(provider.issuer, may_be_local=may_be_local):
        yield Invalid("Address of the provider: enter one that begins with https://, without ? or #", "issuer")
    if not 0 < len(provider.client_id) <= LONGEST_CLIENT_ID or not provider.client_id.isprintable():
        yield Invalid("Client ID: enter the one that your provider gave you", "client_id")
    if not 0 < len(domains) <= MOST_DOMAINS or not all(DOMAIN.fullmatch(domain) for domain in domains):
        yield Invalid("Email domains: enter 1 to 20, like organization.org, each on a line of its own", "domains")
    yield from _faults_of_claims(provider)
    yield from _faults_of_roles(provider)


def _faults_of_claims(provider: IdentityProvider) -> Iterator[Invalid]:
    if not _is_claim(provider.email_claim):
        yield Invalid("Email claim: enter its name, like email", "email_claim")
    if not _is_claim(provider.name_claim):
        yield Invalid("Name claim: enter its name, like name", "name_claim")
    if provider.roles_claim and not _is_claim(provider.roles_claim):
        yield Invalid("Claim with roles or groups: enter its name, like groups", "roles_claim")
    if not _are_values(provider.second_factor_acrs):
        yield Invalid("Signs of two proofs: enter at most 50, each on a line of its own", "second_factor_acrs")


def _faults_of_roles(provider: IdentityProvider) -> Iterator[Invalid]:
    given = set(provider.role_values)
    if Role.NETWORK_ADMINISTRATOR in given | {provider.default_role}:
        yield Invalid("Roles: no provider can make somebody an administrator of the network", "default_role")
    for code, values in provider.role_values.items():
        if not _are_values(values):
            yield Invalid("Roles: enter at most 50 values, each on a line of its own", f"role_{code}")
    if given and not provider.roles_claim:
        yield Invalid("Claim with roles or groups: enter it, or take the values below away", "roles_claim")
    if provider.makes_accounts and not given and provider.default_role is None:
        yield Invalid("Role of new accounts: choose one, or say which values give which role", "default_role")


def _is_issuer(address: str, *, may_be_local: bool) -> bool:
    if (
        "?" in address
        or len(address) > LONGEST_ISSUER
        or not outbound.is_callable(address, may_be_private=may_be_local)
    ):
        return False
    parts = urlsplit(address)
    return parts.scheme == "https" or _is_loopback(parts.hostname)


def _is_loopback(host: str | None) -> bool:
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def _is_claim(name: str) -> bool:
    return 0 < len(name) <= LONGEST_CLAIM and name.isprintable()


def _are_values(values: list[str]) -> bool:
    return len(values) <= MOST_VALUES and all(len(value) <= LONGEST_VALUE for value in values)
