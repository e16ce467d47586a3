"""What a person allowed, for whom, for which purpose, until when; and the one gate that every disclosure passes.

`preview` and `release` run the same decision; a receiver reads only what `released_to` returns.
"""

from cie.consent.gate import Disclosure, Element, Refusal, Ruling, Withheld
from cie.consent.models import Consent, DataSet, Decision, Method, Release, SignerKind
from cie.consent.records import FORM_VERSION, consents_of, get_consent, record_consent
from cie.consent.releases import (
    Released,
    elements_of,
    end_releases_of,
    preview,
    receipts,
    refusal_error,
    release,
    released_about,
    released_to,
)
from cie.consent.revocation import revoke

__all__ = [
    "FORM_VERSION",
    "Consent",
    "DataSet",
    "Decision",
    "Disclosure",
    "Element",
    "Method",
    "Refusal",
    "Release",
    "Released",
    "Ruling",
    "SignerKind",
    "Withheld",
    "consents_of",
    "elements_of",
    "end_releases_of",
    "get_consent",
    "preview",
    "receipts",
    "record_consent",
    "refusal_error",
    "release",
    "released_about",
    "released_to",
    "revoke",
]
