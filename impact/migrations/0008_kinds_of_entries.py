from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("impact", "0007_vintage_codes_and_forms")]

    operations = [
        migrations.AlterField(
            model_name="ledgerentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("counts", "this version counts"),
                    ("withdrawn", "nothing counts any more"),
                    ("participation", "HIP takes part from, until"),
                    ("quarter-closed", "quarter closed"),
                    ("quarter-reopened", "quarter reopened"),
                    ("goal", "goal set or revised"),
                    ("definition", "indicator definition from a quarter on"),
                    ("merge", "merged"),
                    ("succession", "succeeded by"),
                    ("undo", "link undone"),
                ],
                max_length=16,
                verbose_name="kind",
            ),
        ),
    ]
