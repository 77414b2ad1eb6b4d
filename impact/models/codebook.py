"""What is counted, over which quarters, and toward what: indicators, quarters, goals.

Definitions and goal revisions are immutable: a change is a new row and a ledger entry.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from consortia import notation
from consortia.models import in_language, tracked

MAX_COUNT = 1_000_000_000


class Kind(models.TextChoices):
    """How an indicator adds up. Source: docs/semantics.md, "Kinds of indicator"."""

    FLOW = "flow", _("flow: adds up over quarters and HIPs")
    STOCK = "stock", _("stock: a state on the last day, adds over HIPs only")
    UNIQUE = "unique", _("unique: different organisations")
    RATIO = "ratio", _("ratio: pooled numerator over pooled denominator")


class Source(models.TextChoices):
    ENTERED = "entered", _("entered by the HIP")
    DERIVED = "derived", _("derived from what the HIP entered")


class Rule(models.TextChoices):
    """From what a derived indicator follows (afleiding)."""

    COMPANIES = "companies", _("distinct companies, beyond internships")
    COMPANIES_SME = "companies-sme", _("distinct micro, small and medium companies")
    PARTNERS = "partners", _("distinct organisations of any type")
    FIRST_TIME_STUDENTS = "first-time-students", _("students, first time this school year")
    HEADCOUNT_STUDENTS = "headcount-students", _("participations of students")
    FIRST_TIME_TEACHERS = "first-time-teachers", _("teachers, first time this school year")
    FIRST_TIME_EMPLOYEES = "first-time-employees", _("employees, first time this school year")
    FIRST_TIME_JOBSEEKERS = "first-time-jobseekers", _("jobseekers, first time this school year")
    COFINANCING = "cofinancing", _("co-financing in cash and in kind")


DISTINCT_RULES = (Rule.COMPANIES, Rule.COMPANIES_SME, Rule.PARTNERS)
PERSON_RULES = (
    Rule.FIRST_TIME_STUDENTS,
    Rule.HEADCOUNT_STUDENTS,
    Rule.FIRST_TIME_TEACHERS,
    Rule.FIRST_TIME_EMPLOYEES,
    Rule.FIRST_TIME_JOBSEEKERS,
)
PARTS_OF_COFINANCING = ("cofinancing-cash", "cofinancing-in-kind")
"""The codes of the indicators of which `Rule.COFINANCING` is the sum."""
EURO = "euro"


class Measure(models.TextChoices):
    """What of a cell a goal looks at. Source: docs/semantics.md, "Measures"."""

    VALUE = "value", _("this quarter")
    TRAILING_YEAR = "trailingYear", _("this and the three quarters before")
    CUMULATIVE = "cumulative", _("since the first quarter")


@tracked()
class Quarter(models.Model):
    """A quarter (kwartaal), `2025Q1`. Open or closed stands in the ledger, not here."""

    id = models.CharField(_("quarter"), primary_key=True, max_length=6)
    index = models.PositiveSmallIntegerField(
        _("index"), unique=True, help_text=_("0 is the first quarter of the programme.")
    )
    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("last day"))
    due_date = models.DateField(_("due date"), help_text=_("Handing in later is late, and possible."))

    class Meta:
        verbose_name = _("quarter")
        verbose_name_plural = _("quarters")
        ordering = ["index"]
        constraints = [
            models.CheckConstraint(condition=Q(id__regex=r"^\d{4}Q[1-4]$"), name="quarter_id_form"),
            models.CheckConstraint(
                condition=Q(end_date__gt=F("start_date"), due_date__gt=F("end_date")),
                name="quarter_dates_in_order",
            ),
            # A quarter is a bit in a 64-bit mask of participation (`impact.distinct`).
            models.CheckConstraint(condition=Q(index__lt=62), name="quarter_fits_mask"),
        ]

    def __str__(self) -> str:
        return notation.quarter(self.id, language=get_language() or notation.DUTCH)


@tracked()
class Indicator(models.Model):
    """A line of the codebook (indicator): its name. What it *means* is an `IndicatorDefinition`."""

    code = models.SlugField(_("code"), unique=True)
    order = models.PositiveSmallIntegerField(_("order"), unique=True)
    name_nl = models.CharField(_("name (Dutch)"), max_length=120)
    name_en = models.CharField(_("name (English)"), max_length=120)
    question_nl = models.CharField(_("question on the form (Dutch)"), max_length=200, blank=True)
    question_en = models.CharField(_("question on the form (English)"), max_length=200, blank=True)
    is_proposal = models.BooleanField(
        _("proposal"), default=True, help_text=_("No official codebook is public; the office confirms it.")
    )

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["order"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_language(self, "name")

    @property
    def question(self) -> str:
        return in_language(self, "question") or self.name


class IndicatorDefinition(models.Model):
    """What an indicator means from a quarter on. Immutable; the ledger says since when it is known."""

    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, related_name="definitions", verbose_name=_("indicator")
    )
    from_quarter = models.ForeignKey(
        Quarter, on_delete=models.PROTECT, related_name="+", verbose_name=_("from quarter")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    unit = models.CharField(_("unit"), max_length=40)
    source = models.CharField(_("source"), max_length=8, choices=Source)
    rule = models.CharField(_("derived from"), max_length=30, choices=Rule, blank=True)
    by_action_line = models.BooleanField(_("by action line"), default=True)
    meaning_nl = models.TextField(_("meaning (Dutch)"))
    meaning_en = models.TextField(_("meaning (English)"))

    class Meta:
        verbose_name = _("indicator definition")
        verbose_name_plural = _("indicator definitions")
        ordering = ["indicator", "from_quarter", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="definition_kind_known"),
            models.CheckConstraint(
                condition=Q(source=Source.ENTERED, rule="") | Q(source=Source.DERIVED, rule__in=Rule.values),
                name="definition_entered_or_derived",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.UNIQUE, rule__in=DISTINCT_RULES)
                | (~Q(kind=Kind.UNIQUE) & ~Q(rule__in=DISTINCT_RULES)),
                name="definition_unique_counts_organisations",
            ),
            models.CheckConstraint(
                condition=Q(rule="") | Q(kind__in=[Kind.FLOW, Kind.UNIQUE]), name="definition_derived_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator.code} ({self.from_quarter_id})"

    @property
    def meaning(self) -> str:
        return in_language(self, "meaning")


@tracked()
class Goal(models.Model):
    """A goal of the programme (doel). Its numbers are a `GoalRevision`."""

    code = models.SlugField(_("code"), unique=True)
    order = models.PositiveSmallIntegerField(_("order"), unique=True)
    name_nl = models.CharField(_("name (Dutch)"), max_length=120)
    name_en = models.CharField(_("name (English)"), max_length=120)
    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, related_name="goals", verbose_name=_("indicator")
    )
    measure = models.CharField(_("measure"), max_length=12, choices=Measure)

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        ordering = ["order"]
        constraints = [models.CheckConstraint(condition=Q(measure__in=Measure.values), name="goal_measure_known")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_language(self, "name")


class GoalRevision(models.Model):
    """Baseline (nulmeting) and target (streefwaarde) of a goal, by a decision. Immutable."""

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="revisions", verbose_name=_("goal"))
    number = models.PositiveSmallIntegerField(_("number"))
    baseline_value = models.DecimalField(
        _("baseline"), max_digits=16, decimal_places=2, null=True, blank=True,
        help_text=_("Empty: not yet known."),
    )  # fmt: skip
    baseline_date = models.DateField(_("baseline date"))
    baseline_method_nl = models.TextField(_("method of the baseline (Dutch)"), blank=True)
    baseline_method_en = models.TextField(_("method of the baseline (English)"), blank=True)
    baseline_source = models.CharField(_("source of the baseline"), max_length=300, blank=True)
    target_value = models.DecimalField(
        _("target"), max_digits=16, decimal_places=2, null=True, blank=True,
        help_text=_("Empty: not yet known."),
    )  # fmt: skip
    target_date = models.DateField(_("target date"))
    decision = models.CharField(_("decision"), max_length=300)
    decided_on = models.DateField(_("decided on"))

    class Meta:
        verbose_name = _("goal revision")
        verbose_name_plural = _("goal revisions")
        ordering = ["goal", "number"]
        constraints = [
            models.UniqueConstraint(fields=["goal", "number"], name="goalrevision_number_once"),
            models.CheckConstraint(
                condition=Q(target_date__gt=F("baseline_date")), name="goalrevision_target_after_baseline"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.goal.code} {self.number}"

    @property
    def baseline_method(self) -> str:
        return in_language(self, "baseline_method")


class Milestone(models.Model):
    """A planned value on the way to a target; without any the path is a straight line."""

    revision = models.ForeignKey(GoalRevision, on_delete=models.PROTECT, related_name="milestones")
    quarter = models.ForeignKey(Quarter, on_delete=models.PROTECT, related_name="+")
    value = models.DecimalField(_("planned value"), max_digits=16, decimal_places=2)

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["revision", "quarter"]
        constraints = [models.UniqueConstraint(fields=["revision", "quarter"], name="milestone_once_a_quarter")]

    def __str__(self) -> str:
        return f"{self.revision} {self.quarter_id}"
