"""The server that is looked at: what it says of itself, what it shows, and what the suite made on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cie.conformance.platform import KINDS
from cie.conformance.rows import DoesNotApply, Expectation, Fails, need
from cie.conformance.session import Answer, Exchange, Resource, Session
from cie.conformance.specimens import SPECIMENS, Parts
from cie.fhir.definitions.value_sets import ValueSets

PAGE = 20
_POINTS_TO = {"Consent": ("document", "DocumentReference"), "Observation": ("response", "QuestionnaireResponse")}
_OF_PEOPLE = frozenset({"Task", "ServiceRequest", "Procedure", "Condition", "Goal", "Observation", "CareTeam"}) | {
    "QuestionnaireResponse",
    "DocumentReference",
    "RelatedPerson",
    "Consent",
    "Device",
}
Found = TypeVar("Found")


@dataclass(frozen=True)
class Options:
    """What the operator says. References are like "Patient/1"; empty ones are looked for on the server."""

    patient: str = ""
    organization: str = ""
    owner: str = ""
    owner_token: str = ""


@dataclass
class Server:
    """One server, with what was found on it so far. What was found once is not asked for again."""

    session: Session
    options: Options
    value_sets: ValueSets
    has_value_sets: bool = False
    """Whether the licensed value sets are at hand."""
    made: list[str] = field(default_factory=list)
    """References to what the suite made, oldest first."""
    _known: dict[str, tuple[Any, list[Exchange]]] = field(default_factory=dict)

    def once(self, name: str, find: Callable[[], Found]) -> Found:
        """What was found under this name, or finds it now; the exchanges that showed it are shown again.

        What failed once is for the row that asked first; to the others it does not apply.
        """
        if name in self._known:
            found, exchanges = self._known[name]
            for each in exchanges[-2:]:
                self.session.show(each)
            if isinstance(found, Exception):
                raise DoesNotApply(str(found))
            return found  # type: ignore[no-any-return]  # kept by name, of the kind its finder gives
        before = len(self.session.exchanges)
        try:
            found = find()
        except (Fails, DoesNotApply) as error:
            self._known[name] = (error, self.session.exchanges[before:])
            raise
        self._known[name] = (found, self.session.exchanges[before:])
        return found

    @property
    def statement(self) -> Resource:
        """The CapabilityStatement; empty when there is none that can be read."""
        return self.once("metadata", lambda: self.session.get("metadata")).resource

    def of_rest(self) -> Resource:
        return next((each for each in self.statement.get("rest", []) if each.get("mode") == "server"), {})

    def declared(self, resource_type: str) -> Resource | None:
        """What the CapabilityStatement says of a type."""
        return next((each for each in self.of_rest().get("resource", []) if each.get("type") == resource_type), None)

    def declares(self, resource_type: str, interaction: str) -> bool:
        said = (self.declared(resource_type) or {}).get("interaction", [])
        return any(each.get("code") == interaction for each in said)

    def page(self, resource_type: str) -> Answer:
        """The first resources of a type; where a server searches only within one patient's, of that one."""

        def ask() -> Answer:
            answer = self.session.get(f"{resource_type}?_count={PAGE}")
            if answer.is_good or resource_type not in _OF_PEOPLE or not self.options.patient:
                return answer
            return self.session.get(f"{resource_type}?patient={self.options.patient}&_count={PAGE}")

        return self.once(f"page {resource_type}", ask)

    def seen(self, resource_type: str) -> list[Resource]:
        """Resources of this type as the server shows them, one made for this among them where that is possible."""
        own = self.own(resource_type)
        on_page = [each for each in self.page(resource_type).found() if each.get("resourceType") == resource_type]
        return ([own] if own else []) + [each for each in on_page if not own or each.get("id") != own.get("id")]

    def one(self, resource_type: str) -> Resource:
        """Raises DoesNotApply when the server shows none."""
        seen = self.seen(resource_type)
        need(seen, f"The server shows no {resource_type}, and none could be made.")
        return seen[0]

    def own(self, resource_type: str) -> Resource | None:
        """The resource of this type that the suite made, as the server shows it."""
        if resource_type in ("Task", "ServiceRequest"):
            return self._of_loop(resource_type)
        if resource_type not in SPECIMENS:
            return None
        if "create" not in KINDS[resource_type].interactions and self.page(resource_type).found():
            return None
        if not self.takes(resource_type):
            return None
        return self.current(self.created(resource_type))

    def takes(self, resource_type: str) -> bool:
        """Whether a create is to be tried: the guide asks for it, or the server says that it does it."""
        asked = KINDS[resource_type].interactions.get("create")
        return asked in (Expectation.SHALL, Expectation.SHOULD) or self.declares(resource_type, "create")

    def _of_loop(self, resource_type: str) -> Resource | None:
        # a referral is sent with what was found here, so the one module needs the other
        from cie.conformance.loops import loop_of

        try:
            loop = loop_of(self)
        except (DoesNotApply, Fails):
            return None
        return loop.task if resource_type == "Task" else loop.request

    def created(self, resource_type: str) -> Answer:
        """The answer to a create of the specimen of this type."""

        def create() -> Answer:
            specimen = SPECIMENS[resource_type](self.parts(resource_type))
            return self.keep(self.session.post(resource_type, specimen), resource_type)

        return self.once(f"create {resource_type}", create)

    def keep(self, answer: Answer, resource_type: str) -> Answer:
        """Remember what a create made, to take it back at the end."""
        address = address_of(answer, resource_type)
        if answer.status == 201 and address:
            self.made.append(address)
        return answer

    def current(self, answer: Answer) -> Resource | None:
        """What a create made, as it is read now."""
        address = address_of(answer, str(answer.resource.get("resourceType", "")))
        if not answer.is_good or not address:
            return None
        read = self.once(f"read {address}", lambda: self.session.get(address))
        return read.resource if read.is_good and "id" in read.resource else None

    def parts(self, resource_type: str = "") -> Parts:
        """What a specimen of this type may point to."""
        parts = {"patient": self.patient, "organization": self.organizations()[0]}
        name, target = _POINTS_TO.get(resource_type, ("", ""))
        if target and self.takes(target):
            made = address_of(self.created(target), target)
            parts |= {name: made} if made else {}
        request = self._of_loop("ServiceRequest") if resource_type == "Procedure" else None
        return parts | ({"request": f"ServiceRequest/{request['id']}"} if request else {})

    @property
    def patient(self) -> str:
        """Whom referrals are about: the one who was named, one made up where that is possible, or else one found."""
        return self.options.patient or self.once("patient", self._find_patient)

    def _find_patient(self) -> str:
        if self.takes("Patient"):
            specimen = SPECIMENS["Patient"]({})
            identifier = specimen["identifier"][0]
            asked = f"identifier={identifier['system']}|{identifier['value']}"
            answer = self.keep(self.session.post("Patient", specimen, If_None_Exist=asked), "Patient")
            if answer.is_good and address_of(answer, "Patient"):
                return address_of(answer, "Patient")
        named = [
            each for each in self.page("Patient").found() if any("family" in name for name in each.get("name", []))
        ]
        need(named, "The server shows no Patient. Name one with --patient.")
        return f"Patient/{named[0]['id']}"

    def organizations(self) -> list[str]:
        """The caller's own Organization, or those that it may be, the likeliest first."""
        if self.options.organization:
            return [self.options.organization]
        found = self.once("organizations", lambda: list(dict.fromkeys(self._likely())))
        need(found, "The server shows no Organization. Name yours with --organization.")
        return found

    def _likely(self) -> Iterator[str]:
        for name, element in (("Task", "requester"), ("PractitionerRole", "organization")):
            points = [each.get(element, {}).get("reference", "") for each in self.page(name).found()]
            known = [each for each in points if each.startswith("Organization/")]
            yield from sorted(set(known), key=known.count, reverse=True)
        yield from (f"Organization/{each['id']}" for each in self.page("Organization").found())


def address_of(answer: Answer, resource_type: str) -> str:
    """ "Type/id" of what a create made: by its Location, or else by its body."""
    parts = answer.header("location").split("/")
    if resource_type in parts:
        place = len(parts) - 1 - parts[::-1].index(resource_type)
        if place + 1 < len(parts):
            return f"{resource_type}/{parts[place + 1]}"
    resource = answer.resource
    is_it = resource.get("resourceType") == resource_type and resource.get("id")
    return f"{resource_type}/{resource['id']}" if is_it else ""


def tag_of(resource: Resource) -> str:
    """The ETag of a resource by its own version."""
    meta = resource.get("meta")
    return f'W/"{meta.get("versionId", "") if isinstance(meta, dict) else ""}"'
