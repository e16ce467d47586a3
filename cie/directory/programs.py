"""Whose law guards what an organization tells of somebody: that of a program which it runs.

An enrollment that the program itself reports is a record of the program (7 CFR 272.1(c), 246.26(d)); that somebody was
sent there is none. Where nothing was said, the strictest program of the organization counts; to say that a service
belongs to none takes the privacy officer. What an organization sends of those whom it serves comes out of the files of
its programs, and no service says of which: there the strictest counts always.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from cie import events, participants
from cie.access import Actor, Permission
from cie.directory.models import Service
from cie.directory.services import get_service, organization_of
from cie.directory.stewardship import own_service
from cie.errors import Invalid
from cie.participants import Program


def program_of(service: Service, runs: Collection[Program]) -> Program | None:
    """The program whose records the words of this service are, when its organization runs these programs."""
    if service.is_no_program:
        return None
    if service.program in runs:
        return service.program
    return strictest_program(runs)


def strictest_program(runs: Collection[Program]) -> Program | None:
    """The program of these whose law is the strictest."""
    return next((program for program in Program if program in runs), None)


def program_of_files(session: Session, participant_id: UUID) -> Program | None:
    """The program out of whose files an organization tells of those whom it serves; None when it runs none."""
    return strictest_program(_recorded(session, participant_id))


def programs_run(session: Session, service: Service) -> frozenset[Program]:
    """The programs that the organization of a service runs, as the network recorded them."""
    participant_id = organization_of(session, service).participant_id
    if participant_id is None:
        return frozenset()
    return _recorded(session, participant_id)


def _recorded(session: Session, participant_id: UUID) -> frozenset[Program]:
    return frozenset(Program(code) for code in participants.get_participant(session, participant_id).programs)


def set_program(session: Session, actor: Actor, service_id: UUID, program: Program | None, *, at: datetime) -> Service:
    """Say to which program of the organization a service belongs, or to none.

    To protect less takes the privacy officer. Raises NotFound, NotAllowed, Invalid (a program that it does not run).
    """
    service = get_service(session, service_id)
    runs = programs_run(session, service)
    before = program_of(service, runs)
    needed = Permission.SENSITIVITY_LOWER if loosens(before, program) else Permission.DIRECTORY_WRITE
    own_service(session, actor, service_id, needed)
    if program is not None and program not in runs:
        raise Invalid("Program: choose one of the list", "program")
    service.program, service.is_no_program, service.last_modified = program, program is None, at
    session.add(service)
    after = program.value if program else ""
    events.record(session, actor, "service.program", service, at=at, before=before.value if before else "", after=after)
    return service


def loosens(before: Program | None, after: Program | None) -> bool:
    """Whether the change protects less: the programs stand in the order of their strictness, none of them last."""
    order = [*Program, None]
    return order.index(after) > order.index(before)
