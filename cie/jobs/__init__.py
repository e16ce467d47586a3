"""Work outside requests: delivering the outbox and running what the clock asks for, in a process of its own."""

from cie.jobs.building import Builder
from cie.jobs.delivery import deliver, deliver_next
from cie.jobs.exporting import Exporter, take_away_old_exports
from cie.jobs.schedule import forget_what_has_passed, look_after_late_answers
from cie.jobs.worker import run_worker

__all__ = [
    "Builder",
    "Exporter",
    "deliver",
    "deliver_next",
    "forget_what_has_passed",
    "look_after_late_answers",
    "run_worker",
    "take_away_old_exports",
]
