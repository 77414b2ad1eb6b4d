"""Rules of the check as data, tried on history before they hold; and explanations that are kept with a draft."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import consortia.clock

GUARD = """
CREATE FUNCTION impact_rule_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF ROW(NEW.kind, NEW.indicator_id, NEW.whole_id, NEW.factor, NEW.least)
            IS DISTINCT FROM ROW(OLD.kind, OLD.indicator_id, OLD.whole_id, OLD.factor, OLD.least)
        AND (NEW.is_active OR NEW.changed_at <= OLD.changed_at)
    THEN
        RAISE EXCEPTION 'a rule that asks something else is tried on history before it holds'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rule_guard BEFORE UPDATE ON impact_checkrule
    FOR EACH ROW EXECUTE FUNCTION impact_rule_guard();
"""
WITHOUT_GUARD = "DROP TRIGGER rule_guard ON impact_checkrule; DROP FUNCTION impact_rule_guard();"


class Migration(migrations.Migration):
    dependencies = [
        ("impact", "0015_guards_of_working_together"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Explanation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.CharField(help_text="The key of a row, or a section of the draft.", max_length=300)),
                ("text", models.TextField()),
                ("written_at", models.DateTimeField(default=consortia.clock.now)),
            ],
            options={
                "verbose_name": "explanation in a draft",
                "verbose_name_plural": "explanations in drafts",
                "ordering": ["report", "place"],
            },
        ),
        migrations.AddField(
            model_name="checkrule",
            name="tried_found",
            field=models.JSONField(
                default=list,
                editable=False,
                help_text="[{consortium, quarter, pointer, value, nl, en}] of the newest trial, no more than fit on a page.",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("unusual", "year-on-year", "previous", "vanished")), _negated=True),
                    ("factor__isnull", False),
                    _connector="OR",
                ),
                name="rule_kind_with_factor",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkrule",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("kind", "vanished"), _negated=True), ("factor__lte", 1), _connector="OR"),
                name="rule_vanished_is_a_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("indicator__isnull", False), ("kind", "sum"), ("whole__isnull", False)),
                    models.Q(("kind__in", ("unusual", "year-on-year", "previous")), ("whole__isnull", True)),
                    models.Q(
                        ("indicator__isnull", True), ("whole__isnull", True), models.Q(("kind", "sum"), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="rule_looks_at_what_its_kind_does",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("whole__isnull", True), models.Q(("whole", models.F("indicator")), _negated=True), _connector="OR"
                ),
                name="rule_whole_is_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("tried_at__isnull", True), ("tried_hits__isnull", True), ("tried_reports__isnull", True)),
                    models.Q(
                        ("tried_at__isnull", False), ("tried_hits__isnull", False), ("tried_reports__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="rule_trial_is_whole",
            ),
        ),
        migrations.AddField(
            model_name="explanation",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="explanation",
            name="report",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="explanations", to="impact.quarterlyreport"
            ),
        ),
        migrations.AddConstraint(
            model_name="explanation",
            constraint=models.UniqueConstraint(fields=("report", "place"), name="explanation_once"),
        ),
        migrations.AddConstraint(
            model_name="explanation",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("text", ""), _negated=True), models.Q(("place", ""), _negated=True)),
                name="explanation_says_something",
            ),
        ),
        migrations.RunSQL(GUARD, WITHOUT_GUARD),
    ]
