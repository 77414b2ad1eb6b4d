"""The reference data as a fixture: the fifteen HIPs, the codebook, the quarters and the goals."""

import pytest

from consortia.models import Programme
from impact import reference


@pytest.fixture
def programme(db: None) -> Programme:
    """What a new installation starts with, loaded as `manage.py load_programme` does."""
    reference.load()
    return Programme.objects.get()
