"""Between the start of the servers and that of the portal: schema, reference and demo data, static files."""

import hashlib
import os
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from ptvt_portal import translations
from ptvt_portal.local.home import CHECKOUT


def main() -> None:
    translations.compile_stale()
    django.setup()
    call_command("migrate", interactive=False, verbosity=1)
    demo = os.environ.get("DEMO", "full")
    if demo == "none":
        call_command("load_programme")
    else:
        call_command("seed_demo", demo=demo)
    _collect_static()


def _collect_static() -> None:
    """Collect the static files, unless none has changed since the last time."""
    mark = Path(settings.STATIC_ROOT) / ".collected"
    state = _state_of_static_files()
    if mark.exists() and mark.read_text() == state:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    mark.write_text(state)


def _state_of_static_files() -> str:
    """What the collected files are made of: the packages' by version, our own by time and size."""
    digest = hashlib.sha256((CHECKOUT / "requirements.lock").read_bytes())
    for folder in settings.STATICFILES_DIRS:
        for path in sorted(Path(folder).rglob("*")):
            found = path.stat()
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
