"""Reading services of the directory."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from cie.directory.models import Organization, Service, ServiceNeed, ServiceStatus
from cie.errors import NotFound, NotPossibleNow


def get_service(session: Session, service_id: UUID) -> Service:
    """One service. Raises NotFound."""
    service = session.get(Service, service_id)
    if service is None:
        raise NotFound("There is no such record")
    return service


def organization_of(session: Session, service: Service) -> Organization:
    """The directory organization that offers a service."""
    found = session.get_one(Organization, service.organization_id)
    # a session forgets what nobody holds, and this is asked for again and again
    session.info.setdefault("listed", {})[found.id] = found
    return found


def require_open(service: Service) -> None:
    """Refuse a service that no longer takes people. Raises NotPossibleNow."""
    if service.status != ServiceStatus.ACTIVE:
        raise NotPossibleNow("This service is closed. Choose another")


def services_asked_of(session: Session, participant_id: UUID) -> Sequence[Service]:
    """The open services of a participant that take referrals, in the order of their ids."""
    query = (
        select(Service)
        .join(Organization, col(Organization.id) == col(Service.organization_id))
        .where(
            col(Organization.participant_id) == participant_id,
            col(Service.status) == ServiceStatus.ACTIVE,
            col(Service.accepts_referrals),
        )
        .order_by(col(Service.id))
    )
    return session.execute(query).scalars().all()


def needs_met_by(session: Session, service_ids: Collection[UUID]) -> dict[UUID, set[str]]:
    """The codes of the needs that each of these services meets."""
    met: dict[UUID, set[str]] = {service_id: set() for service_id in service_ids}
    for service_id, code in session.execute(_MET, {"ids": list(service_ids)}) if service_ids else ():
        met[service_id].add(code)
    return met


_MET = select(col(ServiceNeed.service_id), col(ServiceNeed.need_code)).where(
    col(ServiceNeed.service_id).in_(bindparam("ids", expanding=True))
)
