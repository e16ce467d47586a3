"""What each place can see of a referral, on what basis and since when; and who looked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from cie import consent, participants, privacy
from cie.consent import Consent, DataSet, Release, Scope
from cie.events import AuditEntry
from cie.participants import ParticipantKind
from cie.referrals import ReferralTask
from cie.web.consent_words import METHODS, PURPOSES, category_words, end_words
from cie.web.element_words import element_label, element_value
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext, ngettext
from cie.web.person_words import dated
from cie.web.referral_scene import Scene
from cie.web.staff_words import role_words
from cie.web.words_of_time import clock, day

SETS = {
    DataSet.OFFER: lazy_gettext("Offer, without a name"),
    DataSet.REFERRAL: lazy_gettext("The request"),
    DataSet.MESSAGE: lazy_gettext("Message or file"),
    DataSet.ANSWER: lazy_gettext("Answer"),
    DataSet.EMERGENCY: lazy_gettext("More, in an emergency"),
    DataSet.PERMISSION: lazy_gettext("That there is a permission"),
    DataSet.ELIGIBILITY: lazy_gettext("Question about who qualifies"),
    DataSet.EVENT_NOTICE: lazy_gettext("Notice"),
    DataSet.AGGREGATE: lazy_gettext("Counts"),
}


@dataclass(frozen=True)
class Shared:
    """One release: what it holds, since when, on what basis, whether it can still be read."""

    title: str
    since: str
    basis: str
    holds: bool
    facts: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Recipient:
    """A place, and all that it was allowed to read, newest first."""

    name: str
    shared: Sequence[Shared]


@dataclass(frozen=True)
class Look:
    """One look at the person: by which organization and role, when."""

    who: str
    roles: str
    when: str


def summaries_of(scene: Scene) -> list[str]:
    """One sentence for each place that was asked: how much it sees now, and how long it may.

    One for all that could take an open request: which of them left it to others is not told.
    """
    if scene.is_unclaimed:
        return [_all_at_once(len(scene.codes))] if scene.codes else []
    return [_summary(scene, task) for task in scene.tasks if task.requested_at is not None]


def _all_at_once(count: int) -> str:
    return ngettext("%(num)d place can see this without a name.", "%(num)d places can see this without a name.", count)


def _summary(scene: Scene, task: ReferralTask) -> str:
    place, release = scene.provider(task, first=True), scene.seen_by(task)
    if release is None:
        return _("%(place)s sees nothing about %(name)s now.", place=place, name=scene.first_name)
    count = len(scene.codes[release.id])
    facts = ngettext("%(num)d fact", "%(num)d facts", count)
    names = {"place": place, "facts": facts, "name": scene.first_name, "until": _until(scene, release)}
    return _("%(place)s sees %(facts)s about %(name)s, %(until)s.", **names)


def _until(scene: Scene, release: Release) -> str:
    days = [scene.consents[c].expires_on for c in release.consent_ids if c in scene.consents]
    ends = [found for found in days if found is not None]
    return _("with permission until %(day)s", day=dated(max(ends))) if ends else _("with permission that has no end")


def recipients_of(session: Session, scene: Scene) -> list[Recipient]:
    """Exactly what each place was allowed to read, with basis and versions. For the sender alone."""
    by_place: dict[str, list[Shared]] = {}
    names = {offer.performer_id: scene.organizations[offer.performer_id].name for offer in scene.offers}
    names |= {task.performer_id: scene.provider(task, first=True) for task in scene.tasks}
    for release in scene.releases:
        name = names.get(release.recipient_id) or _("A protected service")
        by_place.setdefault(name, []).append(_shared(session, scene, release))
    return [Recipient(name, found) for name, found in by_place.items()]


def _shared(session: Session, scene: Scene, release: Release) -> Shared:
    elements = consent.elements_of(session, release.id)
    title = _("%(what)s, version %(number)s", what=SETS[release.data_set], number=release.version)
    since = _("Since %(day)s, %(clock)s", day=dated(release.released_at), clock=clock(release.released_at))
    if release.ended_at is not None:
        since = _("%(since)s. Not readable since %(day)s", since=since, day=dated(release.ended_at))
    facts = [_fact(scene, code, value) for code, value in elements.items()]
    return Shared(title, since, _basis(scene.consents, release), release.ended_at is None, facts)


def _fact(scene: Scene, code: str, value: object) -> Mapping[str, str]:
    words = _("A protected service") if scene.masked and code == "need" else element_value(code, value)
    return {"label": element_label(code), "value": words}


def _basis(consents: Mapping[str, Consent], release: Release) -> str:
    given = [consents[c] for c in release.consent_ids if c in consents]
    words = [_("said %(day)s, %(how)s", day=dated(c.given_at), how=METHODS[c.method]) for c in given]
    rules = statutes_of(release)
    if rules and not words:
        return "; ".join(rules)
    return _("The person's permission: %(said)s", said="; ".join(words)) if words else _("The person's permission")


def statutes_of(release: Release) -> list[str]:
    """The laws beside the person's own yes that let something go, each with its source."""
    rules = [rule for rule in privacy.rules_of(release.basis) if rule.id != "consent"]
    return [_("%(rule)s (%(source)s)", rule=_(rule.reason), source=_(rule.citation)) for rule in rules]


@dataclass(frozen=True)
class ScopeLine:
    """One permission as a receiver may know it: when and how it was said, for what kinds and purposes, until when."""

    given: str
    kinds: str
    purposes: str
    until: str


def scopes_of(session: Session, scene: Scene, today: date) -> list[ScopeLine]:
    """What carries what we can read now."""
    return [_scope_line(scope, today) for scope in consent.scopes_for(session, scene.own_id, scene.id)]


def _scope_line(scope: Scope, today: date) -> ScopeLine:
    record = scope.record
    return ScopeLine(
        given=_("Said %(day)s, %(how)s", day=dated(record.given_at), how=METHODS[record.method]),
        kinds=", ".join(category_words([kind.value for kind in scope.kinds])),
        purposes=", ".join(str(PURPOSES[code]) for code in (record.purpose, *record.more_purposes) if code in PURPOSES),
        until=end_words(record, today),
    )


def look_of(session: Session, scene: Scene, entry: AuditEntry) -> Look:
    """A look in words. Staff are told by organization and role; a protected service is not named."""
    who = _("The exchange itself")
    if entry.actor_organization_id is not None:
        place = participants.get_participant(session, entry.actor_organization_id)
        protected = place.kind is ParticipantKind.VICTIM_SERVICES and place.id != scene.own_id
        who = _("A protected service") if protected else place.name
    return Look(who, role_words(entry.actor_roles.split()), f"{day(entry.at)}, {clock(entry.at)}")
