"""Names as they are searched: without case, accents and punctuation, by a function that every server has."""

from django.db import migrations, models

# No extension: the embedded server has none. A dot and an apostrophe join (B.V. is bv), other marks part.
# The letters that no accent can be taken from are written out.
FOLDED = r"""
CREATE FUNCTION consortia_folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(
    translate(
        replace(replace(replace(
            regexp_replace(normalize(lower($1), NFKD), '[\u0300-\u036F.''\u2019]', '', 'g'),
            'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
        'øłđðı', 'olddi'),
    '[^[:alnum:]]+', ' ', 'g'));
"""


class Migration(migrations.Migration):
    dependencies = [("consortia", "0005_province_sector_and_source")]

    operations = [
        migrations.RunSQL(FOLDED, "DROP FUNCTION consortia_folded(text)"),
        migrations.AddField(
            model_name="organisation",
            name="folded_name",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("name"), function="consortia_folded", output_field=models.TextField()),
                help_text="The name without case, accents and punctuation, for searching and sorting.",
                output_field=models.TextField(),
            ),
        ),
        migrations.AddIndex(
            model_name="organisation",
            index=models.Index(fields=["folded_name", "id"], name="organisation_folded_name"),
        ),
        migrations.AddIndex(
            model_name="organisation",
            index=models.Index(
                fields=["kvk_number"], name="organisation_kvk_beginning", opclasses=["varchar_pattern_ops"]
            ),
        ),
    ]
