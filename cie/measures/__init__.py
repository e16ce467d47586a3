"""Counts and rates computed from the rest: answered, closed, received, confirmed, each with its own base."""

from cie.measures.figures import Answering, Breakdown, Row, Summary, Whose, answering, summary
from cie.measures.models import ReferralFact
from cie.measures.projection import facts_of, project, rebuild

__all__ = [
    "Answering",
    "Breakdown",
    "ReferralFact",
    "Row",
    "Summary",
    "Whose",
    "answering",
    "facts_of",
    "project",
    "rebuild",
    "summary",
]
