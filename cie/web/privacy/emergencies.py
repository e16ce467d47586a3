"""What was opened in an emergency, for the privacy officers of both sides: the list, each opening, and its review."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g, redirect, render_template, request, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import consent, people, privacy
from cie.access import Permission
from cie.consent import EmergencyAccess, Obligation, Release
from cie.db import reading, transaction
from cie.http import paginate, requires
from cie.privacy import EmergencyReview, Finding
from cie.web.duties import duty_words
from cie.web.element_words import element_label
from cie.web.emergency import KINDS
from cie.web.forms import FormSchema, again
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.paging import pages_of, wanted_page
from cie.web.person_words import full_name
from cie.web.privacy.blueprint import blueprint
from cie.web.privacy.lists import Row
from cie.web.referral_sharing import statutes_of
from cie.web.words_of_time import clock, day

FINDINGS: dict[Finding, Any] = {
    Finding.JUSTIFIED: lazy_gettext("Yes, it was right"),
    Finding.NOT_JUSTIFIED: lazy_gettext("No, it was not right"),
}
FOUND: dict[Finding | None, tuple[Any, str]] = {
    None: (lazy_gettext("Nobody here has looked at it yet"), "ring"),
    Finding.JUSTIFIED: (lazy_gettext("Looked at: it was right"), "disc"),
    Finding.NOT_JUSTIFIED: (lazy_gettext("Looked at: it was not right"), "square"),
}
SHOWS = {"waiting": lazy_gettext("Not looked at yet"), "all": lazy_gettext("All")}
DONE = {"reviewed": lazy_gettext("Saved. What you found stands here.")}
CHOOSE_FINDING: Any = {"unknown": "Was it right: choose one"}


class ReviewSchema(FormSchema):
    """What was found, and what was done."""

    finding = fields.Enum(Finding, by_value=True, load_default=None, error_messages=CHOOSE_FINDING)
    words = fields.Str(load_default="")


@blueprint.get("/emergencies")
@requires(Permission.PRIVACY_CASE_MANAGE)
def emergencies() -> str:
    """The openings in which we told or were told, newest first."""
    show = "all" if request.args.get("show") == "all" else "waiting"
    with reading() as session:
        query = privacy.emergencies(g.actor, waiting=show == "waiting")
        page = paginate(session, query, number=wanted_page(), total=None)
        rows = _rows(session, page.items)
    return render_template(
        "privacy/emergencies.html", rows=rows, pages=pages_of(page, "privacy.emergencies", show=show), show=show,
        shows=list(SHOWS.items()),
    )  # fmt: skip


def _rows(session: Session, found: Sequence[EmergencyAccess]) -> list[Row]:
    reviews = privacy.reviews_of(session, g.actor, [access.id for access in found])
    return [_row(access, reviews.get(access.id)) for access in found]


def _row(access: EmergencyAccess, review: EmergencyReview | None) -> Row:
    names = access.record
    title = _("%(name)s, %(place)s", name=names["receiver"], place=names["affiliation"])
    when, kind = _when(access.opened_at), str(KINDS[access.kind])
    meta = _("%(when)s. %(kind)s. Told by %(place)s.", when=when, kind=kind, place=names["discloser"])
    return Row(url_for("privacy.emergency", access_id=access.id), title, meta, None, _standing(review))


def _when(at: datetime) -> str:
    return f"{day(at, year=True)}, {clock(at)}"


def _standing(review: EmergencyReview | None) -> dict[str, str]:
    words, mark = FOUND[review.finding if review else None]
    return {"words": str(words), "mark": mark}


def emergency_page(access_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """One opening: the record that 42 CFR 2.51(c) asks for, and what we found of it."""
    with reading() as session:
        access = privacy.get_emergency(session, g.actor, access_id)
        review = privacy.reviews_of(session, g.actor, [access.id]).get(access.id)
        release = session.get_one(Release, access.release_id)
        facts = _facts(session, access, release)
    return render_template(
        "privacy/emergency.html", access=access, review=review, facts=facts, standing=_standing(review),
        findings=[{"value": finding.value, "label": str(words)} for finding, words in FINDINGS.items()],
        found=str(FINDINGS[review.finding]) if review else "",
        duties=duty_words(Obligation(code) for code in release.obligations),
        errors=errors, notice=notice or done_notice(DONE),
    )  # fmt: skip


def _facts(session: Session, access: EmergencyAccess, release: Release) -> Sequence[dict[str, Any]]:
    names = access.record
    (codes,) = consent.element_codes(session, [release.id]).values()
    rows = [
        (_("Who received it"), names["receiver"]),
        (_("Where they work"), names["affiliation"]),
        (_("Who told it"), _("This exchange, for %(place)s", place=names["discloser"])),
        (_("When"), _when(access.opened_at)),
        (_("Readable until"), _when(release.ended_at or access.until_at)),
        (_("Kind of emergency"), str(KINDS[access.kind])),
        (_("What happened"), access.reason),
        (_("What was opened"), ", ".join(element_label(code) for code in codes)),
        (_("By which rule"), "; ".join(statutes_of(release))),
    ]
    if access.organization_id == g.actor.organization_id:
        person = people.person_or_erased(session, g.actor, access.person_id)
        rows.insert(0, (_("Whose record it is"), full_name(person)))
    return [{"label": label, "value": value} for label, value in rows]


@blueprint.get("/emergencies/<uuid:access_id>")
@requires(Permission.PRIVACY_CASE_MANAGE)
def emergency(access_id: UUID) -> str:
    """Who opened what, when and why."""
    return emergency_page(access_id)


@blueprint.post("/emergencies/<uuid:access_id>/review")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(emergency_page)
def review_emergency(access_id: UUID) -> Response:
    """Keep what we found."""
    form = ReviewSchema().read()
    with transaction() as session:
        privacy.review_emergency(session, g.actor, access_id, finding=form["finding"], words=form["words"], at=g.now)
    return redirect(url_for("privacy.emergency", access_id=access_id, done="reviewed"), 303)
