"""`cie tombstones export` and `cie tombstones apply`: what was erased stays erased after a backup was put back."""

from datetime import UTC, datetime
from pathlib import Path

import click

from cie import retention
from cie.cli.start import start
from cie.db import reading, transaction
from cie.retention import KeyStone, Tombstone


@click.group()
def tombstones() -> None:
    """Records that were erased, and keys that were destroyed, by their ids."""


@tombstones.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path) -> None:
    """Write all tombstones, signed, to FILE; keep it away from the backups of the database."""
    start()
    with reading() as session:
        count = len(retention.tombstones(session))
        file.write_bytes(retention.as_file(session))
    click.echo(f"tombstones: {count} in {file}")


@tombstones.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def apply(file: Path | None) -> None:
    """Erase again what FILE says was erased, or what the database itself says, once an older copy was put back."""
    start()
    if file:
        stones = retention.read_file(file.read_bytes())
    else:
        with reading() as session:
            stones = [*retention.tombstones(session), *retention.destroyed_keys(session)]
    # a key comes last: before it is gone, loops end and what stands in clear goes
    keys = [stone for stone in stones if isinstance(stone, KeyStone)]
    records = [stone for stone in stones if isinstance(stone, Tombstone)]
    again = sum(_erased_again(stone) for stone in records)
    destroyed = sum(_destroyed_again(stone) for stone in keys)
    click.echo(f"keys: {destroyed} destroyed again, {len(keys) - destroyed} were not there")
    click.echo(f"tombstones: {again} records erased again, {len(records) - again} were not there")


def _erased_again(stone: Tombstone) -> bool:
    with transaction(alone=True) as session:
        return retention.erase_again(session, stone, at=datetime.now(UTC))


def _destroyed_again(stone: KeyStone) -> bool:
    with transaction(alone=True) as session:
        return retention.destroy_again(session, stone, at=datetime.now(UTC))
