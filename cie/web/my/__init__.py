"""The own page of a person: link and PIN, what was said about sharing, who saw what, taking back, who may look."""

from cie.web.my import entrance, pages, questions, signing, staff, staff_proxies, tasks
from cie.web.my.blueprint import blueprint
from cie.web.my.visit import visitor

__all__ = ["blueprint", "entrance", "pages", "questions", "signing", "staff", "staff_proxies", "tasks", "visitor"]
