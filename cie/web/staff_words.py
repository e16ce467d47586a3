"""Roles, kinds of organizations and what became of an account, in words."""

from datetime import datetime
from typing import Any

from cie.access import Role
from cie.identity import UserAccount
from cie.participants import ParticipantKind
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.words_of_time import day

ROLES: dict[Role, tuple[Any, Any]] = {
    Role.CASEWORKER: (lazy_gettext("Caseworker"), lazy_gettext("Works with people and answers referrals.")),
    Role.NAVIGATOR: (lazy_gettext("Clinician or navigator"), lazy_gettext("Screens, refers and follows up.")),
    Role.SUPERVISOR: (lazy_gettext("Supervisor"), lazy_gettext("Also sees texts that got stuck.")),
    Role.ORGANIZATION_ADMINISTRATOR: (
        lazy_gettext("Administrator"),
        lazy_gettext("Staff and settings of the organization. Reads no cases."),
    ),
    Role.PRIVACY_OFFICER: (
        lazy_gettext("Privacy officer"),
        lazy_gettext("Reads who saw what, and decides on privacy."),
    ),
    Role.NETWORK_ADMINISTRATOR: (
        lazy_gettext("Network administrator"),
        lazy_gettext("Which organizations take part. Reads no cases."),
    ),
}
KINDS: dict[ParticipantKind, Any] = {
    ParticipantKind.CLINIC: lazy_gettext("Clinic"),
    ParticipantKind.HOSPITAL: lazy_gettext("Hospital"),
    ParticipantKind.HEALTH_PLAN: lazy_gettext("Health plan"),
    ParticipantKind.COUNTY_AGENCY: lazy_gettext("County agency"),
    ParticipantKind.CBO: lazy_gettext("Community organization"),
    ParticipantKind.VICTIM_SERVICES: lazy_gettext("Victim services"),
}


def role_choices(*, network: bool) -> list[dict[str, Any]]:
    """The roles as options; that of the network only where the network may give it."""
    given = [role for role in ROLES if network or role is not Role.NETWORK_ADMINISTRATOR]
    return [{"value": role.value, "label": ROLES[role][0], "hint": ROLES[role][1]} for role in given]


def role_words(codes: list[str]) -> str:
    """The roles of an account, in the order of the table."""
    return ", ".join(str(words) for role, (words, _hint) in ROLES.items() if role.value in codes)


def state_words(user: UserAccount, now: datetime) -> str:
    """Whether somebody works here now, is away, or left."""
    if not user.is_active:
        return _("Left")
    if user.away_until is not None and user.away_until > now:
        return _("Away until %(day)s", day=day(user.away_until))
    return _("Works here")
