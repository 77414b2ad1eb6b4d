"""Addresses of the pages of impact, Dutch in every language: what everybody may read, then the work."""

from django.urls import URLPattern, path

from impact.views import (
    cells,
    codebook,
    dashboard,
    dynamics,
    evidence,
    extensions,
    hips,
    lineage,
    manual,
    nil,
    open_data,
    organisation_list,
    organisation_rows,
    overlap,
    register,
    report,
    review,
    steps,
    teamwork,
    versions,
    vintages,
    work,
    workbook,
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
    path("handleiding", manual.manual, name="manual"),
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
    path("rapportages/<slug:slug>/<slug:period>/cellen", cells.report_cells, name="report_cells"),
    path("rapportages/<slug:slug>/<slug:period>/niets-gebeurd", nil.report_nil, name="report_nil"),
    path(
        "rapportages/<slug:slug>/<slug:period>/organisaties",
        organisation_rows.report_organisations,
        name="report_organisations",
    ),
    path("rapportages/<slug:slug>/<slug:period>/indienen", steps.submit, name="report_submit"),
    path("rapportages/<slug:slug>/<slug:period>/versies", versions.versions, name="report_versions"),
    path("rapportages/<slug:slug>/<slug:period>/versies/vergelijken", versions.compare, name="report_versions_compare"),
    path(
        "rapportages/<slug:slug>/<slug:period>/versies/<int:number>/ontvangstbewijs.pdf",
        versions.report_receipt,
        name="report_receipt",
    ),
    path("rapportages/<slug:slug>/<slug:period>/corrigeren", steps.correct, name="report_correct"),
    path("rapportages/<slug:slug>/<slug:period>/intrekken", steps.withdraw, name="report_withdraw"),
    path("rapportages/<slug:slug>/<slug:period>/samenwerken", teamwork.together, name="report_together"),
    path("rapportages/<slug:slug>/<slug:period>/bewijs", evidence.evidence, name="report_evidence"),
    path("rapportages/<slug:slug>/<slug:period>/bewijs/<uuid:id>", evidence.file, name="report_evidence_file"),
    path("rapportages/<slug:slug>/<slug:period>/uitstel", extensions.ask, name="report_extension"),
    path("rapportages/<slug:slug>/<slug:period>/lijst", organisation_list.receive, name="report_list"),
    path("rapportages/<slug:slug>/<slug:period>/lijst/<uuid:id>", organisation_list.upload, name="report_list_upload"),
    path(
        "rapportages/<slug:slug>/<slug:period>/lijst/<uuid:id>/geweigerd.csv",
        organisation_list.refused,
        name="report_list_refused",
    ),
    path("rapportages/<slug:slug>/<slug:period>/werkboek", workbook.workbook, name="report_workbook"),
    path("rapportages/<slug:slug>/<slug:period>/werkboek.xlsx", workbook.download, name="report_workbook_file"),
    path("rapportages/<slug:slug>/<slug:period>/werkboek/<uuid:key>", workbook.upload, name="report_workbook_upload"),
    path(
        "rapportages/<slug:slug>/<slug:period>/werkboek/<uuid:key>/gemarkeerd.xlsx",
        workbook.marked,
        name="report_workbook_marked",
    ),
    path("beoordelen", review.reviews, name="reviews"),
    path("beoordelen/<slug:slug>/<slug:period>", review.review, name="review"),
]

app_name = "impact"
urlpatterns = PUBLIC_PAGES + WORK_PAGES
