"""Who may call at all; what a role allows is for `access`."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from consortia.models import Scope


class MayCall(BasePermission):
    """A token where one is needed, with the scope to read. What a token may write is judged after visibility."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            if view.is_public and request.method in SAFE_METHODS:
                return True
            raise NotAuthenticated(_("This needs a token: Authorization: Bearer TOKEN."))
        if request.method in SAFE_METHODS:
            view.require_scope(Scope.READ)
        return True
