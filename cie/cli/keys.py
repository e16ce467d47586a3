"""`cie keys rotate`: seal everything with the newest data key."""

import click

from cie.cli.start import start
from cie.db import CannotOpen, current, reseal_all


@click.group()
def keys() -> None:
    """The keys that seal what is stored of persons."""


@keys.command()
def rotate() -> None:
    """Seal with the first key of CIE_DATA_KEYS whatever an older one sealed; the exchange may be in use.

    Put the new key first and keep the old one behind it, restart every process, rotate, then take the old one out.
    """
    start()
    total = 0
    try:
        for table, count in reseal_all():
            total += count
            if count:
                click.echo(f"{table}: {count}")
    except CannotOpen as error:
        raise click.ClickException(f"{error}; put that key behind the new one and run this again") from error
    click.echo(f"keys: {total} rows were sealed anew; everything is sealed with key {current().keyring.current}")
