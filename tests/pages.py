"""Helpers of page tests. Pages are asked for outside every scope, as a browser does."""

from django.test import Client

from apps.accounts.models import Membership, Role
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories


def add_member(tenant: Tenant, role: Role = Role.OWNER, **user: str) -> Membership:
    """A member of the tenant, with a new user."""
    with tenant_scope(tenant.id):
        return factories.MembershipFactory.create(role=role, **{f"user__{name}": value for name, value in user.items()})


def client_of(member: Membership) -> Client:
    """A browser in which the member is signed in."""
    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def member_client(tenant: Tenant, role: Role = Role.MANAGER) -> Client:
    """A browser in which a new member of the tenant is signed in."""
    return client_of(add_member(tenant, role))
