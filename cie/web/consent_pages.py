"""What the pages of permissions show: the list, one record, and what follows when it is taken back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session

from cie import consent, identity, participants, people
from cie.access import Actor, Permission, is_allowed
from cie.consent import Consent, ConsentDocument, Decision, Release, SignerKind
from cie.participants import ParticipantKind
from cie.people import Person
from cie.web.consent_form_words import GROUPS, program_words, signer_rows, stated_words, title_of
from cie.web.consent_receipts import Receipt, receipts_for
from cie.web.consent_words import METHODS, PURPOSES, SIGNERS, ConsentLine, category_words, consent_line, end_words
from cie.web.language import gettext as _
from cie.web.language import ngettext
from cie.web.language_names import language_name
from cie.web.person_words import dated
from cie.web.signing_box import as_picture
from cie.web.signing_words import signature_words
from cie.web.words_of_time import clock


def place_names(session: Session, person: Person, ids: Collection[UUID]) -> dict[UUID, str]:
    """The organizations by name; one that the person's safety may hang on reads "A service you chose"."""
    masked = {r.recipient_id for r in consent.receipts(session, person.organization_id, person.id) if r.masked}
    found = [participants.get_participant(session, id_) for id_ in ids]
    hidden = _("A service you chose")
    return {p.id: hidden if p.id in masked or p.kind is ParticipantKind.VICTIM_SERVICES else p.name for p in found}


@dataclass(frozen=True)
class ListedConsent:
    """One row of the list: the record in words, and with whom."""

    line: ConsentLine
    whom: str


def listed(session: Session, person: Person, records: Sequence[Consent], today: date) -> list[ListedConsent]:
    """All records of a person, newest first."""
    names = place_names(session, person, {UUID(r) for record in records for r in record.recipient_ids})
    replaced = {record.supersedes_id for record in records}
    return [
        ListedConsent(consent_line(record, today, replaced=record.id in replaced), whom_words(record, names))
        for record in records
    ]


def whom_words(record: Consent, names: dict[UUID, str]) -> str:
    """With whom: the organizations that the person named, as far as `names` holds them, a group, or any."""
    if record.names_anyone:
        group = GROUPS.get(record.recipient_class) if record.recipient_class else None
        return str(group) if group else _("Any organization that can help")
    return ", ".join(names[UUID(r)] for r in record.recipient_ids if UUID(r) in names)


@dataclass(frozen=True)
class PaperLine:
    """One file of the signed paper; `mark`: its SHA-256, in groups that can be compared aloud."""

    id: UUID
    name: str
    added: str
    mark: str


@dataclass(frozen=True)
class ConsentPage:
    """One record, whole."""

    id: UUID
    person_id: UUID
    first_name: str
    line: ConsentLine
    facts: list[dict[str, str]]
    shared: list[Receipt]
    earlier_id: UUID | None
    later_id: UUID | None
    stopped: str
    may_take_back: bool
    papers: list[PaperLine]
    drawing: str = ""


def page_of(session: Session, actor: Actor, consent_id: UUID, today: date) -> ConsentPage:
    """Exactly what was said, when, how, who wrote it down, and what was shared because of it. Raises NotFound."""
    record = consent.get_consent(session, actor, consent_id)
    person = people.get_person(session, actor, record.person_id)
    records = consent.consents_of(session, person.organization_id, person.id)
    later = next((c.id for c in records if c.supersedes_id == record.id), None)
    line = consent_line(record, today, replaced=later is not None)
    how_signed, drawing = signature_words(session, record)
    rests = [r for r in consent.receipts(session, person.organization_id, person.id) if str(record.id) in r.consent_ids]
    return ConsentPage(
        id=record.id,
        person_id=person.id,
        first_name=person.first_name or _("This person"),
        line=line,
        facts=[*_facts(session, actor, person, record, today), *_signature(how_signed)],
        shared=receipts_for(session, person, rests, may_stop=False),
        earlier_id=record.supersedes_id,
        later_id=later,
        stopped=stopped_words(record.deliveries_on_the_way),
        may_take_back=line.holds and is_allowed(actor, Permission.CONSENT_WRITE, record),
        papers=[_paper_line(paper) for paper in consent.documents_of(session, record)],
        drawing=as_picture(drawing) if drawing else "",
    )


def _signature(how: str) -> list[dict[str, str]]:
    return [{"label": _("Signature"), "value": how}] if how else []


def _paper_line(paper: ConsentDocument) -> PaperLine:
    groups = [paper.sha256[start : start + 8] for start in range(0, len(paper.sha256), 8)]
    return PaperLine(paper.id, paper.name, dated(paper.added_at), " ".join(groups))


def stopped_words(on_the_way: int | None) -> str:
    """What could not be called back when sharing ended; nothing while it goes on."""
    if on_the_way is None:
        return ""
    count = ngettext("%(num)d message was already on the way.", "%(num)d messages were already on the way.", on_the_way)
    return _("%(count)s What they wrote down stays with them.", count=count)


def _facts(session: Session, actor: Actor, person: Person, record: Consent, today: date) -> list[dict[str, str]]:
    names = place_names(session, person, [UUID(r) for r in record.recipient_ids])
    rows = [
        (_("Form"), "" if record.form == consent.PLAIN else title_of(consent.form_of(session, record))),
        (_("Who said it"), _signer(record)),
        *signer_rows(record),
        (_("They may sign for"), ". ".join(category_words(record.entitled_categories))),
        (_("What may be shared"), ". ".join(category_words(record.categories))),
        (_("Records of programs"), program_words(record.programs)),
        (_("With whom"), whom_words(record, names)),
        (_("What for"), _purposes(record)),
        (_("Until when"), end_words(record, today) if record.decision is Decision.SHARE else ""),
        (
            _("How it was said"),
            _how(record),
        ),
        (_("Who heard it"), record.witness_name or ""),
        (_("What the paper says"), stated_words(record)),
        (_("Words that were read") if record.form == consent.PLAIN else _("Version of the paper"), _words_read(record)),
        (_("Written down by"), _writer(session, actor, record)),
        (_("Taken back"), _taken_back(record)),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def _signer(record: Consent) -> str:
    return f"{SIGNERS[record.signer]}: {record.signer_name}" if record.signer_name else str(SIGNERS[record.signer])


def _how(record: Consent) -> str:
    """How and when; of a form only the day is known."""
    how = f"{str(METHODS[record.method]).capitalize()}, {dated(record.given_at)}"
    return f"{how}, {clock(record.given_at)}" if record.form == consent.PLAIN else how


def _purposes(record: Consent) -> str:
    known = [str(PURPOSES[code]) for code in (record.purpose, *record.more_purposes) if code in PURPOSES]
    return ". ".join(known)


def _words_read(record: Consent) -> str:
    if not record.form_version:
        return ""
    return _("%(language)s, version %(version)s", language=language_name(record.language), version=record.form_version)


def _writer(session: Session, actor: Actor, record: Consent) -> str:
    if record.recorded_by_id is None:
        return ""
    user = identity.colleagues_by_id(session, actor, [record.recorded_by_id]).get(record.recorded_by_id)
    return user.name if user else _("A colleague")


def _taken_back(record: Consent) -> str:
    if record.revoked_at is None or record.revoked_method is None:
        return ""
    how = f"{str(METHODS[record.revoked_method]).capitalize()}, {dated(record.revoked_at)}, {clock(record.revoked_at)}"
    is_others = record.revoked_by not in (None, SignerKind.PERSON)
    return f"{SIGNERS[record.revoked_by]}. {how}" if record.revoked_by and is_others else how


def losses(session: Session, person: Person, rows: Sequence[Release]) -> list[str]:
    """Who can read what no longer, a sentence for each place."""
    by_place: dict[UUID, list[UUID]] = {}
    for row in rows:
        by_place.setdefault(consent.other_side(row, person.organization_id), []).append(row.id)
    names, codes = place_names(session, person, by_place), consent.element_codes(session, [row.id for row in rows])
    return [_loss(names[place], sum(len(codes[id_]) for id_ in ids)) for place, ids in by_place.items()]


def _loss(place: str, count: int) -> str:
    facts = ngettext("%(num)d fact", "%(num)d facts", count)
    return _(
        "%(place)s can no longer read %(facts)s. They hear “no further updates”, never why.", place=place, facts=facts
    )


def what_follows_back(session: Session, person: Person, record: Consent) -> list[str]:
    """What follows when this record is taken back."""
    if record.decision is Decision.DO_NOT_SHARE:
        return [_("This no does not count any more. A yes that is on record counts again.")]
    lost = losses(session, person, consent.releases_under(session, record))
    return [*(lost or [_("Nothing was shared because of it. Nothing will be.")]), *_always(session, person)]


def what_follows_stop(session: Session, person: Person, release: Release) -> list[str]:
    """What follows when sharing with one place ends."""
    lost = losses(session, person, consent.releases_between(session, person, release.recipient_id))
    return [*lost, _("Other places keep what they see."), *_always(session, person)]


def _always(session: Session, person: Person) -> list[str]:
    count = consent.on_the_way(session, person.organization_id, person.id)
    moving = ngettext(
        "%(num)d message is already on the way. It may still go.",
        "%(num)d messages are already on the way. They may still go.",
        count,
    )
    stays = _("What they wrote down stays with them, and so does the fact that we asked them.")
    return [
        *([moving] if count else []),
        stays,
        _("%(name)s gets the same help from us.", name=person.first_name or _("This person")),
    ]
