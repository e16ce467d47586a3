"""What a program may count on here: it claims nothing that is not served."""

from collections.abc import Mapping, Sequence
from typing import Any

from cie.fhir.answering import JSON, XML
from cie.fhir.receiving.entries import KEPT, MADE
from cie.fhir.receiving.profiles import PROFILES
from cie.fhir.searching.parameters import COMMON, OF_PEOPLE, PARAMETERS, Kind, Parameter
from cie.fhir.subscribing.noticing import ASKED_FOR
from cie.fhir.subscribing.showing import PROFILE as SUBSCRIPTION
from cie.fhir.subscribing.topics import TOPICS
from cie.fhir.subscribing.wishes import BACKPORT

OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
SECURITY_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
CHANGED_ON = "2026-11-27"
"""When what follows was last changed: `CapabilityStatement.date`."""
READ = ("read", "vread", "history-instance", "search-type")
"""What is served of each resource type that is read."""
WRITTEN = ("create", "update")
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport"
OPERATIONS: Mapping[str, Sequence[tuple[str, str]]] = {
    "Patient": (("match", "http://hl7.org/fhir/OperationDefinition/Patient-match"),),
    "Questionnaire": (("populate", "http://hl7.org/fhir/uv/sdc/OperationDefinition/Questionnaire-populate"),),
    "Subscription": (
        ("status", f"{_BACKPORT}/OperationDefinition/backport-subscription-status"),
        ("events", f"{_BACKPORT}/OperationDefinition/backport-subscription-events"),
    ),
}
"""The operations with single types: name and definition."""
VALIDATE = ("validate", "http://hl7.org/fhir/OperationDefinition/Resource-validate")
"""The operation with every type."""


def capability_statement(base: str, oauth: Mapping[str, str], *, is_mailing: bool) -> dict[str, Any]:
    """The CapabilityStatement of the server at the address `base`.

    `oauth`: addresses by their names in the extension of SMART App Launch 1.0 (`authorize`, `token`, ...).
    `is_mailing`: notifications can go by e-mail.
    """
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": CHANGED_ON,
        "kind": "instance",
        "software": {"name": "cie"},
        "implementation": {"description": "Community information exchange", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json", JSON, "xml", XML],
        "rest": [
            {
                "mode": "server",
                "documentation": _SERVED,
                "security": _security(oauth),
                "resource": [
                    _resource(name, is_mailing=is_mailing)
                    for name in (*PARAMETERS, *sorted((MADE | KEPT) - set(PARAMETERS)))
                ],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
                "searchParam": [_parameter(each) for each in COMMON.values()],
            }
        ],
    }


_SERVED = """\
Each organization reads what it may read now; what it may not answers as what there is not. A search with a parameter, \
a modifier or a prefix that is not served is refused with an issue for each, unless Prefer: handling=lenient asks to \
do without parameters that there are not; what was understood is in the self link. Parameters take the modifier \
:missing, tokens :not, strings :exact, references :identifier and :[type], and one step through a reference. Dates \
take eq, ne, gt, lt, ge, le, sa and eb, and are by the clocks of California where they say no time zone. The address \
of a next page is sealed, and is given with the page before it.\
"""


def _resource(resource_type: str, *, is_mailing: bool) -> dict[str, Any]:
    is_written = resource_type in MADE | KEPT
    found = {
        "type": resource_type,
        "supportedProfile": PROFILES.get(resource_type, []),
        "interaction": [{"code": code} for code in _codes(resource_type)],
        "versioning": "versioned-update" if is_written else "versioned",
        "conditionalCreate": is_written,
        "conditionalUpdate": is_written,
        "operation": [
            {"name": name, "definition": definition}
            for name, definition in (VALIDATE, *OPERATIONS.get(resource_type, ()))
        ],
        **(_topics(is_mailing=is_mailing) if resource_type == "Subscription" else {}),
        **(_read(resource_type) if resource_type in PARAMETERS else {}),
    }
    return {name: value for name, value in found.items() if value != []}


_HEARD = """\
Notifications go by rest-hook, one event each, empty, id-only or full-resource, in JSON or XML. They are numbered from \
1 without a gap and tried for about a day; then the subscription is in error until its program puts it with the status \
requested. $events gives those of the last {days} days once more. Headers come back to nobody: those of before stay \
while none are sent and the endpoint is the same.\
"""
_HEARD_BY_MAIL = """\
 They go by e-mail, too, empty or id-only, since nothing seals an e-mail on its way: the notification is attached, or \
left out with the payload text/plain. Whoever reads an address is asked first, by one e-mail; until they say yes the \
subscription is requested, and after a week without an answer in error.\
"""


def _topics(*, is_mailing: bool) -> dict[str, Any]:
    """What can be heard of, and by which profile it is asked for."""
    url = f"{BACKPORT}capabilitystatement-subscriptiontopic-canonical"
    return {
        "extension": [{"url": url, "valueCanonical": topic} for topic in TOPICS],
        "documentation": _HEARD.format(days=ASKED_FOR.days) + (_HEARD_BY_MAIL if is_mailing else ""),
        "supportedProfile": [SUBSCRIPTION],
    }


def _codes(resource_type: str) -> list[str]:
    return [*(READ if resource_type in PARAMETERS else ()), *(WRITTEN if resource_type in MADE | KEPT else ())]


def _read(resource_type: str) -> dict[str, Any]:
    """What only those have that are read and searched."""
    parameters = PARAMETERS[resource_type].values()
    in_words = {"documentation": "Nobody is searched by name, birth date, address or phone."}
    return {
        **(in_words if resource_type in OF_PEOPLE else {}),
        "readHistory": True,
        "conditionalRead": "not-match",
        "searchInclude": [_link(resource_type, each) for each in parameters if _leads_on(each)],
        "searchRevInclude": [
            _link(source, each)
            for source, listed in PARAMETERS.items()
            for each in listed.values()
            if _leads_on(each) and resource_type in (each.targets or PARAMETERS)
        ],
        "searchParam": [_parameter(each) for each in parameters],
    }


def _leads_on(parameter: Parameter) -> bool:
    return parameter.kind is Kind.REFERENCE and not parameter.is_canonical


def _link(source: str, parameter: Parameter) -> str:
    return f"{source}:{parameter.name}"


def _parameter(parameter: Parameter) -> dict[str, Any]:
    definition = {"definition": parameter.definition} if parameter.definition else {}
    return {"name": parameter.name, **definition, "type": parameter.kind.value}


def _security(oauth: Mapping[str, str]) -> dict[str, Any]:
    uris = [{"url": name, "valueUri": address} for name, address in oauth.items()]
    coding = {"system": SECURITY_SERVICE, "code": "SMART-on-FHIR", "display": "SMART-on-FHIR"}
    return {
        "extension": [{"url": OAUTH_URIS, "extension": uris}],
        "cors": False,
        "service": [{"coding": [coding], "text": "OAuth 2.0 with SMART App Launch 2.2"}],
        "description": "Programs are registered by the organization that they work for. /api/docs says how.",
    }
