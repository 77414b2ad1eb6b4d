"""Which revision of its report an event made, so that it can be said who changed it since."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("impact", "0033_reason_of_a_revision"),
    ]

    operations = [
        migrations.AddField(
            model_name="reportevent",
            name="revision",
            field=models.PositiveIntegerField(
                editable=False,
                help_text="The revision of the report that this made, and the next ones that nothing else is told of.",
                null=True,
            ),
        ),
    ]
