"""Calls a page again and again in a signed-in browser, and keeps the time of each answer and its SQL statements."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from cie.db import current


@dataclass
class Figures:
    """What was measured of one page at one size."""

    seconds: list[float] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)

    @property
    def p50(self) -> float:
        """Milliseconds."""
        return quantiles(self.seconds, n=100)[49] * 1000

    @property
    def p95(self) -> float:
        """Milliseconds."""
        return quantiles(self.seconds, n=100)[94] * 1000

    @property
    def most_statements(self) -> int:
        """On the page that needed most."""
        return max(self.statements)


class Counter:
    """Counts the statements that an engine runs."""

    def __init__(self, engine: Engine) -> None:
        self.count = 0
        self._listening = (engine, "before_cursor_execute", self._seen)
        event.listen(*self._listening)

    def stop(self) -> None:
        """Count no more."""
        event.remove(*self._listening)

    def _seen(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.count += not statement.startswith("BEGIN")


WARM_UP = 3


def measure(counter: Counter, calls: Iterable[Callable[[], TestResponse]]) -> Figures:
    """Call each once; the first few only warm up. Raises AssertionError when a page does not answer well."""
    figures = Figures()
    for number, call in enumerate(calls):
        before, start = counter.count, time.perf_counter()
        answer = call()
        took = time.perf_counter() - start
        assert answer.status_code in (200, 303), f"{answer.request.path} answered {answer.status_code}"
        if number >= WARM_UP:
            figures.seconds.append(took)
            figures.statements.append(counter.count - before)
    return figures


def settle() -> None:
    """Let the database learn what it holds, as it would in service."""
    with current().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
