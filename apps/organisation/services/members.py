"""Roles of members and their leaving. An organisation always keeps an active owner."""

from collections.abc import Sequence
from datetime import datetime

from apps.accounts.models import Membership, Role, User
from apps.accounts.permissions import Permission, may
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core.domain.phones import PhoneStatus, normalise_phone
from apps.core.errors import InvalidError
from apps.core.jobs import enqueue
from apps.organisation.errors import LastOwnerError


def change_role(*, member: Membership, role: Role, actor: User, at: datetime) -> None:
    """Give a member of the tenant in scope another role. Raises LastOwnerError.

    If it takes no calls, their shift at the desk ends, after the call they are on.
    """
    if role == member.role:
        return
    if role != Role.OWNER:
        _keep_an_owner(member)
    before = member.role
    member.role = role
    member.save(update_fields=["role"])
    _record(Action.MEMBER_ROLE_CHANGED, member, actor, at, before=before, after=role)
    if not may(member, Permission.TAKE_CALLS):
        enqueue("agents.retire_agent", tenant_id=member.tenant_id, user_id=member.user_id)


def deactivate_member(*, member: Membership, actor: User, at: datetime) -> None:
    """Close the tenant in scope to a member, at once; what they did stays under their name. Raises LastOwnerError.

    Their shift at the desk ends, after the call they are on.
    """
    _keep_an_owner(member)
    if Membership.objects.filter(id=member.id, is_active=True).update(is_active=False):
        _record(Action.MEMBER_DEACTIVATED, member, actor, at)
        enqueue("agents.retire_agent", tenant_id=member.tenant_id, user_id=member.user_id)


def reactivate_member(*, member: Membership, actor: User, at: datetime) -> None:
    """Let a deactivated member in again, in the role they had."""
    if Membership.objects.filter(id=member.id, is_active=False).update(is_active=True):
        _record(Action.MEMBER_REACTIVATED, member, actor, at)


def approve_desk_phone(*, member: Membership, phone: str, countries: Sequence[str], actor: User, at: datetime) -> None:
    """Let a member take calls at this telephone, or at none (empty): an ordinary one in a country the tenant calls.

    Nobody but who manages people decides where the platform may dial on the tenant's account. Raises InvalidError.
    """
    approved = ""
    if phone:
        found = normalise_phone(phone, next(iter(countries), "US"))
        if found.status != PhoneStatus.CALLABLE or found.extension:
            raise InvalidError(found.message or "This is not a telephone that can be rung.", field="phone")
        if found.region not in countries:
            raise InvalidError("This telephone is not in a country that you call.", field="phone")
        approved = found.e164
    if approved != member.desk_phone:
        member.desk_phone = approved
        member.save(update_fields=["desk_phone"])
        _record(Action.MEMBER_PHONE_CHANGED, member, actor, at, phone=approved)


def _keep_an_owner(member: Membership) -> None:
    """Raise unless another active owner remains; the lock keeps two owners from leaving at the same moment."""
    owners = Membership.objects.filter(role=Role.OWNER, is_active=True).order_by("id")
    owner_ids = list(owners.select_for_update().values_list("id", flat=True))
    if owner_ids == [member.id]:
        raise LastOwnerError("This is the only owner. Make someone else an owner first.")


def _record(action: Action, member: Membership, actor: User, at: datetime, **data: str) -> None:
    record(action, at=at, target=f"member:{member.id}", actor=actor, data={"email": member.user.email, **data})
