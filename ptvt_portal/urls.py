"""Every address of the portal. Dutch pages have no prefix, English ones stand below /en/; the rest has no language."""

from allauth.account.decorators import secure_admin_login
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from consortia.views import invitation
from consortia.views import tokens as keys
from events.views import feed
from impact.admin import reference_files
from ptvt_portal import api_reference, discovery, health, pages, search

# Signing in happens in one place, with its rate limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path(".well-known/security.txt", pages.security, name="security"),
    path("robots.txt", discovery.robots, name="robots"),
    path("sitemap.xml", discovery.sitemap, name="sitemap"),
    path("events.ics", feed, name="events-feed"),
    path("", include("ptvt_portal.api")),
    *i18n_patterns(
        path("accounts/email/", pages.closed),
        path("accounts/", include("allauth.account.urls")),
        path("admin/gegevens/", admin.site.admin_view(reference_files.index), name="reference-files"),
        path("admin/gegevens/<slug:code>/", admin.site.admin_view(reference_files.table), name="reference-file"),
        path("admin/", admin.site.urls),
        path("uitnodiging/<str:key>", invitation.accept, name="invitation"),
        path("sleutels", keys.index, name="api-keys"),
        path("sleutels/<uuid:key>/intrekken", keys.revoke, name="api-key-revoke"),
        path("zoeken", search.search, name="search"),
        path("data/api/proberen", api_reference.reference, name="api-reference"),
        path("over", pages.about, name="about"),
        path("toegankelijkheid", pages.accessibility, name="accessibility"),
        path("privacy", pages.privacy, name="privacy"),
        path("contact", pages.contact, name="contact"),
        path("", include("consortia.urls")),
        path("", include("impact.urls")),
        path("", include("events.urls")),
        prefix_default_language=False,
    ),
]

# Below /api/ these answer with problem details, elsewhere with the pages.
handler400 = "ptvt_portal.api_errors.bad_request"
handler403 = "ptvt_portal.api_errors.permission_denied"
handler404 = "ptvt_portal.api_errors.page_not_found"
handler500 = "ptvt_portal.api_errors.server_error"
