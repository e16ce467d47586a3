"""`cie story`: one referral, played through a running demo as its real users would."""

import click

from cie.story import Story


@click.command()
@click.option("--base-url", default="http://127.0.0.1:8000")
def story(base_url: str) -> None:
    """Send, text, answer, help, close, and let the person confirm; exit 0 only when both said so."""
    for line in Story(base_url).play():
        click.echo(line)
