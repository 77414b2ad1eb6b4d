"""The example client that makes the hashes of a vintage again, over HTTP and with nothing but Python."""

import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache

from consortia import tokens
from consortia.models import Role
from impact import vintages
from impact.models import Vintage
from tests import factories
from tests.factories import company, figure

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("programme")]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = settings.BASE_DIR / "docs" / "examples" / "verify_vintage.py"
    return subprocess.run(
        [sys.executable, str(script), *arguments], capture_output=True, text=True, timeout=120, check=False
    )


def test_anybody_can_make_the_hashes_again(live_server: Any) -> None:
    factories.reported("scale", "2025Q1")
    factories.reported(
        "snel", "2024Q4", company(3), figure("training-completions", numerator=1, denominator=3,
                                             action_line="lifelong-learning")
    )  # fmt: skip
    manager = factories.user(Role.MANAGER)
    vintage = vintages.publish(actor=manager)
    factories.reported("people", "2025Q1", company(3))
    cache.clear()
    _token, key = tokens.issue(user=factories.user(Role.READER))

    public = run(live_server.url, vintage.code)
    assert (public.returncode, public.stdout) == (0, f"sha256: {vintage.sha256} as published\n")
    full = run(live_server.url, vintage.code, "--token", key, "--expect", vintage.sha256)
    assert full.returncode == 0
    assert f"sha256Full: {vintage.sha256_full} as published" in full.stdout

    Vintage.objects.create(
        code="vals", entry_id=vintage.entry_id, last_quarter=vintage.last_quarter, published_by=manager,
        sha256="0" * 64, sha256_full=vintage.sha256_full,
    )  # fmt: skip
    different = run(live_server.url, "vals")
    assert different.returncode == 1
    assert "DIFFERS" in different.stdout
    assert run(live_server.url, "nothing").returncode == 2
