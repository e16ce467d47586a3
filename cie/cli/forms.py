"""`cie forms`: the official forms as files. What they are is data; the files come from whoever publishes them."""

from datetime import UTC, datetime
from pathlib import Path

import click

from cie import consent
from cie.access import SYSTEM
from cie.cli.lists import FILE
from cie.cli.start import start
from cie.db import reading, transaction
from cie.files import LARGEST_FILE_BYTES


@click.group()
def forms() -> None:
    """Official forms, as PDF files with their mark."""


@forms.command()
@click.argument("form")
@click.argument("file", type=FILE)
@click.option("--language", default="en", show_default=True, help="Its language, like en or es.")
@click.option("--version", required=True, help="Its version, as printed on it.")
@click.option("--source", required=True, help="Where the file came from.")
@click.option("--effective", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day it counts.")
def add(form: str, file: Path, language: str, version: str, source: str, effective: datetime) -> None:
    """Add the FILE of a FORM type, like cmia. An earlier version stays, since papers name it."""
    start()
    with file.open("rb") as opened:
        content = opened.read(LARGEST_FILE_BYTES + 1)
    with transaction() as session:
        row, is_new = consent.add_official_form(
            session, SYSTEM, form, language=language, version=version, source=source, effective_on=effective.date(),
            name=file.name, content=content, claimed="", at=datetime.now(UTC),
        )  # fmt: skip
    click.echo(f"{'added' if is_new else 'there already:'} {row.form} {row.language} {row.version} {row.id}")


@forms.command("list")
def list_forms() -> None:
    """One file a line: id, form, language, version, first day, SHA-256."""
    start()
    with reading() as session:
        for row in consent.official_forms(session):
            click.echo(f"{row.id} {row.form} {row.language} {row.version} from {row.effective_on} {row.sha256}")
