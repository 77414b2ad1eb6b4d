"""The full hash of a vintage is sealed with a salt; those that are there keep form 1."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("impact", "0034_revision_of_events"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="vintage",
            name="vintage_form_known",
        ),
        migrations.AddField(
            model_name="vintage",
            name="salt",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Without it nobody can try out which figures that are not public have the full hash.",
                max_length=64,
                verbose_name="salt of the full hash",
            ),
        ),
        migrations.AddConstraint(
            model_name="vintage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("form", 1), ("salt", "")),
                    models.Q(("form", 2), ("salt__regex", "^[0-9a-f]{64}$")),
                    _connector="OR",
                ),
                name="vintage_form_known",
            ),
        ),
    ]
