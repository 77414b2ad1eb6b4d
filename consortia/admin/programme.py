"""Texts of the programme, its action lines and its themes."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from consortia.admin.office import OfficeAdmin
from consortia.models import ActionLine, Programme, Theme


@admin.register(Programme)
class ProgrammeAdmin(OfficeAdmin):
    """One row, made with the reference data."""

    may_add = False
    list_display = ["name_nl", "contact_name", "contact_email", "is_demo"]
    readonly_fields = ["is_demo"]


@admin.register(ActionLine)
class ActionLineAdmin(OfficeAdmin):
    """The five lines stand in the plan of the programme: their texts are edited, their number and order are not."""

    may_add = False
    list_display = ["name_nl", "code", "order", "name_en"]
    search_fields = ["code", "name_nl", "name_en"]
    readonly_fields = ["code", "order"]


@admin.register(Theme)
class ThemeAdmin(OfficeAdmin):
    may_delete = True
    list_display = ["name_nl", "name_en", "slug"]
    search_fields = ["slug", "name_nl", "name_en"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["slug"] if obj else []
