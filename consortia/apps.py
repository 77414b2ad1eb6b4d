from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsortiaConfig(AppConfig):
    name = "consortia"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Consortia")

    def ready(self) -> None:
        from consortia import invitations, message_kinds

        message_kinds.register(invitations.INVITATION)
