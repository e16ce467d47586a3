"""`cie fhir rebuild`: what is read over FHIR, made again, or compared with what would be made."""

from collections.abc import Sequence
from uuid import UUID

import click

from cie.app import Composition
from cie.cli.start import start
from cie.errors import NotFound, NotPossibleNow


@click.group()
def fhir() -> None:
    """What organizations read over FHIR."""


@fhir.command("rebuild")
@click.option("--organization", "organization_id", type=click.UUID, help="What this one reads alone.")
@click.option("--check", is_flag=True, help="Write nothing; name each resource that is not as it would be made.")
def rebuild(organization_id: UUID | None, check: bool) -> None:
    """Make all that is read over FHIR again; with the directory, which everybody reads."""
    _settings, composition = start()
    upkeep = composition.upkeep
    if not check:
        upkeep.add_missing()
    found = [id for id in upkeep.audiences() if organization_id in (None, id)]
    if organization_id is not None and not found:
        raise NotFound(f"no program reads over FHIR for organization {organization_id}")
    if check:
        _check(composition, found)
        return
    for audience_id in found:
        click.echo(f"{audience_id}: {upkeep.made_again(audience_id)} resources")


def _check(composition: Composition, audience_ids: Sequence[UUID]) -> None:
    wrong = 0
    for audience_id in audience_ids:
        for (kind, id), fault in composition.upkeep.faults_of(audience_id):
            click.echo(f"{audience_id}: {kind}/{id} {fault}")
            wrong += 1
    if wrong:
        raise NotPossibleNow(f"{wrong} resources are not as they would be made; `cie fhir rebuild` makes them again")
