"""Running all rows against one server, and taking back what was made."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cie.conformance import capability, formats, judging, operations, requirements, subscribing, workflow
from cie.conformance.changes import IN_ERROR
from cie.conformance.rows import ROWS, DoesNotApply, Expectation, Fails, Row, Verdict
from cie.conformance.server import Options, Server, tag_of
from cie.conformance.session import Exchange, Session
from cie.fhir.definitions.value_sets import value_sets_in

MODULES = (formats, operations, workflow, subscribing, requirements, judging, capability)
"""Where rows are."""


@dataclass(frozen=True)
class Result:
    """What one row came to. `words`: why, or a remark."""

    row: Row
    verdict: Verdict
    words: str
    exchanges: tuple[Exchange, ...]

    @property
    def breaks_a_rule(self) -> bool:
        return self.verdict is Verdict.FAIL and self.row.expectation is Expectation.SHALL


@dataclass
class Run:
    """A run of the suite against one server."""

    base_url: str
    started_at: datetime
    results: list[Result] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)
    """References to what the suite made and the server did not let it mark as a mistake."""

    @property
    def is_good(self) -> bool:
        return not any(each.breaks_a_rule for each in self.results)


def run_suite(
    base_url: str,
    token: str,
    options: Options | None = None,
    definitions: Path | None = None,
) -> Run:
    """Look at a server row by row. `definitions`: a folder of expanded value sets."""
    session = Session(base_url, token)
    server = Server(session, options or Options(), value_sets_in(definitions), definitions is not None)
    run = Run(session.base_url, datetime.now(UTC), exchanges=session.exchanges)
    found = {row.key: _result(row, server) for row in sorted(ROWS.values(), key=lambda row: row.is_judging)}
    run.results.extend(found[key] for key in ROWS)
    run.left_behind = taken_back(server)
    return run


def _result(row: Row, server: Server) -> Result:
    server.session.recalled.clear()
    verdict, words = Verdict.PASS, ""
    try:
        words = row.check(server) or ""
    except Fails as error:
        verdict, words = Verdict.FAIL, str(error)
    except DoesNotApply as error:
        verdict, words = Verdict.NOT_APPLICABLE, str(error)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        # an answer that is nothing like FHIR is the fault of whoever gave it, and no reason to stop
        verdict, words = Verdict.FAIL, f"The answer cannot be read as FHIR ({type(error).__name__})."
    return Result(row, verdict, words, tuple(server.session.recalled))


def taken_back(server: Server) -> list[str]:
    """Mark what the suite made as a mistake, newest first; references to what the server does not let be marked."""
    return [each for each in dict.fromkeys(reversed(server.made)) if not _is_marked(server, each)]


def _is_marked(server: Server, address: str) -> bool:
    # a server may change it itself between the two, as a Subscription that found nobody
    return any(_mark(server, address) for _again in range(3))


def _mark(server: Server, address: str) -> bool:
    now = server.session.get(address)
    if not now.is_good:
        return False
    marked = now.resource | IN_ERROR.get(address.partition("/")[0], {})
    marked = {name: value for name, value in marked.items() if value is not None}
    # what was marked with its referral need not be marked again
    return marked == now.resource or server.session.put(address, marked, If_Match=tag_of(now.resource)).is_good
