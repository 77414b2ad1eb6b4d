"""The Celery application: `celery -A ptvt_portal.celery worker` and `… beat`."""

import os
import sys
from typing import Any

from celery import Celery, Task
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured

from consortia import acting
from ptvt_portal import production

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ptvt_portal.settings")


class ActingTask(Task):
    """A task that says its name to the history of reference data."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        with acting.program(self.name):
            return super().__call__(*args, **options)


app = Celery("ptvt_portal", task_cls=ActingTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
@worker_init.connect
def refuse_demo_accounts(**_: Any) -> None:
    try:
        production.refuse_demo_accounts()
        production.warn_without_mail_server()
    except ImproperlyConfigured as error:
        # Celery logs an error of a signal's receiver and goes on; this it cannot.
        sys.exit(str(error))
