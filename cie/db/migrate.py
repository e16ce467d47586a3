"""Moving the schema forward, on both databases. There is no way back: restore a copy instead."""

from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from cie.db.engine import Database, away_means_busy, current
from cie.resources import resource


def upgrade(revision: str = "head") -> None:
    """Bring the database of this process to `revision`."""
    database = current()
    with database.turn(), database.engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def is_current(database: Database) -> bool:
    """Whether the database stands at the newest migration that this code knows. Raises Busy when it is away."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    with away_means_busy(), database.reader.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest


def drift(connection: Connection, models: MetaData) -> list[Any]:
    """How the tables of the database differ from the models."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, models))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resource("migrations")))
    return config
