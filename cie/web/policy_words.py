"""What counsel of the network recorded, in words: each setting, what it opens, and what holds while it is off."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from cie.consent import NetworkPolicy, NetworkRole, settings_of
from cie.consent.law import Network
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.words_of_time import day


@dataclass(frozen=True)
class Setting:
    """One setting: its name in `Network`, what it is called, what it opens."""

    name: str
    label: Any
    opens: Any


ROLES: dict[NetworkRole, tuple[Any, Any]] = {
    NetworkRole.NONE: (
        lazy_gettext("No role by law"),
        lazy_gettext("Opens nothing. Records of substance use treatment do not pass, except in a recorded emergency."),
    ),
    NetworkRole.BUSINESS_ASSOCIATE: (
        lazy_gettext("Business associate (HIPAA)"),
        lazy_gettext(
            "Those bound by HIPAA may tell each other what treatment, payment and operations need, without a yes. "
            "In a recorded emergency they may tell those who treat the person more. "
            "Records of substance use treatment may pass with the signed consent for them."
        ),
    ),
    NetworkRole.QSO: (
        lazy_gettext("Qualified service organization (42 CFR Part 2)"),
        lazy_gettext("Records of substance use treatment may pass with the signed consent for them."),
    ),
    NetworkRole.PART2_INTERMEDIARY: (
        lazy_gettext("Intermediary (42 CFR Part 2)"),
        lazy_gettext("Records of substance use treatment may pass with a signed consent that names the network, too."),
    ),
}
STATUTES = (
    Setting(
        "ab133",
        lazy_gettext("Safe harbor of AB 133 (CalAIM)"),
        lazy_gettext("For people in Medi-Cal, care partners may share what federal law allows, without a yes."),
    ),
    Setting(
        "hipaa_policy",
        lazy_gettext("Telling those who are not bound by HIPAA counts as treatment"),
        lazy_gettext(
            "Where the network is a business associate, a clinic, hospital or health plan may tell community "
            "organizations, too, without a yes."
        ),
    ),
    Setting(
        "wic_agreement",
        lazy_gettext("Written agreement of the state on WIC"),
        lazy_gettext("WIC records may go to organizations that run a program, to run it."),
    ),
    Setting(
        "ab210_protocol",
        lazy_gettext("Protocol of the county's homeless team (AB 210)"),
        lazy_gettext(
            "Members of the team may share records of public social services and of the homeless system with each "
            "other, without a yes."
        ),
    ),
    Setting(
        "hmis_inferred",
        lazy_gettext("Inferred consent in the homeless system (HMIS)"),
        lazy_gettext(
            "Homeless records may go to organizations that run the homeless system, without asking each time."
        ),
    ),
)
BEFORE_NO = Setting(
    "statute_before_no",
    lazy_gettext("A law comes before the person's no"),
    lazy_gettext("Where a law lets data go, the person's no is not asked."),
)


def policy_facts(network: Network) -> list[dict[str, str]]:
    """What the settings open, in plain words, each with its label."""
    role, says = ROLES[network.role]
    rows = [{"label": _("Role of the network"), "value": f"{role}. {says}"}]
    for setting in STATUTES:
        is_on = getattr(network, setting.name)
        said = _("On. %(opens)s", opens=setting.opens) if is_on else _("Off. It opens nothing.")
        rows.append({"label": str(setting.label), "value": said})
    return [*rows, {"label": _("The person's no"), "value": _no_words(network)}]


def _no_words(network: Network) -> str:
    if network.statute_before_no:
        return str(BEFORE_NO.opens)
    return _("It comes first, also where a law would let data go.")


@dataclass(frozen=True)
class PolicyLine:
    """One record of the history: from which day, whether it holds, what it opens, who said so and where it stands."""

    title: str
    standing: str
    opens: str
    counsel: str
    source: str
    recorded: str


def policy_lines(
    found: Collection[NetworkPolicy], current_id: UUID | None, replaced: Collection[UUID], *, today: date
) -> Iterator[PolicyLine]:
    """The records, in their order."""
    for policy in found:
        yield PolicyLine(
            title=_("From %(day)s", day=day(policy.effective_on, year=True)),
            standing=_standing(policy, current_id, replaced, today),
            opens=_opens(settings_of(policy)),
            counsel=policy.counsel,
            source=policy.source,
            recorded=_("Recorded on %(day)s.", day=day(policy.recorded_at, year=True)),
        )


def _standing(policy: NetworkPolicy, current_id: UUID | None, replaced: Collection[UUID], today: date) -> str:
    if policy.id == current_id:
        return _("(holds today)")
    if policy.id in replaced:
        return _("(another one took its place)")
    return _("(still to come)") if policy.effective_on > today else _("(ended)")


def _opens(network: Network) -> str:
    """The role and what is on, by their names."""
    on = [setting.label for setting in (*STATUTES, BEFORE_NO) if getattr(network, setting.name)]
    return ". ".join(str(words) for words in (ROLES[network.role][0], *on)) + "."


def role_choices() -> list[dict[str, Any]]:
    """The roles as options, each with what it opens."""
    return [{"value": role.value, "label": label, "hint": says} for role, (label, says) in ROLES.items()]
