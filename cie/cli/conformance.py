"""`cie conformance`: the public suite for SDOH Clinical Care, run against any server."""

import sys
from pathlib import Path
from typing import Any

import click

from cie.conformance import Options, as_html, as_json, in_words, run_suite

FILE = click.Path(path_type=Path, dir_okay=False, writable=True)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command("conformance")
@click.option("--base-url", required=True, help='Where the FHIR server is: "https://exchange.example/fhir".')
@click.option(
    "--token", prompt=True, hide_input=True, help="An access token of the side that asks; asked for if left out."
)
@click.option("--definitions", type=FOLDER, help="Folder with the expanded value sets that are licensed.")
@click.option("--patient", "patient_id", default="", help="Whom the test referrals are about; an id.")
@click.option("--organization", "organization_id", default="", help="Your own Organization; an id.")
@click.option("--owner", default="", metavar="TYPE/ID", help="Who is asked: an Organization or HealthcareService.")
@click.option("--owner-token", default="", help="An access token of the side that is asked, to play it, too.")
@click.option("--report", type=FILE, help="Where to write the report for people (HTML).")
@click.option("--json", "json_file", type=FILE, help="Where to write the report for programs.")
def conformance(base_url: str, token: str, definitions: Path | None, **said: Any) -> None:
    """Look at a FHIR server as SDOH Clinical Care 3.0.0 asks, row by row.

    It sends test referrals, about somebody made up where the server lets it, and marks what it made as a mistake. Say
    with --owner to whom they may go. Exit 1 when a SHALL row fails.
    """
    options = Options(
        patient=_named("Patient", said["patient_id"]),
        organization=_named("Organization", said["organization_id"]),
        owner=said["owner"],
        owner_token=said["owner_token"],
    )
    run = run_suite(base_url, token, options, definitions)
    for line in in_words(run):
        click.echo(line)
    if said["report"]:
        said["report"].write_text(as_html(run), "utf-8")
    if said["json_file"]:
        said["json_file"].write_bytes(as_json(run))
    if not run.is_good:
        sys.exit(1)


def _named(resource_type: str, id: str) -> str:
    """A reference, whether the id was given with its type or without."""
    return id if "/" in id or not id else f"{resource_type}/{id}"
