"""`cie instrument` and `cie code-list`: what is loaded as data, never written as code."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from cie import referrals, screening
from cie.access import SYSTEM
from cie.cli.start import start
from cie.db import reading, transaction
from cie.errors import Invalid

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _json(file: Path) -> Any:
    try:
        return orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise Invalid(f"{file.name} is not JSON: {error}") from error


@click.group()
def instrument() -> None:
    """Screening instruments."""


@instrument.command("import")
@click.argument("file", type=FILE)
def import_instrument(file: Path) -> None:
    """Load a FHIR R4 Questionnaire."""
    start()
    questionnaire = _json(file)
    with transaction() as session:
        row = screening.import_questionnaire(session, SYSTEM, questionnaire, at=datetime.now(UTC))
    click.echo(f"loaded {row.code} {row.version} {row.id}")


@click.group("code-list")
def code_list() -> None:
    """Lists that others report by, like the DHCS closed-loop statuses and reasons."""


@code_list.command("import")
@click.argument("file", type=FILE)
def import_code_list(file: Path) -> None:
    """Load one version of a list; it holds from its own first day."""
    start()
    data = _json(file)
    if not isinstance(data, dict):
        raise Invalid(f"{file.name} is not a list of codes")
    with transaction() as session:
        row = referrals.load_code_list(session, SYSTEM, data, at=datetime.now(UTC))
    click.echo(f"loaded {row.name} {row.version} {row.id}")


@code_list.command("list")
def show_code_lists() -> None:
    """One list a line: id, name, version, first day."""
    start()
    with reading() as session:
        for row in referrals.code_lists(session):
            click.echo(f"{row.id} {row.name} {row.version} from {row.effective_on}")
