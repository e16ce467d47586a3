"""The facts that can leave as privacy officers read them: by name, by output, and with the codes of HL7."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cie import consent
from cie.consent import Confidentiality
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


@dataclass(frozen=True)
class FactRow:
    """One fact: its name, what it tells, where it stands in FHIR."""

    name: str
    tells: str
    fhir: str


@dataclass(frozen=True)
class SetRow:
    """One output: what it is for, the facts in it, the purposes that it serves."""

    name: str
    says: str
    facts: str
    purposes: list[str]


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
