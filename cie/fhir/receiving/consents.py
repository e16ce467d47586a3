"""The Consent that a referral brings along: evidence that the person agreed, kept in the sender's own system.

An SDOHCC Consent carries no scope that could be computed. So it opens general data alone, for those alone whom its
referral asks, and only where nothing that the person said here decides already; what is more sensitive needs a record
of its own.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import calendar, consent, referrals
from cie.access import Actor
from cie.consent import Decision, Expiry, Method
from cie.directory import Category
from cie.errors import Invalid
from cie.fhir.receiving.references import id_in
from cie.fhir.refusals import at_place, not_taken
from cie.referrals import Request

FORM = "sdohcc-consent"
CONSENT_CODES = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_AGREED_TO_DISCLOSE = "IDSCL"
_PLACES = {"signed_on": "Consent.dateTime", "signer": "Consent.performer", "expires": "Consent.provision.period.end"}
Resource = dict[str, Any]


def attest(
    session: Session, actor: Actor, request: Request, consents: Sequence[Resource], *, base: str, at: datetime
) -> None:
    """Keep what these Consents say of the referral that brings them. Raises NotTaken, NotFound, NotAllowed."""
    for each in consents:
        _check(each, request, base, at)
    previews = referrals.preview(session, actor, request, at=at)
    refused = {p.performer_id for p in previews if p.performer_id and p.ruling and p.ruling.refusal}
    if consents and refused:
        _record(session, actor, request, consents[0], sorted(refused), at)


def _check(resource: Resource, request: Request, base: str, at: datetime) -> None:
    if id_in(resource.get("patient"), base, "Patient") != request.person_id:
        raise not_taken("Consent.patient", "This is the Consent of somebody else")
    codes = {each.get("code") for concept in resource.get("category", []) for each in concept.get("coding", [])}
    if resource.get("status") != "active" or _AGREED_TO_DISCLOSE not in codes:
        raise not_taken("Consent.status", "Only an active Consent to disclose information counts", "business-rule")
    provision = resource.get("provision", {})
    if provision.get("type") == "deny" or _ended(provision, at):
        raise not_taken("Consent.provision", "This Consent denies, or has ended", "business-rule")


def _ended(provision: Resource, at: datetime) -> bool:
    last = _last_day(provision)
    return last is not None and last < calendar.local_day(at)


def _last_day(provision: Resource) -> date | None:
    end = provision.get("period", {}).get("end")
    return date.fromisoformat(end[:10]) if end and len(end) >= len("2027-01-31") else None


def _record(
    session: Session,
    actor: Actor,
    request: Request,
    resource: Resource,
    recipient_ids: Sequence[UUID],
    at: datetime,
) -> None:
    last = _last_day(resource.get("provision", {}))
    try:
        consent.record_consent(
            session,
            actor,
            request.person_id,
            at=at,
            decision=Decision.SHARE,
            categories=[Category.GENERAL],
            recipient_ids=recipient_ids,
            method=Method.SIGNED_PAPER,
            form=FORM,
            expiry=Expiry.DAY if last else Expiry.NONE,
            expires_on=last,
            signed_on=date.fromisoformat(resource["dateTime"][:10]),
        )
    except Invalid as error:
        raise at_place(error, _PLACES, "Consent") from error
