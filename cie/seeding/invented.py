"""Invented persons and the ways in which their referrals went, drawn from a seeded source."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from cie.referrals import Closing, PersonWord, Reason, TaskStatus, Urgency

FIRST_NAMES = (
    "Aster", "Rowan", "Juniper", "Salvador", "Marisol", "Tomás", "Xiomara", "Pao", "Mai", "Kalia", "Harpreet",
    "Simran", "Luz", "Esperanza", "Ignacio", "Dolores", "Refugio", "Wilder", "Hazel", "Linden", "Marigold", "Basil",
    "Clover", "Fern", "Laurel", "Sage", "Briar", "Ivo", "Nadia", "Teresa", "José", "Guadalupe", "Concepción", "Amos",
    "Ruth", "Ezra", "Noor", "Samir", "Thuy", "Minh", "Anahit", "Levon", "Oksana", "Pilar", "Ximena", "Rafael",
)  # fmt: skip
LAST_NAMES = (
    "Moreno", "Quintero", "Vang", "Xiong", "Singh", "Gill", "Alder", "Marsh", "Reed", "Finch", "Lake", "Rivers",
    "Ochoa", "Ibarra", "Zamora", "Villaseñor", "Peña", "Castellanos", "Del Río", "Orozco", "Nguyen", "Tran",
    "Petrosyan", "Sarkisian", "Brook", "Heath", "Thorne", "Vale", "Winter", "Field", "Stone", "Hill", "Woods",
    "Lozano", "Navarro", "Escobedo", "Arreola", "Bautista", "Cuevas", "Delgadillo", "Farías", "Galindo",
)  # fmt: skip
STREETS = ("Elm Avenue", "Orchard Road", "Second Street", "Canal Way", "Almond Court", "Mission Lane", "Olive Street")
LANGUAGES = ("en", "en", "en", "en", "en", "es", "es", "es", "hmn", "pa", "vi", "zh-Hant")
# Each of these area codes of California has the numbers 555-0100 to 555-0199, which belong to nobody.
AREA_CODES = (
    209, 213, 310, 323, 408, 415, 510, 530, 559, 562, 619, 626, 650, 661, 707, 714, 760, 805, 818, 831, 909, 916,
)  # fmt: skip
MESSAGES = (
    "Please text, do not call during the day.",
    "Works nights. Mornings are best.",
    "Has a ride on Tuesdays only.",
    "Two small children at home. The stove does not work.",
    "Speaks through her sister on the phone.",
)
URGENCIES = (Urgency.TODAY, *(Urgency.TWO_DAYS,) * 3, *(Urgency.WEEK,) * 9, *(Urgency.NOT_URGENT,) * 7)

Move = tuple[TaskStatus, Reason | None]
_S, _R = TaskStatus, Reason
_YES: Move = (_S.ACCEPTED, None)
_STARTED: Move = (_S.IN_PROGRESS, None)


@dataclass(frozen=True)
class Course:
    """How one referral went: the moves of its task, how the loop ended, what else happened to it."""

    moves: tuple[Move, ...]
    closing: Closing | None = None
    late: bool = False
    waitlisted: bool = False
    attempts: int = 0


NO_ANSWER_YET = Course(())
LATE = Course((), late=True)
WAITLIST = Course((), waitlisted=True)
ACCEPTED = Course((_YES,))
STARTED = Course((_YES, _STARTED))
HELPED = Course((_YES, _STARTED, (_S.COMPLETED, None)), Closing.SERVICES_RECEIVED)
PAPERS = Course((_YES, (_S.ON_HOLD, _R.MISSING_PAPERS)))
NO_ROOM = Course(((_S.REJECTED, _R.NO_ROOM),))
OUTSIDE = Course(((_S.REJECTED, _R.OUTSIDE_AREA),), Closing.OTHER)
NOT_ELIGIBLE = Course(((_S.REJECTED, _R.NOT_ELIGIBLE),), Closing.NOT_ELIGIBLE)
NOT_REACHED = Course((_YES, (_S.FAILED, _R.UNABLE_TO_REACH)), Closing.UNABLE_TO_REACH, attempts=3)
CHANGED_MIND = Course((_YES, _STARTED, (_S.FAILED, _R.PERSON_DECLINES)), Closing.NO_LONGER_NEEDS)
CANCELLED = Course(((_S.CANCELLED, _R.PERSON_DECLINES),), Closing.NO_LONGER_NEEDS)

COURSES: tuple[tuple[int, tuple[tuple[int, Course], ...]], ...] = (
    (2, ((60, NO_ANSWER_YET), (22, ACCEPTED), (8, STARTED), (6, NO_ROOM), (4, WAITLIST))),
    (
        30,
        (
            (4, LATE), (6, WAITLIST), (12, ACCEPTED), (18, STARTED), (38, HELPED), (6, PAPERS), (6, NO_ROOM),
            (3, NOT_ELIGIBLE), (4, NOT_REACHED), (3, CHANGED_MIND),
        ),
    ),
    (
        10_000,
        (
            (1, LATE), (1, WAITLIST), (2, STARTED), (66, HELPED), (1, NO_ROOM), (5, OUTSIDE), (6, NOT_ELIGIBLE),
            (10, NOT_REACHED), (5, CHANGED_MIND), (3, CANCELLED),
        ),
    ),
)  # fmt: skip
"""What may have become of a referral, with weights, by how many days ago at most it was sent."""

WORDS: tuple[tuple[int, PersonWord | None], ...] = (
    (52, PersonWord.GOT_HELP),
    (8, PersonWord.CONTACTED_NO_HELP),
    (3, PersonWord.NOT_CONTACTED),
    (5, PersonWord.NO_LONGER_NEEDS),
    (32, None),
)
"""What persons answer when they are asked whether help came; a third are silent."""


def course(rng: Random, days: float) -> Course:
    """What became of a referral that was sent so many days ago."""
    found: Course = weighted(rng, next(weights for within, weights in COURSES if days <= within))
    return found


def weighted(rng: Random, weights: tuple[tuple[int, Any], ...]) -> Any:
    """One of the values, by weight."""
    left = rng.random() * sum(weight for weight, _value in weights)
    for weight, value in weights:
        left -= weight
        if left < 0:
            return value
    return weights[-1][1]


def new_id(rng: Random, at: datetime) -> UUID:
    """A UUIDv7 of the moment `at`, from the seeded source."""
    bits = rng.getrandbits(74)
    milliseconds = int(at.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1)


def birth_text(rng: Random, today: datetime) -> str:
    """The birth date of an adult."""
    return (today - timedelta(days=rng.randrange(19 * 366, 88 * 365))).date().isoformat()


def phone_number(rng: Random) -> str:
    """A number (E.164) that belongs to nobody."""
    return f"+1{rng.choice(AREA_CODES)}55501{rng.randrange(100):02}"
