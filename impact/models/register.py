"""What the office brought into the register of organisations from elsewhere."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consortia import clock


class RegisterImport(models.Model):
    """An export of the trade register that was taken over: by whom, and how much of it. Only ever added to."""

    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("imported by")
    )
    imported_at = models.DateTimeField(_("imported"), default=clock.now, editable=False)
    name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(_("rows"))
    changed = models.PositiveIntegerField(_("changed"))
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    unknown = models.PositiveIntegerField(_("not in the register"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)

    class Meta:
        verbose_name = _("import into the register")
        verbose_name_plural = _("imports into the register")
        ordering = ["-imported_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="register_import_has_hash"),
            models.CheckConstraint(
                condition=Q(rows__gte=F("changed") + F("unchanged") + F("unknown")), name="register_import_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return self.name
