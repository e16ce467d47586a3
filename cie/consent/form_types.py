"""Every form type in one place: those that come with the program and those of the network, each in its version."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, UniqueConstraint, select
from sqlmodel import Field, Session, col

from cie.access import Purpose
from cie.consent.law import FormType, Stated, forms
from cie.consent.models import Consent, Method, Reach
from cie.consent.records import NEWEST_FIRST
from cie.db import Table, at_field, id_field

LONGEST_TITLE, LONGEST_CITATION = 120, 300


class OwnForm(Table, table=True):
    """One version of a form type of the network. Append-only; the newest version of a code is the one in use.

    The last version of a form that is not used any more `is_retired`; records on earlier ones keep their meaning.
    """

    __tablename__ = "own_form"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: UUID = id_field()
    code: str = Field(max_length=40)
    version: int
    is_retired: bool = False
    title: str = Field(max_length=LONGEST_TITLE)
    title_es: str = Field(max_length=LONGEST_TITLE)
    citation: str = Field(max_length=LONGEST_CITATION)
    satisfies: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    methods: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    purposes: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    states: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    groups: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    medi_cal_only: bool = False
    longest_days: int | None = None
    one_recipient: bool = False
    recorded_at: datetime = at_field()
    recorded_by_id: UUID | None = None

    @property
    def as_form(self) -> FormType:
        """This version as the rules and the pages read it."""
        return FormType(
            id=self.code,
            title=self.title,
            citation=self.citation,
            satisfies=frozenset(self.satisfies),
            methods=frozenset(Method(code) for code in self.methods),
            purposes=frozenset(Purpose(code) for code in self.purposes),
            states=frozenset(Stated(code) for code in self.states),
            medi_cal_only=self.medi_cal_only,
            longest_days=self.longest_days,
            one_recipient=self.one_recipient,
            groups=frozenset(Reach(code) for code in self.groups),
            title_es=self.title_es,
            version=self.version,
            own_id=self.id,
        )


def versions_of(session: Session, code: str) -> Sequence[OwnForm]:
    """All versions of one form of the network, the newest first; none when there is no such form."""
    query = select(OwnForm).where(col(OwnForm.code) == code).order_by(col(OwnForm.version).desc())
    return session.execute(query).scalars().all()


def newest_own_forms(session: Session) -> list[OwnForm]:
    """The newest version of every form of the network, retired ones too, by code."""
    query = select(OwnForm).order_by(col(OwnForm.code), col(OwnForm.version))
    return list({row.code: row for row in session.execute(query).scalars()}.values())


def form_types(session: Session) -> Mapping[str, FormType]:
    """Every form type that is offered today, by id: the program's first, then the network's in their newest version."""
    own = {row.code: row.as_form for row in newest_own_forms(session) if not row.is_retired}
    return {**forms(), **own}


def form_type(session: Session, code: str, version: int = 0) -> FormType | None:
    """One form type that is offered today. `version`: an earlier one of a form of the network; 0 is the newest.

    A paper of last week was signed on the version of last week.
    """
    if code in forms():
        return forms()[code]
    found = versions_of(session, code)
    if not found or found[0].is_retired:
        return None
    return next((row.as_form for row in found if version in (0, row.version)), None)


def form_of(session: Session, consent: Consent) -> FormType | None:
    """The form type of a record, as it was when it was made; None where a new record names no form that there is."""
    own = session.get(OwnForm, consent.own_form_id) if consent.own_form_id else None
    return own.as_form if own else forms().get(consent.form)


def is_replaced(session: Session, consent: Consent) -> bool:
    """Whether a record is on a form of the network in a version that is not in use any more."""
    newest = form_type(session, consent.form) if consent.own_form_id else None
    return consent.own_form_id is not None and (newest is None or newest.own_id != consent.own_form_id)


_WITH_FORMS = NEWEST_FIRST.add_columns(OwnForm).outerjoin(OwnForm, col(OwnForm.id) == col(Consent.own_form_id))


def with_forms(session: Session, organization_id: UUID, person_id: UUID) -> list[tuple[Consent, FormType]]:
    """All consent records of a person, newest first, each with its form type; one statement, whatever is on record."""
    rows = session.execute(_WITH_FORMS, {"organization_id": organization_id, "person_id": person_id}).all()
    own = {row.id: row.as_form for row in {row.id: row for _consent, row in rows if row}.values()}
    return [(consent, own[row.id] if row else forms()[consent.form]) for consent, row in rows]
