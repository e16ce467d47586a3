"""What a person allowed, for whom, for which purpose, until when; and the one gate that every disclosure passes.

`preview` and `release` run the same decision; a receiver reads only what `released_to` returns.
"""

from cie.consent.expiry import end_what_has_expired, persons_with_ended_consent
from cie.consent.gate import Disclosure, Element, Ruling, Withheld
from cie.consent.models import Consent, DataSet, Decision, Method, Release, SignerKind
from cie.consent.recording import (
    ADULT_YEARS,
    LONGEST_NAME,
    MINOR_WHO_MAY_SIGN_YEARS,
    Said,
    record_consent,
    require_newest,
    what_is_wrong,
)
from cie.consent.records import FORM_VERSION, WORDING, consents_of, get_consent, has_ended, in_force, with_replaced
from cie.consent.releases import (
    Released,
    element_codes,
    elements_of,
    end_releases_of,
    get_release,
    other_side,
    preview,
    receipts,
    receipts_query,
    refusal_error,
    release,
    released_about,
    released_to,
    releases_between,
    releases_under,
)
from cie.consent.revocation import Stopped, on_the_way, revoke, stop_sharing_with
from cie.consent.rules import NO_FURTHER_UPDATES, RULES, Refusal, Rule

__all__ = [
    "end_what_has_expired",
    "persons_with_ended_consent",
    "ADULT_YEARS",
    "FORM_VERSION",
    "LONGEST_NAME",
    "MINOR_WHO_MAY_SIGN_YEARS",
    "NO_FURTHER_UPDATES",
    "RULES",
    "WORDING",
    "Consent",
    "DataSet",
    "Decision",
    "Disclosure",
    "Element",
    "Method",
    "Refusal",
    "Release",
    "Released",
    "Rule",
    "Ruling",
    "Said",
    "SignerKind",
    "Stopped",
    "Withheld",
    "consents_of",
    "element_codes",
    "elements_of",
    "end_releases_of",
    "get_consent",
    "get_release",
    "has_ended",
    "in_force",
    "on_the_way",
    "other_side",
    "preview",
    "receipts",
    "receipts_query",
    "record_consent",
    "require_newest",
    "refusal_error",
    "release",
    "released_about",
    "released_to",
    "releases_between",
    "releases_under",
    "revoke",
    "stop_sharing_with",
    "what_is_wrong",
    "with_replaced",
]
