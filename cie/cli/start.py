"""What every command starts with: the settings, the database, the composition."""

import logging
import sys
from datetime import UTC, datetime

import structlog

from cie import identity, participants, seeding
from cie.app import Composition, compose
from cie.db import configure, current, note_data_key, reading
from cie.db.migrate import is_current
from cie.errors import Invalid, NotPossibleNow
from cie.messaging.gateway import is_loopback
from cie.settings import Settings, load_settings, problems

BEHIND = "the database is behind; run `cie db upgrade`"


def start(*, migrated: bool = True) -> tuple[Settings, Composition]:
    """Open what the environment names. `migrated`: the command needs the newest tables.

    Raises Invalid, naming every setting that is not fit for production; NotPossibleNow when the database is behind.
    """
    settings = load_settings()
    faults = problems(settings)
    if faults:
        raise Invalid("this is not safe for production: " + "; ".join(faults))
    if settings.uses_sandbox and not is_loopback(settings.sandbox_url):
        raise Invalid("CIE_SANDBOX_URL: give an address of this machine, like http://127.0.0.1:8002")
    log_to_stdout()
    configure(settings)
    composition = compose(settings)
    if migrated:
        if not is_current(current()) or _keys_are_missing():
            raise NotPossibleNow(BEHIND)
        note_data_key(at=datetime.now(UTC))
    return settings, composition


def _keys_are_missing() -> bool:
    """Whether `cie db upgrade` is still giving keys: who starts before would go on without them."""
    with reading() as session:
        return bool(participants.without_key(session))


def refuse_demo_accounts(settings: Settings) -> None:
    """Real people are not served by an exchange whose passwords everybody knows. Raises NotPossibleNow."""
    if settings.env == "production" and has_demo_accounts():
        raise NotPossibleNow(
            "this database holds demo accounts, whose passwords are known to everybody; use a fresh one"
        )


def has_demo_accounts() -> bool:
    """Whether an account of the demo is in the database."""
    with reading() as session:
        return any(identity.account_for(session, email) for email in seeding.demo_emails())


def log_to_stdout() -> None:
    """One JSON object a line, from fields that carry ids and codes only."""
    renderer = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(renderer)
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for noisy in ("alembic", "apscheduler", "twilio", "urllib3", "werkzeug"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
