"""Composition: the only module that imports everything and ties it together."""

from cie import schema
from cie.db import current
from cie.events import install
from cie.settings import Settings


def compose(settings: Settings) -> None:
    """Tie the domain together for this process: projectors to the database, verbs to questions and deliveries.

    Used by serve, worker, every command and the tests, after `db.configure`.
    """
    assert schema.MODULES
    install(current(), projectors=())
