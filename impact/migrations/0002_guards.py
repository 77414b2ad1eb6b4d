"""What no writer can do, whatever role it has: change what was handed in, what is decided, or the ledger.

Statement triggers with transition tables, because a version has thousands of rows.
"""

from django.db import migrations

LOCK = 72_001
ROW_TABLES = ("figure", "participation", "unidentifiedcount", "headcount")
APPEND_ONLY = (
    "ledgerentry",
    "reportevent",
    "versionauthor",
    "goalrevision",
    "milestone",
    "indicatordefinition",
)

FUNCTIONS = f"""
CREATE FUNCTION impact_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- The rows of a version can change only while it is a draft. The share lock makes a submission that is
-- under way finish first.
CREATE FUNCTION impact_rows_frozen() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM impact_reportversion
        WHERE id IN (SELECT version_id FROM changed) ORDER BY id FOR SHARE;
    IF EXISTS (
        SELECT 1 FROM impact_reportversion
        WHERE id IN (SELECT version_id FROM changed) AND status <> 'draft'
    ) THEN
        RAISE EXCEPTION 'content of a version is frozen at submission (%)', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION impact_version_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' THEN
            RAISE EXCEPTION 'a version begins as a draft' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'draft' THEN
            RAISE EXCEPTION 'a version that was submitted stays' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.id, NEW.report_id, NEW.number) IS DISTINCT FROM (OLD.id, OLD.report_id, OLD.number) THEN
        RAISE EXCEPTION 'a version stays where it is' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT (
        (OLD.status = 'draft' AND NEW.status IN ('draft', 'submitted'))
        OR (OLD.status = 'submitted' AND NEW.status IN ('accepted', 'returned'))
    ) THEN
        RAISE EXCEPTION 'a version that is % cannot change to %', OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status = 'submitted' AND (
        NEW.prefilled_from_id, NEW.opened_by_id, NEW.opened_at, NEW.correction_code, NEW.correction_reason,
        NEW.content_hash, NEW.submitted_by_id, NEW.submitted_at, NEW.comment, NEW.warnings
    ) IS DISTINCT FROM (
        OLD.prefilled_from_id, OLD.opened_by_id, OLD.opened_at, OLD.correction_code, OLD.correction_reason,
        OLD.content_hash, OLD.submitted_by_id, OLD.submitted_at, OLD.comment, OLD.warnings
    ) THEN
        RAISE EXCEPTION 'what was submitted is frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.reviewed_by_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM impact_versionauthor WHERE version_id = NEW.id AND user_id = NEW.reviewed_by_id
    ) THEN
        RAISE EXCEPTION 'nobody reviews what they entered (four eyes)'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION impact_author_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT status FROM impact_reportversion WHERE id = NEW.version_id FOR SHARE) <> 'draft' THEN
        RAISE EXCEPTION 'a version gets its authors while it is a draft'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

-- Gives the sequence number and the time under a lock that is held until commit: entries become visible in
-- their order. A replayed time is accepted for demonstration data only.
CREATE FUNCTION impact_ledger_append() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    last_seq bigint;
    last_time timestamptz;
    newest text;
BEGIN
    PERFORM pg_advisory_xact_lock({LOCK});
    SELECT seq, recorded_at INTO last_seq, last_time FROM impact_ledgerentry ORDER BY seq DESC LIMIT 1;
    NEW.seq := coalesce(last_seq, 0) + 1;
    IF NEW.recorded_at IS NULL THEN
        NEW.recorded_at := greatest(clock_timestamp(), last_time + interval '1 microsecond');
    ELSIF NOT EXISTS (SELECT 1 FROM consortia_programme WHERE is_demo)
        OR NEW.recorded_at < last_time OR NEW.recorded_at > clock_timestamp() THEN
        RAISE EXCEPTION 'the ledger takes its own time' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.kind = 'counts' AND NOT EXISTS (
        SELECT 1 FROM impact_reportversion version
        WHERE version.id = NEW.version_id AND version.report_id = NEW.report_id
            AND version.status = 'accepted' AND version.reviewed_by_id = NEW.actor_id
    ) THEN
        RAISE EXCEPTION 'only an accepted version counts, by who accepted it'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.kind = 'withdrawn' THEN
        SELECT kind INTO newest FROM impact_ledgerentry
            WHERE report_id = NEW.report_id ORDER BY seq DESC LIMIT 1;
        IF newest IS DISTINCT FROM 'counts' THEN
            RAISE EXCEPTION 'nothing counts for this report' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    IF NEW.quarter_id IS NOT NULL THEN
        SELECT kind INTO newest FROM impact_ledgerentry
            WHERE quarter_id = NEW.quarter_id ORDER BY seq DESC LIMIT 1;
        IF (newest IS NOT DISTINCT FROM 'quarter-closed') = (NEW.kind = 'quarter-closed') THEN
            RAISE EXCEPTION 'the quarter already is so' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

-- A figure fits the definition that is in force in its quarter.
CREATE FUNCTION impact_figure_fits() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM changed
        JOIN impact_reportversion version ON version.id = changed.version_id
        JOIN impact_quarterlyreport report ON report.id = version.report_id
        JOIN impact_quarter quarter ON quarter.id = report.quarter_id
        LEFT JOIN LATERAL (
            SELECT definition.* FROM impact_indicatordefinition definition
            JOIN impact_ledgerentry entry ON entry.definition_id = definition.id
            JOIN impact_quarter since ON since.id = definition.from_quarter_id
            WHERE definition.indicator_id = changed.indicator_id AND since.index <= quarter.index
            ORDER BY since.index DESC, entry.seq DESC LIMIT 1
        ) definition ON true
        WHERE definition.id IS NULL
            OR definition.source <> 'entered'
            OR definition.by_action_line <> (changed.action_line_id IS NOT NULL)
            OR (definition.kind = 'ratio') <> (changed.numerator IS NOT NULL)
            OR (definition.unit <> 'euro' AND changed.value <> trunc(changed.value))
    ) THEN
        RAISE EXCEPTION 'a figure does not fit the definition of its indicator'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION impact_milestone_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM impact_ledgerentry WHERE goal_revision_id = NEW.revision_id) THEN
        RAISE EXCEPTION 'a goal revision in the ledger is fixed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION impact_quarter_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.index, NEW.start_date, NEW.end_date)
        IS DISTINCT FROM (OLD.id, OLD.index, OLD.start_date, OLD.end_date) THEN
        RAISE EXCEPTION 'only the due date of a quarter changes'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION impact_goal_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.code, NEW.indicator_id, NEW.measure) IS DISTINCT FROM (OLD.code, OLD.indicator_id, OLD.measure)
        AND EXISTS (SELECT 1 FROM impact_goalrevision WHERE goal_id = OLD.id) THEN
        RAISE EXCEPTION 'what a goal looks at is fixed once it is set'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION impact_code_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.code IS DISTINCT FROM OLD.code THEN
        RAISE EXCEPTION 'a code is fixed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION impact_demo_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (TG_OP <> 'UPDATE' OR NEW.is_demo IS DISTINCT FROM OLD.is_demo)
        AND EXISTS (SELECT 1 FROM impact_ledgerentry) THEN
        RAISE EXCEPTION 'what the programme is, is said before anything is in the ledger'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

CREATE FUNCTION impact_report_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.consortium_id, NEW.quarter_id) IS DISTINCT FROM (OLD.id, OLD.consortium_id, OLD.quarter_id) THEN
        RAISE EXCEPTION 'a report stays that of its HIP and quarter' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

-- Another action line would appear in figures as of before it existed.
CREATE FUNCTION impact_line_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM impact_ledgerentry) THEN
        RAISE EXCEPTION 'the action lines are fixed once the ledger has begun'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
"""

TRIGGERS = "\n".join(
    [
        *(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON impact_{table} "
            "FOR EACH ROW EXECUTE FUNCTION impact_append_only();"
            for table in APPEND_ONLY
        ),
        *(
            f"CREATE TRIGGER frozen_{name} AFTER {event} ON impact_{table} "
            f"REFERENCING {which} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION impact_rows_frozen();"
            for table in ROW_TABLES
            for name, event, which in (
                ("insert", "INSERT", "NEW"),
                ("update_from", "UPDATE", "OLD"),
                ("update_to", "UPDATE", "NEW"),
                ("delete", "DELETE", "OLD"),
            )
        ),
        *(
            f"CREATE TRIGGER fits_{event.lower()} AFTER {event} ON impact_figure "
            "REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION impact_figure_fits();"
            for event in ("INSERT", "UPDATE")
        ),
        "CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON impact_reportversion "
        "FOR EACH ROW EXECUTE FUNCTION impact_version_guard();",
        "CREATE TRIGGER guard BEFORE INSERT ON impact_versionauthor "
        "FOR EACH ROW EXECUTE FUNCTION impact_author_guard();",
        "CREATE TRIGGER give_seq BEFORE INSERT ON impact_ledgerentry "
        "FOR EACH ROW EXECUTE FUNCTION impact_ledger_append();",
        "CREATE TRIGGER guard BEFORE INSERT ON impact_milestone "
        "FOR EACH ROW EXECUTE FUNCTION impact_milestone_guard();",
        "CREATE TRIGGER guard BEFORE UPDATE ON impact_quarter FOR EACH ROW EXECUTE FUNCTION impact_quarter_guard();",
        "CREATE TRIGGER guard BEFORE UPDATE ON impact_goal FOR EACH ROW EXECUTE FUNCTION impact_goal_guard();",
        "CREATE TRIGGER code_guard BEFORE UPDATE ON impact_indicator "
        "FOR EACH ROW EXECUTE FUNCTION impact_code_guard();",
        "CREATE TRIGGER code_guard BEFORE UPDATE ON consortia_actionline "
        "FOR EACH ROW EXECUTE FUNCTION impact_code_guard();",
        "CREATE TRIGGER line_guard BEFORE INSERT OR DELETE ON consortia_actionline "
        "FOR EACH ROW EXECUTE FUNCTION impact_line_guard();",
        "CREATE TRIGGER guard BEFORE UPDATE ON impact_quarterlyreport "
        "FOR EACH ROW EXECUTE FUNCTION impact_report_guard();",
        "CREATE TRIGGER demo_guard BEFORE INSERT OR UPDATE OR DELETE ON consortia_programme "
        "FOR EACH ROW EXECUTE FUNCTION impact_demo_guard();",
    ]
)

NAMES = (
    "append_only", "rows_frozen", "version_guard", "author_guard", "ledger_append", "figure_fits",
    "milestone_guard", "quarter_guard", "goal_guard",
    "report_guard",
    "line_guard", "code_guard", "demo_guard",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("impact", "0001_initial")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS + TRIGGERS,
            "\n".join(f"DROP FUNCTION impact_{name}() CASCADE;" for name in NAMES),
        )
    ]
