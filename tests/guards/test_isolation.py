"""Two tenants with a row in every model: one sees, changes, counts and infers nothing of the other."""

import uuid
from functools import cache

import pytest
from django.db import DatabaseError, models, transaction

from apps.accounts.models import Membership, Role
from apps.tenants.models import Tenant, TenantModel
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.guards.routes import tenant_routes
from tests.guards.sources import tenant_models
from tests.guards.world import build_world
from tests.pages import add_member, client_of

OURS, THEIRS = "Oursmark", "Theirsmark"
# Which model an argument of an address names. An address with another argument adds it here.
ARGUMENTS = {
    "attempt_id": "calls.Attempt",
    "callback_id": "calls.Callback",
    "caller_id": "telephony.CallerId",
    "campaign_id": "campaigns.Campaign",
    "entry_id": "compliance.DncEntry",
    "import_id": "leads.LeadImport",
    "invitation_id": "accounts.Invitation",
    "key_id": "api.ApiKey",
    "lead_id": "leads.Lead",
    "list_id": "leads.LeadList",
    "member_id": "accounts.Membership",
    "recording_id": "calls.Recording",
    "script_id": "scripts.Script",
    "target_id": "telephony.TransferTarget",
    "template_id": "mail.MailTemplate",
}
# Arguments that name no row.
VALUES = {
    "check": "a line of the carrier account's checklist",
    "jurisdiction": "a state or country; of ours only those under our own stop",
    "key": "a question of the script named beside it",
    "sound": "a tone of the keypad",
}


@cache
def label_of() -> dict[str, type[TenantModel]]:
    return {model._meta.label: model for model in tenant_models()}


@pytest.fixture
def worlds(db: None) -> tuple[Tenant, Tenant]:
    ours = factories.TenantFactory.create(slug="ours", name=OURS)
    theirs = factories.TenantFactory.create(slug="theirs", name=THEIRS, stopped_jurisdictions=["US-LA"])
    build_world(ours, OURS)
    build_world(theirs, THEIRS)
    return ours, theirs


@pytest.fixture
def owner(worlds: tuple[Tenant, Tenant]) -> Membership:
    """An owner of our tenant, who may do the most."""
    return add_member(worlds[0], Role.OWNER)


def theirs_of(theirs: Tenant, argument: str) -> object:
    """The key of one of their rows."""
    with tenant_scope(theirs.id):
        return label_of()[ARGUMENTS[argument]].objects.order_by("pk").values_list("pk", flat=True).first()


def test_world_has_a_row_of_every_model(worlds: tuple[Tenant, Tenant]) -> None:
    for tenant in worlds:
        with tenant_scope(tenant.id):
            assert [label for label, model in label_of().items() if not model.objects.exists()] == []


def test_our_scope_neither_sees_nor_changes_their_rows(worlds: tuple[Tenant, Tenant]) -> None:
    ours, theirs = worlds
    with tenant_scope(ours.id):
        for label, model in label_of().items():
            rows = model.unscoped.filter(tenant_id=theirs.id)
            assert rows.count() == 0, label
            assert rows.update(tenant_id=ours.id) == 0, label
            assert rows._raw_delete(rows.db) == 0, label  # type: ignore[attr-defined]  # a delete without cascades


def test_our_scope_cannot_give_them_a_row(worlds: tuple[Tenant, Tenant]) -> None:
    ours, theirs = worlds
    with tenant_scope(ours.id):
        for model in tenant_models():
            row = model.objects.order_by("pk").first()
            assert row is not None
            row.pk = uuid.uuid4() if isinstance(model._meta.pk, models.UUIDField) else None
            row.tenant_id, row._state.adding = theirs.id, True
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                row.save(force_insert=True)


def test_our_scope_can_neither_change_nor_remove_their_tenant(worlds: tuple[Tenant, Tenant]) -> None:
    ours, theirs = worlds
    with tenant_scope(ours.id):
        assert Tenant.objects.filter(id=theirs.id).update(name="Ours now") == 0
        assert Tenant.objects.filter(id=ours.id).update(name="Ours still") == 1
        assert Tenant.objects.filter(id=theirs.id)._raw_delete("default") == 0  # type: ignore[attr-defined]  # no cascades
    assert Tenant.objects.filter(id=theirs.id).update(name="Nobody's") == 0


@pytest.mark.parametrize("scoped", [True, False], ids=["objects", "unscoped"])
def test_nothing_is_seen_without_a_scope(worlds: tuple[Tenant, Tenant], scoped: bool) -> None:
    for label, model in label_of().items():
        if scoped:
            with pytest.raises(Exception, match="No tenant is in scope"):
                model.objects.count()
        else:
            assert model.unscoped.count() == 0, label


def test_no_page_of_ours_shows_anything_of_theirs(worlds: tuple[Tenant, Tenant], owner: Membership) -> None:
    client = client_of(owner)
    # A search for them, too, must come back empty.
    urls = {
        f"{route.name}{query}": route.url("ours") + query
        for route in tenant_routes()
        for query in ("", f"?q={THEIRS[:-1]}")
        if not route.converters
    }
    pages = {name: client.get(url) for name, url in urls.items()}
    texts = {name: page.content.decode() for name, page in pages.items() if page.status_code == 200}
    assert [name for name, text in texts.items() if THEIRS in text] == []
    assert sum(OURS in text for text in texts.values()) > 20, "the pages must show something to hide"


def test_arguments_are_those_in_use() -> None:
    assert set(ARGUMENTS) | set(VALUES) == {name for route in tenant_routes() for name in route.converters}


def test_their_objects_do_not_exist_on_our_pages(worlds: tuple[Tenant, Tenant], owner: Membership) -> None:
    client = client_of(owner)
    found = {}
    for route in tenant_routes():
        if route.converters:
            values = {name: "US-LA" if name in VALUES else theirs_of(worlds[1], name) for name in route.converters}
            url = route.url("ours", **values)
            answers = {client.get(url).status_code, client.post(url, {"reason": "x", "note": "x"}).status_code}
            found[route.name] = answers
    assert {name: answers for name, answers in found.items() if answers not in ({404}, {404, 405})} == {}
