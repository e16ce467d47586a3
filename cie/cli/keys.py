"""`cie keys`: which keys there are and how old, sealing everything with the newest, a newer one for an organization."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import click
from sqlmodel import Session

from cie import calendar, participants
from cie.access import SYSTEM
from cie.cli.start import start
from cie.db import CannotOpen, current, data_keys_since, reading, reseal_all, transaction, values_by_key


@click.group()
def keys() -> None:
    """The keys that seal what is stored of persons.

    Back up CIE_DATA_KEYS and CIE_SECRET_KEY apart from the data: on paper in a safe or in a store of secrets, never in
    the folder, the machine or the backup of the database. Whoever has both reads everything; a copy of the database
    without its keys is lost. Keep an old key for as long as you keep a copy of the database from its time. The keys of
    victim services lie in the database, sealed with the data keys, and need no backup of their own.
    """


@keys.command("list")
def list_keys() -> None:
    """One key a line: its version, since when it is in use, and how many values it seals."""
    start()
    with reading() as session:
        for line in key_lines(session, datetime.now(UTC)):
            click.echo(line)


def key_lines(session: Session, now: datetime) -> Iterator[str]:
    """Each key of the network, the newest first, then those of organizations."""
    counts, since = values_by_key(session), data_keys_since(session)
    known = current().keyring
    used = {version for organization_id, version in counts if organization_id is None}
    for version in sorted({*known.keys, *used}, reverse=True):
        state = "current" if version == known.current else "older" if version in known.keys else "MISSING"
        yield f"data key {version}, {state}, {_age(since.get(version), now)}: {counts[None, version]} values"
    for key in participants.organization_keys(session):
        own = {version: n for (owner, version), n in counts.items() if owner == key.organization_id}
        name = f"organization {key.organization_id}"
        if key.destroyed_at:
            day = calendar.local_day(key.destroyed_at)
            yield f"{name}, destroyed on {day}: {sum(own.values())} values that nobody can read"
            continue
        for version in sorted({key.version, *own}, reverse=True):
            is_current = version == key.version
            age = _age(key.made_at, now) if is_current else "older"
            yield f"{name}, key {version}, {age}: {own.get(version, 0)} values"


def _age(since: datetime | None, now: datetime) -> str:
    return f"in use since {calendar.local_day(since)} ({(now - since).days} days)" if since else "not noted since when"


@keys.command()
def rotate() -> None:
    """Seal with the first key of CIE_DATA_KEYS whatever an older one sealed; the exchange may be in use.

    Put the new key first and keep the old one behind it, restart every process, rotate, then take the old one out.
    What is of a victim service is sealed with its own key.
    """
    start()
    total = _reseal()
    click.echo(f"keys: {total} rows were sealed anew; everything is sealed with key {current().keyring.current}")


@keys.command()
@click.option("--organization", "organization_id", type=click.UUID, required=True)
def renew(organization_id: UUID) -> None:
    """Make a newer key for a victim service, and seal with it what its older one sealed; it may be at work."""
    start()
    with transaction() as session:
        version = participants.renew_key(session, SYSTEM, organization_id, at=datetime.now(UTC)).version
    total = _reseal()
    click.echo(
        f"keys: {total} rows were sealed anew; the records of {organization_id} are sealed with its key {version}"
    )


def _reseal() -> int:
    total = 0
    try:
        for table, count in reseal_all():
            total += count
            if count:
                click.echo(f"{table}: {count}")
    except CannotOpen as error:
        raise click.ClickException(f"{error}; put that key behind the new one and run this again") from error
    return total
