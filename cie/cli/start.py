"""What every command starts with: the settings, the database, the composition."""

import logging
import sys

import structlog

from cie.app import Composition, compose
from cie.db import configure
from cie.errors import Invalid
from cie.settings import Settings, load_settings, problems


def start() -> tuple[Settings, Composition]:
    """Open what the environment names. Raises Invalid, naming every setting that is not fit for production."""
    settings = load_settings()
    faults = problems(settings)
    if faults:
        raise Invalid("this is not safe for production: " + "; ".join(faults))
    log_to_stdout()
    configure(settings)
    return settings, compose(settings)


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
    for noisy in ("apscheduler", "twilio", "urllib3", "werkzeug"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
