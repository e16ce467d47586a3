"""The served document is true: whatever is sent, each answer is one that it names, and nothing breaks."""

import re
from typing import Any
from uuid import uuid4

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi import checks

from cie.access.scopes import AREAS
from tests.api.callers import Caller, make_callers
from tests.api.place import System

EXAMPLES, PROVE_EXAMPLES = 3, 30
"""For each operation and each of three callers."""

CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
ENDS = "DELETE"


def test_whatever_is_sent_the_answer_is_one_that_the_document_names(place, request):
    prove, callers = request.config.getoption("--prove"), make_callers(place)
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", place.app)
    quiet = settings(
        max_examples=PROVE_EXAMPLES if prove else EXAMPLES,
        deadline=None,
        database=None,
        derandomize=not prove,
        suppress_health_check=list(HealthCheck),
    )
    reached = set()

    for operation in sorted((found.ok() for found in document.get_all_operations()), key=_ends_something):
        for caller in callers:
            reached |= _try_out(operation, caller, callers, quiet)

    reads = {f"GET {path}" for path, methods in parts_of(place.app)["paths"].items() if "get" in methods}
    assert {(caller.name, label) for caller in callers for label in reads} - reached == set()


def _ends_something(operation: Any) -> bool:
    return operation.method.upper() == ENDS


def _try_out(operation: Any, caller: Caller, callers: list[Caller], quiet: settings) -> set[tuple[str, str]]:
    """Whatever the document allows, and more: with ids of the caller's own, of others, and of nothing."""
    reached: set[tuple[str, str]] = set()
    headers = dict(caller.headers())

    @quiet
    @given(case=operation.as_strategy(), data=st.data())
    def check(case: Any, data: Any) -> None:
        for name in case.path_parameters or {}:
            case.path_parameters[name] = data.draw(_ids(name, caller, callers))
        if isinstance(case.body, dict):
            case.body |= {name: data.draw(_said(name, case.body[name], caller, callers)) for name in case.body}
        answer = case.call(headers=headers)
        assert answer.status_code < 500, (operation.label, caller.name, case.body, answer.text)
        assert answer.status_code >= 400 or str(answer.status_code) in operation.definition.raw["responses"]
        case.validate_response(answer, checks=CHECKS)
        reached.update({(caller.name, operation.label)} if answer.status_code < 300 else set())

    check()
    return reached


def _ids(name: str, caller: Caller, callers: list[Caller]) -> Any:
    """Ids for a place of this name: mostly the caller's own."""
    others = [id_ for each in callers for id_ in each.own[name]]
    return st.sampled_from(caller.own[name]) | st.sampled_from(caller.own[name]) | st.sampled_from(others)


def _said(name: str, value: Any, caller: Caller, callers: list[Caller]) -> Any:
    """A value of a body: an id where one belongs there, else, and at times there too, whatever was drawn."""
    if name not in caller.own:
        return st.just(value)
    ids = _ids(name, caller, callers)
    return st.just(value) | (st.lists(ids, min_size=1, max_size=2) if isinstance(value, list) else ids)


def parts_of(app: Flask) -> dict[str, Any]:
    return app.test_client().get("/api/v1/openapi.json").get_json()


class TestDocument:
    def test_each_operation_says_what_it_does_and_which_scope_opens_it(self, place):
        said = parts_of(place.app)

        operations = {
            f"{method} {path}": each
            for path, methods in said["paths"].items()
            for method, each in methods.items()
            if method in ("get", "post", "put", "patch", "delete")
        }
        assert len(operations) > 25
        assert [name for name, each in operations.items() if not each.get("summary")] == []
        assert [name for name, each in operations.items() if "security" not in each] == [
            "get /api/v1/me",
            "post /api/v1/batch",
        ]

    def test_each_scope_that_is_named_is_one_that_there_is(self, place):
        named = parts_of(place.app)["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]["scopes"]

        assert set(named) == {f"api/{area.name}.{word}" for area in AREAS for word in ("read", "write")}

    def test_the_page_for_people_names_every_operation(self, place):
        words = place.app.test_client().get("/api/docs").get_data(as_text=True)

        for path in parts_of(place.app)["paths"]:
            assert path in words


class TestNoToken:
    def test_without_a_token_each_operation_is_refused_before_it_looks_at_anything(self, place):
        client = place.app.test_client()
        for path, methods in parts_of(place.app)["paths"].items():
            for method in methods.keys() - {"parameters"}:
                address = re.sub(r"\{\w+\}", str(uuid4()), path)
                answer = client.open(address, method=method.upper(), data=b"{", content_type="application/json")
                assert answer.status_code == 401, (method, path)

    def test_each_needs_the_scope_that_it_names(self, place):
        narrow = System(place.app, place.loop.clinic, scopes=("api/exports.read",))
        for path, methods in parts_of(place.app)["paths"].items():
            for method, each in methods.items():
                if method != "get" or "security" not in each or "{" in path:
                    continue
                if narrow.scopes[0] not in each["security"][0]["oauth2"]:
                    assert narrow.call(method.upper(), path.removeprefix("/api/v1")).status_code in (403, 422), path
