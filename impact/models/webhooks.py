"""Who is sent the entries of the ledger as they come, and how that went."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consortia import clock
from consortia.models import ApiToken, Consortium, User, tracked


@tracked(exclude=["delivered_seq", "sending_seq", "failures", "next_attempt_at", "claimed_until"])
class Webhook(models.Model):
    """An address that gets every entry that its owner may see, in order and at least once.

    One that was made with a key to the API sees what the key sees, and ends with it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="webhooks", verbose_name=_("owner"))
    token = models.ForeignKey(
        ApiToken, on_delete=models.CASCADE, null=True, blank=True, related_name="webhooks", verbose_name=_("API token")
    )
    address = models.CharField(_("address"), max_length=500)
    consortium = models.ForeignKey(
        Consortium, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("only of")
    )
    generation = models.PositiveIntegerField(_("which secret"), default=1)
    renewed_at = models.DateTimeField(_("secret renewed"), null=True, blank=True)
    created_at = models.DateTimeField(_("made"), default=clock.now, editable=False)
    disabled_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    delivered_seq = models.BigIntegerField(_("delivered up to"))
    sending_seq = models.BigIntegerField(_("being sent up to"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    claimed_until = models.DateTimeField(_("being sent until"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["-created_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(address__regex=r"^https?://"), name="webhook_to_web_address"),
            models.CheckConstraint(condition=Q(delivered_seq__gte=0), name="webhook_position_known"),
            models.CheckConstraint(
                condition=Q(sending_seq__isnull=True) | Q(sending_seq__gt=F("delivered_seq")),
                name="webhook_sends_what_is_next",
            ),
            models.CheckConstraint(
                condition=Q(generation=1, renewed_at__isnull=True) | Q(generation__gt=1, renewed_at__isnull=False),
                name="webhook_secret_renewed_at",
            ),
        ]

    def __str__(self) -> str:
        return self.address


class WebhookAttempt(models.Model):
    """One message that was sent: from which entry to which, and what came back."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="attempts", verbose_name=_("webhook"))
    at = models.DateTimeField(_("moment"), default=clock.now, db_index=True)
    first_seq = models.BigIntegerField(_("from entry"))
    last_seq = models.BigIntegerField(_("to entry"))
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), null=True)
    error = models.CharField(_("error"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("attempt of a webhook")
        verbose_name_plural = _("attempts of webhooks")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(last_seq__gte=F("first_seq")), name="attempt_in_order"),
            models.CheckConstraint(
                condition=Q(status__isnull=False, error="") | (Q(status__isnull=True) & ~Q(error="")),
                name="attempt_has_one_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.webhook}: {self.first_seq}-{self.last_seq}"

    @property
    def has_arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300
