"""`cie consents take`: what another consent system says of people whom an organization serves, from a file."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import orjson
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from cie import consent, participants, people
from cie.access import SYSTEM
from cie.calendar import local_day
from cie.cli.start import start
from cie.consent import Decision, Statement, labels
from cie.db import transaction
from cie.directory import Category
from cie.errors import CieError, Invalid, NotFound

DECISIONS = {"permit": Decision.SHARE, "deny": Decision.DO_NOT_SHARE}
NO_EXCEPTIONS = "exceptions are not read here: give each as a record of its own"
WITHDRAWN = ("inactive", "rejected", "entered-in-error")


class _Loose(Schema):
    class Meta:
        unknown = EXCLUDE


class _Identifier(_Loose):
    value = fields.Str(required=True, validate=validate.Length(min=1, max=100))


class _Reference(_Loose):
    identifier = fields.Nested(_Identifier, required=True)


class _Actor(_Loose):
    reference = fields.Nested(_Reference, required=True)


class _Coding(_Loose):
    code = fields.Str(required=True)


class _Period(_Loose):
    end = fields.Str(load_default=None)


class _Provision(_Loose):
    type = fields.Str(required=True, validate=validate.OneOf(DECISIONS))
    period = fields.Nested(_Period, load_default={})
    security_label = fields.List(fields.Nested(_Coding), data_key="securityLabel", load_default=[])
    actor = fields.List(fields.Nested(_Actor), load_default=[])
    # an exception within a yes may be a no, which must not be lost
    provision = fields.List(fields.Raw(), load_default=[], validate=validate.Length(max=0, error=NO_EXCEPTIONS))


class ConsentSchema(_Loose):
    """A FHIR R4 Consent as far as this exchange reads it; the person's number of `patient.identifier` joins."""

    id = fields.Str(required=True, validate=validate.Length(min=1, max=100))
    resource_type = fields.Str(required=True, data_key="resourceType", validate=validate.Equal("Consent"))
    status = fields.Str(required=True, validate=validate.OneOf(["active", *WITHDRAWN]))
    patient = fields.Nested(_Reference, required=True)
    date_time = fields.Str(required=True, data_key="dateTime")
    provision = fields.Nested(_Provision, required=True)

    @post_load
    def read(self, given: dict[str, Any], **_kwargs: Any) -> tuple[str, Statement]:
        provision = given["provision"]
        end = provision["period"].get("end")
        return given["patient"]["identifier"]["value"], Statement(
            external_id=given["id"],
            decision=DECISIONS[provision["type"]],
            given_on=_day(given["date_time"], "dateTime"),
            categories=_categories([label["code"] for label in provision["security_label"]]),
            recipient_ids=tuple(_organization(each["reference"]["identifier"]["value"]) for each in provision["actor"]),
            expires_on=_day(end, "provision.period.end") if end else None,
            withdrawn=given["status"] in WITHDRAWN,
        )


def _day(text: str, where: str) -> date:
    try:
        moment = datetime.fromisoformat(text)
        return local_day(moment) if moment.tzinfo else moment.date()
    except (ValueError, OverflowError) as error:
        raise ValidationError("use a day or an instant of ISO 8601", where) from error


def _categories(codes: list[str]) -> tuple[Category, ...]:
    """The kinds of data behind HL7 sensitivity codes. Several kinds share a code: each of them is meant."""
    known = {code: [c for c, label in labels().items() if code in label.sensitivity] for code in codes}
    missing = [code for code, kinds in known.items() if not kinds]
    if missing:
        raise ValidationError("this sensitivity code is not known here", "provision.securityLabel")
    return tuple(dict.fromkeys(kind for kinds in known.values() for kind in kinds))


def _organization(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise ValidationError("name an organization by its id here", "provision.actor") from error


@click.group()
def consents() -> None:
    """What people said about sharing elsewhere."""


@consents.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organization", "organization_id", type=click.UUID, required=True, help="Who serves these people.")
@click.option("--source", required=True, help="A short name of the other system.")
@click.option("--number", default="cin", help="The kind of number in patient.identifier; cin when left out.")
def take(file: Path, organization_id: UUID, source: str, number: str) -> None:
    """Take one FHIR R4 Consent a line from FILE. A no counts at once; a yes opens nothing.

    Lines that cannot be taken are written to FILE.left, each is named, and the command ends with 1.
    """
    start()
    if not 0 < len(source) <= 40:
        raise Invalid("--source: use a name of 1 to 40 letters")
    left = list(_taken(file, organization_id, source, number))
    count = sum(1 for line in file.read_bytes().splitlines() if line.strip())
    click.echo(f"consents: {count - len(left)} taken from {file.name}")
    if left:
        Path(f"{file}.left").write_bytes(b"".join(line + b"\n" for line in left))
        raise click.ClickException(f"{len(left)} lines could not be taken; they are in {file.name}.left")


def _taken(file: Path, organization_id: UUID, source: str, number: str) -> Iterator[bytes]:
    """Takes line by line, each in a transaction of its own; yields the lines that could not be taken."""
    for place, line in enumerate(file.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            _take(line, organization_id, source, number)
        except (CieError, ValidationError, orjson.JSONDecodeError) as error:
            click.echo(f"line {place}: {_words(error)}", err=True)
            yield line


def _take(line: bytes, organization_id: UUID, source: str, number: str) -> None:
    value, statement = ConsentSchema().load(orjson.loads(line))
    with transaction() as session:
        for each in (organization_id, *statement.recipient_ids):
            participants.get_participant(session, each)
        person = people.person_with(session, organization_id, number, value)
        consent.take_statement(session, SYSTEM, person.id, source, statement, at=datetime.now(UTC))


def _words(error: Exception) -> str:
    """What is wrong and where, without any value of the line."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{where}: {_said(words)}" for where, words in error.messages_dict.items())
    if isinstance(error, NotFound):
        return "patient.identifier or provision.actor: nobody here has this number, or there is no such organization"
    return error.message if isinstance(error, CieError) else "this is not JSON"


def _said(words: Any) -> str:
    if isinstance(words, dict):
        return "; ".join(f"{where}: {_said(more)}" for where, more in words.items())
    return " ".join(str(each) for each in words) if isinstance(words, list) else str(words)
