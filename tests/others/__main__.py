"""`python -m tests.others [--part PART]`: software that others wrote agrees with ours, or it says where not.

Exit 1 when something differs that nothing explains, 2 when something of others cannot be had here.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cie.conformance import as_html
from cie.conformance.rows import Verdict
from cie.fhir.checking import faults_in, value_sets_in
from tests.conformance.place import make_place
from tests.others import letting_out, npm, server, specimens
from tests.others.comparing import differences, explanations, unexplained
from tests.others.missing import Missing
from tests.others.validator import judged_by_hapi
from tests.support.exchange import running_exchange

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cie" / "others"
"""Where the packages of npm are kept; Maven has a place of its own."""


class Differs(Exception):
    """They do not agree; the message says where."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.others")
    parser.add_argument("--part", choices=list(PARTS), action="append", help="only this (all)")
    codes = [code_of(PARTS[name]) for name in parser.parse_args().part or PARTS]
    sys.exit(max(codes))


def code_of(part: Callable[[], Iterator[str]]) -> int:
    """Run one part and print what it says; the code with which the command exits for it."""
    try:
        for line in part():
            print(line, flush=True)
    except Differs as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 1
    except Missing as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    return 0


def validator() -> Iterator[str]:
    """HAPI FHIR's validator and our checker judge the same resources alike."""
    gravity = _reference() / "gravity"
    with scratch() as folder:
        resources = _all_resources(gravity, folder)
        kinds = Counter(name.split()[0] for name in resources)
        yield "Judged by both: " + ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        (folder / "hapi").mkdir()
        theirs = judged_by_hapi(resources, gravity, folder / "hapi")
    sets = value_sets_in(gravity / "vsac-gravity-valuesets")
    ours = {name: faults_in(each, value_sets=sets) for name, each in resources.items()}
    both = sum(bool(ours[name]) and bool(theirs[name]) for name in resources)
    neither = sum(not ours[name] and not theirs[name] for name in resources)
    found = [each for name in resources for each in differences(name, ours[name], theirs[name])]
    left, stale = unexplained(found, explanations())
    yield f"Right to both: {neither}, wrong to both: {both}, differences explained: {len(found) - len(left)}"
    if left or stale:
        raise Differs("\n".join([*map(str, left), *(f"no longer differs: {each.reason}" for each in stale)]))


def _all_resources(gravity: Path, folder: Path) -> Mapping[str, Any]:
    """What is right, what goes out, and what becomes of both when they are spoiled."""
    outgoing = Path(os.environ.get("CIE_OUTGOING") or folder / "outgoing")
    if not outgoing.exists():
        letting_out.by_tests(outgoing)
    with running_exchange(folder) as exchange:
        story = letting_out.by_story(make_place(exchange, folder, None))
    right = {**specimens.published(gravity), **specimens.right(), **specimens.left_in(outgoing), **story}
    # what tests leave differs from run to run: dice fall on what stays
    same = [each for name, each in right.items() if name.startswith(("example", "right"))]
    return {**right, **specimens.seeded(), **specimens.spoiled(right.values()), **specimens.damaged(same)}


def client() -> Iterator[str]:
    """fhir-kit-client plays the loop."""
    npm.bring(CACHE / "client", npm.CLIENT)
    test = "tests/journeys/test_fhir_kit_client.py"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", test]
    done = subprocess.run(command, env={**os.environ, "CIE_NODE_PACKAGES": str(CACHE / "client")})
    if done.returncode:
        raise Differs("fhir-kit-client does not play the loop")
    yield f"{npm.CLIENT} played the loop for both sides"


def others_server() -> Iterator[str]:
    """The suite looks at a server of others."""
    npm.bring(CACHE / "server", *server.PACKAGES)
    with server.running(CACHE / "server") as url:
        run = server.looked_at(url, _reference() / "gravity" / "vsac-gravity-valuesets")
    report = CACHE / "medplum.html"
    report.write_text(as_html(run), "utf-8")
    red = {each.row.key: each.words for each in run.results if each.verdict is Verdict.FAIL}
    counts = Counter(str(each.verdict) for each in run.results)
    yield f"{server.PACKAGES[0]}: " + ", ".join(f"{n} {name}" for name, n in counts.items()) + f" (see {report})"
    odd = [*server.oddities(run), *(f"{key}: {red[key]}" for key in sorted(red.keys() - server.known_red().keys()))]
    odd += [f"{key} no longer fails" for key in sorted(server.known_red().keys() - red.keys())]
    if odd:
        raise Differs("\n".join(odd))


def _reference() -> Path:
    """Raises Missing."""
    folder = os.environ.get("CIE_REFERENCE")
    if not folder:
        raise Missing("CIE_REFERENCE does not say where the published definitions are")
    return Path(folder)


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cie-others-") as folder:
        yield Path(folder)


PARTS: Mapping[str, Callable[[], Iterator[str]]] = {
    "validator": validator,
    "client": client,
    "server": others_server,
}

if __name__ == "__main__":
    main()
