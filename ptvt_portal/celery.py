"""The Celery application: `celery -A ptvt_portal.celery worker` and `… beat`."""

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured

from ptvt_portal import production

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ptvt_portal.settings")

app = Celery("ptvt_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
@worker_init.connect
def refuse_demo_accounts(**_: Any) -> None:
    try:
        production.refuse_demo_accounts()
    except ImproperlyConfigured as error:
        # Celery logs an error of a signal's receiver and goes on; this it cannot.
        sys.exit(str(error))
