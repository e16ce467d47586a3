"""Reading services of the directory."""

from uuid import UUID

from sqlmodel import Session

from cie.directory.models import Organization, Service, ServiceStatus
from cie.errors import NotFound, NotPossibleNow


def get_service(session: Session, service_id: UUID) -> Service:
    """One service. Raises NotFound."""
    service = session.get(Service, service_id)
    if service is None:
        raise NotFound("There is no such record")
    return service


def organization_of(session: Session, service: Service) -> Organization:
    """The directory organization that offers a service."""
    return session.get_one(Organization, service.organization_id)


def require_open(service: Service) -> None:
    """Refuse a service that no longer takes people. Raises NotPossibleNow."""
    if service.status != ServiceStatus.ACTIVE:
        raise NotPossibleNow("This service is closed. Choose another")
