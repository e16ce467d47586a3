"""The own page of a person: link and PIN, what was said about sharing, who saw what, taking back, who may look."""

from cie.web.my import entrance, pages, staff, staff_proxies
from cie.web.my.blueprint import blueprint
from cie.web.my.visit import visitor

__all__ = ["blueprint", "entrance", "pages", "staff", "staff_proxies", "visitor"]
