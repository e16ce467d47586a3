"""The `cie` command: each subcommand opens the database, calls the domain, and prints one clear line on failure."""

import sys

import click

from cie.cli import audit, database, demo, organizations, run
from cie.errors import CieError


@click.group()
def cli() -> None:
    """An open community information exchange."""


for command in (
    database.db,
    database.seed,
    run.serve,
    run.worker,
    run.sandbox,
    run.doctor,
    audit.audit,
    organizations.organization,
    organizations.staff,
    organizations.instrument,
    demo.story,
):
    cli.add_command(command)


def main() -> None:
    """Run the command; a refusal is one line and a non-zero exit."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except CieError as error:
        click.echo(f"cie: {error.message}", err=True)
        sys.exit(1)
