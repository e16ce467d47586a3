"""What kind of service meets a need: codes of the service type code system of HL7 terminology.

SDOH Clinical Care asks for one of eleven of them where one fits (clothing, support groups), else for any other of the
system; where none fits, words will do.
"""

from collections.abc import Collection
from typing import Any

from cie import directory
from cie.fhir.codes import concept

SERVICE_TYPE = "http://terminology.hl7.org/CodeSystem/service-type"
SOCIAL_CARE = "Social care"
_OF_NEED = {
    "food": ("548", "Food Relief/Food/Meals"),
    "rent-help": ("427", "Rent Assistance"),
    "shelter": ("126", "Crisis/Emergency Accommodation"),
    "housing-search": ("128", "Housing Information/Referral"),
    "home-repair": ("9", "Home Maintenance and Repair"),
    "utilities": ("121", "Financial Assistance"),
    "transportation": ("295", "Community Transport"),
    "diapers-baby": ("123", "Material Aid"),
    "clothing-goods": ("289", "Clothing"),
    "child-care": ("284", "Child Care"),
    "job-help": ("118", "Employment Placement and/or Support"),
    "benefits-help": ("470", "Welfare Assistance"),
    "health-insurance": ("55", "Health Advocacy/Liaison Service"),
    "medical-costs": ("121", "Financial Assistance"),
    "legal-help": ("133", "Legal Information/Advice/Referral"),
    "immigration-legal": ("133", "Legal Information/Advice/Referral"),
    "mental-health": ("305", "Counselling"),
    "substance-use": ("105", "Drug and/or Alcohol Counselling"),
    "social-connection": ("224", "Support groups"),
    "phone-internet": ("123", "Material Aid"),
    "education-esl": ("112", "Adult/Community Education"),
    "reentry": ("614", "Development-Life Skills"),
    "veteran-services": ("546", "Veterans Services"),
    "safety-from-abuse": ("309", "Crisis Assistance"),
    "elder-safety": ("3", "Aged Care Information/Referral"),
}


def service_type(need_codes: Collection[str]) -> dict[str, Any]:
    """The one type of a service that meets these needs: that of the first of them in our list."""
    first = next((code for code in directory.needs() if code in need_codes and code in _OF_NEED), None)
    if first is None:
        return concept(text=SOCIAL_CARE)
    code, display = _OF_NEED[first]
    return concept({"system": SERVICE_TYPE, "code": code, "display": display})
