"""What is kept of persons, as it opens and as it is stored; and a deletion that was granted."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from cie import privacy
from cie.access import Actor
from cie.db import Sealed, Table, reading
from cie.patient_tasks import PatientTaskDocument
from cie.privacy import RequestKind, RequestState
from cie.referrals import Attachment
from tests.support.scan import spellings

NOW = datetime.now(UTC)
FILES = ((Attachment, "content"), (PatientTaskDocument, "content"))


def grant_deletion(session, officer: Actor, person_id: UUID, *, at: datetime = NOW) -> None:
    """The person asked that their record be deleted, and the officer said yes."""
    asked = privacy.Asked(RequestKind.DELETION, "Please forget the blue kettle", at.date() - timedelta(days=2))
    request = privacy.open_request(session, officer, person_id, asked, at=at)
    privacy.decide_request(session, officer, request.id, RequestState.GRANTED, reason="We forget the kettle", at=at)


def every_value() -> dict[str, object]:
    """Each sealed value of the database, opened, by the place where it stands; of a file its content."""
    found = {}
    with reading() as session:
        for model, names in sealed_models().items():
            for record in session.execute(select(model)).scalars():
                for name in names:
                    if (value := getattr(record, name)) is not None:
                        found[f"{model.__tablename__}.{name}/{record.id}"] = _content(model, name, value)
    return found


def sealed_models() -> dict[type[Table], list[str]]:
    """The models that hold sealed values, with the names of these."""
    models = [model for model in Table.__subclasses__() if getattr(model, "__table__", None) is not None]
    named = {m: [name for name, found in vars(m).items() if isinstance(found, Sealed)] for m in models}
    return {model: names for model, names in named.items() if names}


def _content(model: type[Table], name: str, value: object) -> object:
    return b64decode(value) if (model, name) in FILES else value


def sealed_bytes(places: set[str]) -> list[bytes]:
    """The values of these places as they are stored."""
    found = []
    with reading() as session:
        for model, names in sealed_models().items():
            for record in session.execute(select(model)).scalars():
                found += [
                    getattr(record, vars(model)[name]._column)
                    for name in names
                    if f"{model.__tablename__}.{name}/{record.id}" in places
                ]
    return found


def words_in(values: dict[str, object], secrets: dict[str, str]) -> set[str]:
    """Which secrets stand in these values."""
    said = " ".join(map(str, values.values())).lower()
    return {what for what, secret in secrets.items() if any(form.lower() in said for form in spellings(secret))}
