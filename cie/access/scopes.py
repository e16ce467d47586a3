"""What a program may do, as OAuth scopes: those of SMART App Launch 2.2 (`system/Task.rs`) and of the JSON API.

One table holds both: an area of the exchange has a name in the API (`api/referrals.read`) and FHIR resource types. What
somebody asks for is narrowed to what the program may have; a wildcard gives every area that is allowed, not more.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """On whose behalf: a system by itself, a member of staff who uses an app, or either of them through the API."""

    SYSTEM = "system"
    USER = "user"
    API = "api"


@dataclass(frozen=True)
class Area:
    """A part of the exchange, by its name in the API and the resource types that show it in FHIR."""

    name: str
    resources: tuple[str, ...]


AREAS = (
    Area("people", ("Patient", "RelatedPerson", "CareTeam")),
    Area("screenings", ("QuestionnaireResponse", "Observation", "Questionnaire")),
    Area("needs", ("Condition", "Goal", "Device")),
    Area("consents", ("Consent",)),
    Area("referrals", ("Task", "ServiceRequest", "Procedure", "DocumentReference")),
    Area("services", ("HealthcareService", "Organization", "Location", "PractitionerRole", "Practitioner")),
    Area("measures", ("MeasureReport",)),
    Area("exports", ("Group",)),
    Area("webhooks", ("Subscription",)),
)
EVERYTHING = "*"
READ, WRITE = frozenset("rs"), frozenset("cud")
OFFLINE = "offline_access"
"""Asks for a refresh token; only apps that staff use get one."""
_ORDER = "cruds"
_WORDS = {"read": READ, "write": WRITE, "*": READ | WRITE}
_SMART = re.compile(r"(system|user)/(\*|[A-Za-z]{1,64})\.(c?r?u?d?s?|read|write|\*)")
_API = re.compile(r"api/(\*|[a-z]{1,64})\.(read|write|\*)")


@dataclass(frozen=True)
class Scope:
    """One scope: at which level, of which resource type or area (`*`: of all), and the interactions that it opens."""

    level: Level
    subject: str
    may: frozenset[str]

    def __str__(self) -> str:
        if self.level is Level.API:
            return f"api/{self.subject}.{next(word for word, may in _WORDS.items() if may == self.may)}"
        return f"{self.level}/{self.subject}.{''.join(c for c in _ORDER if c in self.may)}"

    def within(self, allowed: "Scope") -> "Scope | None":
        """The part of this scope that another allows."""
        may = self.may & allowed.may
        if self.level != allowed.level or not may or EVERYTHING != allowed.subject != self.subject != EVERYTHING:
            return None
        return Scope(self.level, allowed.subject if self.subject == EVERYTHING else self.subject, may)


def read_scope(text: str) -> Scope | None:
    """The scope that a text says; None for one that this server does not know. SMART 1 words are read, too."""
    smart, api = _SMART.fullmatch(text), _API.fullmatch(text)
    if smart is not None and smart[3] and (smart[2] == EVERYTHING or smart[2] in _resources()):
        return Scope(Level(smart[1]), smart[2], _WORDS.get(smart[3], frozenset(smart[3])))
    if api is not None and (api[1] == EVERYTHING or api[1] in {area.name for area in AREAS}):
        return Scope(Level.API, api[1], _WORDS[api[2]])
    return None


def _resources() -> frozenset[str]:
    return frozenset(resource for area in AREAS for resource in area.resources)


def narrowed(wanted: Iterable[str], allowed: Iterable[str]) -> tuple[str, ...]:
    """What of the scopes that somebody asks for they may have, each once, in the order of asking."""
    may_have = list(allowed)
    scopes = [scope for text in may_have if (scope := read_scope(text))]
    found: dict[str, None] = {}
    for text in wanted:
        asked = read_scope(text)
        parts = [asked.within(scope) for scope in scopes] if asked else []
        found |= dict.fromkeys(str(part) for part in parts if part)
        found |= {text: None} if text == OFFLINE and OFFLINE in may_have else {}
    return tuple(found)


def opens(granted: Iterable[str], level: Level, subject: str, interaction: str) -> bool:
    """Whether scopes that were granted open one interaction (`c r u d s`) with a resource type, or an area."""
    wanted = Scope(level, subject, frozenset(interaction))
    return any(scope is not None and wanted.within(scope) is not None for scope in map(read_scope, granted))


@dataclass(frozen=True)
class Sight:
    """What scopes open of one area: seeing it, changing it, or both."""

    name: str
    reads: bool
    writes: bool


def sights_of(granted: Iterable[str]) -> tuple[Sight, ...]:
    """What scopes open, area by area, as it is told to people."""
    known = [scope for text in granted if (scope := read_scope(text))]
    found = []
    for area in AREAS:
        subjects = {EVERYTHING, area.name, *area.resources}
        may = frozenset[str]().union(*(scope.may for scope in known if scope.subject in subjects))
        if may:
            found.append(Sight(area.name, bool(may & READ), bool(may & WRITE)))
    return tuple(found)


def every_scope() -> tuple[str, ...]:
    """The scopes that the server announces: each area by the API, each resource type for systems and for staff."""
    api = [f"api/{area.name}.{word}" for area in AREAS for word in ("read", "write")]
    smart = [f"{level}/{name}.cruds" for level in ("system", "user") for a in AREAS for name in a.resources]
    return (*api, *smart, OFFLINE)
