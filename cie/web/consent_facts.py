"""The facts that can leave as privacy officers read them: by name, by output, and with the codes of HL7."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cie import consent
from cie.consent import Confidentiality, DataSet
from cie.consent.elements import AROUND, NEED
from cie.directory import Category
from cie.web.consent_words import KINDS, PURPOSES
from cie.web.element_words import element_label
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.referral_sharing import SETS

CONFIDENTIALITY: Mapping[Confidentiality, Any] = {
    Confidentiality.NORMAL: lazy_gettext("normal"),
    Confidentiality.RESTRICTED: lazy_gettext("restricted"),
    Confidentiality.VERY_RESTRICTED: lazy_gettext("very restricted"),
}
ALL_KINDS: Mapping[Category, Any] = {
    **KINDS,
    Category.GENERAL: lazy_gettext("Everyday"),
    Category.PSYCHOTHERAPY_NOTES: lazy_gettext("Notes of a therapist"),
}
SOURCES: Mapping[str, Any] = {
    NEED: lazy_gettext("What the need is about"),
    AROUND: lazy_gettext("As sensitive as the service and the need"),
}


NOT_USED_YET = lazy_gettext("Not used by any page yet: what a service must know before it says yes is in the offer.")
USED: Mapping[DataSet, Any] = {
    DataSet.OFFER: lazy_gettext("Used when more than one service is asked."),
    DataSet.REFERRAL: lazy_gettext("Used when one service is asked, and when one of several says yes."),
    DataSet.MESSAGE: lazy_gettext("A part of care coordination. Used when one side writes or sends a file."),
    DataSet.ANSWER: lazy_gettext("A part of care coordination. Used when a service says what came of it, and why."),
    DataSet.EMERGENCY: lazy_gettext("Used when a place that treats opens more in an emergency."),
    DataSet.PERMISSION: lazy_gettext("Used when another place asks whether there is a permission."),
    DataSet.ELIGIBILITY: NOT_USED_YET,
    DataSet.EVENT_NOTICE: lazy_gettext("Used for texts: no text can be written that tells more."),
    DataSet.AGGREGATE: lazy_gettext("Used for the page of what worked: it counts by nothing else."),
}
"""What uses each set today. Care coordination has no set of its own: it goes as messages, files and answers."""


@dataclass(frozen=True)
class FactRow:
    """One fact: its name, what it tells, where it stands in FHIR."""

    name: str
    tells: str
    fhir: str


@dataclass(frozen=True)
class SetRow:
    """One output: what it is for, the facts in it, the purposes that it serves, and what uses it."""

    name: str
    says: str
    facts: str
    purposes: list[str]
    used: str


@dataclass(frozen=True)
class KindRow:
    """One kind of data with its HL7 codes."""

    name: str
    sensitivity: str
    confidentiality: str


def fact_rows() -> list[FactRow]:
    """Every fact that can leave."""
    return [FactRow(element_label(e.code), _tells(e.tells), e.fhir) for e in consent.data_elements().values()]


def _tells(code: str) -> str:
    return str(SOURCES[code] if code in SOURCES else ALL_KINDS[Category(code)])


def set_rows() -> list[SetRow]:
    """What each output carries at most."""
    return [
        SetRow(
            str(SETS[least.code]),
            _(least.says),
            "; ".join(element_label(code) for code in least.elements),
            [str(words) for code, words in PURPOSES.items() if code in least.purposes],
            str(USED[least.code]),
        )
        for least in consent.data_sets().values()
    ]


def kind_rows() -> list[KindRow]:
    """Every kind of data with its codes."""
    return [
        KindRow(
            str(ALL_KINDS[label.category]),
            ", ".join(f"{code} ({words})" for code, words in label.sensitivity.items()) or _("None"),
            f"{label.confidentiality.value} ({CONFIDENTIALITY[label.confidentiality]})",
        )
        for label in consent.labels().values()
    ]
