"""LibreOffice, as people have it, without a window."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")

needs_office = pytest.mark.skipif(
    SOFFICE is None and os.environ.get("REQUIRE_BROWSER") != "1", reason="LibreOffice is not installed"
)


def converted(path: Path, kind: str, folder: Path) -> Path:
    """The file as LibreOffice saves it, in a folder and with a profile of its own."""
    target = folder / "converted"
    assert SOFFICE is not None, "LibreOffice is required here"
    subprocess.run(
        [SOFFICE, f"-env:UserInstallation=file://{folder / 'profile'}", "--headless", "--convert-to", kind,
         "--outdir", str(target), str(path)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    found = target / f"{path.stem}.{kind}"
    assert found.exists(), "LibreOffice could not open it"
    return found
