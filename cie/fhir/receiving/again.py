"""A message that was refused, read and done once more as its program would have it now."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from flask import g
from sqlmodel import Session

from cie.errors import Busy, CieError
from cie.fhir.answering import base
from cie.fhir.operation_outcome import faults_of, operation_outcome, status_of
from cie.fhir.receiving.batches import parts_in
from cie.fhir.receiving.entries import require_frame
from cie.fhir.receiving.views import asked_entries, do_entries, read_body
from cie.http import as_if_asked
from cie.identity import LiveToken
from cie.quarantine import Message, Part, StillRefused, Work


def read_again(message: Message, token: LiveToken, at: datetime) -> Work | Sequence[Part]:
    """Read and check what a message asks; the work does it, or each part of a batch by itself. Raises StillRefused."""
    with _asked_again(message, token, at):
        bundle = read_body() if message.path in ("/fhir", "/fhir/") else {}
        if bundle.get("type") == "batch":
            require_frame(bundle)
            return parts_in(bundle, base())
        entries = asked_entries()

    def work(session: Session) -> Sequence[str]:
        with _asked_again(message, token, at):
            return [f"{outcome.resource_type}/{outcome.id}" for outcome in do_entries(session, entries)]

    return work


@contextmanager
def _asked_again(message: Message, token: LiveToken, at: datetime) -> Iterator[None]:
    with as_if_asked(message.method, message.path, message.query, message.headers, message.body):
        g.now, g.token, g.actor = at, token, token.actor
        try:
            yield
        except Busy:
            raise
        except CieError as error:
            raise StillRefused(status_of(error), operation_outcome(faults_of(error))) from error
