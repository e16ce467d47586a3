"""What a token opens here: for each resource type a permission of the caller and a scope of the token."""

from collections.abc import Mapping

from flask import g, request
from sqlalchemy import bindparam, select
from sqlmodel import Session

from cie.access import Permission, is_allowed
from cie.access.scopes import Level, opens
from cie.db import table_of
from cie.errors import Busy, NotAllowed
from cie.fhir.answering import base
from cie.fhir.searching.parameters import PARAMETERS
from cie.fhir.searching.values import Asker
from cie.fhir.store import Audience

READ_WITH: Mapping[str, Permission] = {
    **dict.fromkeys(PARAMETERS, Permission.REFERRAL_READ),
    "Condition": Permission.SCREENING_READ,
    "Goal": Permission.SCREENING_READ,
    "Observation": Permission.SCREENING_READ,
    "QuestionnaireResponse": Permission.SCREENING_READ,
    "Consent": Permission.CONSENT_READ,
    "Patient": Permission.PERSON_READ,
    "RelatedPerson": Permission.PERSON_READ,
    "CareTeam": Permission.PERSON_READ,
    "Group": Permission.PERSON_READ,
    "Device": Permission.SCREENING_READ,
    "Questionnaire": Permission.DIRECTORY_READ,
    "HealthcareService": Permission.DIRECTORY_READ,
    "Location": Permission.DIRECTORY_READ,
    "Organization": Permission.DIRECTORY_READ,
    "Practitioner": Permission.DIRECTORY_READ,
    "PractitionerRole": Permission.DIRECTORY_READ,
    "Subscription": Permission.WEBHOOK_MANAGE,
}
"""The permission with which each resource type is read."""
_AUDIENCES = table_of(Audience).c
_BUILT_AT = select(_AUDIENCES.built_at).where(_AUDIENCES.organization_id == bindparam("organization_id"))


def is_open(resource_type: str, interaction: str) -> bool:
    """Whether the token opens one interaction (`c r u d s`) with a type, and the caller may read it."""
    is_in_scope = opens(g.token.row.scopes, _level(), resource_type, interaction)
    return is_in_scope and is_allowed(g.actor, READ_WITH[resource_type])


def require_scope(resource_type: str, interactions: str) -> None:
    """The token has to open one of these interactions. Raises NotAllowed, which names the first as a scope."""
    if not any(opens(g.token.row.scopes, _level(), resource_type, each) for each in interactions):
        scope = f"{_level()}/{resource_type}.{interactions[0]}"
        raise NotAllowed("This needs a token with the scope %(scope)s", scope=scope)


def _level() -> Level:
    return Level.SYSTEM if g.token.row.user_id is None else Level.USER


def require_prepared(session: Session) -> None:
    """All that the organization may read is there. Raises Busy while its first bodies are made."""
    if session.execute(_BUILT_AT, {"organization_id": g.actor.organization}).scalar() is None:
        raise not_prepared()


def not_prepared() -> Busy:
    """What an organization is told while its first bodies are made."""
    return Busy("What you may read is being prepared. Try again in a minute")


def asker() -> Asker:
    """Who searches, as the reading of a search needs it."""
    is_lenient = "handling=lenient" in request.headers.get("Prefer", "").replace(" ", "")
    return Asker(base(), g.actor.organization, lambda resource_type: is_open(resource_type, "s"), is_lenient)
