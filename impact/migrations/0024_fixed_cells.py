"""What a selective return keeps as it was handed in, and that no writer changes it."""

import django.contrib.postgres.fields
from django.db import migrations, models

FUNCTIONS = r"""
-- What may change in the version of this number: what was returned of the one before it; null: everything. A
-- withdrawal since the return frees the report.
CREATE FUNCTION impact_places_returned(report uuid, version_number integer) RETURNS text[] LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp AS $$
DECLARE
    prior impact_reportversion;
BEGIN
    SELECT * INTO prior FROM impact_reportversion
        WHERE report_id = report AND number < version_number ORDER BY number DESC LIMIT 1;
    IF prior.status IS DISTINCT FROM 'returned' OR EXISTS (
        SELECT 1 FROM (
            SELECT kind, recorded_at FROM impact_ledgerentry
            WHERE report_id = report AND kind IN ('counts', 'withdrawn') ORDER BY seq DESC LIMIT 1
        ) newest
        WHERE kind = 'withdrawn' AND recorded_at >= prior.reviewed_at
    ) THEN
        RETURN NULL;
    END IF;
    RETURN (
        SELECT array_agg(DISTINCT remark ->> 'place') FROM jsonb_array_elements(prior.review_remarks) remark
        WHERE remark ? 'place'
    );
END $$;

CREATE FUNCTION impact_place(VARIADIC parts text[]) RETURNS text LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp AS $$
    SELECT string_agg('/' || replace(replace(coalesce(part, ''), '~', '~0'), '/', '~1'), '' ORDER BY position)
    FROM unnest(parts) WITH ORDINALITY AS each(part, position)
$$;

-- The rows of a version as they were reported, each with every place that it lies in.
CREATE FUNCTION impact_reported_rows(version bigint) RETURNS TABLE (section text, names text[], says jsonb)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT 'figures', ARRAY['', '/figures', impact_place('figures', indicator.code, coalesce(line.code, '-'))],
        to_jsonb(figure) - '{id,version_id,position}'::text[]
    FROM impact_figure figure
    JOIN impact_indicator indicator ON indicator.id = figure.indicator_id
    LEFT JOIN consortia_actionline line ON line.id = figure.action_line_id
    WHERE figure.version_id = version
    UNION ALL
    SELECT 'participations', ARRAY['', '/participations'] || ARRAY(
            SELECT place FROM unnest(ARRAY[taking_part.kvk_number, taking_part.institution_code]) identifier,
                unnest(ARRAY[
                    impact_place('participations', identifier),
                    impact_place('participations', identifier, line.code, taking_part.involvement)
                ]) place
            WHERE identifier <> ''
        ),
        -- The organisation as it was reported: what the register makes of it may have changed.
        to_jsonb(taking_part) - '{id,version_id,position,organisation_id}'::text[]
    FROM impact_participation taking_part
    JOIN consortia_actionline line ON line.id = taking_part.action_line_id
    WHERE taking_part.version_id = version
    UNION ALL
    SELECT 'unidentifiedCompanies',
        ARRAY['', '/unidentifiedCompanies', impact_place('unidentifiedCompanies', line.code)],
        to_jsonb(counted) - '{id,version_id,position}'::text[]
    FROM impact_unidentifiedcount counted
    JOIN consortia_actionline line ON line.id = counted.action_line_id
    WHERE counted.version_id = version
    UNION ALL
    SELECT 'headcounts', ARRAY['', '/headcounts', impact_place(
            'headcounts', people."group", people.category, line.code, people.institution_code
        )],
        to_jsonb(people) - '{id,version_id,position}'::text[]
    FROM impact_headcount people
    JOIN consortia_actionline line ON line.id = people.action_line_id
    WHERE people.version_id = version
$$;

-- Whether a row that was handed in cannot be stored again: its indicator means something else by now, its
-- organisation stands in this line and this way under its other number, or is no single organisation any more.
CREATE FUNCTION impact_cannot_stand(section text, says jsonb, version bigint) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT CASE section
        WHEN 'figures' THEN EXISTS (
            SELECT 1 FROM impact_reportversion
            JOIN impact_quarterlyreport report ON report.id = impact_reportversion.report_id
            JOIN impact_quarter quarter ON quarter.id = report.quarter_id
            LEFT JOIN LATERAL (
                SELECT definition.* FROM impact_indicatordefinition definition
                JOIN impact_ledgerentry entry ON entry.definition_id = definition.id
                JOIN impact_quarter since ON since.id = definition.from_quarter_id
                WHERE definition.indicator_id = (says ->> 'indicator_id')::bigint AND since.index <= quarter.index
                ORDER BY since.index DESC, entry.seq DESC LIMIT 1
            ) definition ON true
            WHERE impact_reportversion.id = version AND (
                definition.id IS NULL
                OR definition.source <> 'entered'
                OR definition.by_action_line <> (says ->> 'action_line_id' IS NOT NULL)
                OR (definition.kind = 'ratio') <> (says ->> 'numerator' IS NOT NULL)
                OR (definition.unit <> 'euro' AND (says ->> 'value')::numeric <> trunc((says ->> 'value')::numeric))
            )
        )
        WHEN 'participations' THEN EXISTS (
            SELECT 1 FROM impact_participation other
            JOIN consortia_organisation organisation ON organisation.id = other.organisation_id
            WHERE other.version_id = version AND other.action_line_id = (says ->> 'action_line_id')::bigint
                AND other.involvement = says ->> 'involvement'
                AND (
                    organisation.kvk_number = nullif(says ->> 'kvk_number', '')
                    OR organisation.institution_code = nullif(says ->> 'institution_code', '')
                )
        ) OR (says ->> 'kvk_number' <> '' AND says ->> 'institution_code' <> '' AND (
            SELECT count(*) > 1 OR bool_or(
                coalesce(kvk_number, '') NOT IN ('', says ->> 'kvk_number')
                OR coalesce(institution_code, '') NOT IN ('', says ->> 'institution_code')
            )
            FROM consortia_organisation
            WHERE is_listed
                AND (kvk_number = says ->> 'kvk_number' OR institution_code = says ->> 'institution_code')
        ))
        ELSE false
    END
$$;

CREATE FUNCTION impact_fixed_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    returned text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        returned := impact_places_returned(NEW.report_id, NEW.number);
        IF (returned IS NULL) <> (NEW.fixed_except IS NULL)
            OR NOT (coalesce(returned, '{}') @> coalesce(NEW.fixed_except, '{}')
                AND coalesce(returned, '{}') <@ coalesce(NEW.fixed_except, '{}'))
        THEN
            RAISE EXCEPTION 'what may change is what the reviewer returned'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF returned IS NOT NULL AND NEW.prefilled_from_id IS DISTINCT FROM (
            SELECT id FROM impact_reportversion
            WHERE report_id = NEW.report_id AND number < NEW.number ORDER BY number DESC LIMIT 1
        ) THEN
            RAISE EXCEPTION 'what is fixed is what was returned last' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.prefilled_from_id, NEW.fixed_except) IS DISTINCT FROM (OLD.prefilled_from_id, OLD.fixed_except) THEN
        RAISE EXCEPTION 'a version stays what it began as' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.fixed_except IS NOT NULL AND OLD.status = 'draft' AND NEW.status = 'submitted' AND (
        EXISTS (
            SELECT section, says FROM impact_reported_rows(NEW.id) WHERE NOT names && NEW.fixed_except
            EXCEPT SELECT section, says FROM impact_reported_rows(NEW.prefilled_from_id)
        )
        OR EXISTS (
            SELECT 1 FROM (
                SELECT section, says FROM impact_reported_rows(NEW.prefilled_from_id)
                WHERE NOT names && NEW.fixed_except
                EXCEPT SELECT section, says FROM impact_reported_rows(NEW.id)
            ) missing
            WHERE NOT impact_cannot_stand(missing.section, missing.says, NEW.id)
        )
    ) THEN
        RAISE EXCEPTION 'only what the reviewer returned may change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER fixed_guard BEFORE INSERT OR UPDATE ON impact_reportversion
    FOR EACH ROW EXECUTE FUNCTION impact_fixed_guard();
"""

UNDONE = """
DROP FUNCTION impact_fixed_guard() CASCADE;
DROP FUNCTION impact_cannot_stand(text, jsonb, bigint);
DROP FUNCTION impact_reported_rows(bigint);
DROP FUNCTION impact_place(text[]);
DROP FUNCTION impact_places_returned(uuid, integer);
"""


class Migration(migrations.Migration):
    dependencies = [("impact", "0023_guards_of_budgets")]

    operations = [
        migrations.AddField(
            model_name="reportversion",
            name="fixed_except",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                editable=False,
                help_text="The places that were returned of the version before (see `impact.returning`); null: everything.",
                null=True,
                size=None,
                verbose_name="may change",
            ),
        ),
        migrations.AlterField(
            model_name="reportversion",
            name="review_remarks",
            field=models.JSONField(
                default=list,
                help_text="[{pointer, comment, place}]: what it names, and that as a place (see `impact.returning`).",
                verbose_name="remarks of the reviewer at places",
            ),
        ),
        migrations.RunSQL(FUNCTIONS, UNDONE),
    ]
