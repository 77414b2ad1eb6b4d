"""What the description says of the API is true of whatever is sent: schemathesis, with the keys of three roles.

It makes up requests from the description, good and bad ones, and judges every answer by it. Names that exist are mixed
into what it makes up, so that more than "not found" is judged.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, HookContext
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup

from consortia.models import Organisation, Role
from impact import vintages
from ptvt_portal.wsgi import application
from tests import factories
from tests.api.conftest import caller
from tests.factories import company, figure, headcount

pytestmark = [pytest.mark.proof, pytest.mark.django_db, pytest.mark.usefixtures("programme")]

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "200"))
"""Requests per call and role, at least."""

KNOWN: dict[str, list[Any]] = {
    "consortium": ["scale", "snel", "people", "none"],
    "otherConsortium": ["scale", "snel"],
    "slug": ["scale", "snel"],
    "period": ["2025Q1", "2025Q2"],
    "periodFrom": ["2025Q1"],
    "periodTo": ["2025Q2"],
    "actionLine": ["innovation", "talent", "none"],
    "indicator": ["companies", "students", "assignments"],
    "asOf": ["1", "2025-12-31", "2026-01-01T00:00:00Z"],
    "number": [1, 2],
    "pageSize": [1, 100],
}
CONFLICTS = ["2xx", "3xx", "400", "401", "403", "404", "406", "409", "412", "415", "428"]
"""A description cannot say which names exist, nor in which state a report is: 400 and 409 may follow on good data."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports in every state, a vintage and organisations; and one transaction around it all."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    factories.reported(
        "scale", "2025Q1", figure("assignments", 5), company(1), company(2), headcount(10, 5, category="mbo")
    )
    factories.reported("snel", "2025Q1", figure("assignments", 7), upto="submitted")
    factories.reported("people", "2025Q1", company(3), upto="draft")
    vintages.publish(actor=factories.user(Role.MANAGER), code="eerste", name="Eerste")


@pytest.fixture
def described(world: None) -> Iterator[Callable[[], Any]]:
    """Reads the description; each reading has hooks of its own."""
    config = SchemathesisConfig.from_dict(
        {
            "generation": {"mode": "all", "no-shrink": True},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": CONFLICTS},
                "negative_data_rejection": {"expected-statuses": ["4xx"]},
                "missing_required_header": {"expected-statuses": ["4xx"]},
            },
        }
    )
    yield lambda: schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, config=config)
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def with_known_names(context: HookContext, made_up: dict[str, Any] | None) -> st.SearchStrategy[Any]:
    """Puts names that exist in the place of some that were made up."""
    if not made_up:
        return st.just(made_up)
    names = KNOWN | {"id": ["eerste", *map(str, Organisation.objects.values_list("pk", flat=True)[:2])]}
    return st.fixed_dictionaries(
        {
            name: st.one_of(st.just(value), st.sampled_from(names[name])) if name in names else st.just(value)
            for name, value in made_up.items()
        }
    )


@pytest.mark.parametrize(
    "role",
    [
        pytest.param(role, marks=pytest.mark.xdist_group(f"described {role}"))
        for role in (Role.READER, Role.COORDINATOR, Role.MANAGER)
    ],
)
def test_every_answer_is_as_described(described: Callable[[], Any], role: Role) -> None:
    key = caller(role, "scale") if role == Role.COORDINATOR else caller(role)
    headers = {"Authorization": f"Bearer {key.token}", "Accept-Encoding": "identity"}
    good, bad = described(), described()
    # Only what is good: a bad name that is replaced by one that exists would be bad no more.
    good.hook("flatmap_path_parameters")(with_known_names)
    good.hook("flatmap_query")(with_known_names)
    failures: list[str] = []
    calls = 0
    for schema, mode in ((good, GenerationMode.POSITIVE), (bad, GenerationMode.NEGATIVE)):
        for result in schema.get_all_operations():
            operation = result.ok()

            @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
            @hypothesis.settings(
                max_examples=EXAMPLES // 2,
                deadline=None,
                database=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            def judged(case: Any) -> None:
                nonlocal calls
                calls += 1
                case.call_and_validate(headers=headers)

            try:
                judged()
            except Unsatisfiable:
                # Nothing that is sent with it could be bad.
                continue
            except (Exception, FailureGroup) as error:  # noqa: BLE001 - all operations are told at once
                failures.append(f"{operation.label}, {mode} data: {error}")
    print(f"{role}: {calls} calls")  # noqa: T201
    assert not failures, f"{len(failures)} operations:\n" + "\n\n".join(failures)
    assert calls >= 40 * (EXAMPLES // 2)
