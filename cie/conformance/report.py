"""What a run came to, for people and for programs."""

from collections.abc import Iterator
from html import escape
from typing import Any

import orjson

from cie.conformance.rows import Expectation, Verdict
from cie.conformance.running import Result, Run
from cie.conformance.session import Exchange
from cie.indenting import indented

LONGEST, LONGEST_ON_PAGE = 6_000, 3_000
"""How many characters of a body the report for programs has, and the page."""
SHOWN: dict[Verdict, int] = {Verdict.PASS: 2, Verdict.FAIL: 4, Verdict.NOT_APPLICABLE: 1}
"""How many exchanges a row shows on the page."""
_PARTS = ("FHIR", "Refusals", "Requirements:", "Capability:")
NO_ROWS: dict[str, int] = {verdict.value: 0 for verdict in Verdict}


def by_group(run: Run) -> dict[str, list[Result]]:
    """The results by their groups: what holds for all first, then the numbered requirements, then the table."""
    found: dict[str, list[Result]] = {}
    for result in sorted(run.results, key=lambda each: _PARTS.index(each.row.group.split()[0])):
        found.setdefault(result.row.group, []).append(result)
    return found


def counts(results: list[Result]) -> dict[str, int]:
    return NO_ROWS | {v.value: sum(each.verdict is v for each in results) for v in Verdict}


def in_words(run: Run) -> Iterator[str]:
    """The summary on the console: a line for each group, then what failed, then the counts. No body of a resource."""
    for group, results in by_group(run).items():
        said = counts(results)
        yield f"{group:42} {said['pass']:4} pass {said['fail']:4} fail {said['not applicable']:4} not applicable"
    for each in _failed(run):
        yield f"FAIL {each.row.key} ({each.row.expectation}): {each.words}"
    said = counts(run.results)
    broken = sum(each.breaks_a_rule for each in run.results)
    yield f"{len(run.results)} rows: " + ", ".join(f"{count} {name}" for name, count in said.items())
    yield f"{broken} of the failed rows are SHALL" if broken else "No SHALL row fails"
    if run.left_behind:
        yield f"Left on the server, as it lets nobody mark them: {', '.join(run.left_behind)}"


def _failed(run: Run) -> list[Result]:
    return [each for each in run.results if each.verdict is Verdict.FAIL]


def as_json(run: Run) -> bytes:
    """The run for programs: each row with the numbers of its exchanges."""
    said: dict[str, Any] = {
        "base_url": run.base_url,
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "guide": "hl7.fhir.us.sdoh-clinicalcare 3.0.0",
        "no_shall_row_fails": run.is_good,
        "counts": counts(run.results),
        "rows": [_row(each) for each in run.results],
        "left_behind": run.left_behind,
        "exchanges": [_exchange(each) for each in run.exchanges],
    }
    return orjson.dumps(said, option=orjson.OPT_INDENT_2)


def _row(result: Result) -> dict[str, Any]:
    return {
        "key": result.row.key,
        "group": result.row.group,
        "expectation": result.row.expectation.value,
        "title": result.row.title,
        "verdict": result.verdict.value,
        "words": result.words,
        "exchanges": [each.number for each in result.exchanges],
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        "number": exchange.number,
        "request": f"{exchange.method} {exchange.url}",
        "request_headers": dict(exchange.sent_headers),
        "request_body": exchange.sent[:LONGEST],
        "status": exchange.status,
        "headers": dict(exchange.headers),
        "body": exchange.body[:LONGEST],
    }


def as_html(run: Run) -> str:
    """The run for people: one page that needs nothing else, no script either."""
    groups = by_group(run)
    body = [_head(run), _table(groups), *_failures(run)]
    for number, (group, results) in enumerate(groups.items()):
        rows = "\n".join(_result(each) for each in results)
        body.append(f'<section><h2 id="group-{number}">{escape(group)}</h2>\n{rows}</section>')
    left = "".join(f"<li>{escape(each)}</li>" for each in run.left_behind)
    if left:
        body.append(f"<section><h2>Left on the server</h2><p>It lets nobody mark these.</p><ul>{left}</ul></section>")
    return _PAGE.replace("{style}", _STYLE).replace("{body}", "\n".join(body))


def _head(run: Run) -> str:
    said = counts(run.results)
    verdict = "No SHALL row fails." if run.is_good else "SHALL rows fail."
    return (
        "<header><h1>SDOH Clinical Care 3.0.0: what the server was seen to do</h1>"
        f"<p>{escape(run.base_url)}, {run.started_at:%Y-%m-%d %H:%M} UTC. <strong>{verdict}</strong></p>"
        f"<p>{len(run.results)} rows: {said['pass']} pass, {said['fail']} fail, "
        f"{said['not applicable']} do not apply.</p>"
        "<p>This page holds what the server answered. Where that is about people, keep it as you keep their records."
        "</p></header>"
    )


def _table(groups: dict[str, list[Result]]) -> str:
    lines = []
    for number, (group, results) in enumerate(groups.items()):
        said = counts(results)
        cells = "".join(f"<td>{said[each.value]}</td>" for each in Verdict)
        lines.append(f'<tr><th scope="row"><a href="#group-{number}">{escape(group)}</a></th>{cells}</tr>')
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in ("Group", *Verdict))
    return (
        f"<table><caption>Rows by group</caption><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )


def _failures(run: Run) -> list[str]:
    failed = _failed(run)
    if not failed:
        return []
    lines = [
        f'<li><a href="#{escape(each.row.key)}">{escape(each.row.key)}</a> ({each.row.expectation}): '
        f"{escape(each.words)}</li>"
        for each in sorted(failed, key=lambda each: list(Expectation).index(each.row.expectation))
    ]
    return [f"<section><h2>What fails</h2><ul>{''.join(lines)}</ul></section>"]


def _result(result: Result) -> str:
    row, kind = result.row, result.verdict.value.replace(" ", "-")
    words = f"<p>{escape(result.words)}</p>" if result.words else ""
    return (
        f'<article id="{escape(row.key)}" class="{kind}"><h3>{escape(row.key)}: {escape(row.title)}</h3>'
        f'<p><span class="verdict">{escape(result.verdict.value)}</span> {escape(row.expectation.value)}</p>{words}'
        f"{''.join(_shown(each) for each in result.exchanges[-SHOWN[result.verdict] :])}</article>"
    )


def _shown(exchange: Exchange) -> str:
    sent = "\n".join(f"{name}: {value}" for name, value in exchange.sent_headers.items())
    got = "\n".join(f"{name}: {value}" for name, value in exchange.headers.items())
    asked = f"{exchange.method} {exchange.url}\n{sent}\n\n{_cut(exchange.sent)}"
    return (
        f"<details><summary>{escape(exchange.title)}</summary>"
        f'<h4>Request</h4><pre tabindex="0">{escape(asked.strip())}</pre>'
        f'<h4>Answer {exchange.status}</h4><pre tabindex="0">{escape(f"{got}{chr(10) * 2}{_cut(exchange.body)}")}</pre>'
        "</details>"
    )


def _cut(text: str) -> str:
    text = _in_lines(text)
    more = len(text) - LONGEST_ON_PAGE
    return text if more <= 0 else f"{text[:LONGEST_ON_PAGE]}\n[{more} characters more]"


def _in_lines(text: str) -> str:
    """JSON as people read it."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return indented(text.encode()).decode()


_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; color: #1b1b1b;
  background: #fff }
table { border-collapse: collapse } caption { text-align: left; font-weight: bold }
th, td { border: 1px solid #767676; padding: .25rem .5rem; text-align: left } td { text-align: right }
article { border-left: .4rem solid #767676; padding: .1rem 1rem; margin: 1rem 0 }
article.pass { border-color: #1a6b30 } article.fail { border-color: #b00020 }
article h3 { margin: .25rem 0; font-size: 1.1rem } article p { margin: .25rem 0 }
.verdict { font-weight: bold; text-transform: uppercase }
.pass .verdict { color: #1a6b30 } .fail .verdict { color: #b00020 }
pre { background: #f4f4f4; padding: .5rem; overflow: auto; max-height: 24rem; white-space: pre-wrap;
  overflow-wrap: anywhere }
a { color: #0b4ea2 } :focus-visible { outline: 3px solid #0b4ea2 }
"""
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>SDOH Clinical Care 3.0.0: report</title><style>{style}</style></head><body><main>
{body}
</main></body></html>
"""
