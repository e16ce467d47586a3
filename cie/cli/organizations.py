"""`cie organization`, `cie staff`, `cie instrument`."""

import getpass
import sys
from datetime import UTC, datetime
from uuid import UUID

import click
import pyotp

from cie import calendar, identity, participants
from cie.access import SYSTEM, Role
from cie.cli.start import start
from cie.db import reading, transaction
from cie.participants import ParticipantKind


@click.group()
def organization() -> None:
    """Organizations on the exchange."""


@organization.command("add")
@click.option("--name", required=True)
@click.option("--kind", type=click.Choice([k.value for k in ParticipantKind]), required=True)
@click.option("--county", default="", help="FIPS code of the county, like 06019.")
@click.option("--email", default="")
@click.option("--phone", default="")
@click.option("--agreement", default="", help="Version of the agreement that was signed.")
@click.option("--signer", default="", help="Who signed it.")
def add_organization(name: str, kind: str, county: str, email: str, phone: str, agreement: str, signer: str) -> None:
    """Let an organization join; prints its id last on the line."""
    start()
    now = datetime.now(UTC)
    today = calendar.local_day(now)
    with transaction() as session:
        added = participants.add_participant(
            session, SYSTEM, name=name, kind=ParticipantKind(kind), county_fips=county, email=email, phone=phone, at=now
        )
        if agreement:
            participants.sign_agreement(
                session,
                SYSTEM,
                added.id,
                document_version=agreement,
                signer=signer,
                signed_on=today,
                effective_on=today,
                ends_on=None,
                at=now,
            )
    click.echo(f"added {kind} {name} {added.id}")


@organization.command("list")
def list_organizations() -> None:
    """One organization a line: id, kind, name."""
    start()
    with reading() as session:
        for row in participants.participants(session):
            click.echo(f"{row.id} {row.kind.value} {row.name}")


@click.group()
def staff() -> None:
    """Accounts of staff."""


@staff.command("add")
@click.option("--organization", "organization_id", type=click.UUID, required=True)
@click.option("--name", required=True)
@click.option("--email", required=True)
@click.option("--role", "roles", multiple=True, type=click.Choice([r.value for r in Role]), required=True)
def add_staff(organization_id: UUID, name: str, email: str, roles: tuple[str, ...]) -> None:
    """Make an account; asks for the password, prints the secret of the phone app and, last, the id."""
    start()
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    identity.check_password(password, (name, email))
    secret, hashed = pyotp.random_base32(), identity.hash_password(password)
    with transaction() as session:
        user = identity.add_staff(
            session,
            SYSTEM,
            organization_id,
            name=name,
            email=email,
            roles=[Role(r) for r in roles],
            password_hash=hashed,
            totp_secret=secret,
            at=datetime.now(UTC),
        )
    click.echo(f"phone app secret: {secret}")
    click.echo(f"added staff {user.id}")


@staff.command("list")
@click.option("--organization", "organization_id", type=click.UUID, required=True)
def list_staff(organization_id: UUID) -> None:
    """One account a line: id, roles, name."""
    start()
    with reading() as session:
        for user in identity.staff_in(session, organization_id):
            click.echo(f"{user.id} {','.join(user.role_codes)} {user.name}")
