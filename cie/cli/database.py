"""`cie db upgrade` and `cie seed`."""

from datetime import UTC, datetime
from itertools import chain

import click

from cie import messaging, participants, people, seeding
from cie.access import SYSTEM
from cie.app import create_app
from cie.cli.start import has_demo_accounts, start
from cie.db import reading, transaction
from cie.db.migrate import upgrade as upgrade_schema


@click.group()
def db() -> None:
    """The schema of the database."""


@db.command()
def upgrade() -> None:
    """Bring the database to the newest migration."""
    start(migrated=False)
    upgrade_schema()
    if count := give_missing_keys():
        click.echo(f"keys: {count} victim services now have their own; `cie keys rotate` seals their records with it")
    click.echo("database: current")


def give_missing_keys() -> int:
    """To victim services that joined before there were keys of their own, filing their people under them."""
    with reading() as session:
        ids = [participant.id for participant in participants.without_key(session)]
    for organization_id in ids:
        with transaction() as session:
            participant = participants.get_participant(session, organization_id)
            participants.give_key(session, SYSTEM, participant, at=datetime.now(UTC))
            people.refile_people(session, organization_id)
            messaging.refile_texts(session, organization_id)
    return len(ids)


@click.command()
@click.option("--keep", is_flag=True, help="A database that holds the demo already stays as it is.")
@click.option("--scale", type=click.IntRange(min=1), help="About so many invented referrals more.")
@click.option("--services", type=click.IntRange(min=1), help="About so many invented services more.")
def seed(keep: bool, scale: int | None, services: int | None) -> None:
    """Fill an empty database with invented organizations, people and referrals."""
    settings, composition = start()
    if not (keep and has_demo_accounts()):
        for line in chain(seeding.seed(settings), seeding.seed_programs(create_app(settings, composition))):
            click.echo(line)
    for line in seeding.sign_ins():
        click.echo(line)
    for line in seeding.seed_services(services) if services else ():
        click.echo(line)
    for line in seeding.seed_scale(scale) if scale else ():
        click.echo(line)
