"""Helpers of page tests. Pages are asked for outside every scope, as a browser does."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership, Role
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories

# What every page of a tenant asks the database, before its own: session, person, tenant, scope, membership, and the
# person's organisations for the top bar.
PAGE_QUERIES = 13


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


def count_queries(client: Client, url: str) -> int:
    """How many statements the page takes, asked for a second time so that caches are warm."""
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)
