import pytest
from consortia.models import *
from impact import reference
from impact.models import *
from tests import factories

@pytest.mark.django_db(transaction=True)
def test_look(live_server, page):
    reference.load()
    m = factories.user(Role.MANAGER, email="m@example.org")
    v = factories.reported("scale", "2025Q1")
    factories.reported("snel", "2025Q1", upto="submitted")
    out = []
    page.on("console", lambda msg: out.append((page.url, msg.type, msg.text)))
    page.goto(live_server.url + "/admin/")
    page.fill("[name=login]", "m@example.org"); page.fill("[name=password]", factories.PASSWORD)
    page.click("form button[type=submit]")
    page.wait_for_url("**/admin/")
    def shot(name, url=None):
        if url: page.goto(live_server.url + url)
        page.screenshot(path=f"/tmp/shot-{name}.png", full_page=True)
    hip = Consortium.objects.get(slug="scale")
    shot("index")
    shot("hip", f"/admin/consortia/consortium/{hip.pk}/change/")
    shot("hips", "/admin/consortia/consortium/")
    shot("reports", "/admin/impact/quarterlyreport/")
    shot("report", f"/admin/impact/quarterlyreport/{v.report_id}/change/")
    shot("version", f"/admin/impact/reportversion/{v.pk}/change/")
    shot("revise", f"/admin/impact/goal/revise/?id={Goal.objects.first().pk}")
    shot("user", f"/admin/consortia/user/{m.pk}/change/")
    shot("ledger", "/admin/impact/ledgerentry/")
    page.goto(live_server.url + f"/admin/consortia/consortium/lead/?id={hip.pk}")
    page.click(".select2-selection"); page.keyboard.type("Testbe"); page.wait_for_selector(".select2-results__option--selectable, .select2-results__option[aria-selected]")
    page.keyboard.press("Enter")
    page.click(".calendarbox a, .datetimeshortcuts a >> nth=0")
    shot("lead")
    page.click("input[type=submit]")
    page.wait_for_url("**/change/")
    shot("lead-done")
    assert hip.partners.filter(role="lead").count() == 2
    page.goto(live_server.url + "/admin/impact/quarter/")
    page.check("input[value='2025Q1']"); page.select_option("select[name=action]", "close"); page.click("button[name=index]")
    page.fill("textarea", "klaar"); shot("close"); page.click("input[type=submit]"); page.wait_for_url("**/change/")
    page.goto(live_server.url + "/admin/consortia/apitoken/add/"); page.fill("#id_name", "x"); page.click("input[type=submit]"); page.wait_for_url("**/change/")
    shot("token")
    print(out)
    assert not [o for o in out if "Content Security" in o[2]], out
