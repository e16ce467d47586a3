"""The official papers themselves, as files: which version in which language, from where, and the mark of each.

Nothing is replaced or taken away, since records name the version that was signed; the mark (SHA-256) stands in the
audit chain as well. Nothing in them is about anybody.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import LargeBinary, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer
from sqlmodel import Field, Session, col

from cie import events
from cie.access import Actor, Permission, check
from cie.consent.form_scope import PLAIN
from cie.consent.form_types import form_type
from cie.db import Table, at_field, id_field
from cie.errors import Invalid, NotFound, Stale
from cie.files import claims_are_true, clean_name, require_content, told_type

LONGEST_VERSION, LONGEST_SOURCE = 40, 300
PDF = "application/pdf"
VERSION = re.compile(r"[\w ./()-]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


class OfficialForm(Table, table=True):
    """The file of one version of an official form in one language. Append-only; `sha256` is its mark, in hex."""

    __tablename__ = "official_form"
    __table_args__ = (UniqueConstraint("form", "language", "version"),)

    id: UUID = id_field()
    form: str = Field(max_length=40)
    language: str = Field(max_length=12)
    version: str = Field(max_length=LONGEST_VERSION)
    source: str = Field(max_length=LONGEST_SOURCE)
    effective_on: date
    sha256: str = Field(max_length=64)
    size_bytes: int
    content: bytes = Field(sa_type=LargeBinary)
    added_at: datetime = at_field()
    added_by_id: UUID | None = None


class Added(NamedTuple):
    """The file on record, and whether it came now; the same file twice is kept once."""

    form: OfficialForm
    is_new: bool


def add_official_form(
    session: Session,
    actor: Actor,
    form: str,
    *,
    language: str,
    version: str,
    source: str,
    effective_on: date,
    name: str,
    content: bytes,
    claimed: str,
    at: datetime,
) -> Added:
    """Keep the official file of a form type. `claimed` is the type of file that came with it, if any.

    Raises NotAllowed, NotFound (no such form), Invalid with every fault, Stale.
    """
    check(actor, Permission.NETWORK_MANAGE)
    if form == PLAIN or form_type(session, form) is None:
        raise NotFound("There is no such form")
    version, source, mark = version.strip(), source.strip(), hashlib.sha256(content).hexdigest()
    faults = [*_faults_of_words(language, version, source), *_faults_of_file(name, content, claimed)]
    there = [] if faults else official_forms(session, form)
    same = [each for each in there if each.language == language and version == each.version]
    if same and same[0].sha256 == mark:
        return Added(same[0], is_new=False)
    faults += _faults_beside(there, same, language, mark)
    if faults:
        raise Invalid.all(faults)
    row = OfficialForm(
        form=form, language=language, version=version, source=source, effective_on=effective_on, sha256=mark,
        size_bytes=len(content), content=content, added_at=at, added_by_id=actor.id,
    )  # fmt: skip
    return Added(_kept(session, actor, row, at=at), is_new=True)


def _kept(session: Session, actor: Actor, row: OfficialForm, *, at: datetime) -> OfficialForm:
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise Stale("This changed while you were typing") from error
    kept: dict[str, Any] = {"form": row.form, "language": row.language, "version": row.version, "sha256": row.sha256}
    events.record(session, actor, "official-form.add", row, at=at, **kept)
    return row


def _faults_of_words(language: str, version: str, source: str) -> Iterator[Invalid]:
    if not _LANGUAGE.fullmatch(language):
        yield Invalid("Language: choose one", "language")
    if not version:
        yield Invalid("Version: copy it from the form", "version")
    elif len(version) > LONGEST_VERSION or not VERSION.fullmatch(version):
        yield Invalid("Version: use letters, numbers and . / ( ) - only, at most 40", "version")
    if not source:
        yield Invalid("Where it came from: say where you got the file", "source")
    elif len(source) > LONGEST_SOURCE:
        yield Invalid("%(label)s: use at most %(most)s characters", "source", label="Source", most=LONGEST_SOURCE)


def _faults_of_file(name: str, content: bytes, claimed: str) -> Iterator[Invalid]:
    try:
        require_content(content)
    except Invalid as error:
        yield error
        return
    if told_type(content) != PDF or not claims_are_true(PDF, clean_name(name), claimed):
        yield Invalid("File: choose the official form as a PDF", "file")


def _faults_beside(
    there: Sequence[OfficialForm], same: Sequence[OfficialForm], language: str, mark: str
) -> Iterator[Invalid]:
    if same:
        yield Invalid(
            "Version: another file is there as this version in this language. It stays, since papers name it", "version"
        )
    for each in there:
        if not same and each.sha256 == mark and each.language == language:
            yield Invalid("File: this one is there already, as version %(version)s", "file", version=each.version)


def official_forms(session: Session, form: str | None = None) -> Sequence[OfficialForm]:
    """The files of one form type, or of all, by the day from which they count, the newest first; without content."""
    order = (OfficialForm.effective_on, OfficialForm.added_at, OfficialForm.id)
    content: Any = OfficialForm.content
    query = select(OfficialForm).options(defer(content, raiseload=True))
    if form is not None:
        query = query.where(col(OfficialForm.form) == form)
    return session.execute(query.order_by(*(col(column).desc() for column in order))).scalars().all()


def offered_of(found: Sequence[OfficialForm], language: str, today: date) -> OfficialForm | None:
    """Of the files of one form type the one to print: the newest that counts, in this language or else in English."""
    counting = [each for each in found if each.effective_on <= today]
    wanted = (language, language.partition("-")[0], "en")
    return next((each for tag in wanted for each in counting if each.language == tag), None)


def open_official_form(session: Session, actor: Actor, official_form_id: UUID) -> tuple[OfficialForm, bytes]:
    """One file with its content. Raises NotAllowed, NotFound."""
    check(actor, Permission.FORM_READ)
    row = session.get(OfficialForm, official_form_id)
    if row is None:
        raise NotFound("There is no such form")
    return row, row.content
