"""What the one asked says came of a Task: the outputs of the Task, and the resources that they name.

Where such a resource is understood, it is a result, which the sender reads where that may be. All else is kept for
whose program sent it alone.
"""

import hmac
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from cie import directory, referrals
from cie.db import current
from cie.directory import Category
from cie.fhir.checking import faults_in
from cie.fhir.formats import write_json
from cie.fhir.receiving.references import key_in
from cie.fhir.receiving.transaction import Doing, body_in
from cie.fhir.refusals import not_taken
from cie.fhir.resources.result import (
    About,
    activity,
    domains_in,
    is_in_error,
    kind_of,
    parts_of,
    profile_of,
    program_in,
    since_in,
    status_in,
    title_in,
    told_as,
)
from cie.fhir.store import Key, Stored
from cie.participants import Program
from cie.referrals import NewResult, Referral, ReferralTask, ResultKind

Resource = dict[str, Any]


def record_results(doing: Doing, task_id: UUID, task: Resource) -> None:
    """Keep what the outputs of a Task tell, when the one asked sends it; what they do not tell any more is taken back.

    Before the yes they are only kept. Raises NotTaken (it is about somebody else).
    """
    row = referrals.get_task(doing.session, doing.actor, task_id)
    if row.performer_id != doing.organization_id or not referrals.may_have_results(row):
        return
    told = {each.source: each for each in _results_in(doing, row, task)}
    for result in told.values():
        referrals.give_result(doing.session, doing.actor, task_id, result, at=doing.at)
    for before in referrals.results_for(doing.session, doing.actor, [row]):
        if before.source and before.source not in told:
            referrals.take_back_result(doing.session, doing.actor, before.id, at=doing.at)


def follow_source(doing: Doing, stored: Stored, body: Resource) -> None:
    """Let results say what the resource says now from which they came; about somebody else it says nothing of them."""
    source = f"{stored.resource_type}/{stored.resource_id}"
    is_same = _subject_of(doing, body) == _subject_of(doing, body_in(stored))
    for result in referrals.results_from(doing.session, doing.actor, source):
        row = referrals.get_task(doing.session, doing.actor, result.task_id)
        told = _understood(doing, row, body, source) if is_same else None
        if told is None:
            referrals.take_back_result(doing.session, doing.actor, result.id, at=doing.at)
        else:
            referrals.give_result(doing.session, doing.actor, row.id, told, at=doing.at)


def _results_in(doing: Doing, row: ReferralTask, task: Resource) -> Iterator[NewResult]:
    about = key_in(task["for"], doing.base)
    for number, output in enumerate(task.get("output", [])):
        key = key_in(output.get("valueReference"), doing.base)
        body = doing.body(key) if key and doing.was_sent(key) else None
        if "valueCodeableConcept" in output:
            found = _coded(doing, row, output["valueCodeableConcept"])
        elif key and body:
            found = _understood(doing, row, body, "/".join(key))
            if found and _subject_of(doing, body) != about:
                place = f"Task.output[{number}].valueReference"
                raise not_taken(place, "This is about somebody else than the Task", "business-rule")
        else:
            found = None
        if found:
            yield found


def _subject_of(doing: Doing, body: Resource) -> Key | None:
    return key_in(body.get("subject"), doing.base)


def _coded(doing: Doing, row: ReferralTask, coded: Resource) -> NewResult | None:
    """What was done, by a code alone."""
    mark = hmac.new(current().keyring.derived("fhir-result"), write_json(coded), sha256).hexdigest()
    parts = activity(coded)
    return _result(ResultKind.PROCEDURE, parts, f"code:{mark}") if _is_valid(doing, row, parts) else None


def _understood(doing: Doing, row: ReferralTask, body: Resource, source: str) -> NewResult | None:
    kind = None if is_in_error(body) else kind_of(body)
    parts = parts_of(body) if kind else {}
    return _result(kind, parts, source) if kind and _is_valid(doing, row, parts) else None


def _is_valid(doing: Doing, row: ReferralTask, parts: Resource) -> bool:
    """Whether it can be told by its profile."""
    about = About(doing.session.get_one(Referral, row.referral_id), row, str(row.person_id))
    told = told_as(parts, row.id, about, at=doing.at, names={})
    return not faults_in(told, [profile_of(parts)])


def _result(kind: ResultKind, parts: Resource, source: str) -> NewResult:
    coded = parts.get("code") or parts.get("description") or {}
    program = program_in(coded) if kind == ResultKind.ENROLLMENT else ""
    return NewResult(
        kind,
        program=Program(program) if program in set(Program) else None,
        status=status_in(parts) if kind == ResultKind.ENROLLMENT else None,
        since_on=since_in(parts),
        title=title_in(coded),
        tells=tuple(_categories(domains_in(parts))),
        source=source,
        body=write_json(parts).decode(),
    )


def _categories(domains: Sequence[str]) -> Iterator[Category]:
    """The kind of data that each SDOH category tells: that of the first of our needs in it."""
    for domain in domains:
        yield from [term.category for term in directory.needs().values() if term.gravity == domain][:1]
