"""Answers of the REST API that are kept for a while, so that a call that is sent again is not carried out again."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consortia import clock
from consortia.models.people import ApiToken


class KeptAnswer(models.Model):
    """What a token was answered to a call with an `Idempotency-Key`; written with what the call changed, or not."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+", verbose_name=_("API token"))
    path = models.CharField(_("address"), max_length=500)
    key = models.CharField(_("Idempotency-Key"), max_length=255)
    asked = models.CharField(_("digest of the call"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"))
    headers = models.JSONField(_("headers"), default=dict)
    content = models.BinaryField(_("content"))
    at = models.DateTimeField(_("moment"), default=clock.now, db_index=True)

    class Meta:
        verbose_name = _("kept answer of the API")
        verbose_name_plural = _("kept answers of the API")
        constraints = [
            models.UniqueConstraint(fields=["token", "path", "key"], name="answer_once_per_key"),
            models.CheckConstraint(condition=Q(asked__regex=r"^[0-9a-f]{64}$"), name="answer_to_known_call"),
            models.CheckConstraint(condition=Q(status__gte=200) & Q(status__lt=300), name="answer_of_success"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.token.hint}…)"
