from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "ptvt_portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        # Tasks belong to the Celery application that exists when they are first sent: have ours exist in every process.
        from ptvt_portal import celery  # noqa: F401
