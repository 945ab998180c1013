"""Opening an organisation on an installation: the step before its owner can sign in."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.accounts.models import Invitation, Membership, Role
from apps.audit.actions import Action
from apps.audit.services import record
from apps.organisation.errors import SlugTakenError
from apps.organisation.services.invitations import invite_member
from apps.tenants.models import LegalProfile, Tenant
from apps.tenants.scope import tenant_scope


@transaction.atomic
def open_organisation(
    *,
    slug: str,
    name: str,
    owner_email: str,
    legal_profile: LegalProfile,
    countries: Sequence[str],
    time_zone: str,
    at: datetime,
) -> tuple[Tenant, str]:
    """Make a tenant and invite its owner; returns the tenant and the token of the invitation, which is kept nowhere.

    `countries` are ISO codes, `time_zone` an IANA name; the form has checked them. As long as nobody has joined,
    opening it again changes nothing but the invitation, which takes the place of the one before. Raises SlugTakenError.
    """
    tenant, is_new = Tenant.objects.get_or_create(
        slug=slug,
        defaults={
            "name": name,
            "legal_profile": legal_profile,
            "seller_name": name,
            "countries": list(countries),
            "time_zone": time_zone,
        },
    )
    with tenant_scope(tenant.id):
        if Membership.objects.exists():
            raise SlugTakenError(f"There is an organisation {slug} already, with members.")
        if is_new:
            data = {"name": name, "legal_profile": legal_profile, "countries": list(countries)}
            record(Action.TENANT_OPENED, at=at, target=f"tenant:{tenant.id}", actor_label="installation", data=data)
        Invitation.objects.filter(accepted_at=None).delete()
        _, token = invite_member(email=owner_email, role=Role.OWNER, actor=None, at=at)
    return tenant, token
