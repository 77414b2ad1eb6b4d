"""What a webhook is sent: the entries as `GET /changes` gives them to a caller with a token."""

from collections.abc import Sequence

from django.utils import translation

from consortia.rest import rendering
from impact.api.changes import change
from impact.feed import Change
from impact.models import Webhook


def message(webhook: Webhook, entries: Sequence[Change], upto: int) -> bytes:
    """The body of a message that goes up to a seq, whatever language its worker has set."""
    with translation.override(webhook.owner.language):
        results = [change(each, is_anonymous=False) for each in entries]
        return rendering.dumps({"webhook": webhook.pk, "results": results, "seq": upto})
