"""What can be heard of: the two topics of SDOH Clinical Care 3.0.0, and ours."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl

from cie.fhir.codes import OURS
from cie.fhir.searching.asked import Criterion
from cie.fhir.searching.asking import asked
from cie.fhir.searching.values import Asker
from cie.fhir.store import EVERYONE

_GUIDE = "http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/"


@dataclass(frozen=True)
class Heard:
    """What is heard of one resource type: whether its first version as well, and the search that each must fit."""

    first_too: bool
    criteria: str = ""


@dataclass(frozen=True)
class Topic:
    """What one topic tells of, by resource type, and by which search parameters it can be narrowed."""

    url: str
    heard: Mapping[str, Heard]
    filters: frozenset[str]


_LISTED = (
    Topic(
        f"{_GUIDE}Task",
        {"Task": Heard(first_too=True, criteria="status:not=draft&intent=order")},
        frozenset({"_lastUpdated", "code", "owner", "requester", "status"}),
    ),
    Topic(
        f"{_GUIDE}Servicerequest",
        {"ServiceRequest": Heard(first_too=False)},
        frozenset({"_id", "_lastUpdated"}),
    ),
    Topic(
        f"{OURS}topic:referral-status",
        {"ServiceRequest": Heard(first_too=True), "Task": Heard(first_too=True)},
        frozenset({"_id", "_lastUpdated", "code", "owner", "performer", "requester", "status"}),
    ),
    # of the organization's own people alone, since nobody else reads what they allowed
    Topic(
        f"{OURS}topic:consent-change",
        {"Consent": Heard(first_too=True)},
        frozenset({"_id", "_lastUpdated", "patient", "status"}),
    ),
)
TOPICS: Mapping[str, Topic] = {topic.url: topic for topic in _LISTED}
TYPES = frozenset(resource_type for topic in _LISTED for resource_type in topic.heard)
"""All resource types of which something can be heard."""


@lru_cache(maxsize=1_000)
def criteria_of(resource_type: str, query: str) -> tuple[Criterion, ...]:
    """What a search asks for that names ids of this server without its address. Raises NotUnderstood."""
    asker = Asker("", EVERYONE, lambda _type: False)
    return asked(resource_type, parse_qsl(query, keep_blank_values=True), asker).criteria


def criteria_for(topic: Topic, resource_type: str, filters: Iterable[str]) -> Iterator[Criterion]:
    """What must hold of a new version to be told; a filter says which type it is about."""
    yield from criteria_of(resource_type, topic.heard[resource_type].criteria)
    for each in filters:
        about, _, query = each.partition("?")
        if about == resource_type:
            yield from criteria_of(resource_type, query)
