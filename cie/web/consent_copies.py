"""Copies to take along: what was said about sharing, and who saw what, as PDF in the language of the person."""

from collections.abc import Collection
from uuid import UUID

from flask import Blueprint, Response, current_app, g
from sqlmodel import Session

from cie import consent, participants, people
from cie.access import Permission
from cie.calendar import local_day
from cie.consent import PLAIN, Consent, Decision, Obligation
from cie.db import reading
from cie.directory import Category
from cie.http import requires
from cie.participants import Participant
from cie.people import Person
from cie.people.formats import format_phone
from cie.web import pdf
from cie.web.consent_pages import ConsentPage, page_of
from cie.web.consent_receipts import Receipt, receipts_for
from cie.web.duties import duty_words
from cie.web.language import gettext as _
from cie.web.language import our_language
from cie.web.language_names import language_name
from cie.web.pdf import Block, Paper, paragraph, picture, row, section, strong, title
from cie.web.person_words import dated, full_name
from cie.web.signing_words import signature_words
from cie.web.words_of_time import clock

blueprint = Blueprint("consent_copies", __name__)
FILE_NAME = "copy.pdf"
PART2 = frozenset({Obligation.PART2_NOTICE, Obligation.PART2_SCOPE})
STATUTORY = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""The notice word for word (42 CFR 2.32(a)(2)): it stands on papers in other languages, too."""


@blueprint.get("/consents/<uuid:consent_id>/copy.pdf")
@requires(Permission.CONSENT_READ)
def show(consent_id: UUID) -> Response:
    """What was agreed, in the language in which it was said, whoever takes it off the screen."""
    with reading() as session:
        record = consent.get_consent(session, g.actor, consent_id)
        speak(record.language)
        paper = _copy(session, record)
    return pdf.answer(paper, FILE_NAME)


@blueprint.get("/people/<uuid:person_id>/shared.pdf")
@requires(Permission.CONSENT_READ)
def shared(person_id: UUID) -> Response:
    """Who saw what, all of it, in the language of the person."""
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
        speak(person.language)
        paper = _receipts(session, person)
    return pdf.answer(paper, FILE_NAME)


def speak(tag: str) -> None:
    """From here on, the words are in this language; in English where we have no words in it."""
    g.language = our_language(tag) or "en"


def paper_of(name: str, blocks: list[Block]) -> Paper:
    """The paper with what stands on all of them; in a demo nothing on it may pass for real."""
    stamp = _("Not valid for use") if current_app.extensions["cie-settings"].is_demo else ""
    top = [strong(f"{_('Demo. Everyone here is invented.')} {stamp}.")] if stamp else []
    made = paragraph(_("Copy made %(day)s, %(clock)s.", day=dated(g.now), clock=clock(g.now)))
    return Paper(g.language, name, [*top, *blocks, made], g.now, stamp)


def _copy(session: Session, record: Consent) -> Paper:
    person = people.get_person(session, g.actor, record.person_id)
    place = participants.get_participant(session, record.organization_id)
    page = page_of(session, g.actor, record.id, local_day(g.now))
    blocks = [
        paragraph(place.name),
        title(page.line.said),
        paragraph(f"{page.line.given}. {page.line.until}."),
        strong(_("You will still get help if you say no.")),
        *_other_language(record.language),
        section(_("Exactly what was said")),
        row(_("Whose records they are"), full_name(person)),
        *_facts(session, record, page),
        section(_("You can change your mind")),
        *_changing(page),
        *call_words(place),
        *_notices(record),
    ]
    return paper_of(_("A copy for you"), blocks)


def _facts(session: Session, record: Consent, page: ConsentPage) -> list[Block]:
    """What the record's page says; the form of this network has no title there, where every record has one."""
    form = [row(_("Form"), _("Sharing through this network"))] if record.form == PLAIN else []
    _words, drawing = signature_words(session, record)
    signed = [picture(_("The signature as it was drawn"), drawing)] if drawing else []
    papers = [row(_("Mark of the signed paper (SHA-256)"), paper.mark) for paper in page.papers]
    return [*form, *(row(fact["label"], fact["value"]) for fact in page.facts), *signed, *papers]


def _other_language(tag: str) -> list[Block]:
    if our_language(tag):
        return []
    words = _("This was said in this language: %(language)s.", language=language_name(tag))
    return [paragraph(f"{words} {_('We have this paper in English and Spanish. Ask us to read it to you.')}")]


def _changing(page: ConsentPage) -> list[Block]:
    """That it can be taken back, and how: 45 CFR 164.508(c)(2)(i), 42 CFR 2.31(a)(6)."""
    if not page.line.holds:
        return [paragraph(_("This does not count any more. You can say yes or no on any day, and get the same help."))]
    if not page.line.shares:
        return [paragraph(_("You can say yes on any day: in person, by phone or in writing. You get the same help."))]
    return [
        paragraph(_("You can take this back at any time: in person, by phone or in writing.")),
        paragraph(_("Then nobody can read your facts any more. What they already wrote down stays with them.")),
    ]


def call_words(place: Participant) -> list[Block]:
    """Whom to tell."""
    if not place.phone:
        return [paragraph(_("Tell %(place)s.", place=place.name))]
    return [paragraph(_("Call %(place)s: %(phone)s.", place=place.name, phone=format_phone(place.phone)))]


def _notices(record: Consent) -> list[Block]:
    """A consent to share treatment records tells of treatment; the notice of 42 CFR 2.32 goes wherever it goes."""
    covers = record.decision is Decision.SHARE and Category.SUD_PART2.value in record.categories
    return duty_blocks(PART2 if covers else ())


def duty_blocks(duties: Collection[Obligation]) -> list[Block]:
    """What binds whoever gets the paper."""
    words = duty_words(duties)
    if not words:
        return []
    exact = [STATUTORY] if Obligation.PART2_NOTICE in duties and STATUTORY not in words else []
    return [section(_("For whoever gets this paper")), *map(strong, [*exact, *words])]


def _receipts(session: Session, person: Person) -> Paper:
    rows = consent.receipts(session, person.organization_id, person.id)
    place = participants.get_participant(session, person.organization_id)
    found = receipts_for(session, person, rows, may_stop=False, to_person=True)
    blocks = [
        paragraph(place.name),
        title(_("Who saw your data")),
        strong(_("You can stop sharing and still get help. Tell us, and it stops.")),
        *call_words(place),
        row(_("Whose records they are"), full_name(person)),
        *([] if rows else [paragraph(_("Nobody has seen your data."))]),
        *(block for each in found for block in _receipt(each)),
        *duty_blocks(PART2.intersection(Obligation(code) for each in rows for code in each.obligations)),
    ]
    return paper_of(_("A list for you"), blocks)


def _receipt(receipt: Receipt) -> list[Block]:
    return [
        section(receipt.organization or _("A service you chose")),
        paragraph(receipt.what),
        paragraph(f"{receipt.date}. {receipt.why} {receipt.basis}"),
    ]
