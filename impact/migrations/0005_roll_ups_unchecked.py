"""Roll-ups are made anew as a whole and proved by `verify_roll_ups`: their keys need no check and no index each."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def _key(to: str, *, null: bool = False) -> Any:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        null=null,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to=to,
    )


class Migration(migrations.Migration):
    dependencies = [("impact", "0004_link_guards")]

    operations = [
        migrations.AlterField("rollup", "consortium", _key("consortia.consortium", null=True)),
        migrations.AlterField("rollup", "action_line", _key("consortia.actionline", null=True)),
        migrations.AlterField("rollup", "indicator", _key("impact.indicator")),
        migrations.AlterField("rollup", "quarter", _key("impact.quarter")),
    ]
