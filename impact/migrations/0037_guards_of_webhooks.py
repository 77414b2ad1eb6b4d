"""A webhook stays its owner's and its key's and never goes beyond the ledger; an attempt stays as it was written."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION impact_webhook_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.owner_id, NEW.token_id, NEW.address, NEW.consortium_id)
        IS DISTINCT FROM (OLD.owner_id, OLD.token_id, OLD.address, OLD.consortium_id)
    THEN
        RAISE EXCEPTION 'a webhook stays whose it is and where it goes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.token_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM consortia_apitoken WHERE id = NEW.token_id AND user_id = NEW.owner_id
    ) THEN
        RAISE EXCEPTION 'the key of a webhook is its owner''s' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF GREATEST(NEW.delivered_seq, NEW.sending_seq) > (SELECT COALESCE(MAX(seq), 0) FROM impact_ledgerentry) THEN
        RAISE EXCEPTION 'nothing is sent that is not in the ledger' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON impact_webhook
    FOR EACH ROW EXECUTE FUNCTION impact_webhook_guard();
CREATE TRIGGER stays BEFORE UPDATE ON impact_webhookattempt
    FOR EACH ROW EXECUTE FUNCTION impact_append_only();
"""
BACK = """
DROP TRIGGER stays ON impact_webhookattempt;
DROP FUNCTION impact_webhook_guard() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("impact", "0036_webhooks")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
