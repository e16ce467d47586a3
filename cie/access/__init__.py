"""Who may do what: the caller, the permissions, and the one table that answers.

`access` answers "may this user do this"; whether the person's data may go somewhere is asked of `consent`.
"""

from typing import Any

from cie.access.actor import ANYONE, SYSTEM, Actor, ActorKind, Door, Purpose, Role
from cie.access.policy import POLICY, Permission
from cie.errors import NotAllowed, NotFound

__all__ = [
    "ANYONE",
    "POLICY",
    "SYSTEM",
    "Actor",
    "ActorKind",
    "Door",
    "Permission",
    "Purpose",
    "Role",
    "check",
    "is_allowed",
]


def is_allowed(actor: Actor, permission: Permission, subject: Any = None) -> bool:
    """Whether one alternative of the permission holds in full; the system itself may do what its jobs need."""
    if actor.kind == ActorKind.SYSTEM:
        return True
    return any(all(holds(actor, subject) for holds in rule) for rule in POLICY[permission])


def check(actor: Actor, permission: Permission, subject: Any = None) -> None:
    """Refuse what the table does not allow.

    Raises NotFound when the caller may not know of the subject, NotAllowed when only the act is refused.
    """
    if is_allowed(actor, permission, subject):
        return
    if subject is not None and not _may_know(actor, subject):
        raise NotFound("There is no such record")
    raise NotAllowed(f"Your role does not include this ({permission.value})")


def _may_know(actor: Actor, subject: Any) -> bool:
    sides = (getattr(subject, name, None) for name in ("organization_id", "requester_id", "performer_id"))
    return actor.organization_id is not None and actor.organization_id in sides
