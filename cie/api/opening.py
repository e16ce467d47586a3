"""What a token must open for a view: a permission of the caller, and a scope of the token."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import g

from cie.access import Permission
from cie.access.scopes import Level, opens
from cie.errors import CieError
from cie.http import requires

View = TypeVar("View", bound=Callable[..., Any])
SCHEME = "oauth2"
_WORDS = {"r": "read", "s": "read", "c": "write", "u": "write", "d": "write"}


class OutOfScope(CieError):
    """The token was not given for this: RFC 6750, section 3.1."""

    code = "scope"


def for_token(permission: Permission, area: str, interaction: str) -> Callable[[View], View]:
    """The view is for callers with this permission whose token opens the area for one of `c r u d s`."""

    def mark(view: View) -> View:
        @wraps(view)
        def opened(*arguments: Any, **values: Any) -> Any:
            require_scope(area, interaction)
            return view(*arguments, **values)

        _tell(opened, _scope(area, interaction))
        return requires(permission)(opened)  # type: ignore[return-value]  # the same call

    return mark


def require_scope(area: str, interaction: str) -> None:
    """Refuse a token that does not open the area for one of `c r u d s`. Raises OutOfScope."""
    if not opens(g.token.row.scopes, Level.API, area, interaction):
        raise OutOfScope("This needs a token with the scope %(scope)s", scope=_scope(area, interaction))


def _scope(area: str, interaction: str) -> str:
    return f"api/{area}.{_WORDS[interaction]}"


def _tell(view: Any, needed: str) -> None:
    """Say in the document which scope opens the view."""
    known: dict[str, Any] = getattr(view, "_apidoc", {})
    told = {**known.get("manual_doc", {}), "security": [{SCHEME: [needed]}]}
    view._apidoc = {**known, "manual_doc": told}
