"""What each role may do. Views and services ask `may(membership, Permission.X)`, never for a role."""

from enum import StrEnum, auto

from apps.accounts.models import Membership, Role


class Permission(StrEnum):
    """A thing a member may do in a tenant."""

    VIEW_CAMPAIGNS = auto()
    MANAGE_CAMPAIGNS = auto()
    MANAGE_LEADS = auto()
    VIEW_LEADS = auto()
    MANAGE_SCRIPTS = auto()
    MANAGE_SUPPRESSION = auto()
    VIEW_SUPPRESSION = auto()
    MANAGE_NUMBERS = auto()
    MANAGE_PEOPLE = auto()
    MANAGE_SETTINGS = auto()
    MANAGE_API_KEYS = auto()
    VIEW_AUDIT = auto()
    VIEW_FLOOR = auto()
    TAKE_CALLS = auto()
    VIEW_OWN_SOURCE = auto()


P = Permission
_SUPERVISOR = {P.VIEW_CAMPAIGNS, P.VIEW_LEADS, P.VIEW_FLOOR, P.TAKE_CALLS, P.VIEW_SUPPRESSION}
_MANAGER = _SUPERVISOR | {
    P.MANAGE_CAMPAIGNS,
    P.MANAGE_LEADS,
    P.MANAGE_SCRIPTS,
    P.MANAGE_SUPPRESSION,
    P.MANAGE_NUMBERS,
    P.MANAGE_API_KEYS,
    P.VIEW_AUDIT,
}
GRANTS: dict[str, frozenset[Permission]] = {
    Role.OWNER: frozenset(set(Permission) - {P.VIEW_OWN_SOURCE}),
    Role.MANAGER: frozenset(_MANAGER),
    Role.SUPERVISOR: frozenset(_SUPERVISOR),
    Role.AGENT: frozenset({P.TAKE_CALLS}),
    Role.COMPLIANCE: frozenset(
        {P.VIEW_CAMPAIGNS, P.VIEW_LEADS, P.VIEW_SUPPRESSION, P.MANAGE_SUPPRESSION, P.VIEW_AUDIT, P.VIEW_FLOOR}
    ),
    Role.VENDOR: frozenset({P.VIEW_OWN_SOURCE}),
}


def may(membership: Membership, permission: Permission) -> bool:
    """Whether an active member's role grants `permission`."""
    return membership.is_active and permission in GRANTS[membership.role]
