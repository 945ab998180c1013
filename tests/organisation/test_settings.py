from typing import Any

import pytest

from apps.accounts.models import Membership
from apps.audit.models import AuditEntry
from apps.core import clock
from apps.organisation.services.settings import change_settings, resume_jurisdiction, stop_jurisdiction
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.pages import client_of

FORM = {
    "is_listening_shown": "on",
    "is_second_person_needed": "on",
    "name": "Acme Windows",
    "legal_profile": "COMMERCIAL",
    "countries": ["US", "CA"],
    "seller_name": "Acme",
    "seller_phone": "(212) 555-0123",
    "time_zone": "America/Chicago",
}


def entries(tenant: Tenant) -> list[tuple[str, dict[str, Any]]]:
    with tenant_scope(tenant.id):
        return list(AuditEntry.objects.order_by("id").values_list("action", "data"))


def test_settings_are_saved_and_the_differences_recorded(acme: Tenant, owner: Membership) -> None:
    assert client_of(owner).post("/t/acme/settings/", FORM).status_code == 302
    acme.refresh_from_db()
    assert (acme.seller_phone, acme.countries, acme.time_zone) == ("+12125550123", ["US", "CA"], "America/Chicago")
    before = {
        "countries": ["US"],
        "seller_name": "Acme Windows",
        "seller_phone": "+12125550100",
        "time_zone": "America/New_York",
    }
    after = {
        "countries": ["US", "CA"],
        "seller_name": "Acme",
        "seller_phone": "+12125550123",
        "time_zone": "America/Chicago",
    }
    assert entries(acme) == [("tenant.changed", {"before": before, "after": after})]


def test_names_that_are_said_on_the_telephone_are_one_line(acme: Tenant, owner: Membership) -> None:
    client_of(owner).post("/t/acme/settings/", {**FORM, "seller_name": "Acme\x0b\n Wind\x01ows", "name": "A\r\nB"})
    acme.refresh_from_db()
    assert (acme.seller_name, acme.name) == ("Acme Wind ows", "A B")


def test_unchanged_settings_record_nothing(acme: Tenant, owner: Membership) -> None:
    client = client_of(owner)
    client.post("/t/acme/settings/", FORM)
    page = client.post("/t/acme/settings/", FORM, follow=True)
    assert "Nothing was changed." in page.content.decode()
    assert len(entries(acme)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seller_phone", "12"),
        ("countries", ["XX"]),
        ("countries", []),
        ("time_zone", "Mars/Olympus"),
        ("legal_profile", "PIRATE"),
        ("name", ""),
        ("name", "\x01"),
    ],
)
def test_wrong_setting_is_refused(acme: Tenant, owner: Membership, field: str, value: object) -> None:
    page = client_of(owner).post("/t/acme/settings/", {**FORM, field: value})
    assert page.status_code == 200
    assert entries(acme) == []


def test_only_settings_can_be_changed(tenant: Tenant) -> None:
    with pytest.raises(KeyError):
        change_settings(tenant=tenant, changes={"slug": "x"}, actor=factories.UserFactory.create(), at=clock.now())


def test_stop_and_resume_by_page(acme: Tenant, owner: Membership) -> None:
    client = client_of(owner)
    assert client.post("/t/acme/settings/stops/add/", {"jurisdiction": "US-LA", "reason": "Storm"}).status_code == 302
    acme.refresh_from_db()
    assert acme.stopped_jurisdictions == ["US-LA"]
    assert "Louisiana" in client.get("/t/acme/settings/stops/").content.decode()
    assert client.post("/t/acme/settings/stops/US-LA/lift/").status_code == 302
    acme.refresh_from_db()
    assert acme.stopped_jurisdictions == []
    assert entries(acme) == [
        ("tenant.stopped", {"jurisdiction": "US-LA", "reason": "Storm"}),
        ("tenant.resumed", {"jurisdiction": "US-LA"}),
    ]


def test_stop_twice_is_one_stop(tenant: Tenant) -> None:
    actor = factories.UserFactory.create()
    for _ in range(2):
        stop_jurisdiction(tenant=tenant, jurisdiction="US-LA", reason="Storm", actor=actor, at=clock.now())
    stop_jurisdiction(tenant=tenant, jurisdiction="GB", reason="Strike", actor=actor, at=clock.now())
    assert tenant.stopped_jurisdictions == ["GB", "US-LA"]
    for _ in range(2):
        resume_jurisdiction(tenant=tenant, jurisdiction="GB", actor=actor, at=clock.now())
    assert tenant.stopped_jurisdictions == ["US-LA"]
    assert AuditEntry.objects.count() == 3


@pytest.mark.parametrize("form", [{"jurisdiction": "US-ZZ", "reason": "x"}, {"jurisdiction": "US-LA", "reason": ""}])
def test_unknown_place_or_no_reason_stops_nothing(acme: Tenant, owner: Membership, form: dict[str, str]) -> None:
    assert client_of(owner).post("/t/acme/settings/stops/add/", form).status_code == 422
    acme.refresh_from_db()
    assert acme.stopped_jurisdictions == []


def test_lifting_what_is_not_stopped_is_not_found(owner: Membership) -> None:
    assert client_of(owner).post("/t/acme/settings/stops/US-LA/lift/").status_code == 404


@pytest.mark.parametrize("path", ["add/", "US-LA/lift/"])
def test_stops_need_post(owner: Membership, path: str) -> None:
    assert client_of(owner).get(f"/t/acme/settings/stops/{path}").status_code == 405
