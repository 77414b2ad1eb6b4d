"""The history keeps these as well."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consortia", "0006_folded_names"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="organisation",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="organisation",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="organisation",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="organisationchange",
            name="data_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="data as of"),
        ),
        migrations.AddField(
            model_name="organisationchange",
            name="data_source",
            field=models.CharField(
                blank=True,
                choices=[
                    ("hip", "report of a HIP"),
                    ("kvk-import", "KVK export"),
                    ("kvk-api", "KVK"),
                    ("office", "programme office"),
                ],
                db_default="",
                default="",
                editable=False,
                max_length=10,
                verbose_name="source of these data",
            ),
        ),
        migrations.AddField(
            model_name="organisationchange",
            name="municipality",
            field=models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="municipality"),
        ),
        migrations.AddField(
            model_name="organisationchange",
            name="place",
            field=models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="place"),
        ),
        migrations.AddField(
            model_name="organisationchange",
            name="province",
            field=models.CharField(
                blank=True,
                choices=[
                    ("PV20", "Groningen"),
                    ("PV21", "Fryslân"),
                    ("PV22", "Drenthe"),
                    ("PV23", "Overijssel"),
                    ("PV24", "Flevoland"),
                    ("PV25", "Gelderland"),
                    ("PV26", "Utrecht"),
                    ("PV27", "Noord-Holland"),
                    ("PV28", "Zuid-Holland"),
                    ("PV29", "Zeeland"),
                    ("PV30", "Noord-Brabant"),
                    ("PV31", "Limburg"),
                ],
                db_default="",
                default="",
                max_length=4,
                verbose_name="province",
            ),
        ),
        migrations.AddField(
            model_name="organisationchange",
            name="province_year",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Region codes change every 1 January.",
                null=True,
                verbose_name="year of the province's code",
            ),
        ),
        migrations.AddField(
            model_name="organisationchange",
            name="sbi_code",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Two to five digits, without dots.",
                max_length=5,
                verbose_name="SBI code",
            ),
        ),
        migrations.AddField(
            model_name="organisationchange",
            name="sbi_version",
            field=models.CharField(
                blank=True,
                choices=[("2008", "SBI 2008"), ("2025", "SBI 2025")],
                db_default="",
                default="",
                max_length=4,
                verbose_name="edition of the SBI code",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organisation",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_organisationchange" ("data_at", "data_source", "id", "institution_code", "is_listed", "kvk_number", "municipality", "name", "organisation_type", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "postcode", "province", "province_year", "sbi_code", "sbi_version", "size_class") VALUES (NEW."data_at", NEW."data_source", NEW."id", NEW."institution_code", NEW."is_listed", NEW."kvk_number", NEW."municipality", NEW."name", NEW."organisation_type", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."place", NEW."postcode", NEW."province", NEW."province_year", NEW."sbi_code", NEW."sbi_version", NEW."size_class"); RETURN NULL;',
                    hash="b23a7890e807bcd7e5237a7b6eee80f6edf6434e",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_1063e",
                    table="consortia_organisation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organisation",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."data_at" IS DISTINCT FROM (NEW."data_at") OR OLD."data_source" IS DISTINCT FROM (NEW."data_source") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."institution_code" IS DISTINCT FROM (NEW."institution_code") OR OLD."is_listed" IS DISTINCT FROM (NEW."is_listed") OR OLD."kvk_number" IS DISTINCT FROM (NEW."kvk_number") OR OLD."municipality" IS DISTINCT FROM (NEW."municipality") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."organisation_type" IS DISTINCT FROM (NEW."organisation_type") OR OLD."place" IS DISTINCT FROM (NEW."place") OR OLD."postcode" IS DISTINCT FROM (NEW."postcode") OR OLD."province" IS DISTINCT FROM (NEW."province") OR OLD."province_year" IS DISTINCT FROM (NEW."province_year") OR OLD."sbi_code" IS DISTINCT FROM (NEW."sbi_code") OR OLD."sbi_version" IS DISTINCT FROM (NEW."sbi_version") OR OLD."size_class" IS DISTINCT FROM (NEW."size_class"))',
                    func='INSERT INTO "consortia_organisationchange" ("data_at", "data_source", "id", "institution_code", "is_listed", "kvk_number", "municipality", "name", "organisation_type", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "postcode", "province", "province_year", "sbi_code", "sbi_version", "size_class") VALUES (NEW."data_at", NEW."data_source", NEW."id", NEW."institution_code", NEW."is_listed", NEW."kvk_number", NEW."municipality", NEW."name", NEW."organisation_type", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."place", NEW."postcode", NEW."province", NEW."province_year", NEW."sbi_code", NEW."sbi_version", NEW."size_class"); RETURN NULL;',
                    hash="cb3d49b09c926fd79e09f57f314ad645009fc7d1",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_e862b",
                    table="consortia_organisation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organisation",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_organisationchange" ("data_at", "data_source", "id", "institution_code", "is_listed", "kvk_number", "municipality", "name", "organisation_type", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "postcode", "province", "province_year", "sbi_code", "sbi_version", "size_class") VALUES (OLD."data_at", OLD."data_source", OLD."id", OLD."institution_code", OLD."is_listed", OLD."kvk_number", OLD."municipality", OLD."name", OLD."organisation_type", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."place", OLD."postcode", OLD."province", OLD."province_year", OLD."sbi_code", OLD."sbi_version", OLD."size_class"); RETURN NULL;',
                    hash="2e7adb3a4fc8193796b7eef486334da4eb7f4f52",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_21ffd",
                    table="consortia_organisation",
                    when="AFTER",
                ),
            ),
        ),
    ]
