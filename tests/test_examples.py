"""The worked examples of `docs/examples`, as people run them: programs of their own against a portal over HTTP.

R and Power Query are not at hand everywhere. Where they are not, what they ask for is read out of the example and asked
for here, and every column that they name has to be in the answer.
"""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from impact.views.open_data import EXAMPLES, LOCAL
from tests import factories
from tests.factories import company, figure

EXAMPLES_FOLDER = settings.BASE_DIR / "docs" / "examples"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("programme")]


@pytest.fixture
def reported(programme: Any) -> None:
    factories.reported("scale", "2025Q1", company(1), company(2), figure("assignments", 5))
    factories.reported("snel", "2025Q1", company(2), company(3))


def run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120,
        env={"PATH": "/usr/bin:/bin", **environment},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def asked(url: str) -> list[dict[str, str]]:
    request = urllib.request.Request(url, headers={"Accept": "text/csv"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return list(csv.DictReader(io.StringIO(answer.read().decode())))


def parsed(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


@pytest.mark.usefixtures("reported")
def test_with_curl(live_server: Any) -> None:
    if not shutil.which("curl"):
        pytest.fail("curl is part of what these tests need")
    said = run("/bin/sh", str(EXAMPLES_FOLDER / "curl.sh"), PORTAL=f"{live_server.url}/api/v1")

    told = [part.splitlines() for part in said.split("# ")[1:]]
    assert json.loads(told[0][1])["results"]
    assert {"consortium", "period", "value", "trailingYear"} <= set(told[1][1].split(","))
    assert len(told[1]) == 4
    assert told[2][1:] == ["304"]


@pytest.mark.usefixtures("reported")
def test_with_python(live_server: Any) -> None:
    script = str(EXAMPLES_FOLDER / "roll_ups.py")
    portal = f"{live_server.url}/api/v1"
    whole = run(sys.executable, script, "--portal", portal).splitlines()
    hip = run(sys.executable, script, "--portal", portal, "--hip", "snel").splitlines()

    # Three different companies in two HIPs; two in the one.
    first = next(line for line in whole if line.startswith("2025Q1"))
    assert (first.split()[1:3], first.endswith("2 of 15, provisional")) == (["3", "3"], True)
    assert next(line for line in hip if line.startswith("2025Q1")).split()[1:3] == ["2", "2"]


@pytest.mark.usefixtures("reported")
def test_with_r(live_server: Any) -> None:
    portal = f"{live_server.url}/api/v1"
    text = (EXAMPLES_FOLDER / "roll_ups.R").read_text()
    [path] = re.findall(r'pull\("([^"]+)"\)', text)
    rows = asked(f"{portal}/{path}")
    named = re.findall(r'"(\w+)"', text.split("print(")[-1])

    assert set(named) <= set(rows[0])
    assert [row["value"] for row in rows if row["consortium"] == "" and row["period"] == "2025Q1"] == ["3"]
    if rscript := shutil.which("Rscript"):
        assert "2025Q1     3" in run(rscript, str(EXAMPLES_FOLDER / "roll_ups.R"), PORTAL=portal)


@pytest.mark.usefixtures("reported")
@pytest.mark.parametrize("name", ["excel.pq", "power_bi.pq"])
def test_with_power_query(live_server: Any, name: str) -> None:
    portal = f"{live_server.url}/api/v1"
    text = re.sub(r"//.*", "", (EXAMPLES_FOLDER / name).read_text().replace(LOCAL, portal.replace("//", "§§")))
    text = text.replace("§§", "//")
    [path] = re.findall(r'RelativePath = "([^"]+)"', text)
    query = re.search(r"RelativePath = \"[^\"]+\",\s*Query = \[([^\]]*)\]", text)
    filters = dict(re.findall(r'(\w+) = "([^"]*)"', query.group(1))) if query else {}
    rows = asked(f"{portal}/{path}?{urllib.parse.urlencode(filters)}")

    typed = re.findall(r'\{"(\w+)", (?:type number|Int64\.Type)\}', text)
    assert typed
    assert set(typed) <= set(rows[0])
    for address, columns in re.findall(r'Names\("([\w-]+)"\), \{([^}]*)\}', text):
        assert set(re.findall(r'"(\w+)"', columns)) <= set(parsed(f"{portal}/{address}")["results"][0])
    # What opens also closes: a query with a bracket too few is refused by Excel as a whole.
    assert [text.count(mark) for mark in "([{"] == [text.count(mark) for mark in ")]}"]
    assert text.count("let") == len(re.findall(r"\bin\b", text))


def test_every_example_is_on_the_page_and_names_this_portal(client: Client) -> None:
    page = client.get(reverse("impact:api")).content.decode()

    assert {each.name for each in EXAMPLES} == {path.name for path in EXAMPLES_FOLDER.iterdir() if path.is_file()}
    for each in EXAMPLES:
        address = reverse("impact:example", args=[each.name])
        assert f'href="{address}"' in page
        given = client.get(address)
        assert given["Content-Disposition"] == f'attachment; filename="{each.name}"'
        assert LOCAL not in given.content.decode()
    for name in ("settings.py", "..", "verify_vintage.pyc"):
        assert client.get(reverse("impact:example", args=[name])).status_code == 404


def test_the_page_to_try_has_every_call_and_tries_only_those_that_read(client: Client) -> None:
    page = client.get(reverse("api-reference")).content.decode()
    described = json.loads((settings.BASE_DIR / "openapi.json").read_text())["paths"]
    calls = [(method, row["operationId"]) for rows in described.values() for method, row in rows.items()]

    assert len(calls) > 40
    assert {code for _method, code in calls} == set(re.findall(r'<details class="call" id="(\w+)"', page))
    assert page.count('<form method="get"') == sum(method == "get" for method, _code in calls)
    # What is sent is told with its members.
    assert "contentHash" in page
