"""`cie db upgrade` and `cie seed`."""

import click

from cie.cli.start import start
from cie.db.migrate import upgrade as upgrade_schema


@click.group()
def db() -> None:
    """The schema of the database."""


@db.command()
def upgrade() -> None:
    """Bring the database to the newest migration."""
    start()
    upgrade_schema()
    click.echo("database: current")


@click.command()
def seed() -> None:
    """Fill an empty database with invented organizations, people and referrals."""
    from cie import seeding

    settings, _composition = start()
    for line in seeding.seed(settings):
        click.echo(line)
