"""Counts and rates computed from the rest: answered, closed, received, confirmed, each with its own base."""

from cie.measures.models import ReferralFact
from cie.measures.projection import project

__all__ = ["ReferralFact", "project"]
