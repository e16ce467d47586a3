"""Which permissions of another organization may be told to somebody who serves the same person.

A pure reading of what the gate answered about one person: what each permission names goes or stays by the rules, and
what these permit counts only where the permission itself carries it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from cie.access import Purpose
from cie.consent import law
from cie.consent.form_scope import ASCMI, PLAIN
from cie.consent.gate import Element, Ruling
from cie.consent.law.record import ConsentRecord
from cie.consent.law.rule import Rulebook
from cie.consent.models import Expiry
from cie.consent.own_sight import is_said_by_a_minor
from cie.directory.models import Category

HOLDER, SCOPE, QUESTION = "permission-holder", "permission-scope", "permission-question"
_TITLES_OF_NOTHING = frozenset({PLAIN, *ASCMI})
_KINDS_OF_TITLES = {"part2": Category.SUD_PART2, "cmia": Category.MEDICAL, "victim-release": Category.VICTIM_SERVICES}
"""What the title of a form tells by itself, whatever was ticked on it. Of all others, those of the network too, nobody
knows what their titles tell."""
_NOES = Rulebook(tuple(rule for rule in law.BOOK.rules if rule.id in ("persons-no", "elsewhere-no")))


@dataclass(frozen=True)
class PermissionScope:
    """One permission as far as it may be told. `form`: its type, None where the type says more than the kinds do."""

    consent_id: UUID
    form: law.FormType | None
    kinds: tuple[Category, ...]
    purposes: frozenset[Purpose]
    expiry: Expiry | None
    expires_on: date | None


def asked_elements(by_name: Collection[Category]) -> list[Element]:
    """What the gate is asked about any person: all that naming the holder tells, and every kind of data."""
    return [
        Element(code, None, kind) for code, kinds in ((HOLDER, sorted(by_name)), (SCOPE, Category)) for kind in kinds
    ]


def told_elements(scopes: Sequence[PermissionScope], holder: str, by_name: Collection[Category]) -> list[Element]:
    """What is told then: the scope for each kind that may be named, and who keeps it."""
    named = [Element(HOLDER, holder, kind) for kind in sorted(by_name)]
    return [*named, *(Element(SCOPE, _said(scope, holder), kind) for scope in scopes for kind in scope.kinds)]


def question_elements(by_name: Collection[Category], scopes: Sequence[PermissionScope]) -> list[Element]:
    """What the holder hears: who asked, with all that this name tells, else about the kinds that were told."""
    kinds = by_name or {kind for scope in scopes for kind in scope.kinds}
    return [Element(QUESTION, None, kind) for kind in sorted(kinds)]


def _said(scope: PermissionScope, holder: str) -> Mapping[str, object]:
    form, until = scope.form.id if scope.form else None, scope.expires_on.isoformat() if scope.expires_on else None
    return {"holder": holder, "form": form, "purposes": sorted(scope.purposes), "until": until}


def scopes_in(ruling: Ruling) -> list[PermissionScope]:
    """The permissions that may be told, newest first: each names the holder and some kind of data by itself."""
    carried = [(answer.item, _carried_by(ruling, answer)) for answer in ruling.answers]
    named = [ids for item, ids in carried if item.code == HOLDER]
    return [
        _scope(record, kinds)
        for record in _open_to_others(ruling.question)
        if all(record.id in ids for ids in named)
        and (kinds := tuple(i.category for i, ids in carried if i.code == SCOPE and record.id in ids))
    ]


def _carried_by(ruling: Ruling, answer: law.Answer) -> frozenset[UUID]:
    return law.carried_by(ruling.question, answer.item) if answer.permitted else frozenset()


def _open_to_others(question: law.Question) -> Iterator[ConsentRecord]:
    """All but what the person said as a minor, unless that names the other organization (Fam. Code 6924, 6925-6929)."""
    for record in question.records:
        if record.names or not is_said_by_a_minor(record.signer, record.given_on, question.person):
            yield record


def _scope(record: ConsentRecord, kinds: tuple[Category, ...]) -> PermissionScope:
    tells_more = record.programs or record.form.medi_cal_only or set(kinds) != record.categories
    form = None if tells_more or not _may_be_named(record.form, kinds) else record.form
    return PermissionScope(record.id, form, kinds, record.purposes, record.expiry, record.expires_on)


def _may_be_named(form: law.FormType, kinds: Collection[Category]) -> bool:
    return form.id in _TITLES_OF_NOTHING or _KINDS_OF_TITLES.get(form.id) in kinds


def may_hear(question: law.Question, elements: Sequence[Element]) -> bool:
    """Whether the holder may hear who asked, by what the person said there: the gate, asked the other way round."""
    back = replace(question, discloser=question.recipient, recipient=question.discloser, items=_items(elements))
    return all(answer.permitted for answer in law.decide(back))


def says_no_to(own: law.Question, holder: law.Party, elements: Sequence[Element]) -> bool:
    """Whether the person told the asker, or another system on record there, to tell this organization nothing."""
    asked = replace(own, recipient=holder, items=_items(elements))
    return any(answer.rule_id for answer in law.decide(asked, _NOES))


def _items(elements: Sequence[Element]) -> list[law.Item]:
    return [law.Item(element.code, element.category) for element in elements]
