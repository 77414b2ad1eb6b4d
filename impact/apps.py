from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImpactConfig(AppConfig):
    name = "impact"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Impact")

    def ready(self) -> None:
        from impact import notice_kinds

        notice_kinds.register()
