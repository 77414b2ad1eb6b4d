"""Where an organisation is, what it does, and who said so when."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consortia", "0004_begin_history"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="data_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="data as of"),
        ),
        migrations.AddField(
            model_name="organisation",
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
            model_name="organisation",
            name="municipality",
            field=models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="municipality"),
        ),
        migrations.AddField(
            model_name="organisation",
            name="place",
            field=models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="place"),
        ),
        migrations.AddField(
            model_name="organisation",
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
            model_name="organisation",
            name="province_year",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Region codes change every 1 January.",
                null=True,
                verbose_name="year of the province's code",
            ),
        ),
        migrations.AddField(
            model_name="organisation",
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
            model_name="organisation",
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
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("province", ""), ("province_year__isnull", True)),
                    models.Q(
                        (
                            "province__in",
                            [
                                "PV20",
                                "PV21",
                                "PV22",
                                "PV23",
                                "PV24",
                                "PV25",
                                "PV26",
                                "PV27",
                                "PV28",
                                "PV29",
                                "PV30",
                                "PV31",
                            ],
                        ),
                        ("province_year__isnull", False),
                        ("province_year__range", (2000, 2099)),
                    ),
                    _connector="OR",
                ),
                name="organisation_province_of_a_year",
            ),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sbi_code", ""), ("sbi_version", "")),
                    models.Q(("sbi_code__regex", "^\\d{2,5}$"), ("sbi_version__in", ["2008", "2025"])),
                    _connector="OR",
                ),
                name="organisation_sbi_of_an_edition",
            ),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("data_at__isnull", True), ("data_source", "")),
                    models.Q(
                        ("data_at__isnull", False), ("data_source__in", ["hip", "kvk-import", "kvk-api", "office"])
                    ),
                    _connector="OR",
                ),
                name="organisation_source_with_its_time",
            ),
        ),
    ]
