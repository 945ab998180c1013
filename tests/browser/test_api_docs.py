"""The page of the REST API works offline and under the strict content security policy."""

from playwright.sync_api import ConsoleMessage, Page, Request

from apps.api.services.keys import KeyTerms, create_key
from apps.core import clock
from apps.leads.models import Lead
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.browser.conftest import ON_SITE

pytestmark = ON_SITE


def test_page_shows_every_operation_and_sends_a_request(page: Page, site: str, acme: Tenant) -> None:
    with tenant_scope(acme.id):
        terms = KeyTerms(source="Docs", lead_list=factories.LeadListFactory.create())
        _, text = create_key(terms=terms, created_by=None, at=clock.now())
    complaints: list[str] = []
    outside: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    def watch(request: Request) -> None:
        if not request.url.startswith((site, "data:", "blob:")):
            outside.append(request.url)

    page.on("console", note)
    page.on("request", watch)
    page.goto(f"{site}/api/v1/docs/")
    page.wait_for_selector("#operations-Leads-post_lead")
    operations = page.locator(".opblock").count()

    page.click("button.authorize")
    page.fill("#auth-bearer-value", text)
    page.click(".auth-btn-wrapper button.authorize")
    page.click(".auth-btn-wrapper button.btn-done")
    page.click("#operations-Leads-post_lead .opblock-summary-control")
    page.click("#operations-Leads-post_lead .try-out__btn")
    page.fill("#operations-Leads-post_lead textarea", '{"phone": "(212) 555-0142"}')
    page.click("#operations-Leads-post_lead .execute")
    page.wait_for_selector("#operations-Leads-post_lead .live-responses-table .response-col_status")
    status = page.locator("#operations-Leads-post_lead .live-responses-table tbody .response-col_status").inner_text()

    assert (operations, status.split()[0]) == (5, "201")
    assert (complaints, outside) == ([], [])
    with tenant_scope(acme.id):
        assert Lead.objects.filter(phone="+12125550142").count() == 1
