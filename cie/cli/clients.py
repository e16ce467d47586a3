"""`cie client`: the programs of an organization."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from sqlmodel import Session

from cie import identity
from cie.access import SYSTEM, Purpose
from cie.cli.start import start
from cie.db import reading, transaction
from cie.errors import Invalid, NotFound
from cie.identity import ClientAuthentication, ClientKind, Registration

FILE = click.Path(path_type=Path)
KEY_SET = click.option("--jwks", "key_set", type=FILE, help="File with its public keys, a JSON Web Key Set.")
KEY_ADDRESS = click.option("--jwks-url", help="Address where it publishes its public keys.")
CLIENT = click.argument("client_id", metavar="ID", type=click.UUID)


@click.group()
def client() -> None:
    """Programs that use the exchange for an organization."""


@client.command("add")
@click.option("--organization", "organization_id", type=click.UUID, required=True)
@KEY_SET
@KEY_ADDRESS
@click.option("--scope", "scopes", multiple=True, required=True, help='Like "system/Task.rs api/referrals.read".')
@click.option("--kind", type=click.Choice([k.value for k in ClientKind]), default=ClientKind.SYSTEM.value)
@click.option("--name", default="", help="What it is called; else by its file or its kind.")
@click.option("--purpose", "purposes", multiple=True, type=click.Choice([p.value for p in identity.POSSIBLE_PURPOSES]))
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where an app of staff is sent back to.")
@click.option(
    "--auth",
    type=click.Choice([a.value for a in ClientAuthentication]),
    default=ClientAuthentication.PRIVATE_KEY_JWT.value,
    help="How it shows who it is.",
)
def add_client(organization_id: UUID, key_set: Path | None, **said: Any) -> None:
    """Let a program use the exchange; prints its secret, if it has one, and its id last on the line."""
    settings, _composition = start()
    name = said["name"] or (key_set.stem if key_set else said["kind"])
    registration = Registration(
        name=name,
        kind=ClientKind(said["kind"]),
        scopes=" ".join(said["scopes"]).split(),
        purposes=[Purpose(code) for code in said["purposes"]] or [Purpose.CARE_COORDINATION],
        authentication=ClientAuthentication(said["auth"]),
        jwks=_keys(key_set),
        jwks_url=said["jwks_url"],
        redirect_uris=said["redirect_uris"],
        may_be_local=settings.may_reach_private,
    )
    with _of("organization", organization_id) as session:
        added, secret = identity.register_client(session, SYSTEM, organization_id, registration, at=datetime.now(UTC))
    _tell_once(secret)
    click.echo(f"added {added.kind.value} {added.name} {added.id}")


@contextmanager
def _of(what: str, known_id: UUID) -> Iterator[Session]:
    """A transaction about one record; when it is not there, the line says which."""
    try:
        with transaction() as session:
            yield session
    except NotFound as error:
        raise NotFound(f"there is no {what} {known_id}") from error


def _keys(file: Path | None) -> dict[str, Any] | None:
    """The key set in a file. Raises OSError, Invalid."""
    if file is None:
        return None
    try:
        return identity.read_key_set(file.read_text("utf-8"))
    except (Invalid, UnicodeDecodeError) as error:
        raise Invalid(f"{file} is not a JSON Web Key Set") from error


def _tell_once(secret: str | None) -> None:
    if secret is not None:
        click.echo(f"secret: {secret}")


@client.command("list")
@click.option("--organization", "organization_id", type=click.UUID, help="Of this one alone.")
def list_clients(organization_id: UUID | None) -> None:
    """One program a line: id, kind, name."""
    start()
    with reading() as session:
        for row in identity.clients_of(session, SYSTEM, organization_id):
            click.echo(f"{row.id} {row.kind.value} {row.name}")


@client.command("suspend")
@CLIENT
def suspend_client(client_id: UUID) -> None:
    """Hold a program back: every token of it ends now."""
    start()
    with _of("client", client_id) as session:
        identity.suspend_client(session, SYSTEM, client_id, at=datetime.now(UTC))
    click.echo(f"suspended {client_id}")


@client.command("resume")
@CLIENT
def resume_client(client_id: UUID) -> None:
    """Let a program that was held back ask for tokens again."""
    start()
    with _of("client", client_id) as session:
        identity.resume_client(session, SYSTEM, client_id, at=datetime.now(UTC))
    click.echo(f"resumed {client_id}")


@client.command("rotate")
@CLIENT
@KEY_SET
@KEY_ADDRESS
def rotate_client(client_id: UUID, key_set: Path | None, jwks_url: str | None) -> None:
    """Give a program new public keys, or a new secret, which is printed; what it had ends now."""
    settings, _composition = start()
    keys, may_be_local = _keys(key_set), settings.may_reach_private
    with _of("client", client_id) as session:
        secret = identity.rotate_keys(
            session, SYSTEM, client_id, jwks=keys, jwks_url=jwks_url, may_be_local=may_be_local, at=datetime.now(UTC)
        )
    _tell_once(secret)
    click.echo(f"rotated {client_id}")
