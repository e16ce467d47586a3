"""The token of a link that was opened: kept for an hour in a cookie, so that it leaves the address at once."""

from dataclasses import dataclass

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from cie.http import cookie_name

KEPT_SECONDS = 3600


@dataclass(frozen=True)
class LinkCookie:
    """The cookie of one kind of link. `page`: the endpoint to which such a link leads."""

    kind: str
    page: str

    @property
    def _name(self) -> str:
        return cookie_name(self.kind, current_app.extensions["cie-settings"])

    @property
    def token(self) -> str:
        """The token of the link that was opened last in this browser; empty without one."""
        return request.cookies.get(self._name, "")

    def opened(self, token: str) -> Response:
        """To the page of the link, without the token in the address."""
        response = redirect(url_for(self.page), 303)
        secure = current_app.extensions["cie-settings"].is_secure
        response.set_cookie(self._name, token, KEPT_SECONDS, httponly=True, samesite="Lax", secure=secure, path="/")
        return response

    def forget(self, response: Response) -> None:
        """The link is used up."""
        response.delete_cookie(self._name, path="/")
