"""Who edited what in the administration: names, texts and other reference data, which are not in the ledger."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy as _

from consortia.admin.office import RecordAdmin


@admin.register(LogEntry)
class HistoryAdmin(RecordAdmin):
    list_display = ["action_time", "user", "content_type", "object_repr", "action_flag", "message"]
    list_filter = ["action_flag", "content_type"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "user__email", "user__name"]
    fields = ["action_time", "user", "content_type", "object_repr", "action_flag", "message"]

    @admin.display(description=_("what changed"))
    def message(self, entry: LogEntry) -> str:
        return entry.get_change_message()
