"""What erasing does, in words: on which ground, what stands in the way, what goes, what stays."""

from collections.abc import Mapping
from typing import Any

from flask import url_for

from cie.privacy import Basis
from cie.retention import Ground, Readiness, RecordKind, Span
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext, ngettext
from cie.web.privacy.words import DEMANDS, REQUESTS
from cie.web.words_of_time import day

GROUNDS: Mapping[Ground, Any] = {
    Ground.REQUEST: lazy_gettext("They asked that we delete it, and we said yes"),
    Ground.RETENTION: lazy_gettext("The time to keep it is over"),
    Ground.PURGE: lazy_gettext("We are a victim service and no longer keep it"),
}
KINDS: Mapping[RecordKind, Any] = {
    RecordKind.PERSON: lazy_gettext("Names, addresses and how to reach people"),
    RecordKind.SCREENING: lazy_gettext("Screenings and needs"),
    RecordKind.CONSENT: lazy_gettext("Permissions to share"),
    RecordKind.RELEASE: lazy_gettext("What was shared with others"),
    RecordKind.REFERRAL: lazy_gettext("Referrals"),
    RecordKind.ENTRY: lazy_gettext("Messages, notes and tries to reach people"),
    RecordKind.FILE: lazy_gettext("Files"),
    RecordKind.TEXT: lazy_gettext("Texts"),
    RecordKind.REQUEST: lazy_gettext("What people ask of their record"),
    RecordKind.ACCESS: lazy_gettext("Who looked at whom"),
    RecordKind.AUDIT: lazy_gettext("Who did what"),
}
GOES = (
    lazy_gettext("Names, birth date, address, numbers and how to reach them."),
    lazy_gettext("Screenings, answers and needs."),
    lazy_gettext("Messages, notes, files and tries to reach them, as far as your organization wrote them."),
    lazy_gettext("Texts. What waits to be sent is not sent."),
    lazy_gettext("Their own page and its link."),
    lazy_gettext("The words in permissions, requests and corrections, and the facts that were shared."),
)
STAYS = (
    lazy_gettext("That somebody was referred, to whom and when. In place of the name it says that it was erased."),
    lazy_gettext("What other organizations wrote themselves. Ask them if it must go there, too."),
    lazy_gettext("Who could read which kind of fact, when and why, but not the facts. The law wants this kept."),
    lazy_gettext("Which permissions were given and when they ended, without names."),
    lazy_gettext("Who did and saw what. This list holds no names."),
    lazy_gettext("Backups from before. When one is put back, the record is erased in it again."),
)
PURGED = (
    lazy_gettext("Messages, notes, files and tries to reach them, as far as your organization wrote them."),
    lazy_gettext("What you told others about them can be read by nobody any more."),
)
NOT_PURGED = (
    lazy_gettext("The record of the organization that referred them. It is theirs."),
    lazy_gettext("That you were asked, and what you answered. This list holds no names."),
)


def follows(found: Readiness) -> list[str]:
    """What will follow besides: open referrals end, and nobody tells the person."""
    count = len(found.loops)
    if not count:
        return [_("Nobody tells the person. Do that first, in a way that is safe.")]
    ends = ngettext("%(num)d open referral ends.", "%(num)d open referrals end.", count)
    told = _("%(ends)s Those who were asked see that it ended, not why.", ends=ends)
    return [told, _("Nobody tells the person. Do that first, in a way that is safe.")]


def in_the_way(found: Readiness) -> list[dict[str, str]]:
    """What must end before, each with where it is."""
    held = url_for("privacy.person_holds", person_id=found.person_id)
    lines = [(_("Legal hold: %(why)s", why=hold.reason), held if found.person else "") for hold in found.holds]
    lines += [
        (_("Not answered yet: %(what)s", what=REQUESTS[each.kind]), url_for("privacy.request_case", request_id=each.id))
        for each in found.requests
    ]
    lines += [
        (_("They may have to be told of an incident"), url_for("privacy.incident", incident_id=each.id))
        for each in found.incidents
    ]
    lines += [
        (_("Legal demand: %(what)s", what=DEMANDS[each.kind]), url_for("privacy.demand", demand_id=each.id))
        for each in found.demands
    ]
    lines += [
        (_("You still help them: close this first"), url_for("referrals.show", referral_id=each.referral_id))
        for each in found.tasks
    ]
    lines += [(_("Somebody may be in danger. Close that first"), "")] if found.in_danger else []
    return [{"words": words, "url": url} for words, url in lines]


def span_words(span: Span) -> str:
    """How long, and by whose word."""
    years = ngettext("%(num)d year", "%(num)d years", span.years)
    return _("%(years)s. In force from %(day)s", years=years, day=day(span.effective_on, year=True))


def basis_words(span: Span) -> str:
    """Where the time comes from."""
    if span.basis is Basis.LAW:
        return span.source
    if span.source:
        return _("Policy of the network, after %(source)s. Counsel has to confirm it.", source=span.source)
    return _("Policy of the network. Counsel has to confirm it.")
