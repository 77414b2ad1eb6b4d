"""Somebody keeps a copy by the feed while eight people write, and is killed again and again while doing so."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import pytest
from django.conf import settings

from tests.running_portal import Portal, running_portal
from tests.writers import HIPS, Writer, keep_on

pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("sync")]

CLIENT = settings.BASE_DIR / "docs" / "examples" / "replay_changes.py"
KILLS = 50
WRITERS = 8


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    people = (*HIPS, "reviewer", "reviewer2", "manager")
    with running_portal(Path(tmp_path_factory.mktemp("sync")), people) as running:
        yield running


def test_a_client_that_is_killed_fifty_times_has_the_full_pull(portal: Portal, tmp_path: Path) -> None:
    state, random = tmp_path / "copy.json", Random(50)
    command = [sys.executable, str(CLIENT), f"{portal.address}/api/v1", "--state", str(state)]
    writers = [Writer(portal, number) for number in range(WRITERS)]
    stop = Event()
    threads = [Thread(target=keep_on, args=(each, stop)) for each in writers]
    for thread in threads:
        thread.start()
    kills, ended, seqs = 0, 0, [0]
    began = time.monotonic()
    try:
        # How long a run takes is learnt from those that end, so that it is killed anywhere within.
        lasts = 1.0
        while kills < KILLS:
            at = time.monotonic()
            client = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                said, wrong = client.communicate(timeout=random.uniform(0, 1.5 * lasts))
                assert client.returncode == 0, (said, wrong)
                ended += 1
                lasts = time.monotonic() - at
            except subprocess.TimeoutExpired:
                client.kill()
                client.communicate()
                kills += 1
            if state.exists():
                # Whole after every kill, and never behind what it was.
                seqs.append(json.loads(state.read_text())["seq"])
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert [each.faults for each in writers] == [[]] * WRITERS
    assert seqs == sorted(seqs)
    last = subprocess.run([*command, "--check"], capture_output=True, text=True, check=False, timeout=120)
    print(f"{kills} kills, {ended} runs that ended, {time.monotonic() - began:.0f} s; {last.stdout}")  # noqa: T201
    assert (last.returncode, last.stderr) == (0, "")
    assert last.stdout.endswith("equal to the full pull\n")
    assert ended > 0
    assert _entries(portal) > seqs[1]


def _entries(portal: Portal) -> int:
    _status, answer = portal.call(None, "GET", "/api/v1/changes?pageSize=1")
    found: Any = answer["seq"]
    return int(found)
