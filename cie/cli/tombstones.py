"""`cie tombstones export` and `cie tombstones apply`: what was erased stays erased after a backup was put back."""

from datetime import UTC, datetime
from pathlib import Path

import click

from cie import retention
from cie.cli.start import start
from cie.db import reading, transaction
from cie.retention import Tombstone


@click.group()
def tombstones() -> None:
    """Records that were erased, by their ids."""


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
            stones = list(retention.tombstones(session))
    again = sum(_erased_again(stone) for stone in stones)
    click.echo(f"tombstones: {again} records erased again, {len(stones) - again} were not there")


def _erased_again(stone: Tombstone) -> bool:
    with transaction() as session:
        return retention.erase_again(session, stone, at=datetime.now(UTC))
