"""Reading people and their memberships."""

from django.db.models import QuerySet

from apps.accounts.models import Membership
from apps.tenants.scope import user_scope


def list_memberships_of(*, user_id: int) -> list[Membership]:
    """A person's active memberships in active tenants, each with its tenant, by the tenant's name. Needs no scope."""
    with user_scope(user_id):
        return list(
            Membership.unscoped.filter(user_id=user_id, is_active=True, tenant__is_active=True)
            .select_related("tenant")
            .order_by("tenant__name", "id")
        )


def list_members() -> QuerySet[Membership]:
    """All members of the tenant in scope, active ones first, by name."""
    return Membership.objects.select_related("user").order_by("-is_active", "user__name", "user__email", "id")
