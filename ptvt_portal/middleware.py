from django.http import HttpRequest
from django.middleware.common import CommonMiddleware


class PagesCommonMiddleware(CommonMiddleware):
    """Adds a missing slash to the addresses of pages only: below /api/, one with a slash is another address."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return not request.path_info.startswith("/api/") and super().should_redirect_with_slash(request)
