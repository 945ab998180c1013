"""Setting up and using a second factor under the strict content security policy, in a real browser."""

import pytest
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Page, expect

from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests.browser.conftest import ON_SITE, PASSWORD

pytestmark = ON_SITE


@pytest.fixture
def address(site: str, acme: Tenant) -> str:
    """The site by name, as security keys need it, with a tenant that asks for a second factor."""
    with tenant_scope(acme.id):
        Tenant.objects.filter(id=acme.id).update(is_mfa_required=True)
    return site.replace("127.0.0.1", "localhost")


def sign_in(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}{path}")
    page.get_by_label("Email").fill("manager@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def confirm_password(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def code_of(secret: str) -> str:
    # The present one of those that are taken, not the first: that is refused when half a minute ends meanwhile.
    _, counter, _ = yield_hotp_counters_from_time()
    return f"{hotp_value(secret, counter):06d}"


def test_authenticator_app_opens_the_tenant(page: Page, address: str, faults: list[str]) -> None:
    sign_in(page, address, "/t/acme/numbers/")
    expect(page.get_by_role("heading", name="A second factor is needed")).to_be_visible()
    page.get_by_role("link", name="Use an authenticator app").click()
    confirm_password(page)
    expect(page.locator("img.qr")).to_be_visible()
    page.get_by_label("Authenticator code").fill(code_of(page.get_by_label("Authenticator secret").input_value()))
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_label("Unused codes")).to_be_visible()
    page.get_by_role("link", name="Back to work").click()
    expect(page).to_have_url(f"{address}/t/acme/overview/")
    assert faults == []


def test_security_key_opens_the_tenant_and_signs_in(page: Page, address: str, faults: list[str]) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key})
    sign_in(page, address, "/t/acme/numbers/")
    page.get_by_role("link", name="Use a security key").click()
    confirm_password(page)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Security key added.")).to_be_visible()
    page.goto(f"{address}/t/acme/numbers/")
    expect(page.get_by_role("heading", name="Numbers", exact=True)).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, address, "/t/acme/numbers/")
    page.get_by_role("button", name="Use a security key").click()
    expect(page).to_have_url(f"{address}/t/acme/numbers/")
    assert faults == []
