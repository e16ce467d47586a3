"""The other numbered requirements: those that resources show by themselves, and those that are not for a server."""

from collections.abc import Callable

import orjson

from cie.conformance.elements import at
from cie.conformance.judging import shown
from cie.conformance.platform import GUIDE
from cie.conformance.rows import DoesNotApply, Expectation, Fails, expect, judge, need
from cie.conformance.server import Server
from cie.conformance.session import Resource
from cie.conformance.specimens import CODES, CORE_CATEGORY, LOINC, OBSERVATION_CATEGORY

SHALL, SHOULD, MAY = Expectation.SHALL, Expectation.SHOULD, Expectation.MAY
ASSESS, CONDITION = "Requirements: screening", "Requirements: Condition"
CONF, PRIVACY, TASK = "Requirements: conformance", "Requirements: privacy", "Requirements: tasks"
_KINDS = {"encounter-diagnosis", "problem-list-item", "health-concern"}
_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"


def _shown(server: Server, resource_type: str) -> list[Resource]:
    return [orjson.loads(text) for text in shown(server, resource_type)]


def _categories(resource: Resource, system: str) -> set[str]:
    return {each.get("code", "") for each in at(resource, "category.coding") if each.get("system") == system}


def _screened(server: Server) -> list[Resource]:
    """The answers to screenings that the server showed."""
    claims = f"{GUIDE}ObservationScreeningResponse"
    found = [each for each in _shown(server, "Observation") if claims in at(each, "meta.profile")]
    need(found, "The server showed no Observation that is an answer to a screening.")
    return found


@judge("assess-1", ASSESS, SHALL, "An answer to a screening is marked as survey and as SDOH")
def assess_1(server: Server) -> None:
    for each in _screened(server):
        is_both = _categories(each, OBSERVATION_CATEGORY) >= {"survey"} and _categories(each, CORE_CATEGORY) >= {"sdoh"}
        expect(is_both, f"Observation/{each.get('id')} lacks the category survey or sdoh.")


@judge("assess-2", ASSESS, SHALL, "An answer leads back to the QuestionnaireResponse that it came from")
def assess_2(server: Server) -> str:
    several = [each for each in _screened(server) if not each.get("hasMember")]
    derived = [each for each in several if "QuestionnaireResponse" in str(each.get("derivedFrom"))]
    expect(derived, "No answer to a screening leads back to a QuestionnaireResponse.")
    rest = len(several) - len(derived)
    return f"{rest} more lead back to none; whether they came from one cannot be seen." if rest else ""


@judge("obsscreen-3", ASSESS, SHALL, "A panel is coded by its LOINC panel and names its members")
def obsscreen_3(server: Server) -> None:
    panels = [each for each in _screened(server) if each.get("hasMember")]
    need(panels, "The server showed no Observation that groups others.")
    for each in panels:
        systems = {coding.get("system") for coding in at(each, "code.coding")}
        expect(LOINC in systems, f"Observation/{each.get('id')} groups others without a LOINC panel code.")
        kinds = {text.rpartition("/")[0].rpartition("/")[2] for text in at(each, "hasMember.reference")}
        expect(kinds <= {"Observation", "QuestionnaireResponse"}, "A panel has members that are no answers.")


@judge("cond-3", CONDITION, SHALL, "A Condition is a diagnosis, on the problem list, or a health concern")
def cond_3(server: Server) -> None:
    for each in _conditions(server):
        codes = {coding.get("code") for coding in at(each, "category.coding")}
        expect(codes & _KINDS, f"Condition/{each.get('id')} has none of the three categories.")


@judge("cond-4", CONDITION, SHALL, "A protective factor is marked as such beside its other categories")
def cond_4(server: Server) -> None:
    several = [each for each in _conditions(server) if "protective-factor" in _categories(each, CODES)]
    need(several, "The server showed no protective factor.")
    for each in several:
        is_whole = "sdoh" in _categories(each, CORE_CATEGORY)
        expect(is_whole, f"Condition/{each.get('id')} is a protective factor and lacks the category sdoh.")


def _conditions(server: Server) -> list[Resource]:
    claims = f"{GUIDE}Condition"
    found = [each for each in _shown(server, "Condition") if claims in at(each, "meta.profile")]
    need(found, "The server showed no Condition of the guide.")
    return found


def _matches(server: Server, code: str, extension: str) -> None:
    """What is said of a person by Observations and by the Patient agrees at least once."""
    several = [each for each in _shown(server, "Observation") if code in at(each, "code.coding.code")]
    need(several, "The server showed no such Observation.")
    for patient in _shown(server, "Patient"):
        said = set(_extended(patient, extension))
        about = [each for each in several if str(at(each, "subject.reference")).find(patient.get("id", "?")) >= 0]
        codes = {c for each in about for c in at(each, "component.valueCodeableConcept.coding.code")}
        if said and about and not said & codes:
            raise Fails(f"Patient/{patient.get('id')} says another value than every Observation.")


def _extended(patient: Resource, name: str) -> list[str]:
    own = [each for each in at(patient, "extension") if each.get("url") == _CORE + name]
    return [code for each in own for code in at(each, "extension.valueCoding.code")]


@judge("char-1", "Requirements: personal characteristics", SHALL, "Race of Patient and Observations agrees")
def char_1(server: Server) -> None:
    _matches(server, "72826-1", "race")


@judge("char-2", "Requirements: personal characteristics", SHALL, "Ethnicity of Patient and Observations agrees")
def char_2(server: Server) -> None:
    _matches(server, "69490-1", "ethnicity")


@judge("priv-8", PRIVACY, SHALL, "What passes between organizations is encrypted (TLS)")
def priv_8(server: Server) -> None:
    base = server.session.base_url
    is_near = any(base.startswith(f"http://{host}") for host in ("127.0.0.1", "localhost", "[::1]"))
    need(not is_near, "This server is on the machine of the suite; nothing passes between organizations.")
    expect(base.startswith("https://"), "The address is http: whoever is on the way reads everything.")
    # nothing older than TLS 1.2 is spoken on this side
    expect(server.session.get("metadata").status, "No connection by TLS 1.2 or newer could be made.")


_CLIENT = "This is for a client to do, which a server cannot be seen to do:"
_PERSON = "This is for a person to judge:"
APART: dict[str, tuple[Expectation, str, str]] = {
    "conf-1": (SHALL, CONF, f"{_PERSON} it introduces conf-2 to conf-9, which say it."),
    "conf-2": (SHALL, CONF, f"{_PERSON} whether users can fill every must-support element shows on screens."),
    "conf-8": (SHALL, CONF, f"{_PERSON} how missing elements are understood shows in what people are told."),
    "conn-1": (SHOULD, CONF, f"{_PERSON} it is the reason for the capability table, whose rows are here."),
    "priv-1": (SHALL, PRIVACY, f"{_PERSON} whether the law is kept."),
    "priv-2": (SHALL, PRIVACY, f"{_PERSON} which standards current regulations ask of this organization."),
    "priv-3": (SHALL, PRIVACY, f"{_PERSON} whether the Gravity data principles are followed."),
    "priv-4": (SHALL, PRIVACY, f"{_PERSON} whether consent and sensitive data are handled as the law asks."),
    "priv-5": (SHALL, PRIVACY, f"{_PERSON} whether the policies of partners are kept."),
    "priv-7": (MAY, PRIVACY, f"{_PERSON} consent directives and security labels may be used."),
    "priv-10": (SHALL, PRIVACY, f"{_PERSON} whether protected information can be released where the law allows it."),
    "task-1": (MAY, TASK, f"{_PERSON} subscriptions may be set up without FHIR."),
    "task-4": (SHALL, TASK, f"{_CLIENT} receiving by rest-hook."),
    "task-8": (SHALL, TASK, f"{_PERSON} a text message arrives on a phone, where its words can be read."),
    "task-10": (SHALL, TASK, f"{_PERSON} a text message arrives on a phone, where its words can be read."),
    "task-11": (SHALL, TASK, f"{_CLIENT} polling at least once a business day."),
    "task-12": (SHOULD, TASK, f"{_CLIENT} polling no more often than every 15 minutes."),
}
"""Requirements that no answer of a server shows, each with the reason."""


def _apart(why: str) -> Callable[[Server], None]:
    def check(_server: Server) -> None:
        raise DoesNotApply(why)

    return check


for _key, (_asked, _group, _why) in APART.items():
    judge(_key, _group, _asked, _why.partition(":")[2].strip(" .").capitalize())(_apart(_why))
