"""The example client of the change feed, as anybody runs it: a program of its own against a portal over HTTP."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from consortia.models import Role
from impact import ledger
from impact.models import EntryKind
from tests import factories
from tests.api.conftest import caller
from tests.api.test_changes import link, redefine, undo, withdraw
from tests.factories import company, figure, headcount

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

CLIENT = Path(__file__).resolve().parent.parent / "docs" / "examples" / "replay_changes.py"


@pytest.mark.parametrize("role", [None, Role.READER])
def test_the_example_client_keeps_a_copy_that_equals_the_full_pull(
    role: Role | None, live_server: Any, programme: Any, tmp_path: Path
) -> None:
    state = tmp_path / "copy.json"
    token = ["--token", caller(role).token] if role else []

    def run(*more: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, str(CLIENT), f"{live_server.url}/api/v1", "--state", str(state), "--check", *more],
            capture_output=True, text=True, check=False, timeout=60, env={"PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    factories.reported("scale", "2025Q1", figure("assignments", 5), figure("cofinancing-cash", "12500.20",
                       action_line=None), headcount(10, 5), company(1), company(2))  # fmt: skip
    factories.reported("snel", "2025Q1", figure("assignments", 7))
    first = ledger.newest()
    # Of persons in one line the public has a row for each of the five lines, of both indicators.
    withheld = 0 if role else 8
    assert run(*token) == (0, f"{first} entries, up to {first}: {5 + withheld} rows\nequal to the full pull\n")

    withdraw("snel", "2025Q1")
    undo(link(EntryKind.MERGE, 1, 2))
    factories.reported("people", "2025Q1", figure("trainings", 1), figure("assignments", 2))
    assert run(*token) == (0, f"4 entries, up to {first + 4}: {6 + withheld} rows\nequal to the full pull\n")

    redefine("students", "2025Q1", unit="personen")
    assert run(*token) == (0, f"1 entries, up to {first + 5}: {6 + withheld} rows\nequal to the full pull\n")
    assert run(*token) == (0, f"0 entries, up to {first + 5}: {6 + withheld} rows\nequal to the full pull\n")
    assert "personen" in state.read_text()
    # It does not mix what is withheld with what is not.
    code, said = run(*([] if role else ["--token", "another"]))
    assert code == 1
    assert "take another file" in said
    kept = json.loads(state.read_text())
    kept["rows"].pop()
    state.write_text(json.dumps(kept))
    assert run(*token)[0] == 1
