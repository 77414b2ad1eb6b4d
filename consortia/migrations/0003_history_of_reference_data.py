"""Tables that keep every change of reference data, and the triggers that write them."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import consortia.clock


class Migration(migrations.Migration):
    dependencies = [
        ("consortia", "0002_notifications"),
    ]

    operations = [
        migrations.CreateModel(
            name="ActionLineChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                ("code", models.SlugField(db_index=False, verbose_name="code")),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                ("name_nl", models.CharField(max_length=200, verbose_name="name (Dutch)")),
                ("name_en", models.CharField(max_length=200, verbose_name="name (English)")),
                ("short_nl", models.CharField(blank=True, max_length=30, verbose_name="short name (Dutch)")),
                ("short_en", models.CharField(blank=True, max_length=30, verbose_name="short name (English)")),
                ("definition_nl", models.TextField(blank=True, verbose_name="definition (Dutch)")),
                ("definition_en", models.TextField(blank=True, verbose_name="definition (English)")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ApiTokenChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ("name", models.CharField(blank=True, max_length=100, verbose_name="name")),
                ("hint", models.CharField(editable=False, max_length=12, verbose_name="starts with")),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("read", "read"),
                                ("report", "report"),
                                ("review", "review"),
                                ("manage", "manage"),
                            ],
                            max_length=6,
                        ),
                        size=None,
                        verbose_name="scopes",
                    ),
                ),
                ("created_at", models.DateTimeField(default=consortia.clock.now, editable=False, verbose_name="made")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="valid until")),
                ("revoked_at", models.DateTimeField(editable=False, null=True, verbose_name="revoked")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ConsortiumChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                ("slug", models.SlugField(db_index=False, verbose_name="slug")),
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "is_placeholder",
                    models.BooleanField(
                        default=False,
                        help_text="The office still has to enter the real name.",
                        verbose_name="placeholder",
                    ),
                ),
                (
                    "regions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="regions",
                    ),
                ),
                (
                    "grant_eur",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="grant in euro"
                    ),
                ),
                ("grant_is_maximum", models.BooleanField(default=False, verbose_name="grant is a maximum")),
                (
                    "total_cost_eur",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="total cost in euro"
                    ),
                ),
                ("description_nl", models.TextField(blank=True, verbose_name="description (Dutch)")),
                ("description_en", models.TextField(blank=True, verbose_name="description (English)")),
                ("website", models.URLField(blank=True, verbose_name="website")),
                ("source", models.CharField(blank=True, max_length=300, verbose_name="source")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ConsortiumThemeChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MembershipChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("manager", "programme manager"),
                            ("reviewer", "reviewer"),
                            ("reader", "reader"),
                            ("coordinator", "HIP coordinator"),
                            ("contributor", "contributor"),
                        ],
                        max_length=12,
                        verbose_name="role",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MessageTemplateChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                (
                    "language",
                    models.CharField(
                        choices=[("nl", "Nederlands"), ("en", "English")], max_length=2, verbose_name="language"
                    ),
                ),
                ("subject", models.CharField(max_length=200, verbose_name="subject")),
                (
                    "body",
                    models.TextField(help_text="Markdown; an empty line begins a paragraph.", verbose_name="text"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OrganisationChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ("kvk_number", models.CharField(blank=True, max_length=8, null=True, verbose_name="KVK number")),
                (
                    "institution_code",
                    models.CharField(blank=True, max_length=6, null=True, verbose_name="institution code"),
                ),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "organisation_type",
                    models.CharField(
                        choices=[
                            ("company", "company"),
                            ("school", "school"),
                            ("government", "government"),
                            ("other", "other"),
                        ],
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                ("postcode", models.CharField(blank=True, max_length=7, verbose_name="postcode")),
                (
                    "size_class",
                    models.CharField(
                        choices=[
                            ("micro", "micro (fewer than 10)"),
                            ("small", "small (10 to 49)"),
                            ("medium", "medium (50 to 249)"),
                            ("large", "large (250 or more)"),
                            ("unknown", "unknown"),
                        ],
                        default="unknown",
                        max_length=7,
                        verbose_name="size class",
                    ),
                ),
                ("is_listed", models.BooleanField(default=False, verbose_name="listed in the register")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PartnerChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                (
                    "role",
                    models.CharField(
                        choices=[("lead", "lead partner"), ("partner", "partner")],
                        default="partner",
                        max_length=7,
                        verbose_name="role",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[("contract", "under contract"), ("involved", "involved")],
                        default="involved",
                        max_length=8,
                        verbose_name="level",
                    ),
                ),
                ("start_date", models.DateField(blank=True, null=True, verbose_name="first day")),
                ("end_date", models.DateField(blank=True, null=True, verbose_name="last day")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PartnershipChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("start_date", models.DateField(blank=True, null=True, verbose_name="first day")),
                ("end_date", models.DateField(blank=True, null=True, verbose_name="last day")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ProgrammeChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.SmallIntegerField(default=1, editable=False, serialize=False)),
                ("name_nl", models.CharField(max_length=200, verbose_name="name (Dutch)")),
                ("name_en", models.CharField(blank=True, max_length=200, verbose_name="name (English)")),
                ("summary_nl", models.TextField(blank=True, verbose_name="summary (Dutch)")),
                ("summary_en", models.TextField(blank=True, verbose_name="summary (English)")),
                ("grant_eur", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="grant in euro")),
                (
                    "grant_share",
                    models.DecimalField(
                        decimal_places=3, max_digits=4, verbose_name="share of the cost that the grant covers"
                    ),
                ),
                (
                    "cofinancing_eur",
                    models.DecimalField(
                        decimal_places=2, max_digits=14, verbose_name="co-financing by business in euro"
                    ),
                ),
                ("start_date", models.DateField(verbose_name="first day")),
                ("end_date", models.DateField(verbose_name="last day")),
                ("contact_name", models.CharField(blank=True, max_length=150, verbose_name="contact")),
                ("contact_email", models.EmailField(blank=True, max_length=254, verbose_name="contact e-mail")),
                (
                    "is_demo",
                    models.BooleanField(
                        default=False,
                        editable=False,
                        help_text="Set once, before anything is in the ledger; replayed times are accepted only then.",
                        verbose_name="holds demonstration data",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ThemeChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                ("slug", models.SlugField(db_index=False, verbose_name="slug")),
                ("name_nl", models.CharField(max_length=100, verbose_name="name (Dutch)")),
                ("name_en", models.CharField(max_length=100, verbose_name="name (English)")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="UserChange",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                ("name", models.CharField(blank=True, max_length=150, verbose_name="name")),
                (
                    "language",
                    models.CharField(
                        choices=[("nl", "Nederlands"), ("en", "English")],
                        default="nl",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Deactivate instead of deleting: history stays.", verbose_name="active"
                    ),
                ),
                ("is_demo", models.BooleanField(default=False, editable=False, verbose_name="demonstration account")),
                (
                    "date_joined",
                    models.DateTimeField(default=consortia.clock.now, editable=False, verbose_name="joined"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ConsortiumTheme",
            fields=[],
            options={
                "verbose_name": "theme of a HIP",
                "verbose_name_plural": "themes of HIPs",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("consortia.consortium_themes",),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="actionline",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_actionlinechange" ("code", "definition_en", "definition_nl", "id", "name_en", "name_nl", "order", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "short_en", "short_nl") VALUES (NEW."code", NEW."definition_en", NEW."definition_nl", NEW."id", NEW."name_en", NEW."name_nl", NEW."order", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."short_en", NEW."short_nl"); RETURN NULL;',
                    hash="6434f802595318a54503091e527a943f92431110",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_85c76",
                    table="consortia_actionline",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="actionline",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "consortia_actionlinechange" ("code", "definition_en", "definition_nl", "id", "name_en", "name_nl", "order", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "short_en", "short_nl") VALUES (NEW."code", NEW."definition_en", NEW."definition_nl", NEW."id", NEW."name_en", NEW."name_nl", NEW."order", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."short_en", NEW."short_nl"); RETURN NULL;',
                    hash="9032dbe14554eedab0083cdc7b66c6a934aab7a2",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a175a",
                    table="consortia_actionline",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="actionline",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_actionlinechange" ("code", "definition_en", "definition_nl", "id", "name_en", "name_nl", "order", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "short_en", "short_nl") VALUES (OLD."code", OLD."definition_en", OLD."definition_nl", OLD."id", OLD."name_en", OLD."name_nl", OLD."order", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."short_en", OLD."short_nl"); RETURN NULL;',
                    hash="a1bcb1e2ef3840bb84472dee862cccf16da0d661",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_d13d9",
                    table="consortia_actionline",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="apitoken",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_apitokenchange" ("created_at", "expires_at", "hint", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "scopes", "user_id") VALUES (NEW."created_at", NEW."expires_at", NEW."hint", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."revoked_at", NEW."scopes", NEW."user_id"); RETURN NULL;',
                    hash="ef12580163f224b2a12d5e673b518567a6024330",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_1f46b",
                    table="consortia_apitoken",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="apitoken",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."hint" IS DISTINCT FROM (NEW."hint") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."revoked_at" IS DISTINCT FROM (NEW."revoked_at") OR OLD."scopes" IS DISTINCT FROM (NEW."scopes") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))',
                    func='INSERT INTO "consortia_apitokenchange" ("created_at", "expires_at", "hint", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "scopes", "user_id") VALUES (NEW."created_at", NEW."expires_at", NEW."hint", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."revoked_at", NEW."scopes", NEW."user_id"); RETURN NULL;',
                    hash="3d44c4085f6eed138fa1f428529387d05f2f5d0d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_569b5",
                    table="consortia_apitoken",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="apitoken",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_apitokenchange" ("created_at", "expires_at", "hint", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "scopes", "user_id") VALUES (OLD."created_at", OLD."expires_at", OLD."hint", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."revoked_at", OLD."scopes", OLD."user_id"); RETURN NULL;',
                    hash="4267f595306f8fa31b18f4396ba4011c5e889d96",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_5073c",
                    table="consortia_apitoken",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consortium",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_consortiumchange" ("description_en", "description_nl", "grant_eur", "grant_is_maximum", "id", "is_placeholder", "name", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "regions", "slug", "source", "total_cost_eur", "website") VALUES (NEW."description_en", NEW."description_nl", NEW."grant_eur", NEW."grant_is_maximum", NEW."id", NEW."is_placeholder", NEW."name", NEW."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."regions", NEW."slug", NEW."source", NEW."total_cost_eur", NEW."website"); RETURN NULL;',
                    hash="7ceb266536e1289254b68804e34f9942bc7c4069",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_4d534",
                    table="consortia_consortium",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consortium",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "consortia_consortiumchange" ("description_en", "description_nl", "grant_eur", "grant_is_maximum", "id", "is_placeholder", "name", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "regions", "slug", "source", "total_cost_eur", "website") VALUES (NEW."description_en", NEW."description_nl", NEW."grant_eur", NEW."grant_is_maximum", NEW."id", NEW."is_placeholder", NEW."name", NEW."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."regions", NEW."slug", NEW."source", NEW."total_cost_eur", NEW."website"); RETURN NULL;',
                    hash="9b0533f4309ce9a1eb9a63af992cdad65e43575d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a99b5",
                    table="consortia_consortium",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consortium",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_consortiumchange" ("description_en", "description_nl", "grant_eur", "grant_is_maximum", "id", "is_placeholder", "name", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "regions", "slug", "source", "total_cost_eur", "website") VALUES (OLD."description_en", OLD."description_nl", OLD."grant_eur", OLD."grant_is_maximum", OLD."id", OLD."is_placeholder", OLD."name", OLD."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."regions", OLD."slug", OLD."source", OLD."total_cost_eur", OLD."website"); RETURN NULL;',
                    hash="de1d84a965a4280e646cc9546afe19fb78e6eb3d",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_e9a6f",
                    table="consortia_consortium",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_membershipchange" ("consortium_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (NEW."consortium_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."role", NEW."user_id"); RETURN NULL;',
                    hash="413810ca40498120475e5ba4bd2f4923a9970e19",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_204de",
                    table="consortia_membership",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "consortia_membershipchange" ("consortium_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (NEW."consortium_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."role", NEW."user_id"); RETURN NULL;',
                    hash="8d9ea1cc407b78f38c9aa4342938600f75df9c8b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_9fcd8",
                    table="consortia_membership",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_membershipchange" ("consortium_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (OLD."consortium_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."role", OLD."user_id"); RETURN NULL;',
                    hash="af087b075de089d26f4d449e35945a50abbb13c1",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_f33d3",
                    table="consortia_membership",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="messagetemplate",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_messagetemplatechange" ("body", "id", "kind", "language", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "subject") VALUES (NEW."body", NEW."id", NEW."kind", NEW."language", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."subject"); RETURN NULL;',
                    hash="4e71e66fe81e25b4cad293ba958251737dd2d39d",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_2cfbe",
                    table="consortia_messagetemplate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="messagetemplate",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "consortia_messagetemplatechange" ("body", "id", "kind", "language", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "subject") VALUES (NEW."body", NEW."id", NEW."kind", NEW."language", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."subject"); RETURN NULL;',
                    hash="63db577114c7f40959c21053b33f1b2819bab245",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c7354",
                    table="consortia_messagetemplate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="messagetemplate",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_messagetemplatechange" ("body", "id", "kind", "language", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "subject") VALUES (OLD."body", OLD."id", OLD."kind", OLD."language", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."subject"); RETURN NULL;',
                    hash="f64e698c497f553b757da8362a834a2260611ac4",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_dbcca",
                    table="consortia_messagetemplate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organisation",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_organisationchange" ("id", "institution_code", "is_listed", "kvk_number", "name", "organisation_type", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "size_class") VALUES (NEW."id", NEW."institution_code", NEW."is_listed", NEW."kvk_number", NEW."name", NEW."organisation_type", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."postcode", NEW."size_class"); RETURN NULL;',
                    hash="c819849d25fe5021e02366c222ec5f8c15e7706f",
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
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "consortia_organisationchange" ("id", "institution_code", "is_listed", "kvk_number", "name", "organisation_type", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "size_class") VALUES (NEW."id", NEW."institution_code", NEW."is_listed", NEW."kvk_number", NEW."name", NEW."organisation_type", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."postcode", NEW."size_class"); RETURN NULL;',
                    hash="60197b512e2da6d3a136be2dbe65d363a801556a",
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
                    func='INSERT INTO "consortia_organisationchange" ("id", "institution_code", "is_listed", "kvk_number", "name", "organisation_type", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "size_class") VALUES (OLD."id", OLD."institution_code", OLD."is_listed", OLD."kvk_number", OLD."name", OLD."organisation_type", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."postcode", OLD."size_class"); RETURN NULL;',
                    hash="f4b5abb72cfe3669243f0f09db71eb785bb69d9d",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_21ffd",
                    table="consortia_organisation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partner",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_partnerchange" ("consortium_id", "end_date", "id", "level", "organisation_id", "partnership_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "start_date") VALUES (NEW."consortium_id", NEW."end_date", NEW."id", NEW."level", NEW."organisation_id", NEW."partnership_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."role", NEW."start_date"); RETURN NULL;',
                    hash="2e03791643d5535f74d4a929736cabadd6379c76",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_4da7e",
                    table="consortia_partner",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partner",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "consortia_partnerchange" ("consortium_id", "end_date", "id", "level", "organisation_id", "partnership_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "start_date") VALUES (NEW."consortium_id", NEW."end_date", NEW."id", NEW."level", NEW."organisation_id", NEW."partnership_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."role", NEW."start_date"); RETURN NULL;',
                    hash="629efa3deeb1387dc8c565dd5eb87f8bc8ab4a42",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_f866e",
                    table="consortia_partner",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partner",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_partnerchange" ("consortium_id", "end_date", "id", "level", "organisation_id", "partnership_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "start_date") VALUES (OLD."consortium_id", OLD."end_date", OLD."id", OLD."level", OLD."organisation_id", OLD."partnership_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."role", OLD."start_date"); RETURN NULL;',
                    hash="3b341def7550e265930af4cab1fe05251e21e081",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_7747d",
                    table="consortia_partner",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partnership",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_partnershipchange" ("consortium_id", "end_date", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_date") VALUES (NEW."consortium_id", NEW."end_date", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."start_date"); RETURN NULL;',
                    hash="a57d781ddf1151e79d0efe192bbe4a1959555764",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_3aa62",
                    table="consortia_partnership",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partnership",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "consortia_partnershipchange" ("consortium_id", "end_date", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_date") VALUES (NEW."consortium_id", NEW."end_date", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."start_date"); RETURN NULL;',
                    hash="0e387e8f121a11131ec2d08e8f93eb66c7bfcea9",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2a737",
                    table="consortia_partnership",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partnership",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_partnershipchange" ("consortium_id", "end_date", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_date") VALUES (OLD."consortium_id", OLD."end_date", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."start_date"); RETURN NULL;',
                    hash="5999d4d98e8bc25a9fc8b42608fa206711bf68c9",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_c20a3",
                    table="consortia_partnership",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programme",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_programmechange" ("cofinancing_eur", "contact_email", "contact_name", "end_date", "grant_eur", "grant_share", "id", "is_demo", "name_en", "name_nl", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_date", "summary_en", "summary_nl") VALUES (NEW."cofinancing_eur", NEW."contact_email", NEW."contact_name", NEW."end_date", NEW."grant_eur", NEW."grant_share", NEW."id", NEW."is_demo", NEW."name_en", NEW."name_nl", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."start_date", NEW."summary_en", NEW."summary_nl"); RETURN NULL;',
                    hash="61de78008931ebd23af4507ca1360b5449efa542",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f05ea",
                    table="consortia_programme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programme",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "consortia_programmechange" ("cofinancing_eur", "contact_email", "contact_name", "end_date", "grant_eur", "grant_share", "id", "is_demo", "name_en", "name_nl", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_date", "summary_en", "summary_nl") VALUES (NEW."cofinancing_eur", NEW."contact_email", NEW."contact_name", NEW."end_date", NEW."grant_eur", NEW."grant_share", NEW."id", NEW."is_demo", NEW."name_en", NEW."name_nl", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."start_date", NEW."summary_en", NEW."summary_nl"); RETURN NULL;',
                    hash="c17c367f19300db9a6035f57291f93f88dbf10e5",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_46f9c",
                    table="consortia_programme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programme",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_programmechange" ("cofinancing_eur", "contact_email", "contact_name", "end_date", "grant_eur", "grant_share", "id", "is_demo", "name_en", "name_nl", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_date", "summary_en", "summary_nl") VALUES (OLD."cofinancing_eur", OLD."contact_email", OLD."contact_name", OLD."end_date", OLD."grant_eur", OLD."grant_share", OLD."id", OLD."is_demo", OLD."name_en", OLD."name_nl", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."start_date", OLD."summary_en", OLD."summary_nl"); RETURN NULL;',
                    hash="1613a7a5437f0947162883bcb6b888ba5f12b44a",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_a51c8",
                    table="consortia_programme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="theme",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_themechange" ("id", "name_en", "name_nl", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug") VALUES (NEW."id", NEW."name_en", NEW."name_nl", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."slug"); RETURN NULL;',
                    hash="b6db4e6bd3bed2ce9d356b43b7a5eff4a55a6a85",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_e16c4",
                    table="consortia_theme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="theme",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "consortia_themechange" ("id", "name_en", "name_nl", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug") VALUES (NEW."id", NEW."name_en", NEW."name_nl", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."slug"); RETURN NULL;',
                    hash="b84b73caa76fd08e91862160c31d44f2a3183460",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_57e6c",
                    table="consortia_theme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="theme",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_themechange" ("id", "name_en", "name_nl", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug") VALUES (OLD."id", OLD."name_en", OLD."name_nl", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."slug"); RETURN NULL;',
                    hash="f01c9387f68c7e248c7237e1ec27e1eb6c7ed6d8",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_4f630",
                    table="consortia_theme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_userchange" ("date_joined", "email", "id", "is_active", "is_demo", "language", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."date_joined", NEW."email", NEW."id", NEW."is_active", NEW."is_demo", NEW."language", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="10bac38fe3d784c9fc90f9090ffb2e543135c090",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_b5eb5",
                    table="consortia_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."date_joined" IS DISTINCT FROM (NEW."date_joined") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_demo" IS DISTINCT FROM (NEW."is_demo") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."name" IS DISTINCT FROM (NEW."name"))',
                    func='INSERT INTO "consortia_userchange" ("date_joined", "email", "id", "is_active", "is_demo", "language", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."date_joined", NEW."email", NEW."id", NEW."is_active", NEW."is_demo", NEW."language", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id"); RETURN NULL;',
                    hash="7eb2e8edefacfbcbdf1f0a2b265ad8eb2ebb7475",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_0d062",
                    table="consortia_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_userchange" ("date_joined", "email", "id", "is_active", "is_demo", "language", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."date_joined", OLD."email", OLD."id", OLD."is_active", OLD."is_demo", OLD."language", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="d0cf3c4c4be4bfbe7ef602d5031be0945b63b4e0",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_85ecc",
                    table="consortia_user",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="actionlinechange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.actionline",
            ),
        ),
        migrations.AddField(
            model_name="apitokenchange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.apitoken",
            ),
        ),
        migrations.AddField(
            model_name="apitokenchange",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user",
            ),
        ),
        migrations.AddField(
            model_name="consortiumchange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.consortium",
            ),
        ),
        migrations.AddField(
            model_name="consortiumthemechange",
            name="consortium",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                db_tablespace="",
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.consortium",
            ),
        ),
        migrations.AddField(
            model_name="consortiumthemechange",
            name="theme",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                db_tablespace="",
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.theme",
            ),
        ),
        migrations.AddField(
            model_name="membershipchange",
            name="consortium",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="Only for coordinators and contributors.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.consortium",
                verbose_name="HIP",
            ),
        ),
        migrations.AddField(
            model_name="membershipchange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.membership",
            ),
        ),
        migrations.AddField(
            model_name="membershipchange",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user",
            ),
        ),
        migrations.AddField(
            model_name="messagetemplatechange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.messagetemplate",
            ),
        ),
        migrations.AddField(
            model_name="organisationchange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.organisation",
            ),
        ),
        migrations.AddField(
            model_name="partnerchange",
            name="consortium",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.consortium",
                verbose_name="HIP",
            ),
        ),
        migrations.AddField(
            model_name="partnerchange",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.organisation",
                verbose_name="organisation",
            ),
        ),
        migrations.AddField(
            model_name="partnerchange",
            name="partnership",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.partnership",
                verbose_name="partnership (PPS)",
            ),
        ),
        migrations.AddField(
            model_name="partnerchange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.partner",
            ),
        ),
        migrations.AddField(
            model_name="partnershipchange",
            name="consortium",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.consortium",
                verbose_name="HIP",
            ),
        ),
        migrations.AddField(
            model_name="partnershipchange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.partnership",
            ),
        ),
        migrations.AddField(
            model_name="programmechange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.programme",
            ),
        ),
        migrations.AddField(
            model_name="themechange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.theme",
            ),
        ),
        migrations.AddField(
            model_name="userchange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="consortiumthemechange",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consortia.consortiumtheme",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consortiumtheme",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_consortiumthemechange" ("consortium_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "theme_id") VALUES (NEW."consortium_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."theme_id"); RETURN NULL;',
                    hash="76f63dbb368c413c7e790de7ef7609851afc1f6a",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_51117",
                    table="consortia_consortium_themes",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consortiumtheme",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "consortia_consortiumthemechange" ("consortium_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "theme_id") VALUES (NEW."consortium_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."theme_id"); RETURN NULL;',
                    hash="0c2579f5e41827dd05ad3621fd2d2fdfda24607a",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_acff3",
                    table="consortia_consortium_themes",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consortiumtheme",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consortia_consortiumthemechange" ("consortium_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "theme_id") VALUES (OLD."consortium_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."theme_id"); RETURN NULL;',
                    hash="0cb15e2f30d2893c4e0d16dfdc25e09a0227d339",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_e18b9",
                    table="consortia_consortium_themes",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="actionlinechange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f852e409680d9a1f1879da43de0f554f446e6c8f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_44e86",
                    table="consortia_actionlinechange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="apitokenchange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="bfdfc0ff4704aeb2bbcbbedfb5d53d05207a3c73",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d327a",
                    table="consortia_apitokenchange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consortiumchange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="84a89c74dba1f2ece6d13c0b295d7cc536c75f43",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_9c2d4",
                    table="consortia_consortiumchange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membershipchange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="cf2583c2f4b02c3083ce4893ee585ed1c403c3a0",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_c7e7b",
                    table="consortia_membershipchange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="messagetemplatechange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c6a9c7338114626b563a001ad44649435b819e55",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_45daa",
                    table="consortia_messagetemplatechange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organisationchange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="adb02bdc7f0e896365368f4d487996299deb2cd4",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_9c8b4",
                    table="consortia_organisationchange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partnerchange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b98231ff1f481c2f1037baaaf2cafc073813c69d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_764ff",
                    table="consortia_partnerchange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partnershipchange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9caf43a981cc0b0d6b3a5fbf227466d56c5ec094",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_5e999",
                    table="consortia_partnershipchange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programmechange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d52ca797f46062ec90a5a8119d23a2c0bd5a9d7e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_01ff3",
                    table="consortia_programmechange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="themechange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="da29080f2308073975e1e072fa8cd8bd3fe7eddb",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8448f",
                    table="consortia_themechange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="userchange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9621843fb53eb51ecee9c456a934b36c6693e1d1",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_87b5d",
                    table="consortia_userchange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consortiumthemechange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d473d8b236b965933991e670a5f8119534d3e0d4",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_03fcf",
                    table="consortia_consortiumthemechange",
                    when="BEFORE",
                ),
            ),
        ),
    ]
