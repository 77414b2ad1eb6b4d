"""Which organisations take part in a line, from an index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consortia", "0008_invitations"),
        ("impact", "0031_guard_of_register_imports"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="participation",
            index=models.Index(fields=["action_line", "organisation", "version"], name="participation_by_line"),
        ),
    ]
