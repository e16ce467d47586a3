"""Noting when programs last sent and read something, and what they were refused last."""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from flask import Flask, Response, g, request

from cie import identity
from cie.db import transaction
from cie.errors import Busy
from cie.identity import Way

NOTED_EVERY = {True: timedelta(minutes=10), False: timedelta(minutes=1)}
"""How exactly a success and a refusal are noted, so that not each request writes."""
_READS = ("GET", "HEAD", "OPTIONS")
_noted: dict[tuple[UUID, Way, bool], datetime] = {}
"""What this process noted last, of each client."""


def note_uses(app: Flask) -> None:
    """Note how each request with a live token went. That a record is not there says nothing."""

    @app.after_request
    def note(answer: Response) -> Response:
        token, went_well = g.get("token"), answer.status_code < 400
        if token is not None and answer.status_code != 404 and _is_due(token.client.id, _way(), went_well, g.now):
            _write(answer, went_well=went_well)
        return answer


def _way() -> Way:
    """A search or an operation by POST reads as well."""
    is_read = request.method in _READS or request.path.rpartition("/")[2].startswith(("_", "$"))
    return Way.READ if is_read else Way.SEND


def _is_due(client_id: UUID, way: Way, went_well: bool, at: datetime) -> bool:
    last = _noted.get((client_id, way, went_well))
    return last is None or last + NOTED_EVERY[went_well] <= at


def _write(answer: Response, *, went_well: bool) -> None:
    client, way = g.token.client, _way()
    _noted[client.id, way, went_well] = g.now
    # what was done is done, and is told so, whether it can be noted or not
    with suppress(Busy), transaction() as session:
        if went_well:
            identity.note_success(session, client, way, at=g.now)
        else:
            route, code = str(request.url_rule or ""), g.get("refused_as", "")
            identity.note_failure(session, client, way, route=route, status=answer.status_code, code=code, at=g.now)
