"""`cie db upgrade` and `cie seed`."""

import click

from cie import seeding
from cie.cli.start import has_demo_accounts, start
from cie.db.migrate import upgrade as upgrade_schema


@click.group()
def db() -> None:
    """The schema of the database."""


@db.command()
def upgrade() -> None:
    """Bring the database to the newest migration."""
    start(migrated=False)
    upgrade_schema()
    click.echo("database: current")


@click.command()
@click.option("--keep", is_flag=True, help="A database that holds the demo already stays as it is.")
@click.option("--scale", type=click.IntRange(min=1), help="About so many invented referrals more.")
@click.option("--services", type=click.IntRange(min=1), help="About so many invented services more.")
def seed(keep: bool, scale: int | None, services: int | None) -> None:
    """Fill an empty database with invented organizations, people and referrals."""
    settings, _composition = start()
    lines = seeding.sign_ins() if keep and has_demo_accounts() else seeding.seed(settings)
    for line in lines:
        click.echo(line)
    for line in seeding.seed_services(services) if services else ():
        click.echo(line)
    for line in seeding.seed_scale(scale) if scale else ():
        click.echo(line)
