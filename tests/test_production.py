"""Production does without demo accounts, from the start and for ever."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from ptvt_portal import production
from tests import factories

pytestmark = pytest.mark.django_db


def test_production_does_not_start_with_a_demo_account(settings, programme):
    factories.user("reader", is_demo=True)
    settings.PRODUCTION = True

    with pytest.raises(ImproperlyConfigured, match="demo accounts"):
        production.refuse_demo_accounts()


def test_production_is_not_ready_while_there_is_a_demo_account(settings, client, programme):
    settings.PRODUCTION = True
    assert client.get("/health/ready").status_code == 200

    factories.user("reader", is_demo=True)

    assert client.get("/health/ready").status_code == 503


def test_elsewhere_demo_accounts_are_welcome(client, programme):
    factories.user("reader", is_demo=True)

    production.refuse_demo_accounts()
    assert client.get("/health/ready").status_code == 200
