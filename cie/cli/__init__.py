"""The `cie` command: each subcommand opens the database, calls the domain, and prints one clear line on failure."""

import sys

import click
from sqlalchemy.exc import DBAPIError

from cie.cli import (
    audit,
    clients,
    conformance,
    consents,
    database,
    demo,
    doctor,
    fhir,
    forms,
    keys,
    lists,
    organizations,
    run,
    tombstones,
)
from cie.errors import Busy, CieError


@click.group()
def cli() -> None:
    """An open community information exchange."""


for command in (
    database.db,
    database.seed,
    run.serve,
    run.worker,
    run.sandbox,
    doctor.doctor,
    audit.audit,
    keys.keys,
    tombstones.tombstones,
    consents.consents,
    forms.forms,
    organizations.organization,
    organizations.staff,
    clients.client,
    fhir.fhir,
    conformance.conformance,
    lists.instrument,
    lists.code_list,
    demo.story,
):
    cli.add_command(command)


def main() -> None:
    """Run the command; a refusal is one line and a non-zero exit."""
    try:
        cli(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (Busy, DBAPIError):
        _fail("the database cannot be reached, is locked, or is full")
    except CieError as error:
        _fail(error.message)
    except OSError as error:
        _fail(f"{error.filename or 'system'}: {error.strerror or error}")


def _fail(why: str) -> None:
    click.echo(f"cie: {why}", err=True)
    sys.exit(1)
