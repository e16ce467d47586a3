"""What a program sends and is refused is kept for its organization, to be read and sent again."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, g, request

from cie import quarantine
from cie.db import reading, transaction
from cie.errors import CieError
from cie.fhir.operation_outcome import faults_of, operation_outcome, status_of
from cie.quarantine import Message, Refused

KEPT = frozenset({400, 422})
"""Statuses of what was wrong with the message itself, and not with who sent it, or when."""
HEADERS = ("CONTENT_TYPE", "HTTP_IF_NONE_EXIST", "HTTP_IF_MATCH", "HTTP_IDEMPOTENCY_KEY")
"""What a message means depends on these, too."""
View = Callable[..., Response]


def kept_when_refused(view: View) -> View:
    """The view, of which what it refuses is kept: after the rollback, and before the answer leaves."""

    @wraps(view)
    def kept(*arguments: Any, **values: Any) -> Response:
        try:
            return view(*arguments, **values)
        except CieError as error:
            if status_of(error) in KEPT and g.token.row.user_id is None:
                _keep(error)
            raise

    return kept


def _keep(error: CieError) -> None:
    client, refused = g.token.client, _refused(error)
    with reading() as session:
        has_room = quarantine.has_room(session, client, refused, at=g.now)
    if has_room:
        days = current_app.extensions["cie-settings"].refused_message_days
        with transaction() as session:
            quarantine.keep_refused(session, client, refused, days=days, at=g.now)


def _refused(error: CieError) -> Refused:
    message = Message(
        method=request.method,
        path=request.path,
        query=request.query_string.decode(errors="replace"),
        headers={name: request.environ[name] for name in HEADERS if name in request.environ},
        body=request.get_data(),
    )
    return Refused(
        message=message,
        route=str(request.url_rule),
        scopes=g.token.row.scopes,
        purpose=g.token.row.purpose,
        status=status_of(error),
        outcome=operation_outcome(faults_of(error)),
    )
