"""Loading all that the page of one referral is drawn from, as far as the reader may know it.

A side that was asked gets what is released to it at this moment; nothing of what is loaded holds the sender's records
for it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import consent, directory, events, identity, participants, people, referrals
from cie.access import Actor
from cie.consent import Release
from cie.referrals import Owed, Referral, ReferralTask, Side, TaskHistory, TaskStatus, WithheldAnswer
from cie.referrals.worklist import NOTHING_OWED
from cie.web.referral_scene import DATA_SETS, Scene


def load(session: Session, actor: Actor, referral_id: UUID) -> Scene:
    """The referral as the caller's side sees it; that it showed the person is recorded. Raises NotFound."""
    if referrals.side_of(session, actor, referral_id) == Side.REQUESTER:
        return _senders(session, actor, referral_id)
    return _receivers(session, actor, referral_id)


def _senders(session: Session, actor: Actor, referral_id: UUID) -> Scene:
    referral = referrals.get_referral(session, actor, referral_id)
    person = people.person_or_erased(session, actor, referral.person_id)
    tasks, words = referrals.tasks_of(session, referral), referrals.words_of(session, referral)
    line = NOTHING_OWED if person.erased_at else referrals.senders_line(session, referral, tasks, words)
    releases = referrals.releases_of(session, referral)
    given = consent.consents_of(session, referral.organization_id, person.id)
    informed = directory.get_service(session, referral.service_id) if referral.service_id else None
    steps = referrals.steps_of(session, referral.id)
    named = [referral.assignee_id, *(w.taken_by_id for w in words), *(s.actor_id for s in steps)]
    offers = referrals.offers_of(session, referral.id) if referral.open_task_id else ()
    parts = _parts(session, actor, referral, tasks, named, [offer.performer_id for offer in offers])
    return Scene(
        side=Side.REQUESTER,
        offers=offers,
        main=line.task or (tasks[-1] if tasks else None),
        line=line,
        masked=referral.masked,
        steps=steps,
        referral=referral,
        person=person,
        contact=next(iter(people.contact_points(session, person)), None),
        words=words,
        texts=() if referral.masked else referrals.texts_about(session, referral, tasks),
        releases=releases,
        codes={r.id: tuple(consent.elements_of(session, r.id)) for r in releases if _tells_of(r)},
        consents={str(c.id): c for c in given},
        informed=informed,
        **parts,
    )


def _tells_of(release: Release) -> bool:
    return release.data_set in DATA_SETS and release.ended_at is None


def _receivers(session: Session, actor: Actor, referral_id: UUID) -> Scene:
    found = referrals.tasks_asked_of(session, actor, referral_id)
    withheld = referrals.withheld_answers(session, actor, [task.id for task in found])
    tasks = [_as_answered(task, withheld.get(task.id)) for task in found]
    lines = [referrals.performers_line(task) for task in tasks]
    line = next((each for each in lines if each.owed is Owed.US), lines[-1])
    main = line.task or tasks[-1]
    events.showed(session, actor, main.person_id)
    # the loop itself is the sender's: it is read here for the parts of the reader's own tasks alone
    loop = session.get_one(Referral, referral_id)
    own = {task.id for task in tasks}
    steps = [s for s in referrals.steps_of(session, referral_id, ["task.waitlist"]) if s.subject_id in own]
    parts = _parts(session, actor, loop, tasks, [s.actor_id for s in steps])
    parts["history"] = [_as_told(row, withheld.get(row.task_id)) for row in parts["history"]]
    return Scene(
        side=Side.PERFORMER,
        main=main,
        line=line,
        masked=referrals.is_protected(session, parts["services"][main.service_id]),
        steps=steps,
        seen={task.id: _released(session, task) for task in tasks},
        kept_back=set(withheld),
        **parts,
    )


def _as_answered(task: ReferralTask, answer: WithheldAnswer | None) -> ReferralTask:
    """The task as the one knows it who answered: a copy, since the row tells what its sender may know.

    What its sender marked as a mistake since then reads so.
    """
    if answer is None or task.status != TaskStatus.COMPLETED:
        return task
    return ReferralTask(**{**task.model_dump(), "status": answer.status, "reason": answer.reason})


def _as_told(row: TaskHistory, answer: WithheldAnswer | None) -> TaskHistory:
    if answer is None or row.to_status != TaskStatus.COMPLETED:
        return row
    return TaskHistory(**{**row.model_dump(), "to_status": answer.status, "reason": answer.reason})


def _released(session: Session, task: ReferralTask) -> Mapping[str, Any]:
    for data_set in DATA_SETS:
        found = consent.released_to(session, task.performer_id, task.id, data_set)
        if found:
            return found.elements
    return {}


def _parts(
    session: Session,
    actor: Actor,
    loop: Referral,
    tasks: Sequence[ReferralTask],
    named: Sequence[UUID | None],
    others: Collection[UUID] = (),
) -> dict[str, Any]:
    own = {task.id for task in tasks}
    history = [row for row in referrals.history_of(session, loop) if row.task_id in own]
    entries = referrals.entries_for(session, actor, loop.id, tasks)
    attempts = referrals.attempts_for(session, actor, loop.id)
    files = referrals.attachments_for(session, actor, loop.id, tasks)
    sides = {loop.organization_id, actor.organization, *others, *(task.performer_id for task in tasks)}
    ids = {
        *(row.actor_id for row in history),
        *(entry.author_id for entry in entries),
        *(each.by_id for each in attempts),
        *(each.author_id for each in files),
        *(task.opened_by_id for task in tasks),
        *(task.assignee_id for task in tasks),
        *named,
    }
    return {
        "actor": actor,
        "id": loop.id,
        "tasks": tasks,
        "history": history,
        "entries": entries,
        "attempts": attempts,
        "files": files,
        "results": referrals.results_for(session, actor, tasks),
        "shared": referrals.shared_now(session, actor, loop.id),
        "duties": consent.duties_to(session, actor.organization, [loop.id]),
        "services": {named_id: directory.get_service(session, named_id) for named_id in _services_named(tasks)},
        "organizations": {side: participants.get_participant(session, side) for side in sides},
        "staff": identity.accounts_by_id(session, {found for found in ids if found}),
    }


def _services_named(tasks: Sequence[ReferralTask]) -> set[UUID]:
    proposed = {task.proposed_service_id for task in tasks if task.proposed_service_id}
    return {task.service_id for task in tasks} | proposed
