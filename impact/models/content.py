"""The four kinds of rows in a version: figures, organisations, companies without a KVK number, head counts.

Frozen at submission, by triggers as well (see the migration `guards`).
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consortia import identifiers
from consortia.models import ActionLine, Organisation, OrganisationType, SizeClass
from impact.models.codebook import MAX_COUNT, Indicator
from impact.models.reports import ReportVersion


class Row(models.Model):
    """A row of a version, at its place in what was handed in."""

    version = models.ForeignKey(ReportVersion, on_delete=models.PROTECT, related_name="%(class)ss")
    position = models.PositiveIntegerField()

    class Meta:
        abstract = True
        ordering = ["position"]


def _between(field: str, low: int, high: int) -> Q:
    return Q(**{f"{field}__gte": low, f"{field}__lte": high})


class Figure(Row):
    """An entered figure (cijfer): a value, or the two parts of a ratio."""

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    action_line = models.ForeignKey(ActionLine, on_delete=models.PROTECT, null=True, related_name="+")
    value = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    numerator = models.BigIntegerField(null=True)
    denominator = models.BigIntegerField(null=True)

    class Meta(Row.Meta):
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "indicator", "action_line"], nulls_distinct=False, name="figure_once"
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=False, numerator__isnull=True, denominator__isnull=True)
                | Q(value__isnull=True, numerator__isnull=False, denominator__isnull=False),
                name="figure_value_or_ratio",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | _between("value", 0, MAX_COUNT), name="figure_value_range"
            ),
            models.CheckConstraint(
                condition=Q(numerator__isnull=True)
                | Q(numerator__gte=0, numerator__lte=F("denominator"), denominator__lte=MAX_COUNT),
                name="figure_ratio_range",
            ),
        ]


class Involvement(models.TextChoices):
    """How an organisation takes part (betrokkenheid)."""

    PROJECT = "project", _("project")
    TRAINING = "training", _("training")
    TEACHING = "teaching", _("teaching")
    INFRASTRUCTURE = "infrastructure", _("infrastructure")
    COFINANCING = "cofinancing", _("co-financing")
    NETWORK = "network", _("network")
    INTERNSHIP = "internship", _("internship")


class Participation(Row):
    """An organisation that took part in an action line, with its type and size as reported then."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="participations")
    kvk_number = models.CharField(max_length=8, blank=True)
    institution_code = models.CharField(max_length=6, blank=True)
    name = models.CharField(max_length=200, blank=True)
    organisation_type = models.CharField(max_length=10, choices=OrganisationType)
    postcode = models.CharField(max_length=7, blank=True)
    size_class = models.CharField(max_length=7, choices=SizeClass, blank=True)
    action_line = models.ForeignKey(ActionLine, on_delete=models.PROTECT, related_name="+")
    involvement = models.CharField(max_length=14, choices=Involvement)

    class Meta(Row.Meta):
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        # The register asks which organisations take part in a line; all that it needs stands in the index.
        indexes = [models.Index(fields=["action_line", "organisation", "version"], name="participation_by_line")]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "organisation", "action_line", "involvement"], name="participation_once"
            ),
            models.CheckConstraint(
                condition=~Q(kvk_number="") | ~Q(institution_code=""), name="participation_identified"
            ),
            models.CheckConstraint(
                condition=Q(kvk_number="") | Q(kvk_number__regex=identifiers.KVK_PATTERN),
                name="participation_kvk_form",
            ),
            models.CheckConstraint(
                condition=Q(institution_code="") | Q(institution_code__regex=identifiers.INSTITUTION_PATTERN),
                name="participation_institution_form",
            ),
            models.CheckConstraint(
                condition=Q(postcode="") | Q(postcode__regex=identifiers.POSTCODE_PATTERN),
                name="participation_postcode_form",
            ),
            models.CheckConstraint(
                condition=Q(organisation_type__in=OrganisationType.values), name="participation_type_known"
            ),
            models.CheckConstraint(
                condition=Q(size_class__in=["", *SizeClass.values]), name="participation_size_known"
            ),
            models.CheckConstraint(
                condition=Q(involvement__in=Involvement.values), name="participation_involvement_known"
            ),
        ]


class UnidentifiedCount(Row):
    """Companies without a KVK number in one action line: a count that gives bounds, no addition."""

    action_line = models.ForeignKey(ActionLine, on_delete=models.PROTECT, related_name="+")
    count = models.BigIntegerField()

    class Meta(Row.Meta):
        verbose_name = _("companies without a KVK number")
        verbose_name_plural = _("companies without a KVK number")
        constraints = [
            models.UniqueConstraint(fields=["version", "action_line"], name="unidentified_once"),
            models.CheckConstraint(condition=_between("count", 0, MAX_COUNT), name="unidentified_range"),
        ]


class Group(models.TextChoices):
    """Groups of persons, always counts (doelgroep)."""

    STUDENTS = "students", _("students")
    TEACHERS = "teachers", _("teachers")
    EMPLOYEES = "employees", _("employees")
    JOBSEEKERS = "jobseekers", _("jobseekers")


class StudentCategory(models.TextChoices):
    VO = "vo", "vo"
    MBO = "mbo", "mbo"
    AD = "ad", "ad"
    HBO = "hbo", "hbo"
    WO = "wo", "wo"
    OTHER = "other", _("other")


class Headcount(Row):
    """Persons of a group in an action line: participations, and those there for the first time this school year."""

    group = models.CharField(max_length=10, choices=Group)
    category = models.CharField(max_length=60, blank=True)
    action_line = models.ForeignKey(ActionLine, on_delete=models.PROTECT, related_name="+")
    institution_code = models.CharField(max_length=6, blank=True)
    headcount = models.BigIntegerField()
    first_time = models.BigIntegerField()

    class Meta(Row.Meta):
        verbose_name = _("head count")
        verbose_name_plural = _("head counts")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "group", "category", "action_line", "institution_code"],
                name="headcount_once",
            ),
            models.CheckConstraint(condition=Q(group__in=Group.values), name="headcount_group_known"),
            models.CheckConstraint(
                condition=~Q(group=Group.STUDENTS) | Q(category__in=["", *StudentCategory.values]),
                name="headcount_student_category_known",
            ),
            models.CheckConstraint(
                condition=Q(institution_code="") | Q(institution_code__regex=identifiers.INSTITUTION_PATTERN),
                name="headcount_institution_form",
            ),
            models.CheckConstraint(
                condition=Q(first_time__gte=0, first_time__lte=F("headcount"), headcount__lte=MAX_COUNT),
                name="headcount_first_time_range",
            ),
        ]
