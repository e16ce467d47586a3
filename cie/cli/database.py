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
@click.option("--scale", type=int, default=None, help="About this many referrals, for measuring.")
def seed(scale: int | None) -> None:
    """Fill an empty database with invented organizations, people and referrals."""
    from cie import seeding

    settings, _composition = start()
    for line in seeding.seed(settings) if scale is None else seeding.seed_scale(settings, scale):
        click.echo(line)
