"""A Celery worker whose clock is a file: `python -m tests.clocked_worker FILE MARK QUEUE`, for tests of whole months.

The task `tests.mark` writes what it is given into MARK: whoever sent it after others knows that those are done.
"""

import os
import sys
from datetime import datetime
from pathlib import Path

from django.utils import timezone

CLOCK, MARK, QUEUE = sys.argv[1:]


def now() -> datetime:
    return datetime.fromisoformat(Path(CLOCK).read_text())


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ptvt_portal.settings")
    timezone.now = now
    from ptvt_portal.celery import app

    @app.task(name="tests.mark")
    def mark(token: str) -> None:
        Path(MARK).write_text(token)

    options = ["--pool", "solo", "--queues", QUEUE, "--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(["worker", *options, "--loglevel", "WARNING"])


if __name__ == "__main__":
    main()
