"""Exports of the trade register that the office hands in, and who took which over."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import consortia.clock


class Migration(migrations.Migration):
    dependencies = [
        ("impact", "0029_backfill_uploads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RegisterImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "imported_at",
                    models.DateTimeField(default=consortia.clock.now, editable=False, verbose_name="imported"),
                ),
                ("name", models.CharField(max_length=200, verbose_name="file name")),
                ("sha256", models.CharField(max_length=64)),
                ("rows", models.PositiveIntegerField(verbose_name="rows")),
                ("changed", models.PositiveIntegerField(verbose_name="changed")),
                ("unchanged", models.PositiveIntegerField(default=0, verbose_name="unchanged")),
                ("unknown", models.PositiveIntegerField(default=0, verbose_name="not in the register")),
                ("refused", models.PositiveIntegerField(default=0, verbose_name="refused")),
            ],
            options={
                "verbose_name": "import into the register",
                "verbose_name_plural": "imports into the register",
                "ordering": ["-imported_at", "-id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="upload",
            name="upload_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="upload",
            name="upload_of_one_report_or_several",
        ),
        migrations.AlterField(
            model_name="upload",
            name="kind",
            field=models.CharField(
                choices=[
                    ("workbook", "workbook"),
                    ("organisations", "list of organisations"),
                    ("backfill", "backfill workbook"),
                    ("kvk-export", "export of the trade register"),
                ],
                max_length=13,
            ),
        ),
        migrations.AlterField(
            model_name="upload",
            name="report",
            field=models.ForeignKey(
                help_text="None: the file is the office's, of several reports or of none.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="uploads",
                to="impact.quarterlyreport",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["workbook", "organisations", "backfill", "kvk-export"])),
                name="upload_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("backfill", "kvk-export")), ("report__isnull", True)),
                    models.Q(
                        models.Q(("kind__in", ("backfill", "kvk-export")), _negated=True), ("report__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="upload_of_one_report_or_several",
            ),
        ),
        migrations.AddField(
            model_name="registerimport",
            name="imported_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="imported by",
            ),
        ),
        migrations.AddConstraint(
            model_name="registerimport",
            constraint=models.CheckConstraint(
                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="register_import_has_hash"
            ),
        ),
        migrations.AddConstraint(
            model_name="registerimport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "rows__gte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("changed"), "+", models.F("unchanged")
                            ),
                            "+",
                            models.F("unknown"),
                        ),
                    )
                ),
                name="register_import_adds_up",
            ),
        ),
    ]
