"""The start of the privacy officer's pages: each list with how much is open, due and late, and where else to go."""

from dataclasses import dataclass
from typing import Any

from flask import g, render_template, url_for

from cie import participants, privacy, retention
from cie.access import Permission
from cie.db import reading
from cie.http import requires
from cie.privacy import Counts
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.privacy.blueprint import blueprint, today
from cie.web.privacy.words import count_words


@dataclass(frozen=True)
class Section:
    """One list of cases: what it is called, where it is, and where one is added, when that is done by hand."""

    title: Any
    says: Any
    listed: str
    new: str = ""
    add: Any = ""


SECTIONS = {
    "incident": Section(
        lazy_gettext("Incidents"),
        lazy_gettext("Data may have reached somebody who should not have it."),
        "privacy.incidents",
        "privacy.new_incident",
        lazy_gettext("Write down an incident"),
    ),
    "legal_demand": Section(
        lazy_gettext("Legal demands"),
        lazy_gettext("A court, a lawyer or an agency demands records."),
        "privacy.demands",
        "privacy.new_demand",
        lazy_gettext("Write down a demand"),
    ),
    "person_request": Section(
        lazy_gettext("What people ask"),
        lazy_gettext("A copy, a correction, a deletion, who got it, or less sharing."),
        "privacy.requests",
        "privacy.who_asks",
        lazy_gettext("Write down what somebody asks"),
    ),
}
EMERGENCIES = Section(
    lazy_gettext("Emergencies"),
    lazy_gettext("Somebody opened more of a record in an emergency."),
    "privacy.emergencies",
)
DONE = {"destroyed": lazy_gettext("Destroyed. Nobody can read it again.")}
PLACES = [
    ("privacy.elsewhere", lazy_gettext("Other consent systems")),
    ("privacy.retention", lazy_gettext("How long records are kept")),
    ("privacy.holds", lazy_gettext("Legal holds")),
    ("privacy.forms", lazy_gettext("Forms for sharing")),
    ("consents.rules", lazy_gettext("The rules of sharing")),
    ("policy.index", lazy_gettext("Policy of the network")),
    ("organization.index", lazy_gettext("Organization")),
]
"""Where else a privacy officer goes: endpoints and their words."""


@blueprint.get("")
@requires(Permission.PRIVACY_CASE_MANAGE)
def index() -> str:
    """What is due, of each kind."""
    with reading() as session:
        counts = privacy.overview(session, g.actor, today=today())
        waiting = privacy.count_waiting_emergencies(session, g.actor)
        stands_apart = participants.get_participant(session, g.actor.organization).kind in participants.STAND_APART
        ending = len(retention.ending_soon(session, g.actor, at=g.now))
    shown = [
        {"section": section, "open": counts[name].open, "sentence": sentence_of(counts[name])}
        for name, section in SECTIONS.items()
    ]
    shown.insert(0, {"section": EMERGENCIES, "open": waiting, "sentence": _waiting(waiting)})
    places = [{"url": url_for(endpoint), "label": words} for endpoint, words in PLACES]
    places.insert(0, {"url": url_for("consent_endings.index"), "label": _ending(ending)})
    if stands_apart:
        places.append({"url": url_for("privacy.everything"), "label": _("Destroy all records")})
    return render_template("privacy/index.html", sections=shown, places=places, notice=done_notice(DONE))


def _ending(count: int) -> str:
    return _("Permissions that end soon: %(count)s", count=count_words(count))


def _waiting(count: int) -> str:
    if not count:
        return _("Nothing waits for you.")
    return _("%(count)s not looked at yet.", count=count_words(count))


def sentence_of(counts: Counts) -> str:
    """How much is open, due within a week and late."""
    if not counts.open:
        return _("Nothing is open.")
    said = [_("%(count)s open.", count=count_words(counts.open))]
    if counts.soon:
        said.append(_("%(count)s due within 7 days.", count=count_words(counts.soon)))
    if counts.late:
        said.append(_("%(count)s late.", count=count_words(counts.late)))
    return " ".join(said)
