"""`cie doctor`: what an operator should mend, each thing named."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import click
from sqlalchemy import func, select, text
from sqlmodel import Session, col

from cie import events, identity, messaging, participants, webhooks
from cie.app import mail_gateway
from cie.cli.doctor_keys import key_ages, key_faults, keys_beside_data
from cie.cli.start import BEHIND, has_demo_accounts, start
from cie.db import current, reading
from cie.db.migrate import is_current
from cie.errors import CieError, Invalid
from cie.events import AuditEntry
from cie.identity import Client
from cie.mail import MailAway, MailRefused
from cie.participants import Participant
from cie.settings import Settings, load_settings, problems

OLDEST_DUE_SECONDS = 300
CLOCK_DIFFERENCE = timedelta(seconds=30)
RECENT = timedelta(days=7)


@click.command()
def doctor() -> None:
    """Check configuration, database, queue, clock, keys, and that somebody is on call."""
    faults = list(_faults())
    for fault in faults:
        click.echo(f"doctor: {fault}", err=True)
    if faults:
        raise click.ClickException(f"{len(faults)} to mend")
    for word in _to_know():
        click.echo(f"doctor: {word}")
    click.echo("doctor: all is well")


def _faults() -> Iterator[str]:
    settings = load_settings()
    unsafe = problems(settings)
    if unsafe:
        yield from unsafe
        return
    try:
        start(migrated=False)
        if not is_current(current()):
            yield BEHIND
            return
        yield from _of_the_database(settings)
        if settings.email_by == "smtp":
            yield from _of_the_mail_server(settings)
    except Invalid as error:
        yield error.message
    except CieError as error:
        yield f"the database: {error.message}"


def _of_the_database(settings: Settings) -> Iterator[str]:
    now = datetime.now(UTC)
    if settings.env == "production" and has_demo_accounts():
        yield "this database holds demo accounts, whose passwords are known to everybody; use a fresh one"
    if settings.env == "production":
        yield from keys_beside_data(settings)
    with reading() as session:
        yield from _of_the_clock(session, now)
        yield from key_faults(session)
        yield from _of_the_queue(session, now)
        yield from _of_those_on_call(session)


def _of_the_clock(session: Session, now: datetime) -> Iterator[str]:
    newest = session.execute(select(func.max(col(AuditEntry.at)))).scalar()
    if newest is not None and newest > now + CLOCK_DIFFERENCE:
        yield f"the clock: the newest audit record is {(newest - now).total_seconds():.0f} seconds in the future"
    if not current().is_sqlite:
        theirs = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        apart = abs(theirs - datetime.now(UTC))
        if apart > CLOCK_DIFFERENCE:
            yield f"the clock: it is {apart.total_seconds():.0f} seconds apart from that of the database"


def _of_the_mail_server(settings: Settings) -> Iterator[str]:
    try:
        mail_gateway(settings).check()
    except MailRefused as refusal:
        yield f"e-mail: the mail server refused with code {refusal.code}; are CIE_SMTP_USERNAME and _PASSWORD right?"
    except MailAway:
        yield "e-mail: the mail server gives no answer; are CIE_SMTP_HOST, _PORT and _SECURITY right?"


def _of_the_queue(session: Session, now: datetime) -> Iterator[str]:
    age = events.queue_age_seconds(session, at=now)
    if age > OLDEST_DUE_SECONDS:
        yield f"the queue: the oldest delivery has been due for {age:.0f} seconds; is the worker running?"


def _to_know() -> Iterator[str]:
    """What is nothing to mend, yet good to know."""
    with reading() as session:
        yield from key_ages(session, load_settings(), datetime.now(UTC))
        since = datetime.now(UTC) - RECENT
        count = messaging.texts_from_unknown_numbers(session, since=since)
        warnings = messaging.warnings_from_unknown_numbers(session, since=since)
    if warnings.newest_at is not None:
        yield (
            f"{warnings.count} texts in the last 7 days that may speak of danger came from numbers that nobody ever had"
            f" here, the newest at {warnings.newest_at:%Y-%m-%d %H:%M} UTC; look for them with the provider of texts"
        )
    if count:
        yield f"{count} texts in the last 7 days came from numbers that nobody here has; nobody reads them"
    yield from _stuck_notices()


def _stuck_notices() -> Iterator[str]:
    with reading() as session:
        for stuck in webhooks.stuck_by_program(session):
            owner, program = (
                session.get_one(Participant, stuck.organization_id),
                session.get_one(Client, stuck.client_id),
            )
            yield (
                f"{owner.name}: {stuck.count} notices to the program {program.name} got stuck;"
                " its administrators see them under Organization, Programs"
            )


def _of_those_on_call(session: Session) -> Iterator[str]:
    for organization in participants.participants(session):
        staff = {user.id for user in identity.staff_in(session, organization.id) if user.is_active}
        if organization.is_active and staff and organization.on_call_user_id not in staff:
            yield f"{organization.name}: nobody is on call when somebody is in danger"
