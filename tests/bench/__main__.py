"""`python -m tests.bench [--large] [--part PART] [SIZE ...]`: prints the figures beside their targets.

It never fails on a figure.
"""

import argparse
import gc
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import NullPool, create_engine, text

from cie import events, seeding
from cie.app import compose
from cie.db import configure, current, reading
from cie.db.migrate import upgrade
from tests.bench import clinical
from tests.bench.deciding import CONSENTS, milliseconds_a_decision, milliseconds_a_page
from tests.bench.exporting import SHARE_OF_LARGEST, Cost, cost_of_export
from tests.bench.measuring import Counter, Figures, measure, settle
from tests.bench.pages import Visitors
from tests.bench.programs import Programs, lines
from tests.bench.sealing import microseconds_a_value
from tests.conftest import settings_for
from tests.support.postgres import postgres_server
from tests.support.web import make_app

SERVICES = 20_000
PAGES = {
    "worklist": "p95 120 ms (aim 50) at 100,000",
    "referral": "growth 2x (aim 1.3)",
    "search": "p50 20 ms (aim 8) of 20,000 services",
    "send": "growth 2x (aim 1.3)",
    "accept": "growth 2x (aim 1.3)",
}
"""What is measured, with the target of the design."""
PARTS = ["pages", "exports", "fhir"]


def main() -> None:
    """Measure every page at every size on both databases."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("sizes", nargs="*", type=int, help="referrals in the database (10000)")
    parser.add_argument("--large", action="store_true", help="100000 as well")
    parser.add_argument("--calls", type=int, default=63, help="calls of each page")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this (all)")
    asked = parser.parse_args()
    sizes = asked.sizes or [10_000]
    sizes = sorted({*sizes, 100_000}) if asked.large else sorted(sizes)
    parts = asked.part or PARTS
    if "pages" in parts:
        spent = milliseconds_a_decision()
        print(f"{spent:.2f} ms of CPU a decision (under 1 at {CONSENTS} consents a person)", flush=True)
    for backend in asked.database or ["sqlite", "postgresql"]:
        for part in parts:
            measure_part(part, backend, sizes, asked.calls)


def measure_part(part: str, backend: str, sizes: list[int], calls: int) -> None:
    """Measure pages, or exports, at each size in databases of their own."""
    with tempfile.TemporaryDirectory(prefix="cie-bench-") as folder, addresses(backend, Path(folder)) as address:
        if part == "exports":
            for size in sizes:
                print(f"{backend}: {export_at_size(address(size), Path(folder), size)}", flush=True)
        elif part == "fhir":
            for size in sizes:
                for line in fhir_at_size(address(size), Path(folder), size, calls):
                    print(f"{backend}, {size}: {line}", flush=True)
        else:
            show(backend, {size: at_size(address(size), Path(folder), size, calls) for size in sizes})


@contextmanager
def addresses(backend: str, folder: Path) -> Iterator[object]:
    """Gives the address of a new database for each size."""
    if backend == "sqlite":
        yield lambda size: f"sqlite:///{folder}/{size}.db"
        return
    with postgres_server() as server:

        def new(size: int) -> str:
            engine = create_engine(server.format(name="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE bench_{size}"))
            return server.format(name=f"bench_{size}")

        yield new


def at_size(address: str, folder: Path, size: int, calls: int) -> dict[str, Figures]:
    """Fill a database, and measure every page in it."""
    settings = settings_for(address, folder)
    configure(settings)
    upgrade()
    compose(settings)
    list(seeding.seed(settings))
    for what, cost in microseconds_a_value().items():
        print(f"{what} a sealed value, microseconds of CPU: {cost}", flush=True)
    list(seeding.seed_services(SERVICES))
    start = time.perf_counter()
    list(seeding.seed_scale(size))
    print(f"{size} referrals seeded, {size / (time.perf_counter() - start):.0f} a second", flush=True)
    settle()
    app = make_app(settings)
    counter, visitors = Counter(current().engine), Visitors(app)
    # as the server does when it has started
    gc.freeze()
    figures = {page: measure(counter, getattr(visitors, page)(calls)) for page in PAGES}
    for page, (with_rules, without) in milliseconds_a_page(visitors, calls).items():
        print(f"{page}: {with_rules:.1f} ms of CPU with the rules, {without:.1f} without", flush=True)
    for line in lines(Programs(app, visitors), calls):
        print(line, flush=True)
    with reading() as session:
        assert events.verify(session).faults == ()
    return figures


def export_at_size(address: str, folder: Path, size: int) -> Cost:
    """Fill a database so that one organization has about so many referrals, and export them."""
    settings = settings_for(address, folder)
    configure(settings)
    upgrade()
    compose(settings)
    list(seeding.seed(settings))
    list(seeding.seed_scale(int(size / SHARE_OF_LARGEST)))
    settle()
    current().close()
    return cost_of_export(address, folder)


def fhir_at_size(address: str, folder: Path, size: int, calls: int) -> Iterator[str]:
    """Fill a database, make what record systems read, and measure what they ask for."""
    settings = settings_for(address, folder)
    configure(settings)
    upgrade()
    compose(settings)
    list(seeding.seed(settings))
    list(seeding.seed_scale(size))
    app = make_app(settings)
    systems = clinical.RecordSystems(app, Visitors(app))
    gc.freeze()
    yield from clinical.lines(systems, calls)


def show(backend: str, found: dict[int, dict[str, Figures]]) -> None:
    """One line a page and size; growth is p50 against that of the smallest size."""
    print(f"\n{backend:<10}   {'size':>8} {'p50 ms':>8} {'p95 ms':>8} {'growth':>7} {'SQL':>4}   target")
    smallest = min(found)
    for page, target in PAGES.items():
        for size, pages in found.items():
            it = pages[page]
            growth = it.p50 / found[smallest][page].p50
            line = f"{page:<10}   {size:>8} {it.p50:>8.1f} {it.p95:>8.1f} {growth:>6.2f}x {it.most_statements:>4}"
            print(f"{line}   {target}")
    print(flush=True)


if __name__ == "__main__":
    main()
