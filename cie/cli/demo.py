"""`cie story`: one referral, played through a running demo as its real users would."""

import click

from cie.story import START_SECONDS, FhirStory, Story

DOORS = {"web": Story, "fhir": FhirStory}


@click.command()
@click.option("--base-url", default="http://127.0.0.1:8000")
@click.option("--wait", default=START_SECONDS, help="Seconds that the demo may take to start.")
@click.option("--door", type=click.Choice(list(DOORS)), default="web", help="How the referral comes in.")
def story(base_url: str, wait: float, door: str) -> None:
    """Send, text, answer, help, close, and let the person confirm; exit 0 only when both said so."""
    for line in DOORS[door](base_url, wait).play():
        click.echo(line)
