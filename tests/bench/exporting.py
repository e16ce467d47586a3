"""What a bulk export costs: how long it takes to make and to read, and how far memory grows meanwhile.

`python -m tests.bench.exporting ADDRESS FOLDER` measures it of the organization in a database that heard of most
referrals: a process of its own, so that nothing that was done before counts into the memory.
"""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from cie import api
from cie.app import compose
from cie.db import configure, reading
from cie.jobs import Exporter
from cie.participants import Participant
from cie.referrals import ReferralActivity
from tests.api.place import System
from tests.conftest import settings_for
from tests.support.web import make_app

SHARE_OF_LARGEST = 0.5
"""About this part of all invented referrals concerns the organization that has most."""


@dataclass(frozen=True)
class Cost:
    """Seconds of the clock and of CPU, and by how much the peak of memory was above that after the first part."""

    referrals: int
    megabytes: float
    making_seconds: float
    making_cpu_seconds: float
    reading_seconds: float
    growth_megabytes: float

    def __str__(self) -> str:
        rate, cpu = self.referrals / self.making_seconds, self.making_cpu_seconds / self.referrals * 1000
        made = f"made in {self.making_seconds:.0f} s ({rate:.0f} a second, {cpu:.1f} ms of CPU each)"
        read = f"{self.megabytes:.0f} MB read in {self.reading_seconds:.0f} s"
        return f"export of {self.referrals} referrals: {made}, {read}, memory grew {self.growth_megabytes:.0f} MB"


def cost_of_export(address: str, folder: Path) -> Cost:
    """Measure it in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.exporting", address, str(folder)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Cost(**json.loads(said.splitlines()[-1]))


def main(address: str, folder: Path) -> None:
    """Make one export and read it; the figures as JSON."""
    settings = settings_for(address, folder)
    configure(settings)
    compose(settings)
    system, exporter = _largest(make_app(settings)), Exporter(api.RENDERERS, timedelta(hours=1))
    export = system.post("/exports", {"kinds": ["referrals"]}).get_json()
    exporter.make_next()
    system.get(f"/exports/{export['id']}")
    before = _forget_peak()
    start, cpu = time.perf_counter(), time.process_time()
    while exporter.make_next():
        pass
    made, made_cpu = time.perf_counter(), time.process_time()
    # the token lived for five minutes; the next call asks for another
    vars(system).pop("token")
    size = _read(system, export["id"])
    read = time.perf_counter()
    lines = system.get(f"/exports/{export['id']}").get_json()["done"]
    growth = _peak() - before
    print(json.dumps(asdict(Cost(lines, size / 2**20, made - start, made_cpu - cpu, read - made, growth))))


def _largest(app: Any) -> System:
    """The program of the organization that heard of most referrals."""
    whose = col(ReferralActivity.organization_id)
    with reading() as session:
        query = select(whose).group_by(whose).order_by(func.count().desc()).limit(1)
        owner = session.get_one(Participant, session.execute(query).scalar_one())
    return System(app, owner)


def _read(system: System, export_id: str) -> int:
    """Read the files as a client does that keeps nothing of them; how many bytes they have."""
    files = system.get(f"/exports/{export_id}").get_json()["files"]
    answers = (system.get(file["url"].removeprefix("/api/v1")) for file in files)
    return sum(len(answer.get_data()) for answer in answers if answer.status_code == 200)


def _forget_peak() -> float:
    """Begin the peak anew; the memory that is in use now, in megabytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> float:
    """The most memory that was in use, in megabytes."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
