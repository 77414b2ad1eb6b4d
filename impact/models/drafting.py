"""How a quarter is worked on before it is handed in: who does what, what was said, dropped, changed, asked for.

Nothing here counts. A place in a draft is named by the key of its row (see `impact.edits`), which stays the same when
rows move.
"""

import uuid
from typing import Any, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consortia import clock
from consortia.models import ActionLine, Membership
from impact.models.reports import Extension, QuarterlyReport, ReportVersion

PLACE_LENGTH = 300


class Section(models.TextChoices):
    """The four sections of a quarter (onderdelen), by their names in a draft."""

    FIGURES = "figures", _("Figures")
    PARTICIPATIONS = "participations", _("Organisations")
    UNIDENTIFIED = "unidentifiedCompanies", _("Without KVK number")
    HEADCOUNTS = "headcounts", _("Participants")


class DraftChange(models.Model):
    """What one save changed in a draft, by whom (wijziging). Append only, by grant."""

    report = models.ForeignKey(QuarterlyReport, on_delete=models.PROTECT, related_name="changes")
    version = models.ForeignKey(ReportVersion, on_delete=models.PROTECT, related_name="changes")
    revision = models.PositiveIntegerField(help_text="The revision of the report that this save made.")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"), default=clock.now)
    number = models.PositiveIntegerField(_("changed rows"))
    changes = models.JSONField(
        default=list,
        help_text="[{key, before, after}], a row as in the API and null where there is none; empty where the save "
        "changed more rows than anybody reads one by one.",
    )

    class Meta:
        verbose_name = _("change of a draft")
        verbose_name_plural = _("changes of drafts")
        ordering = ["report", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["report", "revision"], name="draftchange_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="draftchange_changes_something"),
        ]

    def __str__(self) -> str:
        return f"{self.report} r{self.revision}"


class DroppedProposal(models.Model):
    """An organisation that was proposed for a quarter and did not take part any more (vervallen voorstel)."""

    report = models.ForeignKey(QuarterlyReport, on_delete=models.CASCADE, related_name="dropped")
    identifier = models.CharField(max_length=8, help_text="The KVK number, else the institution code, as proposed.")
    dropped_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    dropped_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("dropped proposal")
        verbose_name_plural = _("dropped proposals")
        ordering = ["report", "identifier"]
        constraints = [
            models.UniqueConstraint(fields=["report", "identifier"], name="dropped_once"),
            models.CheckConstraint(condition=~Q(identifier=""), name="dropped_names_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.report}: {self.identifier}"


class ReportPart(models.Model):
    """A part of a quarter that somebody takes care of: a section, or one action line of it (onderdeel)."""

    report = models.ForeignKey(QuarterlyReport, on_delete=models.CASCADE, related_name="parts")
    section = models.CharField(max_length=21, choices=Section)
    action_line = models.ForeignKey(
        ActionLine, on_delete=models.PROTECT, null=True, related_name="+", help_text="None: the whole section."
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("done by")
    )
    is_nil = models.BooleanField(default=False, help_text="Nothing happened: zeros were attested.")
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("part of a quarter")
        verbose_name_plural = _("parts of quarters")
        ordering = ["report", "section", "action_line"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "section", "action_line"], nulls_distinct=False, name="part_once"
            ),
            models.CheckConstraint(condition=Q(section__in=Section.values), name="part_section_known"),
            models.CheckConstraint(
                condition=Q(done_by__isnull=True, done_at__isnull=True, is_nil=False)
                | Q(done_by__isnull=False, done_at__isnull=False),
                name="part_done_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report}: {self.section}"


class CommentQuerySet(models.QuerySet["Comment"]):
    def from_hips(self) -> Self:
        """What HIPs say and nobody has settled: not what people of the whole programme write to them."""
        office = Membership.objects.filter(consortium__isnull=True).values("user")
        return self.filter(settled_at__isnull=True).exclude(author__in=office)


class Comment(models.Model):
    """What somebody says about a place in a quarter (opmerking), until it is settled."""

    report = models.ForeignKey(QuarterlyReport, on_delete=models.PROTECT, related_name="comments")
    place = models.CharField(
        max_length=PLACE_LENGTH, blank=True, help_text="The key of a row, a section, or empty: the quarter as a whole."
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"), default=clock.now)
    text = models.TextField(_("text"))
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["report", "at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="comment_says_something"),
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True, settled_at__isnull=True)
                | Q(settled_by__isnull=False, settled_at__isnull=False),
                name="comment_settled_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report}: {self.text[:40]}"


class Mention(models.Model):
    """Somebody whom a comment is meant for (vermelding). Append only, by grant."""

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mentions")

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        ordering = ["comment", "user"]
        constraints = [models.UniqueConstraint(fields=["comment", "user"], name="mention_once")]

    def __str__(self) -> str:
        return f"{self.comment} @{self.user}"


class ExtensionRequestQuerySet(models.QuerySet["ExtensionRequest"]):
    def unanswered(self) -> Self:
        return self.filter(extension__isnull=True, declined_at__isnull=True)


class ExtensionRequest(models.Model):
    """A HIP asks for more time (verzoek om uitstel); the office grants an `Extension` or declines."""

    report = models.ForeignKey(QuarterlyReport, on_delete=models.PROTECT, related_name="extension_requests")
    due_date = models.DateField(_("new due date"))
    reason = models.TextField(_("reason"))
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("requested"), default=clock.now)
    extension = models.OneToOneField(
        Extension, on_delete=models.PROTECT, null=True, related_name="request", help_text="What was granted."
    )
    declined_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    declined_at = models.DateTimeField(_("declined"), null=True)
    decline_reason = models.TextField(_("why it was declined"), blank=True)

    objects = ExtensionRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for an extension")
        verbose_name_plural = _("requests for an extension")
        ordering = ["report", "requested_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="request_has_reason"),
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(extension__isnull=True, declined_at__isnull=True),
                name="request_one_unanswered",
            ),
            models.CheckConstraint(
                condition=Q(declined_by__isnull=True, declined_at__isnull=True, decline_reason="")
                | (
                    Q(declined_by__isnull=False, declined_at__isnull=False, extension__isnull=True)
                    & ~Q(decline_reason="")
                ),
                name="request_declined_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} → {self.due_date}"

    @property
    def is_answered(self) -> bool:
        return self.extension_id is not None or self.declined_at is not None


class UploadKind(models.TextChoices):
    WORKBOOK = "workbook", _("workbook")
    ORGANISATIONS = "organisations", _("list of organisations")
    BACKFILL = "backfill", _("backfill workbook")
    EXPORT = "kvk-export", _("export of the trade register")


OF_THE_OFFICE = (UploadKind.BACKFILL, UploadKind.EXPORT)


class UploadState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    READING = "reading", _("being read")
    READ = "read", pgettext_lazy("of a file", "read")
    REFUSED = "refused", _("refused")
    APPLIED = "applied", _("taken over")


def _upload_path(upload: "Upload", _name: str) -> str:
    return f"uploads/{upload.pk}"


class Upload(models.Model):
    """A file that somebody handed in to be read (upload): the bytes that the preview showed are those applied."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(
        QuarterlyReport,
        on_delete=models.CASCADE,
        null=True,
        related_name="uploads",
        help_text="None: the file is the office's, of several reports or of none.",
    )
    kind = models.CharField(max_length=13, choices=UploadKind)
    file = models.FileField(upload_to=_upload_path)
    name = models.CharField(_("file name"), max_length=200)
    size = models.PositiveIntegerField(help_text="Bytes.", validators=[MinValueValidator(1)])
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded"), default=clock.now)
    options = models.JSONField(default=dict, help_text="What was chosen for reading it, as the columns of a list.")
    state = models.CharField(max_length=8, choices=UploadState, default=UploadState.WAITING)
    done_rows = models.PositiveIntegerField(default=0)
    total_rows = models.PositiveIntegerField(null=True)
    result: Any = models.JSONField(default=dict, help_text="What reading it gave, for the page that waits for it.")

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=UploadKind.values), name="upload_kind_known"),
            models.CheckConstraint(
                condition=Q(kind__in=OF_THE_OFFICE, report__isnull=True)
                | (~Q(kind__in=OF_THE_OFFICE) & Q(report__isnull=False)),
                name="upload_of_one_report_or_several",
            ),
            models.CheckConstraint(condition=Q(state__in=UploadState.values), name="upload_state_known"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="upload_has_hash"),
            models.CheckConstraint(condition=Q(size__gte=1), name="upload_has_content"),
        ]

    def __str__(self) -> str:
        return self.name
