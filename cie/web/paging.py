"""The pager under a list: where the pages before and after are, and which rows this one shows."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from cie.http import Page
from cie.web.language import gettext as _

LAST_PAGE = 10_000


def wanted_page() -> int:
    """The page that the address asks for, from 1."""
    return min(max(request.args.get("page", 1, int), 1), LAST_PAGE)


@dataclass(frozen=True)
class Pages:
    """What the pager macro wants."""

    prev: str | None
    next: str | None
    range: str


def pages_of(page: Page[Any], endpoint: str, **values: Any) -> Pages | None:
    """The pager of a page; None when everything fits on one."""
    if page.number == 1 and not page.has_next:
        return None
    before = url_for(endpoint, page=page.number - 1, **values) if page.number > 1 else None
    after = url_for(endpoint, page=page.number + 1, **values) if page.has_next else None
    words = _("%(first)s to %(last)s", first=page.first, last=page.last)
    return Pages(before, after, words)
