"""Every profile of the guide refuses what it forbids, by the right rule at the right place, and nothing else."""

import pytest

from cie.fhir.checking import faults_in
from tests.fhir.checking.changing import changed
from tests.fhir.checking.made import PROFILES, made
from tests.fhir.checking.seeds_of_people import CHARACTERISTICS, FINDINGS
from tests.fhir.checking.seeds_of_referrals import PATIENT_TASKS, PLACES_AND_GROUPS, REFERRALS

SEEDS = [*REFERRALS, *PATIENT_TASKS, *FINDINGS, *CHARACTERISTICS, *PLACES_AND_GROUPS]


def _name(seed):
    return f"{seed.profile}-{seed.path}-breaks-{seed.rule}"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_right_resource_is_taken(profile, value_sets):
    assert faults_in(made(profile), value_sets=value_sets) == []


@pytest.mark.parametrize("seed", SEEDS, ids=_name)
def test_a_wrong_resource_is_refused_by_the_rule_it_breaks(seed, value_sets):
    resource = changed(made(seed.profile), seed.path, seed.value)

    faults = faults_in(resource, value_sets=value_sets)

    assert [(fault.rule, fault.place) for fault in faults] == [(seed.rule, seed.place)]


def test_every_profile_has_wrong_resources():
    assert {seed.profile for seed in SEEDS} == set(PROFILES)
