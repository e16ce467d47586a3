"""`python -m tests.bench [--large] [SIZE ...]`: prints the figures beside their targets; it never fails on a figure."""

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
from tests.bench.deciding import CONSENTS, milliseconds_a_decision, milliseconds_a_page
from tests.bench.measuring import Counter, Figures, measure
from tests.bench.pages import Visitors
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


def main() -> None:
    """Measure every page at every size on both databases."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("sizes", nargs="*", type=int, help="referrals in the database (10000)")
    parser.add_argument("--large", action="store_true", help="100000 as well")
    parser.add_argument("--calls", type=int, default=63, help="calls of each page")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    asked = parser.parse_args()
    sizes = asked.sizes or [10_000]
    sizes = sorted({*sizes, 100_000}) if asked.large else sorted(sizes)
    print(f"{milliseconds_a_decision():.2f} ms of CPU a decision (under 1 at {CONSENTS} consents a person)", flush=True)
    for backend in asked.database or ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory(prefix="cie-bench-") as folder, addresses(backend, Path(folder)) as address:
            found = {size: at_size(address(size), Path(folder), size, asked.calls) for size in sizes}
        show(backend, found)


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
    counter, visitors = Counter(current().engine), Visitors(make_app(settings))
    # as the server does when it has started
    gc.freeze()
    figures = {page: measure(counter, getattr(visitors, page)(calls)) for page in PAGES}
    for page, (with_rules, without) in milliseconds_a_page(visitors, calls).items():
        print(f"{page}: {with_rules:.1f} ms of CPU with the rules, {without:.1f} without", flush=True)
    with reading() as session:
        assert events.verify(session).faults == ()
    return figures


def settle() -> None:
    """Let the database learn what it holds, as it would in service."""
    with current().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


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
