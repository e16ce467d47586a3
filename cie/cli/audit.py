"""`cie audit checkpoint` and `cie audit verify`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from cie import events
from cie.cli.start import start
from cie.db import reading


@click.group()
def audit() -> None:
    """The audit chains."""


@audit.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def checkpoint(file: Path) -> None:
    """Write a signed checkpoint of all chains to FILE; keep it away from the database."""
    start()
    with reading() as session:
        file.write_bytes(events.checkpoint(session, at=datetime.now(UTC)))
    click.echo(f"checkpoint: {file}")


@audit.command()
@click.option("--checkpoint", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify(file: Path | None) -> None:
    """Check every link of every chain, and that nothing is missing since a checkpoint."""
    start()
    known = events.read_checkpoint(file.read_bytes()) if file else None
    with reading() as session:
        report = events.verify(session, known)
    for fault in report.faults:
        click.echo(f"{fault.stream} record {fault.sequence}: {fault.what}", err=True)
    if report.faults:
        raise click.ClickException(f"{len(report.faults)} of {report.streams} streams are broken")
    down_to = "the checkpoint" if file else "the heads in the database; without a checkpoint a cut end is not seen"
    click.echo(f"audit: {report.entries} records in {report.streams} streams are whole, down to {down_to}")
