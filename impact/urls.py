"""Addresses of the pages of impact, Dutch in every language: what everybody may read, then the work."""

from django.urls import URLPattern, path

from impact.views import (
    codebook,
    dashboard,
    dynamics,
    hips,
    lineage,
    open_data,
    overlap,
    register,
    report,
    review,
    steps,
    vintages,
    work,
)

PUBLIC_PAGES: list[URLPattern] = [
    path("", dashboard.dashboard, name="dashboard"),
    path("hips", hips.hips, name="hips"),
    path("hips/<slug:slug>", hips.hip, name="hip"),
    path("indicatoren", codebook.indicators, name="indicators"),
    path("indicatoren/<slug:code>", codebook.indicator, name="indicator"),
    path("actielijnen/<slug:code>", codebook.action_line, name="action_line"),
    path("cijfers/waarom", lineage.lineage, name="lineage"),
    path("data", open_data.data, name="data"),
    path("data/clients/<str:name>", open_data.client, name="client"),
    path("edities", vintages.index, name="vintages"),
    path("edities/<str:code>", vintages.vintage, name="vintage"),
    path("edities/<str:code>/figures.csv", vintages.figures_as_csv, name="vintage_figures"),
    path("edities/<str:code>/roll-ups.csv", vintages.roll_ups_as_csv, name="vintage_roll_ups"),
    path("edities/<str:code>/verschil", vintages.difference, name="vintage_difference"),
    path("overlap", overlap.overlaps, name="overlap"),
    path("overlap/organisaties", overlap.organisations, name="overlap_organisations"),
    path("overlap/verloop", dynamics.dynamics, name="dynamics"),
]

WORK_PAGES: list[URLPattern] = [
    path("werk", work.work, name="work"),
    path("register", register.organisations, name="register"),
    path("register/<uuid:id>", register.organisation, name="organisation"),
    path("rapportages/<slug:slug>/<slug:period>", report.report, name="report"),
    path("rapportages/<slug:slug>/<slug:period>/controle", steps.check, name="report_check"),
    path("rapportages/<slug:slug>/<slug:period>/indienen", steps.submit, name="report_submit"),
    path("rapportages/<slug:slug>/<slug:period>/versies", steps.versions, name="report_versions"),
    path("rapportages/<slug:slug>/<slug:period>/corrigeren", steps.correct, name="report_correct"),
    path("rapportages/<slug:slug>/<slug:period>/intrekken", steps.withdraw, name="report_withdraw"),
    path("beoordelen", review.reviews, name="reviews"),
    path("beoordelen/<slug:slug>/<slug:period>", review.review, name="review"),
]

app_name = "impact"
urlpatterns = PUBLIC_PAGES + WORK_PAGES
