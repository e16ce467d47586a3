"""Filling an empty database: with the small demo that people play in, or with very many invented referrals."""

from cie.seeding.demo import demo_emails, seed, seed_programs, sign_ins
from cie.seeding.scale import seed_scale
from cie.seeding.services import seed_services

__all__ = ["demo_emails", "seed", "seed_programs", "seed_scale", "seed_services", "sign_ins"]
