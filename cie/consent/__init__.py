"""What a person allowed, for whom, for which purpose, until when; and the one gate that every disclosure passes.

`preview` and `release` run the same decision; a receiver reads only what `released_to` returns.
"""

from cie.consent.decisions import answers_of, decision_of, replay, rule_version
from cie.consent.elements import Confidentiality, DataElement, Label, MinimumDataSet, data_elements, data_sets, labels
from cie.consent.ending import end_releases_of, other_side, releases_between, releases_under
from cie.consent.expiry import end_what_has_expired, persons_with_ended_consent
from cie.consent.faults import ADULT_YEARS, LONGEST_NAME, MINOR_WHO_MAY_SIGN_YEARS
from cie.consent.form_scope import PLAIN, groups_of, kinds_of, only_says_no, own_programs_of, programs_of
from cie.consent.form_signers import possible_capacities, possible_signers
from cie.consent.gate import NO_FURTHER_UPDATES, Disclosure, Element, Refusal, Ruling, Withheld, fingerprint_of
from cie.consent.law import FormType, Obligation, Stated, forms
from cie.consent.models import (
    Capacity,
    Consent,
    DataSet,
    Decision,
    Expiry,
    Method,
    NetworkPolicy,
    NetworkRole,
    Reach,
    Release,
    SignerKind,
)
from cie.consent.own_view import own_consents, own_receipts_query, own_releases_under, own_yes, shown_categories
from cie.consent.policy import newest_policy, policies, policy_on, record_policy, replaced_among, settings_of
from cie.consent.recording import Said, record_consent, require_newest, what_is_wrong
from cie.consent.records import FORM_VERSION, WORDING, consents_of, get_consent, has_ended, in_force, with_replaced
from cie.consent.releases import (
    Released,
    duties_to,
    element_codes,
    elements_of,
    get_release,
    preview,
    receipts,
    receipts_query,
    refusal_error,
    release,
    released_about,
    released_to,
)
from cie.consent.revocation import may_take_back, on_the_way, revoke
from cie.consent.stopping import Stopped, stop_sharing_with

__all__ = [
    "answers_of",
    "decision_of",
    "replay",
    "rule_version",
    "end_what_has_expired",
    "persons_with_ended_consent",
    "ADULT_YEARS",
    "FORM_VERSION",
    "LONGEST_NAME",
    "MINOR_WHO_MAY_SIGN_YEARS",
    "NO_FURTHER_UPDATES",
    "WORDING",
    "Confidentiality",
    "Consent",
    "DataElement",
    "DataSet",
    "Decision",
    "Disclosure",
    "Element",
    "Label",
    "Method",
    "MinimumDataSet",
    "NetworkPolicy",
    "NetworkRole",
    "Obligation",
    "Refusal",
    "Release",
    "Released",
    "Ruling",
    "Said",
    "SignerKind",
    "Stopped",
    "Withheld",
    "consents_of",
    "data_elements",
    "data_sets",
    "duties_to",
    "element_codes",
    "elements_of",
    "end_releases_of",
    "fingerprint_of",
    "get_consent",
    "get_release",
    "labels",
    "has_ended",
    "in_force",
    "newest_policy",
    "on_the_way",
    "other_side",
    "own_consents",
    "own_receipts_query",
    "own_releases_under",
    "own_yes",
    "shown_categories",
    "policies",
    "policy_on",
    "preview",
    "receipts",
    "receipts_query",
    "record_consent",
    "record_policy",
    "replaced_among",
    "settings_of",
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
    "PLAIN",
    "groups_of",
    "kinds_of",
    "only_says_no",
    "own_programs_of",
    "programs_of",
    "possible_capacities",
    "possible_signers",
    "FormType",
    "Stated",
    "forms",
    "Capacity",
    "Expiry",
    "Reach",
    "may_take_back",
]
