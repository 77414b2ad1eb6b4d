"""Every address of the portal. Dutch pages have no prefix, English ones stand below /en/; the rest has no language."""

from allauth.account.decorators import secure_admin_login
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from ptvt_portal import health

# Signing in happens in one place, with its rate limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    *i18n_patterns(
        path("accounts/", include("allauth.account.urls")),
        path("admin/", admin.site.urls),
        prefix_default_language=False,
    ),
]
