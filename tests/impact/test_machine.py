"""The proof that the counting engine is exact: random histories beside a brute-force model. See `proof_machine`."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.impact import small_world
from tests.impact.proof_machine import Proof

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

SETTINGS: dict[str, Any] = {
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "print_blob": True,
}


def prove(**given: Any) -> None:
    small_world.build()
    run_state_machine_as_test(Proof, settings=settings(**SETTINGS, **given))


def test_every_surface_equals_brute_force_after_every_step_of_some_histories():
    prove(max_examples=5, stateful_step_count=12)


@pytest.mark.proof
@pytest.mark.parametrize(
    "half", [pytest.param(half, marks=pytest.mark.xdist_group(f"histories {half}")) for half in (1, 2)]
)
def test_every_surface_equals_brute_force_after_every_step_of_many_long_histories(half):
    prove(max_examples=100, stateful_step_count=50, phases=[Phase.generate, Phase.shrink])
