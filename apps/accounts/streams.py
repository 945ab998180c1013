"""Who may open an event stream of a tenant. TenantMiddleware guards pages only: a stream must not hold its transaction."""

from allauth.mfa.utils import is_mfa_enabled
from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from apps.accounts.models import Membership, User
from apps.accounts.permissions import Permission, may
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope


async def authorise_stream(request: HttpRequest, slug: str, permission: Permission) -> int:
    """The id of the tenant, for a member who may see what the stream shows. Raises Http404 or PermissionDenied."""
    user = await request.auser()
    if not isinstance(user, User):
        raise PermissionDenied
    return await sync_to_async(admit)(user, slug, permission)


def admit(user: User, slug: str, permission: Permission) -> int:
    """The same from a thread that may wait for the database."""
    tenant = Tenant.objects.filter(slug=slug, is_active=True).first()
    if tenant is None:
        raise Http404
    with tenant_scope(tenant.id):
        membership = Membership.objects.filter(user=user, is_active=True).first()
    if membership is None:
        raise Http404
    if not may(membership, permission) or (tenant.is_mfa_required and not is_mfa_enabled(user)):
        raise PermissionDenied
    return tenant.id
