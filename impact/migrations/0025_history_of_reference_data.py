"""Tables that keep every change of reference data, and the triggers that write them."""

import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import consortia.clock


class Migration(migrations.Migration):
    dependencies = [
        ("impact", "0024_fixed_cells"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CheckRuleChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                ("code", models.SlugField(db_index=False, max_length=40, verbose_name="code")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("unusual", "far from the median of the last four quarters"),
                            ("year-on-year", "very different from a year ago"),
                            ("previous", "very different from the quarter before"),
                            ("vanished", "many organisations are gone"),
                            ("section-empty", "a section is empty that was not"),
                            ("sum", "a part is more than its whole"),
                            ("cofinancing", "co-financing without companies"),
                        ],
                        max_length=13,
                        verbose_name="kind",
                    ),
                ),
                (
                    "factor",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="How far away is unusual: times the spread, times the number, or a share from 0 to 1.",
                        max_digits=8,
                        null=True,
                        verbose_name="factor",
                    ),
                ),
                (
                    "least",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Smaller differences raise no question.",
                        verbose_name="smallest difference",
                    ),
                ),
                ("text_nl", models.TextField(blank=True, verbose_name="explanation in Dutch")),
                ("text_en", models.TextField(blank=True, verbose_name="explanation in English")),
                ("is_active", models.BooleanField(default=False, verbose_name="holds")),
                (
                    "changed_at",
                    models.DateTimeField(default=consortia.clock.now, editable=False, verbose_name="changed"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="GoalChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                ("code", models.SlugField(db_index=False, verbose_name="code")),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                ("name_nl", models.CharField(max_length=120, verbose_name="name (Dutch)")),
                ("name_en", models.CharField(max_length=120, verbose_name="name (English)")),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("value", "this quarter"),
                            ("trailingYear", "this and the three quarters before"),
                            ("cumulative", "since the first quarter"),
                        ],
                        max_length=12,
                        verbose_name="measure",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="IndicatorChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                ("code", models.SlugField(db_index=False, verbose_name="code")),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                ("name_nl", models.CharField(max_length=120, verbose_name="name (Dutch)")),
                ("name_en", models.CharField(max_length=120, verbose_name="name (English)")),
                (
                    "question_nl",
                    models.CharField(blank=True, max_length=200, verbose_name="question on the form (Dutch)"),
                ),
                (
                    "question_en",
                    models.CharField(blank=True, max_length=200, verbose_name="question on the form (English)"),
                ),
                (
                    "is_proposal",
                    models.BooleanField(
                        default=True,
                        help_text="No official codebook is public; the office confirms it.",
                        verbose_name="proposal",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="QuarterChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.CharField(max_length=6, serialize=False, verbose_name="quarter")),
                (
                    "index",
                    models.PositiveSmallIntegerField(
                        help_text="0 is the first quarter of the programme.", verbose_name="index"
                    ),
                ),
                ("start_date", models.DateField(verbose_name="first day")),
                ("end_date", models.DateField(verbose_name="last day")),
                (
                    "due_date",
                    models.DateField(help_text="Handing in later is late, and possible.", verbose_name="due date"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkrule",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "impact_checkrulechange" ("activated_by_id", "changed_at", "code", "factor", "id", "indicator_id", "is_active", "kind", "least", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text_en", "text_nl", "whole_id") VALUES (NEW."activated_by_id", NEW."changed_at", NEW."code", NEW."factor", NEW."id", NEW."indicator_id", NEW."is_active", NEW."kind", NEW."least", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."text_en", NEW."text_nl", NEW."whole_id"); RETURN NULL;',
                    hash="58bdce3ff4b1707d794559ddb855254b37069d75",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_b1764",
                    table="impact_checkrule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkrule",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."activated_by_id" IS DISTINCT FROM (NEW."activated_by_id") OR OLD."changed_at" IS DISTINCT FROM (NEW."changed_at") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."factor" IS DISTINCT FROM (NEW."factor") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."indicator_id" IS DISTINCT FROM (NEW."indicator_id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."least" IS DISTINCT FROM (NEW."least") OR OLD."text_en" IS DISTINCT FROM (NEW."text_en") OR OLD."text_nl" IS DISTINCT FROM (NEW."text_nl") OR OLD."whole_id" IS DISTINCT FROM (NEW."whole_id"))',
                    func='INSERT INTO "impact_checkrulechange" ("activated_by_id", "changed_at", "code", "factor", "id", "indicator_id", "is_active", "kind", "least", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text_en", "text_nl", "whole_id") VALUES (NEW."activated_by_id", NEW."changed_at", NEW."code", NEW."factor", NEW."id", NEW."indicator_id", NEW."is_active", NEW."kind", NEW."least", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."text_en", NEW."text_nl", NEW."whole_id"); RETURN NULL;',
                    hash="834556df7b2e5dc33c6e8778cdd034a69e09fa21",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_bcd21",
                    table="impact_checkrule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkrule",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "impact_checkrulechange" ("activated_by_id", "changed_at", "code", "factor", "id", "indicator_id", "is_active", "kind", "least", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text_en", "text_nl", "whole_id") VALUES (OLD."activated_by_id", OLD."changed_at", OLD."code", OLD."factor", OLD."id", OLD."indicator_id", OLD."is_active", OLD."kind", OLD."least", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."text_en", OLD."text_nl", OLD."whole_id"); RETURN NULL;',
                    hash="c6ca60a65dd732cefacc9256a8f797d47a63158d",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_bf7f8",
                    table="impact_checkrule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="goal",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "impact_goalchange" ("code", "id", "indicator_id", "measure", "name_en", "name_nl", "order", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."indicator_id", NEW."measure", NEW."name_en", NEW."name_nl", NEW."order", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="559b2b3304c00a1bf374e161af1c44f26219ea82",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_54d0a",
                    table="impact_goal",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="goal",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "impact_goalchange" ("code", "id", "indicator_id", "measure", "name_en", "name_nl", "order", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."indicator_id", NEW."measure", NEW."name_en", NEW."name_nl", NEW."order", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id"); RETURN NULL;',
                    hash="1b52d5bb68eda657e36a7917ed107965290e5dba",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_4f2ea",
                    table="impact_goal",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="goal",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "impact_goalchange" ("code", "id", "indicator_id", "measure", "name_en", "name_nl", "order", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."indicator_id", OLD."measure", OLD."name_en", OLD."name_nl", OLD."order", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="11c49cf74e33aba4e5c36558bcfe38b36b12800d",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_07b8e",
                    table="impact_goal",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="indicator",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "impact_indicatorchange" ("code", "id", "is_proposal", "name_en", "name_nl", "order", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "question_en", "question_nl") VALUES (NEW."code", NEW."id", NEW."is_proposal", NEW."name_en", NEW."name_nl", NEW."order", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."question_en", NEW."question_nl"); RETURN NULL;',
                    hash="727c8b68c6c736679279f5f55b221997a824d894",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_73b3e",
                    table="impact_indicator",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="indicator",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "impact_indicatorchange" ("code", "id", "is_proposal", "name_en", "name_nl", "order", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "question_en", "question_nl") VALUES (NEW."code", NEW."id", NEW."is_proposal", NEW."name_en", NEW."name_nl", NEW."order", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."question_en", NEW."question_nl"); RETURN NULL;',
                    hash="c229483b76edfe076be6c95a04151abedda3ac78",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_1060d",
                    table="impact_indicator",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="indicator",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "impact_indicatorchange" ("code", "id", "is_proposal", "name_en", "name_nl", "order", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "question_en", "question_nl") VALUES (OLD."code", OLD."id", OLD."is_proposal", OLD."name_en", OLD."name_nl", OLD."order", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."question_en", OLD."question_nl"); RETURN NULL;',
                    hash="2d525b6e23da2d2e554a7e52be4453d932b2ddad",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_50c2b",
                    table="impact_indicator",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="quarter",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "impact_quarterchange" ("due_date", "end_date", "id", "index", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_date") VALUES (NEW."due_date", NEW."end_date", NEW."id", NEW."index", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."start_date"); RETURN NULL;',
                    hash="fc7d2a4e3d0801df38f054ed52dcc197fe897c9f",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_e017a",
                    table="impact_quarter",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="quarter",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "impact_quarterchange" ("due_date", "end_date", "id", "index", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_date") VALUES (NEW."due_date", NEW."end_date", NEW."id", NEW."index", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."start_date"); RETURN NULL;',
                    hash="2c25a1ae2f5db703c08f7d6f9468e58c20e20160",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_4a943",
                    table="impact_quarter",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="quarter",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "impact_quarterchange" ("due_date", "end_date", "id", "index", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_date") VALUES (OLD."due_date", OLD."end_date", OLD."id", OLD."index", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."start_date"); RETURN NULL;',
                    hash="49e5d021462231d258a801d057bff6ede236806e",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_96c22",
                    table="impact_quarter",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="checkrulechange",
            name="activated_by",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="checkrulechange",
            name="indicator",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="Empty: for every figure that is entered.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="impact.indicator",
                verbose_name="indicator",
            ),
        ),
        migrations.AddField(
            model_name="checkrulechange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="impact.checkrule",
            ),
        ),
        migrations.AddField(
            model_name="checkrulechange",
            name="whole",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="For a sum: the indicator of which the other is a part.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="impact.indicator",
                verbose_name="whole",
            ),
        ),
        migrations.AddField(
            model_name="goalchange",
            name="indicator",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="impact.indicator",
                verbose_name="indicator",
            ),
        ),
        migrations.AddField(
            model_name="goalchange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="impact.goal",
            ),
        ),
        migrations.AddField(
            model_name="indicatorchange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="impact.indicator",
            ),
        ),
        migrations.AddField(
            model_name="quarterchange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="impact.quarter",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkrulechange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="286329c3dc3f0e90eaaf52af5533c5677cce4a86",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_34a69",
                    table="impact_checkrulechange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="goalchange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="6e6e22d84b7233dc156ee23f78a82a6a00ca786e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_03510",
                    table="impact_goalchange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="indicatorchange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a4cca1cd1dbb2a521283fec1ae0e466d4fb8ae5f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d7242",
                    table="impact_indicatorchange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="quarterchange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ff11953bb322a71823e63bf0d5094381669e583e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_1d52d",
                    table="impact_quarterchange",
                    when="BEFORE",
                ),
            ),
        ),
    ]
