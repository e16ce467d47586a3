"""Counts and rates computed from the rest: answered, closed, received, confirmed, each with its own base."""

from cie.measures.models import ReferralFact
from cie.measures.projection import facts_of, project, rebuild

__all__ = ["ReferralFact", "facts_of", "project", "rebuild"]
