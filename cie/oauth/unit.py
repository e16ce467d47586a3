"""The one transaction of a request to the authorization server, opened when something is first written.

So that signatures are checked before it begins. A refused request is committed, too: a code that came twice ends what
came of it, although the answer is an error.
"""

from contextlib import ExitStack

from flask import g
from sqlmodel import Session

from cie.db import transaction


class Unit:
    """Where the parts of one request write. Used as a context; `session` opens the transaction."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._session: Session | None = None

    def __enter__(self) -> "Unit":
        g.oauth_unit = self
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.__exit__(*raised)  # type: ignore[arg-type]  # the three of the protocol
        del g.oauth_unit

    @property
    def session(self) -> Session:
        if self._session is None:
            self._session = self._stack.enter_context(transaction())
        return self._session


def session() -> Session:
    """The session of this request."""
    unit: Unit = g.oauth_unit
    return unit.session
