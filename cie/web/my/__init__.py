"""The person's own page: the link and the PIN, what they said about sharing, who saw what, taking back, a copy."""

from cie.web.my import entrance, pages, staff
from cie.web.my.blueprint import blueprint
from cie.web.my.visit import visitor

__all__ = ["blueprint", "entrance", "pages", "staff", "visitor"]
