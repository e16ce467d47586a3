"""What a program sent beyond what the exchange keeps comes back to its own organization, and to nobody else.

Of what both say, the exchange has the word: a status, or a name that was corrected on a page since.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie.fhir.codes import DUTY
from cie.fhir.formats import read_json
from cie.fhir.refusals import Changed
from cie.fhir.resources import patient_task, questionnaire_response
from cie.fhir.resources.patient_reading import read_patient
from cie.fhir.store import Audience, Body, Content, Key, Stored, keep_all, stored_among
from cie.fhir.subscribing import notice

_PENDING = "fhir_pending"
_ALWAYS_OURS = frozenset({"resourceType", "id", "meta"})
_LISTS = ("input", "output")
"""The lists of a Task in which the exchange adds to what was sent."""
_OURS = {
    "ServiceRequest": frozenset({"status", "subject", "authoredOn", "requester", "performer"}),
    "Task": frozenset({"status", "statusReason", "businessStatus", "for", "focus", "authoredOn", "requester", "owner"}),
    "Patient": frozenset({"identifier"}),
    "QuestionnaireResponse": frozenset({"status", "subject"}),
    "Condition": frozenset({"clinicalStatus", "verificationStatus", "subject"}),
}
"""What the exchange alone says of each type to which it adds what was sent."""


@dataclass(frozen=True)
class Sent:
    """What a program sent in this transaction, for its own organization.

    `expected_version`: the version that it saw; another one by then undoes everything. `person_id`: whom a resource
    shows that the exchange only keeps, which is then in `is_kept`.
    """

    organization_id: UUID
    body: Body
    expected_version: int | None = None
    is_kept: bool = False
    person_id: UUID | None = None

    @property
    def key(self) -> Key:
        return self.body["resourceType"], self.body["id"]


def remember(session: Session, sent: Sent) -> None:
    """Keep this with its resource when the transaction ends."""
    session.info.setdefault(_PENDING, {})[sent.organization_id, sent.key] = sent


def senders(session: Session) -> set[UUID]:
    """The organizations for which something is remembered."""
    return {organization_id for organization_id, _key in session.info.get(_PENDING, {})}


def kept_now(session: Session, organization_id: UUID) -> list[Content]:
    """The resources that programs of an organization sent in this transaction and the exchange only keeps."""
    found = session.info.get(_PENDING, {}).values()
    own = [each for each in found if each.is_kept and each.organization_id == organization_id]
    return [Content(each.body, each.person_id, is_kept=True) for each in own]


def sent_of(session: Session, resource_type: str) -> set[UUID]:
    """The ids of records of ours of which something was sent in this transaction."""
    found = session.info.get(_PENDING, {}).values()
    return {UUID(each.key[1]) for each in found if each.key[0] == resource_type and not each.is_kept}


def show(session: Session, audience: Audience, contents: Sequence[Content], gone: Collection[Key] = ()) -> None:
    """Let the audience read all this from now on, and no more what is `gone`; who listens is told. Raises Changed."""
    if not contents and not gone:
        return
    rows = stored_among(session, audience.organization_id, [*(each.key for each in contents), *gone])
    new = keep_all(session, audience, wholes(session, audience, contents, rows), gone, rows)
    notice(session, audience.organization_id, new)


def wholes(
    session: Session, audience: Audience, contents: Sequence[Content], rows: Mapping[Key, Stored]
) -> list[Content]:
    """What the exchange makes, each with what a program sent of it besides. Raises Changed."""
    return [_whole(session, audience, each, rows.get(each.key)) for each in contents]


def _whole(session: Session, audience: Audience, content: Content, row: Stored | None) -> Content:
    new: Sent | None = session.info.get(_PENDING, {}).get((audience.organization_id, content.key))
    if new and new.expected_version is not None and (row is None or row.version != new.expected_version):
        raise Changed("Read it again: this is not its newest version")
    if content.is_kept or content.key[0] not in _OURS:
        return content
    sent = _own_of(new.body, row) if new else _sent_before(content, row)
    return replace(content, body=with_sent(content.body, sent), sent=sent) if sent else content


def _sent_before(content: Content, row: Stored | None) -> Body | None:
    """What was sent earlier. It may repeat what was readable then, so it ends with the release by which it was."""
    if row is None or row.sent is None or row.release_id != content.release_id:
        return None
    return read_json(row.sent.encode())


def _own_of(sent: Body, row: Stored | None) -> Body:
    """What was sent without the inputs and outputs of a loop's Task that only repeat what the exchange told there."""
    if not _is_of_loop(sent) or row is None or row.body is None:
        return sent
    said, told = read_json(row.sent.encode()) if row.sent else {}, read_json(row.body.encode())
    kept = {name: _without(sent[name], told, said, name) for name in _LISTS if name in sent}
    return {name: value for name, value in {**sent, **kept}.items() if value != []}


def _is_of_loop(body: Body) -> bool:
    """Whether it is the Task of a loop: what comes of one is told by both sides."""
    return body["resourceType"] == "Task" and patient_task.kind_in(body) is None


def _without(parts: Sequence[Any], told: Body, said: Body, name: str) -> list[Any]:
    """Those that were not told by the exchange alone."""
    own = _all_named(said, name)
    ours = [each for each in _all_named(told, name) if each not in own]
    return [each for each in parts if _named(each) not in ours]


def _all_named(task: Body, name: str) -> list[Any]:
    return [_named(each) for each in task.get(name, [])]


def _named(part: Mapping[str, Any]) -> Any:
    """What an input or output names: the type and id of a resource, or whatever else it says."""
    literal = part.get("valueReference", {}).get("reference")
    return literal.split("/")[-2:] if literal else {name: value for name, value in part.items() if name != "type"}


def with_sent(made: Body, sent: Body) -> Body:
    """A resource that the exchange makes, with what its sender said besides."""
    kind = made["resourceType"]
    changed = _CHANGED[kind](made, sent) if kind in _CHANGED else frozenset[str]()
    ours = _ALWAYS_OURS | _OURS[kind] | changed
    more = {name: value for name, value in sent.items() if name.removeprefix("_") not in ours}
    merged = {**made, **more, "meta": _meta(made, sent), **_both(made, sent)}
    return {**merged, "identifier": _identifiers(made, sent)} if kind == "Patient" else merged


def _both(made: Body, sent: Body) -> dict[str, Any]:
    """The inputs and outputs of a loop's Task: what was sent, then those of the exchange that it does not name."""
    if not _is_of_loop(made):
        return {}
    return {
        name: [*sent[name], *(each for each in made[name] if _named(each) not in _all_named(sent, name))]
        for name in _LISTS
        if name in made and name in sent
    }


def _meta(made: Body, sent: Body) -> dict[str, Any]:
    """Profiles of both; tags and labels of the sender, beside the duties that the exchange knows of."""
    said = sent.get("meta", {})
    profiles = dict.fromkeys([*made["meta"]["profile"], *said.get("profile", [])])
    labels = [*made["meta"].get("security", []), *_own_labels(said)]
    tags = {"tag": said["tag"]} if said.get("tag") else {}
    return {**made["meta"], "profile": list(profiles), **tags, **({"security": labels} if labels else {})}


def _own_labels(said: Mapping[str, Any]) -> list[Any]:
    return [label for label in said.get("security", []) if label.get("system") != DUTY]


def _identifiers(made: Body, sent: Body) -> list[Any]:
    """Those that the exchange says, and those of the sender that it does not know of."""
    said = {(each.get("system"), each.get("value")) for each in made["identifier"]}
    more = [each for each in sent.get("identifier", []) if (each.get("system"), each.get("value")) not in said]
    return [*made["identifier"], *more]


_READ: Mapping[str, Callable[[Any], object]] = {
    "name": lambda read: (read.details.given_name, read.details.family_name, read.details.chosen_name),
    "birthDate": lambda read: read.details.birth,
    "address": lambda read: (read.details.street, read.details.zip, read.details.county_fips),
    "communication": lambda read: read.details.language,
    "extension": lambda read: read.details.interpreter,
    "telecom": lambda read: set(read.contacts),
}


def _said_otherwise(made: Body, sent: Body) -> frozenset[str]:
    """The elements of a Patient in which the exchange says something else by now than its sender did."""
    now, then = read_patient(made), read_patient(sent)
    return frozenset(name for name, part in _READ.items() if part(now) != part(then))


_CHANGED: Mapping[str, Callable[[Body, Body], frozenset[str]]] = {
    "Patient": _said_otherwise,
    "QuestionnaireResponse": questionnaire_response.answered_otherwise,
    "Task": patient_task.answered_otherwise,
}
"""By type, the elements in which the exchange says something else by now than their sender did."""
