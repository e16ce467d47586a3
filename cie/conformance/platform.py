"""The capability table of the Coordination Platform, server side, of SDOH Clinical Care 3.0.0, as facts.

Marks: `!` SHALL, `+` SHOULD, `~` MAY, `?` nothing said.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cie.conformance.rows import Expectation

MARKS = {
    "!": Expectation.SHALL,
    "+": Expectation.SHOULD,
    "~": Expectation.MAY,
    "?": Expectation.UNSAID,
}
GUIDE = "http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-"
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
BASE = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(frozen=True)
class Search:
    """A search parameter: its type in FHIR and the elements that it looks at, by their names in JSON."""

    name: str
    expectation: Expectation
    kind: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """What the table asks of one resource type. `has_versions`: an update may name the version that it changes."""

    type: str
    expectation: Expectation
    interactions: Mapping[str, Expectation]
    searches: tuple[Search, ...]
    includes: Mapping[str, Expectation]
    profiles: tuple[str, ...]
    has_versions: bool


_TABLE = """
Task! read! create! update! search-type! versions
  claims TaskForReferralManagement TaskForPatient
  code! token code
  owner+ reference owner
  patient! reference for
  requester! reference requester
  status! token status
  focus! reference focus
  output+ reference output.valueReference
  includes focus! output!
ServiceRequest! read! search-type! create~ update~ versions
  claims ServiceRequest
  category! token category
  code+ token code
  intent! token intent
  occurrence+ date occurrenceDateTime occurrencePeriod
  patient! reference subject
  performer+ reference performer
  requester+ reference requester
  status! token status
  supporting-info+ reference supportingInfo
  includes supporting-info+ patient+ requester+ performer+
Procedure! read! create! update! search-type! versions
  claims Procedure
  based-on! reference basedOn
  category! token category
  code+ token code
  date+ date performedDateTime performedPeriod
  patient! reference subject
  performer! reference performer.actor
  status! token status
Condition! read! search-type! create~ update~ versions
  claims Condition
  category! token category
  clinical-status+ token clinicalStatus
  code+ token code
  patient! reference subject
  verification-status+ token verificationStatus
Goal! read! search-type! create~ update~ versions
  claims Goal
  achievement-status+ token achievementStatus
  category! token category
  lifecycle-status+ token lifecycleStatus
  patient! reference subject
  target-date+ date target.dueDate
Consent! read! search-type! create~ update~ versions
  claims Consent
  source-reference! reference sourceReference
  includes source-reference+
Observation! read! search-type! create~ update~ versions
  claims ObservationAssessment ObservationScreeningResponse ObservationProgramEnrollmentStatus
  claims ObservationEthnicityOMB ObservationRaceOMB ObservationGenderIdentity ObservationPersonalCharacteristic
  claims ObservationPersonalPronouns ObservationRecordedSexGender ObservationSexualOrientation
  category! token category
  code+ token code
  code-value-concept~ composite code valueCodeableConcept
  date+ date effectiveDateTime effectivePeriod effectiveInstant
  derived-from+ reference derivedFrom
  patient! reference subject
  status! token status
DocumentReference! read! create! update+ search-type!
  claims core:documentreference
Group! read! search-type!
  claims Group
  characteristic! token characteristic.code
  characteristic-value+ composite characteristic:code characteristic:valueCodeableConcept
  managing-entity+ reference managingEntity
  member! reference member.entity
  includes member!
HealthcareService! read! search-type+
  claims HealthcareServiceForReferralManagement HealthcareService
  location! reference location
  includes location!
Device! read! search-type+
  claims base:Device
Location! read! search-type~
  claims Location
CareTeam! read! search-type~
  claims core:careteam
RelatedPerson! read! search-type~
  claims base:RelatedPerson
Patient! read! search-type!
  claims core:patient
Practitioner! read! search-type!
  claims core:practitioner
PractitionerRole! read! search-type!
  claims practitionerrole
  organization+ reference organization
  practitioner+ reference practitioner
  includes organization+ practitioner+
Organization! read! search-type?
  claims core:organization
Questionnaire! read! search-type~
  url! uri url
  version! token version
  code+ token item.code item.item.code item.item.item.code
  context-type-value+ composite useContext:code useContext:valueCodeableConcept
  identifier+ token identifier
  publisher+ string publisher
  status+ token status
  subject-type+ token subjectType
  title+ string title
QuestionnaireResponse! read! search-type+ create+ update+ versions
  author! reference author
  authored+ date authored
  patient! reference subject
  questionnaire! canonical questionnaire
  status! token status
Subscription+ create+ update~
"""
_COMMON = ("_id! token id", "_lastUpdated+ date meta.lastUpdated")
_NOT_BY_ID = ("Subscription", "Questionnaire")


def _marked(words: str) -> tuple[str, Expectation]:
    return words[:-1], MARKS[words[-1]]


def _search(line: str) -> Search:
    name, kind, *paths = line.split()
    return Search(*_marked(name), kind, tuple(paths))


def _canonical(name: str) -> str:
    prefix, _, rest = name.rpartition(":")
    return {"": GUIDE, "core": US_CORE, "base": BASE}[prefix] + rest


def _kind(head: str, lines: list[str]) -> Kind:
    name, *said = head.split()
    claims = [word for line in lines if line.startswith("claims ") for word in line.split()[1:]]
    includes = [word for line in lines if line.startswith("includes ") for word in line.split()[1:]]
    searches = [line for line in lines if not line.startswith(("claims ", "includes "))]
    common = () if name[:-1] in _NOT_BY_ID else _COMMON
    return Kind(
        *_marked(name),
        dict(_marked(each) for each in said if each != "versions"),
        tuple(_search(line) for line in (*common, *searches)),
        dict(_marked(each) for each in includes),
        tuple(_canonical(each) for each in claims),
        "versions" in said,
    )


def _kinds() -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    blocks: list[list[str]] = []
    for line in _TABLE.strip().splitlines():
        if line.startswith("  "):
            blocks[-1].append(line.strip())
        else:
            blocks.append([line])
    for head, *lines in blocks:
        kind = _kind(head, lines)
        found[kind.type] = kind
    return found


KINDS: Mapping[str, Kind] = _kinds()
"""By resource type, in the order in which the rows come."""
