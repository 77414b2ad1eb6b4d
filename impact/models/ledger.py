"""What counts, from when: the ledger; and what is stored because it follows from it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consortia import clock
from consortia.models import ActionLine, Consortium, Organisation
from impact.models.codebook import GoalRevision, Indicator, IndicatorDefinition, Quarter
from impact.models.reports import QuarterlyReport, ReportVersion


class EntryKind(models.TextChoices):
    COUNTS = "counts", _("this version counts")
    WITHDRAWN = "withdrawn", _("nothing counts any more")
    PARTICIPATION = "participation", _("HIP takes part from, until")
    QUARTER_CLOSED = "quarter-closed", _("quarter closed")
    QUARTER_REOPENED = "quarter-reopened", _("quarter reopened")
    GOAL = "goal", _("goal set or revised")
    DEFINITION = "definition", _("indicator definition from a quarter on")
    MERGE = "merge", _("merged")
    SUCCESSION = "succession", _("succeeded by")
    UNDO = "undo", _("link undone")


LINKS = (EntryKind.MERGE, EntryKind.SUCCESSION)
"""What joins two organisations, until it is undone."""

_SUBJECTS = (
    "report", "version", "consortium", "start_date", "quarter", "goal_revision", "definition",
    "from_organisation", "to_organisation", "undoes",
)  # fmt: skip


def _only(*fields: str) -> Q:
    """Of the subject columns exactly these are filled."""
    return Q(**{f"{field}__isnull": field not in fields for field in _SUBJECTS})


class LedgerEntry(models.Model):
    """One line of the append-only ledger (grootboek). `impact.ledger.append` is the only writer.

    `seq` and `recorded_at` are given by a trigger under an advisory lock: strictly rising in commit order.
    """

    seq = models.BigAutoField(primary_key=True)
    recorded_at = models.DateTimeField(_("recorded"), null=True)
    kind = models.CharField(_("kind"), max_length=16, choices=EntryKind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
        help_text=_("Empty: loaded with the reference data."),
    )
    reason = models.TextField(_("reason"), blank=True)
    report = models.ForeignKey(QuarterlyReport, on_delete=models.PROTECT, null=True, related_name="ledger_entries")
    version = models.ForeignKey(ReportVersion, on_delete=models.PROTECT, null=True, related_name="ledger_entries")
    consortium = models.ForeignKey(
        Consortium, on_delete=models.PROTECT, null=True, related_name="ledger_entries", verbose_name=_("HIP")
    )
    start_date = models.DateField(_("first day"), null=True)
    end_date = models.DateField(_("last day"), null=True)
    quarter = models.ForeignKey(
        Quarter, on_delete=models.PROTECT, null=True, related_name="ledger_entries", verbose_name=_("quarter")
    )
    goal_revision = models.OneToOneField(GoalRevision, on_delete=models.PROTECT, null=True, related_name="ledger_entry")
    definition = models.OneToOneField(
        IndicatorDefinition, on_delete=models.PROTECT, null=True, related_name="ledger_entry"
    )
    from_organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        related_name="links_from",
        verbose_name=_("from organisation"),
    )
    to_organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="links_to", verbose_name=_("to organisation")
    )
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="undone_by", verbose_name=_("undoes entry")
    )

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger")
        ordering = ["seq"]
        indexes = [
            models.Index(fields=["report", "-seq"], name="ledger_of_report"),
            models.Index(fields=["kind", "seq"], name="ledger_by_kind"),
            models.Index(fields=["recorded_at"], name="ledger_by_time"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(recorded_at__isnull=False), name="ledger_is_timed"),
            models.CheckConstraint(
                condition=(Q(kind=EntryKind.COUNTS) & _only("report", "version"))
                | (Q(kind=EntryKind.WITHDRAWN) & _only("report"))
                | (Q(kind=EntryKind.PARTICIPATION) & _only("consortium", "start_date"))
                | (Q(kind__in=[EntryKind.QUARTER_CLOSED, EntryKind.QUARTER_REOPENED]) & _only("quarter"))
                | (Q(kind=EntryKind.GOAL) & _only("goal_revision"))
                | (Q(kind=EntryKind.DEFINITION) & _only("definition"))
                | (Q(kind__in=LINKS) & _only("from_organisation", "to_organisation"))
                | (Q(kind=EntryKind.UNDO) & _only("undoes")),
                name="ledger_kind_has_its_subject",
            ),
            models.UniqueConstraint(
                fields=["version"], condition=Q(kind=EntryKind.COUNTS), name="ledger_version_counts_once"
            ),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(kind=EntryKind.PARTICIPATION, end_date__gte=F("start_date")),
                name="ledger_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[EntryKind.WITHDRAWN, EntryKind.QUARTER_REOPENED, *LINKS]) | ~Q(reason=""),
                name="ledger_reason_given",
            ),
            models.CheckConstraint(
                condition=Q(from_organisation__isnull=True) | ~Q(from_organisation=F("to_organisation")),
                name="ledger_links_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.get_kind_display()}"


class Vintage(models.Model):
    """A published snapshot (editie): a named `seq`, with the hashes of its figures. Append only.

    The figures are not copied: they follow from the ledger up to `entry`, for ever. The hashes prove it; how they are
    made stands in `impact.vintages`.
    """

    code = models.CharField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    entry = models.ForeignKey(
        LedgerEntry, on_delete=models.PROTECT, related_name="vintages", verbose_name=_("ledger entry")
    )
    last_quarter = models.ForeignKey(
        Quarter, on_delete=models.PROTECT, related_name="+", verbose_name=_("last quarter"),
        help_text=_("The newest quarter that had ended; later ones are no part of it."),
    )  # fmt: skip
    published_at = models.DateTimeField(_("published"), default=clock.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("published by")
    )
    form = models.PositiveSmallIntegerField(_("form of the hashes"), default=1)
    sha256 = models.CharField(_("SHA-256 of the public figures"), max_length=64)
    sha256_full = models.CharField(_("SHA-256 of the full figures"), max_length=64)
    salt = models.CharField(
        _("salt of the full hash"), max_length=64, blank=True, default="",
        help_text=_("Without it nobody can try out which figures that are not public have the full hash."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("vintage")
        verbose_name_plural = _("vintages")
        ordering = ["-published_at", "-id"]
        constraints = [
            models.CheckConstraint(
                # `nu` and `now` stand for the present where a vintage is compared.
                condition=Q(code__regex=r"^(?!([Nn][Uu]|[Nn][Oo][Ww])$)[A-Za-z0-9][A-Za-z0-9._-]*$"),
                name="vintage_code_form",
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$", sha256_full__regex=r"^[0-9a-f]{64}$"),
                name="vintage_has_hashes",
            ),
            models.CheckConstraint(
                condition=Q(form=1, salt="") | Q(form=2, salt__regex=r"^[0-9a-f]{64}$"), name="vintage_form_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class DismissedDuplicate(models.Model):
    """Two organisations that look alike and are not the same, says the office. Append only."""

    first = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    dismissed_at = models.DateTimeField(_("when"), default=clock.now)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("dismissed duplicate")
        verbose_name_plural = _("dismissed duplicates")
        ordering = ["-dismissed_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="dismissed_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="dismissed_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first} – {self.second}"


def _key(model: type[models.Model], *, null: bool = False) -> Any:
    return models.ForeignKey(
        model, on_delete=models.CASCADE, null=null, related_name="+", db_constraint=False, db_index=False
    )


class RollUp(models.Model):
    """A stored roll-up cell: what `impact.rollups` computes from the ledger up to `seq`, kept for reading.

    Shares of a ratio are rounded to six decimals; its numerator and denominator are exact. All rows are made anew with
    every seq and proved by `verify_roll_ups`, so the database does not look up their keys one by one.
    """

    seq = models.BigIntegerField()
    consortium = _key(Consortium, null=True)
    action_line = _key(ActionLine, null=True)
    indicator = _key(Indicator)
    quarter = _key(Quarter)
    value = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    new = models.BigIntegerField(null=True)
    trailing_year = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    cumulative = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    low = models.BigIntegerField(null=True)
    high = models.BigIntegerField(null=True)
    numerator = models.BigIntegerField(null=True)
    denominator = models.BigIntegerField(null=True)
    reported = models.PositiveSmallIntegerField()
    expected = models.PositiveSmallIntegerField()
    trailing_year_reported = models.PositiveSmallIntegerField()
    trailing_year_expected = models.PositiveSmallIntegerField()
    is_final = models.BooleanField()
    is_break = models.BooleanField()

    class Meta:
        verbose_name = _("stored roll-up")
        verbose_name_plural = _("stored roll-ups")
        constraints = [
            models.UniqueConstraint(
                fields=["consortium", "action_line", "indicator", "quarter"],
                nulls_distinct=False,
                name="rollup_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.quarter_id} @{self.seq}"


class RollUpState(models.Model):
    """Up to which `seq` the stored roll-ups hold: one row, swapped together with them."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField()
    computed_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("state of the roll-ups")
        verbose_name_plural = _("state of the roll-ups")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="rollupstate_one_row")]

    def __str__(self) -> str:
        return f"@{self.seq}"


class OutboxMessage(models.Model):
    """Work that a command left behind in its own transaction; a task picks it up, once done."""

    kind = models.CharField(max_length=30)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(done_at__isnull=True), name="outbox_to_do"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
