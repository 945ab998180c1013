"""Reads of tenants, which are the only rows without a tenant of their own."""

from apps.tenants.models import Tenant


def list_active_tenant_ids() -> list[int]:
    """Ids of all tenants that may work; each is then visited in its own scope."""
    return list(Tenant.objects.filter(is_active=True).order_by("id").values_list("id", flat=True))
