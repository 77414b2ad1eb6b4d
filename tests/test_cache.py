"""Pages and sign-in do not need the cache."""

import copy

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import override_settings

from tests import factories

AWAY = copy.deepcopy(settings.CACHES)
AWAY["default"]["LOCATION"] = "unix:///nowhere/redis.sock?db=0"


@override_settings(CACHES=AWAY)
def test_a_cache_that_is_away_is_empty():
    assert cache.get("key") is None
    assert cache.add("key", 1)
    cache.set("key", 1)
    assert cache.get("key") is None


@pytest.mark.django_db
@override_settings(CACHES=AWAY, ACCOUNT_RATE_LIMITS={"login": "300/m/ip", "login_failed": "20/m/ip,5/300s/key"})
def test_one_can_sign_in_while_the_cache_is_away(client, programme):
    person = factories.user("reader")

    response = client.post("/accounts/login/", {"login": person.email, "password": factories.PASSWORD})

    assert response.status_code == 302
    assert client.get("/werk").status_code == 200
