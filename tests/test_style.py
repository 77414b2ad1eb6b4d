"""The house rules that no linter knows: edges never write, no signals, the domain knows no web, small modules."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("consortia", "impact", "events", "ptvt_portal")
EDGES = {
    "views", "api", "forms", "admin", "exports", "workbook", "tasks", "receipt", "documents", "programme_report",
    "spreadsheets", "context", "pages", "calendar",
}  # fmt: skip
DOMAIN = {
    "access", "clock", "errors", "identifiers", "models", "partners", "tokens", "content", "coverage", "distinct",
    "drafts", "duplicates", "edits", "evidence", "feed", "in_hand", "leaves", "ledger", "links", "materialise",
    "measures", "outbox", "plausibility", "programme", "progress", "proposals", "quarters", "reporting", "rollups",
    "submission", "teamwork", "trajectory", "transitions", "uploads", "publishing",
}  # fmt: skip
WEB = ("django.http", "django.shortcuts", "django.views", "rest_framework", "celery", "openpyxl")
WRITES = {"save", "delete", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "asave"}
SIGNALS = ("django.dispatch", "django.db.models.signals", "django.core.signals", "django.contrib.auth.signals")
VAGUE = {"utils", "helpers", "common", "services", "mixins", "util", "helper", "misc"}
LONGEST = 430

MODULES = [
    path
    for app in APPS
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts and path.name != "__init__.py"
]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def parts_of(path: Path) -> set[str]:
    return set(path.relative_to(ROOT).with_suffix("").parts[1:])


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def writes(tree: ast.AST) -> Iterator[str]:
    """Calls that change rows: `row.save()`, `Model.objects.create()`, `rows.filter().update()`."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        chain = ast.unparse(node.func.value)
        if node.func.attr in WRITES and not chain.startswith("super()"):
            yield f"line {node.lineno}: {chain}.{node.func.attr}()"
        elif node.func.attr == "update" and (".objects" in chain or ".filter(" in chain or ".exclude(" in chain):
            yield f"line {node.lineno}: {chain}.update()"


@pytest.mark.parametrize("path", [each for each in MODULES if parts_of(each) & EDGES], ids=name_of)
def test_an_edge_never_writes(path):
    assert list(writes(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    "path", [each for each in MODULES if parts_of(each) & DOMAIN and not parts_of(each) & EDGES], ids=name_of
)
def test_the_domain_knows_no_web_and_no_jobs(path):
    found = [name for name in imports(ast.parse(path.read_text())) if name.startswith(WEB) or name == "impact.tasks"]

    assert found == []


def test_there_are_no_signals():
    found = {
        f"{name_of(path)}: {name}"
        for path in MODULES
        for name in imports(ast.parse(path.read_text()))
        if name.startswith(SIGNALS)
    }

    assert found == set()


def test_no_module_has_a_name_that_says_nothing():
    assert [name_of(path) for path in MODULES if parts_of(path) & VAGUE] == []


def test_every_module_says_what_it_is_for():
    silent = {
        name_of(path)
        for path in MODULES
        if ast.get_docstring(ast.parse(path.read_text())) is None
        and not {"commands", "apps"} & set(path.with_suffix("").parts)
    }

    assert silent == set()


def test_modules_stay_small_enough_to_read():
    long = {name_of(path): size for path in MODULES if (size := len(path.read_text().splitlines())) > LONGEST}

    assert long == {}


def test_nobody_but_access_looks_at_a_role():
    """Roles are given by `people`, and made in demonstration data; what they allow only `access` knows."""
    may_name = ("consortia.access", "consortia.models", "consortia.people", "consortia.admin.people", "impact.demo")
    found = {
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        if not name_of(path).startswith(may_name)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Role"
    }

    assert found == set()
