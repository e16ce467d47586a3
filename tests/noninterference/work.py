"""What an answer takes, beside what it says: statements, and every use of a key of the data."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from cie.db import current
from cie.db.encryption import Keyring
from tests.noninterference.comparing import Output


class Work:
    """Counts what an answer takes."""

    def __init__(self) -> None:
        self.statements = self.key_operations = 0

    @contextmanager
    def counted(self, patch: pytest.MonkeyPatch) -> Iterator["Work"]:
        for name in ("open", "seal", "match_key"):
            patch.setattr(Keyring, name, self._counting(getattr(Keyring, name)))
        event.listen(current().engine, "before_cursor_execute", self._statement)
        try:
            yield self
        finally:
            event.remove(current().engine, "before_cursor_execute", self._statement)

    def _statement(self, *_arguments: Any) -> None:
        self.statements += 1

    def _counting(self, operation: Any) -> Any:
        def run(*arguments: Any, **values: Any) -> Any:
            self.key_operations += 1
            return operation(*arguments, **values)

        return run


def drawn(app: Flask, ask: Callable[[], TestResponse]) -> Output:
    """One answer, and what it took."""
    with pytest.MonkeyPatch.context() as patch, Work().counted(patch) as work:
        answer = ask()
        body = answer.get_data()
    endpoint = endpoint_of(app, answer.request.path, answer.request.method)
    headers = tuple(answer.headers.items())
    return Output(endpoint, answer.status_code, headers, body, work.statements, work.key_operations)


def endpoint_of(app: Flask, path: str, method: str) -> str:
    """The endpoint that answers there; `none` when there is none."""
    with app.test_request_context(path, method=method) as context:
        return context.request.endpoint or "none"
