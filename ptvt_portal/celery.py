"""The Celery application: `celery -A ptvt_portal.celery worker` and `… beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

from ptvt_portal import production

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ptvt_portal.settings")

app = Celery("ptvt_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_demo_accounts(**_: Any) -> None:
    production.refuse_demo_accounts()
