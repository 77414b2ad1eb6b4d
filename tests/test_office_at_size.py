"""The administration at the size of the whole programme: 15 HIPs × 16 quarters × 30,000 companies.

That lists take as many queries for many rows as for few is tested with every run (tests/*/test_admin.py); here every
page is opened once at the real size, steps and histories too. `make proof`.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from benchmarks.world import People, Size, build
from consortia.models import Consortium, Organisation, Role
from impact import materialise
from impact.admin import reference_files
from impact.models import Quarter
from tests import factories

pytestmark = [pytest.mark.proof, pytest.mark.django_db]

MOST = 30
COMPANIES = 30_000
_STEP_ANSWERS = {200, 302, 404}
"""A step that the state of the row does not allow sends back, or is not there."""


def test_no_page_of_the_administration_takes_more_than_thirty_queries_at_the_real_size():
    build(Size(COMPANIES, 200_000), People.make())
    materialise.roll_up()
    assert Consortium.objects.count() == 15
    assert Quarter.objects.count() >= 16
    assert Organisation.objects.count() >= COMPANIES
    manager = factories.user(Role.MANAGER)
    office = Client()
    office.force_login(manager)
    office.get(reverse("admin:index"))  # content types are remembered after the first time

    too_many = {}
    for address in pages(manager):
        with CaptureQueriesContext(connection) as captured:
            answer = office.get(address)
        assert answer.status_code in _STEP_ANSWERS, address
        if len(captured) > MOST:
            too_many[address] = len(captured)
    assert too_many == {}


def pages(manager: Any) -> Iterator[str]:
    request = RequestFactory().get("/")
    request.user = manager
    yield reverse("admin:index")
    yield reverse("search") + "?q=bedrijf"
    yield reverse("admin:admin_logentry_changes")
    yield reverse("reference-files")
    yield from (reverse("reference-file", args=[code]) for code in reference_files.TABLES)
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        if model_admin.has_add_permission(request):
            yield reverse(f"{name}_add")
        keys = model._default_manager.order_by("pk").values_list("pk", flat=True)
        for key in {keys.first(), keys.last()} - {None}:
            yield reverse(f"{name}_change", args=[key])
            yield reverse(f"{name}_history", args=[key])
            for step in getattr(model_admin, "steps", dict)():
                try:
                    yield reverse(f"{name}_{step}") + f"?id={key}"
                except NoReverseMatch:
                    continue
