"""What templates may rely on: notation, states, and the way to the other language."""

from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation


def render(text, *, language="nl", **values):
    with translation.override(language):
        return Template("{% load portal %}" + text).render(Context(values))


def test_a_number_follows_the_language_of_the_page():
    assert render("{{ value|number }}", value=12431) == "12.431"
    assert render("{{ value|number }}", value=12431, language="en") == "12,431"


def test_zero_is_a_number():
    assert render("{{ value|number }}", value=0) == "0"


def test_a_missing_value_is_a_dash_that_is_read_aloud():
    written = render("{{ value|number }}", value=None, language="en")

    assert '<span aria-hidden="true">–</span>' in written
    assert '<span class="visually-hidden">not reported</span>' in written


def test_every_state_has_a_word_and_a_mark():
    for status in ("notStarted", "draft", "submitted", "returned", "accepted", "withdrawn", "provisional", "final"):
        written = render("{% badge status %}", status=status, language="en")
        assert "<path d=" in written
        assert status.lower() in written.lower().replace(" ", "")


def test_an_unknown_state_is_shown_as_it_is_and_escaped():
    assert "&lt;b&gt;" in render("{% badge status %}", status="<b>")


def test_the_other_language_keeps_page_and_query():
    request = RequestFactory().get("/accounts/login/?next=/werk")

    assert render('{% translated_url "en" %}', request=request) == "/en/accounts/login/?next=/werk"


def test_an_address_that_is_no_page_leads_to_the_front_page_of_the_other_language():
    request = RequestFactory().get("/bestaat-niet")

    assert "bestaat-niet" not in render('{% translated_url "en" %}', request=request)
