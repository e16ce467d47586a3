"""What `cie doctor` says of keys: that all open, how old they are, and that none lies beside the data."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlmodel import Session, SQLModel

from cie import participants, schema
from cie.db import CannotOpen, KeyDestroyed, Sealed, Table, current, data_keys_since, has_stale_values, table_of
from cie.settings import Settings

LARGEST_KEY_FILE_BYTES = 65_536


def key_faults(session: Session) -> Iterator[str]:
    """The newest row of each table with sealed columns must open."""
    for model in _models():
        sealed = [name for name, value in vars(model).items() if isinstance(value, Sealed)]
        if not sealed:
            continue
        row = session.execute(select(model).order_by(table_of(model).c.id.desc()).limit(1)).scalar_one_or_none()
        try:
            for name in sealed:
                getattr(row, name, None)
        except KeyDestroyed:
            continue
        except CannotOpen as error:
            yield f"CIE_DATA_KEYS: the newest record of {model.__tablename__} does not open: {error}"


def _models() -> Iterator[type[SQLModel]]:
    assert schema.MODULES
    for model in Table.__subclasses__():
        if hasattr(model, "__table__"):
            yield model


def keys_beside_data(settings: Settings) -> Iterator[str]:
    """A file in the folder of the database that holds a key: whoever copies the folder has both."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        return
    secrets = settings.named_secrets()
    for path in sorted(Path(url.database or "").parent.iterdir()):
        if path.is_file() and path.stat().st_size <= LARGEST_KEY_FILE_BYTES:
            content = path.read_bytes()
            for variable in [name for name, secret in secrets if secret and secret.encode() in content][:1]:
                yield f"{variable}: it also lies in {path}, beside the data; keep keys apart from what they seal"


def key_ages(session: Session, settings: Settings, now: datetime) -> Iterator[str]:
    """Keys that are due for a newer one, and that an older one is still needed."""
    oldest = timedelta(days=settings.key_days)
    version = current().keyring.current
    since = data_keys_since(session).get(version)
    if since and now - since > oldest:
        days = (now - since).days
        yield f"CIE_DATA_KEYS: key {version} is in use for {days} days; put a new one first and run `cie keys rotate`"
    for key in participants.organization_keys(session):
        if not key.destroyed_at and now - key.made_at > oldest:
            days, id = (now - key.made_at).days, key.organization_id
            yield f"organization {id}: its key is in use for {days} days; run `cie keys renew --organization {id}`"
    if has_stale_values(session):
        yield "keys: some values are still sealed with an older key; run `cie keys rotate`"
