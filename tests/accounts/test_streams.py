import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from apps.accounts.models import Role
from apps.accounts.permissions import Permission
from apps.accounts.streams import admit
from apps.tenants.models import Tenant
from tests.pages import add_member


def test_member_with_permission_may_open_a_stream(tenant: Tenant) -> None:
    member = add_member(tenant, Role.SUPERVISOR)
    assert admit(member.user, "acme", Permission.VIEW_LEADS) == tenant.id


def test_role_without_permission_may_not(tenant: Tenant) -> None:
    with pytest.raises(PermissionDenied):
        admit(add_member(tenant, Role.AGENT).user, "acme", Permission.VIEW_LEADS)


def test_member_without_the_second_factor_may_not(tenant: Tenant) -> None:
    Tenant.objects.filter(id=tenant.id).update(is_mfa_required=True)
    with pytest.raises(PermissionDenied):
        admit(add_member(tenant, Role.OWNER).user, "acme", Permission.VIEW_LEADS)


def test_other_tenants_look_like_none(tenant: Tenant, other_tenant: Tenant) -> None:
    member = add_member(tenant, Role.OWNER)
    for slug in ("other", "nowhere"):
        with pytest.raises(Http404):
            admit(member.user, slug, Permission.VIEW_LEADS)
