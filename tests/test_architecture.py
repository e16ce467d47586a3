"""The shape of the code, kept true: who imports whom, who commits, which views say whom they are for."""

import ast
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from cie.access import POLICY, Actor, ActorKind, Permission, is_allowed
from cie.http import OPEN_ENDPOINTS
from tests.conftest import settings_for
from tests.support.web import make_app

CIE = Path(__file__).parent.parent / "cie"

BASE = {"access", "calendar", "db", "errors", "events", "files", "geography", "indenting", "outbound", "processes"}
BASE |= {"resources", "settings"}
DOMAIN = {
    "identity": set(),
    "participants": set(),
    "people": {"participants", "identity"},
    "directory": {"participants", "identity"},
    "consent": {"people", "directory", "participants", "identity"},
    "screening": {"consent", "people", "directory", "participants", "identity"},
    "privacy": {"consent", "people", "directory", "participants", "identity"},
    "messaging": {"consent", "people", "directory", "participants", "identity"},
}
DOMAIN["identity"] = {"participants"}
DOMAIN["mail"] = {"participants"}
DOMAIN["referrals"] = {"screening", "messaging", *DOMAIN["screening"]}
DOMAIN["patient_tasks"] = {"referrals", *DOMAIN["referrals"]}
DOMAIN["quarantine"] = {"participants", "identity"}
DOMAIN["webhooks"] = {"referrals", *DOMAIN["referrals"]}
DOMAIN["exports"] = {"referrals", *DOMAIN["referrals"]}
DOMAIN["retention"] = {"referrals", "privacy", "exports", *DOMAIN["referrals"]}
DOMAIN["measures"] = {"referrals", *DOMAIN["referrals"]}
EDGES = {"web", "api", "fhir", "oauth", "jobs", "cli", "sandbox"}
COMPOSITION = {"app", "schema", "server", "seeding", "story", "__main__"}


def modules() -> Iterator[tuple[str, Path, ast.Module]]:
    for path in sorted(CIE.rglob("*.py")):
        package = path.relative_to(CIE).parts[0].removesuffix(".py")
        yield package, path, ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "cie":
            yield from (f"cie.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def own(tree: ast.Module) -> set[str]:
    return {name.split(".")[1] for name in imported(tree) if name.startswith("cie.")}


def test_the_domain_imports_only_downward():
    wrong = [
        f"{path.relative_to(CIE)} imports {name}"
        for package, path, tree in modules()
        if package in DOMAIN
        for name in own(tree) - DOMAIN[package] - BASE - {package}
    ]

    assert wrong == []


def test_the_base_knows_nothing_above_it():
    wrong = [
        f"{path.relative_to(CIE)} imports {name}"
        for package, path, tree in modules()
        if package in BASE
        for name in own(tree) - BASE
    ]

    assert wrong == []


def test_edges_do_not_know_each_other():
    allowed = {edge: set() for edge in EDGES} | {"cli": {"jobs", "sandbox", *COMPOSITION}}
    wrong = [
        f"{path.relative_to(CIE)} imports {name}"
        for package, path, tree in modules()
        if package in EDGES
        for name in own(tree) & (EDGES | COMPOSITION) - {package} - allowed[package]
    ]

    assert wrong == []


def test_the_public_suite_knows_of_this_project_only_what_is_known_of_fhir():
    """It is for any server: what it knew of ours it could not find wrong with it."""
    may = ("cie.conformance", "cie.fhir.definitions", "cie.fhir.checking", "cie.fhir.formats", "cie.indenting")
    wrong = [
        f"{path.relative_to(CIE)} imports {name}"
        for package, path, tree in modules()
        if package == "conformance"
        for name in imported(tree)
        if name.split(".")[0] == "cie" and not name.startswith(may)
    ]
    users = {p for p, _path, tree in modules() if "conformance" in own(tree)} - {"conformance"}

    assert wrong == []
    assert users == {"cli"}


def test_the_domain_speaks_no_http():
    wrong = [
        f"{path.relative_to(CIE)} imports {name}"
        for package, path, tree in modules()
        if package in {*DOMAIN, *BASE}
        for name in imported(tree)
        if name.split(".")[0] in {"flask", "marshmallow", "werkzeug"}
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("library", "home"),
    [
        ("twilio", "messaging/gateway.py"),
        ("apscheduler", "jobs/"),
        ("authlib", "oauth/"),
        ("joserfc", "oauth/"),
        ("flask_smorest", "api/"),
        ("webargs", "api/"),
    ],
)
def test_a_library_of_one_trade_has_one_home(library, home):
    users = [
        str(path.relative_to(CIE))
        for _package, path, tree in modules()
        if any(name.split(".")[0] == library for name in imported(tree))
    ]

    assert users
    assert all(user.startswith(home) for user in users)


def test_only_the_database_commits():
    wrong = [
        f"{path.relative_to(CIE)}:{node.lineno}"
        for package, path, tree in modules()
        if package not in {"db", "sandbox"}
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    ]

    assert wrong == []


def test_only_settings_read_the_environment():
    wrong = [
        f"{path.relative_to(CIE)}:{node.lineno}"
        for package, path, tree in modules()
        if package != "settings"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"}
    ]

    assert wrong == []


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    from cie.db import configure

    folder = tmp_path_factory.mktemp("routes")
    settings = settings_for(f"sqlite:///{folder}/cie.db", folder)
    configure(settings)
    return make_app(settings)


def test_every_view_says_whom_it_is_for(app):
    silent = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in OPEN_ENDPOINTS
        and not getattr(app.view_functions[rule.endpoint], "is_public", False)
        and getattr(app.view_functions[rule.endpoint], "permission", None) not in Permission
    ]

    assert silent == []


def test_every_permission_has_a_rule():
    assert set(POLICY) == set(Permission)
    assert all(alternatives and all(rule for rule in alternatives) for alternatives in POLICY.values())


@pytest.mark.parametrize("kind", ActorKind)
def test_every_rule_answers_when_it_is_asked_about_nothing(kind):
    actor = Actor(kind, id=uuid4(), organization_id=uuid4())

    assert {type(is_allowed(actor, permission)) for permission in Permission} == {bool}


def test_no_address_carries_personal_data(app):
    converters = {converter for rule in app.url_map.iter_rules() for converter in rule._converters.values()}

    assert {type(c).__name__ for c in converters} <= {"UUIDConverter", "PathConverter", "UnicodeConverter"}
