"""Every sentence that a page can say: found in templates and code, so that no language lacks one.

`python -m tests.support.words` adds what is missing to the Spanish catalogue, untranslated, and drops what is not said
any more; the tests refuse an untranslated entry.
"""

import ast
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from cie import errors
from cie.consent import DUTIES, data_sets, law
from cie.privacy import declared_flows
from cie.resources import resource

CIE = Path(errors.__file__).parent
CATALOGUE = CIE / "web" / "catalogues" / "es.po"
ERRORS = {name for name, found in vars(errors).items() if isinstance(found, type) and issubclass(found, Exception)}
ONE_TEXT = {"_", "gettext", "lazy_gettext", *ERRORS}
MARSHMALLOW = {"required", "null", "invalid", "unknown", "invalid_uuid", "validator_failed", "format", "too_large"}
SILENT = {
    "directory/loading.py",
    "events/verification.py",
    "referrals/changes.py",
    "referrals/code_lists.py",
    "referrals/models/code_lists.py",
    "retention/tombstones.py",
    "screening/instruments.py",
    "screening/loading.py",
}
"""Modules whose errors only operators read, in English."""
SILENT_FOLDERS = {
    "cli",
    "sandbox",
    "db",
    "jobs",
    "seeding",
    "story",
    "api",
    "fhir",
    "conformance",
    "webhooks",
    "exports",
    "settings",
}
"""What only operators read, or programs, in English."""

CITATION = re.compile(r"^(\d+ (USC|CFR)|\w+\.? Code|WIC|HSC|Civ\.) ?[\d.]")
"""The place of a rule in the law, the same in every language."""

Text = str | tuple[str, str]


def all_words() -> set[Text]:
    """What the templates and the code say; a pair is one for one and one for many."""
    return {*template_words(), *code_words(), *rule_words()}


def rule_words() -> Iterator[Text]:
    """What the rules of disclosure say, which is data."""
    for rule in law.texts().values():
        yield from filter(None, (rule.says, rule.reason, rule.remedy))
        if not CITATION.match(rule.citation):
            yield rule.citation
    yield from (least.says for least in data_sets().values())
    yield from DUTIES.values()
    for flow in declared_flows().values():
        yield from (flow.fact, flow.reader, flow.reason, flow.where)


def template_words() -> Iterator[Text]:
    for path in sorted(resource("templates").rglob("*.html")):
        with path.open("rb") as file:
            for _line, _function, message, _comments in babel_extract(file, ["_", "gettext", "ngettext"], [], {}):
                if isinstance(message, tuple):
                    texts = tuple(part for part in message if isinstance(part, str))
                    yield texts if len(texts) == 2 else texts[0]
                elif message:
                    yield message


def code_words() -> Iterator[Text]:
    modules = {path: ast.parse(path.read_text("utf-8")) for path in sorted(CIE.rglob("*.py"))}
    everywhere: dict[str, list[ast.Constant]] = {}
    for module in modules.values():
        for name, text in _constants(module).items():
            everywhere.setdefault(name, []).append(text)
    known = {name: texts[0] for name, texts in everywhere.items() if len(texts) == 1}
    for path, module in modules.items():
        place = path.relative_to(CIE)
        if place.as_posix() not in SILENT and not SILENT_FOLDERS & set(place.parts):
            for node in ast.walk(_Named({**known, **_constants(module)}).visit(module)):
                yield from _said(node)


def words_said_in(module: ast.Module) -> Iterator[Text]:
    """What one module says by itself."""
    for node in ast.walk(_Named(dict(_constants(module))).visit(module)):
        yield from _said(node)


def _constants(module: ast.Module) -> dict[str, ast.Constant]:
    """The texts that a module keeps under a name."""
    return {
        target.id: step.value
        for step in module.body
        if isinstance(step, ast.Assign) and isinstance(step.value, ast.Constant) and isinstance(step.value.value, str)
        for target in step.targets
        if isinstance(target, ast.Name)
    }


class _Named(ast.NodeTransformer):
    """Puts texts in the places where they are used by their names."""

    def __init__(self, texts: dict[str, ast.Constant]) -> None:
        self.texts = texts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.texts.get(node.id, node) if isinstance(node.ctx, ast.Load) else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self.texts[node.attr] if node.attr in self.texts and node.attr.isupper() else self.generic_visit(node)


def _said(node: ast.AST) -> Iterator[Text]:
    if isinstance(node, ast.Dict):
        keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
        if keys and keys <= MARSHMALLOW:
            for value in node.values:
                yield from _texts(value)
    if not isinstance(node, ast.Call):
        return
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    if name in ONE_TEXT and node.args:
        yield from _texts(node.args[0])
    elif name == "ngettext":
        one, many = (next(_texts(argument), None) for argument in node.args[:2])
        if one and many:
            yield (one, many)
    elif name == "Refusal":
        for argument in (*node.args[1:], *(keyword.value for keyword in node.keywords)):
            yield from (text for text in _texts(argument) if not CITATION.match(text))
    for keyword in node.keywords:
        if keyword.arg in ("error", "remedy") and name != "jsonify":
            yield from _texts(keyword.value)


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="es", abort_invalid=True)


def brought_up_to_date(said: set[Text], known: Catalog) -> Catalog:
    """The catalogue with exactly what is said, translations kept."""
    comment = "# Spanish of the pages: usted, plain, written rather than translated."
    fresh = Catalog(locale="es", header_comment=comment, fuzzy=False)
    for text in sorted(said, key=str):
        message = known.get(text if isinstance(text, str) else text[0])
        fresh.add(text, message.string if message else None, flags=message.flags if message else ())
    return fresh


def as_file(fresh: Catalog) -> bytes:
    """The catalogue as text, with the one header that matters."""
    written = BytesIO()
    write_po(written, fresh, width=118, no_location=True, omit_header=True)
    header = f'{fresh.header_comment}\nmsgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    plural = '"Language: es\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    return (header + plural).encode() + written.getvalue()


def main() -> None:
    known = catalogue() if CATALOGUE.exists() else Catalog(locale="es")
    fresh = brought_up_to_date(all_words(), known)
    CATALOGUE.parent.mkdir(exist_ok=True)
    CATALOGUE.write_bytes(as_file(fresh))
    missing = [message.id for message in fresh if message.id and not _is_translated(message.string)]
    print(f"{len(fresh)} texts, {len(missing)} without Spanish")


def _is_translated(string: Any) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


if __name__ == "__main__":
    main()
