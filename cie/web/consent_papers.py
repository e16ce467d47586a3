"""The paper behind a form type: the official file to print, which version was signed, or a sample of our own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, g, request, url_for
from sqlmodel import Session

from cie import consent
from cie.access import Permission
from cie.calendar import local_day
from cie.consent import PLAIN, FormType, OfficialForm, Stated
from cie.db import reading
from cie.errors import Invalid, NotFound
from cie.http import requires
from cie.people import Person
from cie.web import pdf
from cie.web.consent_copies import speak
from cie.web.consent_form_words import STATES, title_of
from cie.web.files import download
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.language_names import language_name
from cie.web.pdf import Paper, paragraph, section, strong, title

blueprint = Blueprint("consent_papers", __name__, url_prefix="/forms")
FILE_NAME = "form.pdf"
ANOTHER = "another"
VERSION = lazy_gettext("Version of the paper: choose one")


@dataclass(frozen=True)
class Papers:
    """What staff can print of a form type, and which versions somebody may have signed, the newest first.

    `own` are the versions of a form of the network itself: address and words of those that are not on the page.
    """

    official: dict[str, str] | None
    sample: dict[str, str] | None
    versions: list[dict[str, Any]]
    own_version: int
    own: list[tuple[str, str]]


def papers_for(session: Session, person: Person, form: FormType) -> Papers:
    """The papers of one form type for somebody; in English where there is none in their language."""
    loaded = consent.official_forms(session, form.id)
    printed = consent.offered_of(loaded, person.language, local_day(g.now))
    return Papers(
        official=_official(printed) if printed else None,
        sample=None if loaded else _sample(person, form),
        versions=[{"value": str(each.id), "label": paper_words(each)} for each in loaded],
        own_version=form.version,
        own=_own_versions(session, person, form),
    )


def paper_words(row: OfficialForm) -> str:
    """Which version it is, in which language."""
    return _("Version %(version)s, %(language)s", version=row.version, language=language_name(row.language))


def _official(row: OfficialForm) -> dict[str, str]:
    return {"url": url_for("consent_papers.show", official_form_id=row.id), "words": paper_words(row)}


def _sample(person: Person, form: FormType) -> dict[str, str]:
    is_production = current_app.extensions["cie-settings"].env == "production"
    words = _("See a sample. It is not valid for use") if is_production else _("Print a demo form")
    return {"url": url_for("consent_papers.sample", form_type=form.id, language=person.language), "words": words}


def _own_versions(session: Session, person: Person, form: FormType) -> list[tuple[str, str]]:
    others = [row.version for row in consent.versions_of(session, form.id) if row.version != form.version]
    return [
        (
            url_for("consent_forms.new", person_id=person.id, form_type=form.id, version=each),
            _("Version %(number)s", number=each),
        )
        for each in others
    ]


def read_paper(
    loaded: Sequence[OfficialForm], boxes: Mapping[str, Any], faults: list[Invalid]
) -> dict[str, str | None]:
    """Which version was signed, in which language, by the names of `record_consent`; no choice joins `faults`.

    What is signed here is a text of ours, and no version of the official paper.
    """
    if boxes.get("method") in consent.SIGNED_HERE:
        return {"form_version": ""}
    chosen = next((row for row in loaded if str(row.id) == boxes.get("paper")), None)
    if chosen is not None:
        return {"form_version": chosen.version, "language": chosen.language}
    if loaded and boxes.get("paper") != ANOTHER:
        faults.append(Invalid(str(VERSION), "paper"))
    return {"form_version": boxes.get("form_version") or ""}


@blueprint.get("/files/<uuid:official_form_id>")
@requires(Permission.FORM_READ)
def show(official_form_id: UUID) -> Response:
    """The official file itself; its name tells nothing of whoever takes it along."""
    with reading() as session:
        _row, content = consent.open_official_form(session, g.actor, official_form_id)
    return download(FILE_NAME, "application/pdf", content)


@blueprint.get("/<form_type>/sample.pdf")
@requires(Permission.FORM_READ)
def sample(form_type: str) -> Response:
    """A paper of our own that tells what the official one says, and that it is not valid itself."""
    with reading() as session:
        form = consent.form_type(session, form_type)
    if form is None or form.id == PLAIN:
        raise NotFound("There is no such form")
    speak(request.args.get("language", "en"))
    return pdf.answer(_sample_of(form), FILE_NAME)


def _sample_of(form: FormType) -> Paper:
    warning = _("Not valid for use").upper()
    blocks = [
        strong(warning),
        title(title_of(form)),
        paragraph(_("This is a sample. The official form looks different. What is signed here does not count.")),
        section(_("What the official paper says")),
        *(paragraph(f"{number}. {words}") for number, words in enumerate(_stated(form), 1)),
        section(_("Source")),
        paragraph(form.citation),
    ]
    return Paper(g.language, _("A sample of a form"), blocks, g.now, warning, warning)


def _stated(form: FormType) -> list[str]:
    return [str(STATES[each]) for each in Stated if each in form.states]
