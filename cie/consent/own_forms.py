"""Form types that the network made itself: built, replaced by a newer version, retired. Nothing is ever taken away."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from cie import events
from cie.access import Actor, Permission, Purpose, check
from cie.consent.form_claims import LAWS, lacks_of
from cie.consent.form_types import LONGEST_CITATION, LONGEST_TITLE, OwnForm, versions_of
from cie.consent.law import FormType, Stated, forms
from cie.consent.models import Method, Reach
from cie.errors import Invalid, NotFound, Stale

MOST_DAYS = 3650
OWN_PURPOSES = (Purpose.TREATMENT, Purpose.PAYMENT, Purpose.OPERATIONS, Purpose.CARE_COORDINATION)
"""What a form can be for; use in proceedings and the like need consents that no form of ours stands for."""
OWN_GROUPS = (Reach.TREATING_PROVIDERS, Reach.CARE_PARTNERS)
_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TAKEN_BY_PAGES = frozenset({"new"})


def build_form(session: Session, actor: Actor, form: FormType, *, seen_version: int, at: datetime) -> OwnForm:
    """Keep a form type of the network; it is in use at once, and replaces its earlier version.

    `seen_version`: the newest version that the caller saw, 0 for a new form. Raises NotAllowed, Invalid with every
    fault, Stale.
    """
    check(actor, Permission.NETWORK_MANAGE)
    faults = faults_of_built(form)
    newest = next(iter(versions_of(session, form.id)), None)
    if newest and not seen_version:
        faults.append(Invalid("Id: the network has a form with this id. Open it to make a new version", "id"))
    if faults:
        raise Invalid.all(faults)
    if (newest.version if newest else 0) != seen_version:
        raise Stale("This changed while you were typing")
    return _kept(session, actor, _row(form, seen_version + 1), "own-form.build", at=at)


def retire_form(session: Session, actor: Actor, code: str, *, seen_version: int, at: datetime) -> OwnForm:
    """From now on the form is offered no more; what was recorded on it goes on counting. A new version brings it back.

    Raises NotAllowed, NotFound, Stale.
    """
    check(actor, Permission.NETWORK_MANAGE)
    newest = next(iter(versions_of(session, code)), None)
    if newest is None:
        raise NotFound("There is no such form")
    if newest.version != seen_version or newest.is_retired:
        raise Stale("This changed while you were typing")
    row = _row(newest.as_form, seen_version + 1)
    row.is_retired = True
    return _kept(session, actor, row, "own-form.retire", at=at)


def _row(form: FormType, version: int) -> OwnForm:
    return OwnForm(
        code=form.id,
        version=version,
        title=form.title,
        title_es=form.title_es,
        citation=form.citation,
        satisfies=[law for law in LAWS if law in form.satisfies],
        methods=_codes(Method, form.methods),
        purposes=_codes(Purpose, form.purposes),
        states=_codes(Stated, form.states),
        groups=_codes(Reach, form.groups),
        medi_cal_only=form.medi_cal_only,
        longest_days=form.longest_days,
        one_recipient=form.one_recipient,
    )


def _codes(kind: Iterable[Any], chosen: Iterable[Any]) -> list[str]:
    """The codes in the order of their kind, so that the same choice is always written alike."""
    return [code.value for code in kind if code in {*chosen}]


def _kept(session: Session, actor: Actor, row: OwnForm, action: str, *, at: datetime) -> OwnForm:
    row.recorded_at, row.recorded_by_id = at, actor.id
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise Stale("This changed while you were typing") from error
    events.record(session, actor, action, row, at=at, form=row.code, version=row.version, satisfies=row.satisfies)
    return row


def faults_of_built(form: FormType) -> list[Invalid]:
    """All that is wrong with a form as it was built, what the laws that it claims ask for with the law beside it."""
    return [*_faults_of_names(form), *_faults_of_choices(form), *(lack.with_law for lack in lacks_of(form))]


def _faults_of_names(form: FormType) -> Iterator[Invalid]:
    if form.id in forms():
        yield Invalid("Id: a form that comes with the program has this one. Choose another", "id")
    elif not _CODE.fullmatch(form.id) or len(form.id) > 40 or form.id in _TAKEN_BY_PAGES:
        yield Invalid("Id: use small letters, numbers and hyphens, like county-release", "id")
    texts = (
        ("Title in English", "title", form.title, LONGEST_TITLE),
        ("Title in Spanish", "title_es", form.title_es, LONGEST_TITLE),
        ("Source", "citation", form.citation, LONGEST_CITATION),
    )
    for label, box, text, most in texts:
        if not text:
            yield Invalid("%(label)s: enter it", box, label=label)
        elif len(text) > most:
            yield Invalid("%(label)s: use at most %(most)s characters", box, label=label, most=most)


def _faults_of_choices(form: FormType) -> Iterator[Invalid]:
    if not form.satisfies or not form.satisfies <= {*LAWS}:
        yield Invalid("Good for: choose at least one law", "satisfies")
    if not form.methods:
        yield Invalid("How a yes can be given: choose at least one", "methods")
    if not form.purposes or not form.purposes <= {*OWN_PURPOSES}:
        yield Invalid("What for: choose at least one", "purposes")
    if form.longest_days is not None and not 1 <= form.longest_days <= MOST_DAYS:
        yield Invalid("Days: enter a number from 1 to %(most)s", "longest_days", most=MOST_DAYS)
    if not form.groups <= {*OWN_GROUPS}:
        yield Invalid("Groups: choose from the list", "groups")
    if form.groups and form.one_recipient:
        yield Invalid("Groups: a form for one organization alone names no group", "groups")
