"""Erasing one record: what goes, what stays, what stands in the way; then, with both factors, for good.

By the person for whom the organization serves; by a referral for what a victim service wrote about a person of others.
"""

from typing import Any
from uuid import UUID

from flask import g, redirect, render_template, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import referrals, retention
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import requires
from cie.retention import Ground, Readiness
from cie.web.forms import FormSchema, again
from cie.web.person_words import full_name
from cie.web.privacy.blueprint import blueprint
from cie.web.privacy.erasing_words import GOES, GROUNDS, NOT_PURGED, PURGED, STAYS, follows, in_the_way
from cie.web.privacy.words import options
from cie.web.proof import proven

CHOOSE: Any = {"required": "Why it is erased: choose one", "unknown": "Why it is erased: choose one"}


class GroundSchema(FormSchema):
    """Why it is erased."""

    ground = fields.Enum(Ground, by_value=True, required=True, error_messages=CHOOSE)


def _page(found: Readiness, action: str, back: str, errors: Any, notice: Any) -> str:
    """What goes and what stays, above the button; without a ground, or with something in the way, no button."""
    own = found.person is not None
    return render_template(
        "privacy/erasing.html", found=found, own=own, name=full_name(found.person) if found.person else "",
        grounds=options({ground: GROUNDS[ground] for ground in found.grounds}), in_the_way=in_the_way(found),
        goes=GOES if own else PURGED, stays=STAYS if own else NOT_PURGED, follows=follows(found) if own else [],
        action=action, back=back, errors=errors, notice=notice,
    )  # fmt: skip


def erasing_page(person_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The check page of one's own person."""
    with reading() as session:
        found = retention.readiness(session, g.actor, person_id, at=g.now)
    action = url_for("privacy.erase", person_id=person_id)
    return _page(found, action, url_for("people.show", person_id=person_id), errors, notice)


@blueprint.get("/people/<uuid:person_id>/erasing")
@requires(Permission.PRIVACY_CASE_MANAGE)
def erasing(person_id: UUID) -> str:
    """What will go, and what stays."""
    return erasing_page(person_id)


@blueprint.post("/people/<uuid:person_id>/erasing")
@requires(Permission.PRIVACY_CASE_MANAGE)
@proven
@again(erasing_page)
def erase(person_id: UUID) -> Response:
    """It is gone for good."""
    ground = GroundSchema().read()["ground"]
    with transaction(alone=True) as session:
        retention.erase(session, g.actor, person_id, ground, at=g.now)
    return redirect(url_for("people.show", person_id=person_id), 303)


def _whose(session: Session, referral_id: UUID) -> UUID:
    """Whom a referral to the caller's organization is about. Raises NotFound."""
    return referrals.tasks_asked_of(session, g.actor, referral_id)[0].person_id


def purging_page(referral_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The check page of what a victim service wrote about somebody who was referred to it."""
    with reading() as session:
        found = retention.readiness(session, g.actor, _whose(session, referral_id), at=g.now)
    action = url_for("privacy.purge", referral_id=referral_id)
    return _page(found, action, url_for("referrals.show", referral_id=referral_id), errors, notice)


@blueprint.get("/referrals/<uuid:referral_id>/erasing")
@requires(Permission.PRIVACY_CASE_MANAGE)
def purging(referral_id: UUID) -> str:
    """What will go, and what stays."""
    return purging_page(referral_id)


@blueprint.post("/referrals/<uuid:referral_id>/erasing")
@requires(Permission.PRIVACY_CASE_MANAGE)
@proven
@again(purging_page)
def purge(referral_id: UUID) -> Response:
    """What was written is gone for good."""
    ground = GroundSchema().read()["ground"]
    with transaction(alone=True) as session:
        retention.erase(session, g.actor, _whose(session, referral_id), ground, at=g.now)
    return redirect(url_for("privacy.retention", done="erased"), 303)
