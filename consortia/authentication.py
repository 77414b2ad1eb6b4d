"""How a request to the REST API shows who it is from."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from consortia import access, acting, tokens
from consortia.models import ApiToken, User


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN`. A bad token is a 401, also where none is needed."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        key = parts[1].decode("ascii", "replace") if len(parts) == 2 else ""
        token = tokens.recognise(key)
        if token is None:
            raise AuthenticationFailed(_("This token is not valid."))
        acting.is_really(token.user_id)
        if token.consortium_id is not None:
            access.narrow(token.user, token.consortium_id)
        return token.user, token

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"
