"""One list of cases: what it shows, filtered by the address, due soonest first, in pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g, render_template, request
from sqlmodel import Session

from cie import privacy
from cie.db import reading
from cie.http import paginate
from cie.privacy import Standing
from cie.privacy.history import AnyCase
from cie.web.paging import pages_of, wanted_page
from cie.web.privacy.blueprint import today
from cie.web.privacy.words import STANDINGS, due_of, standing_words
from cie.web.words_of_time import Due


@dataclass(frozen=True)
class Row:
    """One case of a list."""

    url: str
    title: str
    meta: str
    due: Due | None
    standing: Mapping[str, str]


Describe = Callable[[Session, Sequence[Any]], list[tuple[str, str, str]]]
"""The address, the title and the facts of each of these cases."""


def list_page(
    model: type[AnyCase],
    template: str,
    endpoint: str,
    describe: Describe,
    kinds: Mapping[Any, Any] | None = None,
    person_id: UUID | None = None,
) -> str:
    """The list that the address asks for; what it asks for and we do not know is not asked."""
    standing = next((each for each in Standing if each.value == request.args.get("show")), Standing.OPEN)
    kind = next((code.value for code in kinds or {} if code.value == request.args.get("kind")), "")
    with reading() as session:
        query = privacy.cases(g.actor, model, standing, kind=kind, person_id=person_id, today=today())
        page = paginate(session, query, number=wanted_page(), total=None)
        rows = [_row(case, *said) for case, said in zip(page.items, describe(session, page.items), strict=True)]
    asked = {"show": standing.value, "kind": kind or None, "person": person_id}
    return render_template(
        template, rows=rows, pages=pages_of(page, endpoint, **asked), standing=standing.value, kind=kind,
        standings=[(code.value, words) for code, words in STANDINGS.items()],
        kinds=[(code.value, words) for code, words in (kinds or {}).items()],
        is_narrowed=standing is not Standing.OPEN or bool(kind or person_id),
    )  # fmt: skip


def _row(case: Any, url: str, title: str, meta: str) -> Row:
    return Row(url, title, meta, due_of(case.due_on, closed=case.closed_at is not None), standing_words(case))
