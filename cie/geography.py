"""Where California's ZIP codes and counties are.

A ZIP can lie in several counties, and the county decides which programs a person may use. Shares are read from
seed_data/geography/zip_counties.csv: for each California ZIP the share of its land in each county.
"""

import csv
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

import zipcodes

from cie.errors import Invalid
from cie.resources import resource

# A sliver of land in a second county holds hardly anybody, so nobody is asked about it.
LEAST_SHARE_TO_ASK = 0.05


class CountyShare(NamedTuple):
    """A county (FIPS code, five digits) with its share of a ZIP's land, 0 to 1."""

    fips: str
    name: str
    share: float


def counties_of_zip(zip: str) -> tuple[CountyShare, ...]:
    """The counties that a ZIP lies in, the largest share first; none when the ZIP is not known."""
    return _counties_by_zip().get(zip, ())


def zips_of_county(fips: str) -> frozenset[str]:
    """The ZIPs that lie in a county, in part or whole."""
    shares = _counties_by_zip().items()
    return frozenset(zip for zip, counties in shares if any(county.fips == fips for county in counties))


@cache
def counties() -> dict[str, str]:
    """California's counties: name by FIPS code."""
    return {county.fips: county.name for shares in _counties_by_zip().values() for county in shares}


def county_of(zip: str, chosen_fips: str = "") -> str:
    """The FIPS code of the county somebody lives in: as chosen, else as the ZIP says; empty when it says nothing.

    Raises Invalid naming "county" when the code is no California county, or the caller must choose.
    """
    if chosen_fips:
        if chosen_fips not in counties():
            raise Invalid("County: choose a county of California", "county")
        return chosen_fips
    found = counties_of_zip(zip) if zip else ()
    asked = [county.name for county in found[:1] + tuple(c for c in found[1:] if c.share >= LEAST_SHARE_TO_ASK)]
    if len(asked) > 1:
        raise Invalid(
            "County: this ZIP lies in %(some)s and %(last)s. Choose one",
            "county",
            some=", ".join(asked[:-1]),
            last=asked[-1],
        )
    return found[0].fips if found else ""


@cache
def _counties_by_zip() -> dict[str, tuple[CountyShare, ...]]:
    found = defaultdict(list)
    with resource("seed_data", "geography", "zip_counties.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            share = CountyShare(row["county_fips"], row["county"], float(row["land_share"]))
            found[row["zip"]].append(share)
    return {zip: tuple(sorted(shares, key=lambda county: -county.share)) for zip, shares in found.items()}


EARTH_MILES = 3958.8


@cache
def point_of_zip(zip_code: str) -> tuple[float, float] | None:
    """Latitude and longitude of the middle of a California ZIP code."""
    if not (len(zip_code) == 5 and zip_code.isdigit()):
        return None
    matching: Callable[[str], list[dict[str, str]]] = zipcodes.matching
    for row in matching(zip_code):
        if row["state"] == "CA":
            return float(row["lat"]), float(row["long"])
    return None


def miles_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance over the ground, in miles."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(radians, point)) for point in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_MILES * asin(sqrt(half))
