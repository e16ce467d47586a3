"""Putting the texts of one organization under the phone keys of today."""

from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session, col

from cie.events import Outbox
from cie.messaging.models import TextMessage, TextQuestion
from cie.messaging.telling import order_key
from cie.people import ContactPoint


def refile_texts(session: Session, organization_id: UUID) -> None:
    """Keep texts, questions and deliveries under the keys of the phones, as `people.refile_people` left them."""
    session.flush()
    for kept in (TextMessage, TextQuestion):
        key = select(col(ContactPoint.value_key)).where(col(ContactPoint.id) == col(kept.contact_point_id))
        theirs = (col(kept.organization_id) == organization_id, col(kept.contact_point_id).is_not(None))
        session.execute(update(kept).where(*theirs).values(phone_key=key.scalar_subquery()))
    points = select(ContactPoint).where(col(ContactPoint.organization_id) == organization_id)
    for point in session.execute(points).scalars():
        queued = (col(Outbox.destination_id) == point.id, col(Outbox.order_key).startswith("phone:"))
        session.execute(update(Outbox).where(*queued).values(order_key=order_key(point)))
