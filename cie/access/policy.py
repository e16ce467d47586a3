"""The permission table: who may do what, readable aloud.

Each permission lists alternatives; one holds when all its predicates hold. A predicate is a one-line question
about the actor and the subject (None when the question is about the actor alone).
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any
from uuid import UUID

from cie.access.actor import Actor, ActorKind, Role

Predicate = Callable[[Actor, Any], bool]


class Permission(StrEnum):
    """One thing that a caller may be allowed to do."""

    WORKLIST_READ = "worklist:read"
    PERSON_READ = "person:read"
    PERSON_WRITE = "person:write"
    SCREENING_READ = "screening:read"
    SCREENING_WRITE = "screening:write"
    NEED_WRITE = "need:write"
    PATIENT_TASK_ASK = "patient-task:ask"
    PATIENT_TASK_ANSWER = "patient-task:answer"
    CONSENT_READ = "consent:read"
    CONSENT_WRITE = "consent:write"
    FORM_READ = "form:read"
    PERMISSION_ASK = "permission:ask"
    OWN_PAGE = "own-page"
    PROXY_MANAGE = "proxy:manage"
    REFERRAL_READ = "referral:read"
    REFERRAL_WRITE = "referral:write"
    REFERRAL_ENTRY_WRITE = "referral:entry"
    REFERRAL_ASSIGN = "referral:assign"
    CASELOAD_HAND_OVER = "caseload:hand-over"
    TASK_ANSWER = "task:answer"
    TASK_CANCEL = "task:cancel"
    EMERGENCY_OPEN = "emergency:open"
    ANSWER_RECORD = "task:answer-by-voice"
    PERSON_WORD_RECORD = "person:word"
    DANGER_READ = "danger:read"
    DIRECTORY_READ = "directory:read"
    DIRECTORY_WRITE = "directory:write"
    SENSITIVITY_LOWER = "service:sensitivity"
    MEASURES_READ = "measures:read"
    OWN_ACCOUNT = "account:own"
    STAFF_MANAGE = "staff:manage"
    ORGANIZATION_MANAGE = "organization:manage"
    CLIENT_MANAGE = "client:manage"
    MESSAGE_OPEN = "message:open"
    WEBHOOK_MANAGE = "webhook:manage"
    EXPORT_MANAGE = "export:manage"
    WEBHOOK_TEND = "webhook:tend"
    NETWORK_MANAGE = "network:manage"
    NETWORK_POLICY_READ = "network-policy:read"
    AUDIT_READ = "audit:read"
    DELIVERY_MANAGE = "delivery:manage"
    PRIVACY_CASE_MANAGE = "privacy-case:manage"


def is_staff(actor: Actor, _subject: Any) -> bool:
    return actor.kind == ActorKind.STAFF and actor.organization_id is not None


def is_client(actor: Actor, _subject: Any) -> bool:
    return actor.kind == ActorKind.CLIENT and actor.organization_id is not None


def is_system(actor: Actor, _subject: Any) -> bool:
    return actor.kind == ActorKind.SYSTEM


def is_the_person(actor: Actor, subject: Any) -> bool:
    is_somebody = actor.kind == ActorKind.PERSON and actor.id is not None
    return is_somebody and actor.id == getattr(subject, "person_id", None)


def is_themselves(actor: Actor, subject: Any) -> bool:
    is_somebody = actor.kind == ActorKind.PERSON and actor.id is not None
    return is_somebody and (subject is None or actor.id == subject.id)


def stands_for_them(actor: Actor, subject: Any) -> bool:
    is_proxy = actor.kind == ActorKind.PROXY and actor.on_behalf_of is not None
    return is_proxy and actor.on_behalf_of == getattr(subject, "person_id", None)


def is_their_proxy(actor: Actor, subject: Any) -> bool:
    is_proxy = actor.kind == ActorKind.PROXY and actor.on_behalf_of is not None
    return is_proxy and (subject is None or actor.on_behalf_of == subject.id)


def _has(actor: Actor, *roles: Role) -> bool:
    return actor.kind in (ActorKind.STAFF, ActorKind.CLIENT) and bool(actor.roles & set(roles))


def is_case_worker(actor: Actor, _subject: Any) -> bool:
    return _has(actor, Role.CASEWORKER, Role.SUPERVISOR, Role.NAVIGATOR)


def is_supervisor(actor: Actor, _subject: Any) -> bool:
    return _has(actor, Role.SUPERVISOR)


def is_privacy_officer(actor: Actor, _subject: Any) -> bool:
    return _has(actor, Role.PRIVACY_OFFICER)


def is_organization_administrator(actor: Actor, _subject: Any) -> bool:
    return _has(actor, Role.ORGANIZATION_ADMINISTRATOR)


def is_network_administrator(actor: Actor, _subject: Any) -> bool:
    return _has(actor, Role.NETWORK_ADMINISTRATOR)


def owns_it(actor: Actor, subject: Any) -> bool:
    return subject is None or _same(actor, getattr(subject, "organization_id", None))


def sent_it(actor: Actor, subject: Any) -> bool:
    return subject is None or _same(actor, getattr(subject, "requester_id", None))


def received_it(actor: Actor, subject: Any) -> bool:
    return subject is None or _same(actor, getattr(subject, "performer_id", None))


def _same(actor: Actor, organization_id: UUID | None) -> bool:
    return organization_id is not None and actor.organization_id == organization_id


POLICY: dict[Permission, list[tuple[Predicate, ...]]] = {
    Permission.WORKLIST_READ: [(is_case_worker,)],
    Permission.PERSON_READ: [(owns_it, is_case_worker), (owns_it, is_privacy_officer)],
    Permission.PERSON_WRITE: [(owns_it, is_case_worker)],
    Permission.SCREENING_READ: [(owns_it, is_case_worker), (is_the_person,)],
    Permission.SCREENING_WRITE: [(owns_it, is_case_worker), (is_the_person,)],
    Permission.NEED_WRITE: [(owns_it, is_case_worker)],
    Permission.PATIENT_TASK_ASK: [(owns_it, is_case_worker)],
    Permission.PATIENT_TASK_ANSWER: [(owns_it, is_case_worker), (is_the_person,)],
    Permission.CONSENT_READ: [
        (owns_it, is_case_worker),
        (owns_it, is_privacy_officer),
        (is_the_person,),
        (stands_for_them,),
    ],
    Permission.CONSENT_WRITE: [
        (owns_it, is_case_worker),
        (owns_it, is_privacy_officer),
        (is_the_person,),
        (stands_for_them,),
    ],
    Permission.FORM_READ: [(is_staff,)],
    Permission.PERMISSION_ASK: [(owns_it, is_case_worker)],
    Permission.OWN_PAGE: [(is_themselves,), (is_their_proxy,)],
    Permission.PROXY_MANAGE: [(owns_it, is_case_worker), (owns_it, is_privacy_officer), (is_the_person,)],
    Permission.REFERRAL_READ: [
        (sent_it, is_case_worker),
        (received_it, is_case_worker),
        (sent_it, is_privacy_officer),
        (received_it, is_privacy_officer),
    ],
    Permission.REFERRAL_WRITE: [(sent_it, is_case_worker)],
    Permission.REFERRAL_ENTRY_WRITE: [(sent_it, is_case_worker), (received_it, is_case_worker)],
    Permission.REFERRAL_ASSIGN: [(sent_it, is_case_worker), (received_it, is_case_worker)],
    Permission.CASELOAD_HAND_OVER: [(owns_it, is_case_worker), (owns_it, is_organization_administrator)],
    Permission.TASK_ANSWER: [(received_it, is_case_worker)],
    Permission.TASK_CANCEL: [(sent_it, is_case_worker), (received_it, is_case_worker)],
    Permission.EMERGENCY_OPEN: [(received_it, is_case_worker)],
    Permission.ANSWER_RECORD: [(sent_it, is_case_worker)],
    Permission.PERSON_WORD_RECORD: [(sent_it, is_case_worker), (is_the_person,)],
    Permission.DANGER_READ: [(owns_it, is_case_worker)],
    Permission.DIRECTORY_READ: [(is_staff,), (is_client,)],
    Permission.DIRECTORY_WRITE: [(owns_it, is_case_worker), (owns_it, is_organization_administrator)],
    Permission.SENSITIVITY_LOWER: [(owns_it, is_privacy_officer)],
    Permission.MEASURES_READ: [(is_staff,), (is_client,)],
    Permission.OWN_ACCOUNT: [(is_staff,)],
    Permission.STAFF_MANAGE: [(owns_it, is_organization_administrator)],
    Permission.ORGANIZATION_MANAGE: [(owns_it, is_organization_administrator), (owns_it, is_privacy_officer)],
    Permission.WEBHOOK_MANAGE: [(owns_it, is_client)],
    Permission.EXPORT_MANAGE: [(owns_it, is_client)],
    Permission.WEBHOOK_TEND: [(owns_it, is_client), (owns_it, is_organization_administrator)],
    Permission.CLIENT_MANAGE: [(owns_it, is_organization_administrator)],
    Permission.MESSAGE_OPEN: [
        (owns_it, is_organization_administrator, is_case_worker),
        (owns_it, is_organization_administrator, is_privacy_officer),
    ],
    Permission.NETWORK_MANAGE: [(is_network_administrator,)],
    Permission.NETWORK_POLICY_READ: [(is_network_administrator,), (is_privacy_officer,)],
    Permission.AUDIT_READ: [(owns_it, is_privacy_officer)],
    Permission.DELIVERY_MANAGE: [(owns_it, is_supervisor), (owns_it, is_organization_administrator)],
    Permission.PRIVACY_CASE_MANAGE: [(owns_it, is_privacy_officer)],
}
