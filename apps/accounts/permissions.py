"""What each role may do. Views and services ask `may(membership, Permission.X)`, never for a role."""

from enum import StrEnum, auto

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership, Role


class Permission(StrEnum):
    """A thing a member may do in a tenant."""

    VIEW_CAMPAIGNS = auto()
    MANAGE_CAMPAIGNS = auto()
    MANAGE_LEADS = auto()
    VIEW_LEADS = auto()
    VIEW_SCRIPTS = auto()
    MANAGE_SCRIPTS = auto()
    APPROVE_SCRIPTS = auto()
    MANAGE_SUPPRESSION = auto()
    VIEW_SUPPRESSION = auto()
    MANAGE_MAIL = auto()
    MANAGE_NUMBERS = auto()
    MANAGE_PEOPLE = auto()
    MANAGE_SETTINGS = auto()
    MANAGE_API_KEYS = auto()
    EXPORT_ANSWERS = auto()
    VIEW_AUDIT = auto()
    VIEW_FLOOR = auto()
    SUPERVISE = auto()
    HEAR_RECORDINGS = auto()
    TAKE_CALLS = auto()
    VIEW_OWN_SOURCE = auto()


P = Permission
LABELS: dict[Permission, Promise | str] = {
    P.VIEW_CAMPAIGNS: _("See campaigns and their figures"),
    P.MANAGE_CAMPAIGNS: _("Create, change, start and stop campaigns"),
    P.MANAGE_LEADS: _("Upload and change leads and lists"),
    P.VIEW_LEADS: _("See leads and why they are called or not"),
    P.VIEW_SCRIPTS: _("See scripts"),
    P.MANAGE_SCRIPTS: _("Write scripts"),
    P.APPROVE_SCRIPTS: _("Approve scripts before they are used"),
    P.MANAGE_SUPPRESSION: _("Change do-not-call entries and consents"),
    P.VIEW_SUPPRESSION: _("See do-not-call entries and consents"),
    P.MANAGE_MAIL: _("Write e-mail templates and see what was sent"),
    P.MANAGE_NUMBERS: _("Manage numbers and the carrier account"),
    P.MANAGE_PEOPLE: _("Invite members and change their roles"),
    P.MANAGE_SETTINGS: _("Change the organisation's settings and stop calling"),
    P.MANAGE_API_KEYS: _("Manage lead sources and their keys"),
    P.EXPORT_ANSWERS: _("Download the answers people gave"),
    P.VIEW_AUDIT: _("See the audit"),
    P.VIEW_FLOOR: _("See what agents are doing"),
    P.SUPERVISE: _("Message, move and listen to agents"),
    P.HEAR_RECORDINGS: _("Play recordings of calls"),
    P.TAKE_CALLS: _("Take and make calls"),
    P.VIEW_OWN_SOURCE: _("See the results of own leads"),
}
_SUPERVISOR = {
    P.VIEW_CAMPAIGNS,
    P.VIEW_LEADS,
    P.VIEW_FLOOR,
    P.SUPERVISE,
    P.HEAR_RECORDINGS,
    P.TAKE_CALLS,
    P.VIEW_SUPPRESSION,
}
_MANAGER = _SUPERVISOR | {
    P.MANAGE_CAMPAIGNS,
    P.MANAGE_LEADS,
    P.VIEW_SCRIPTS,
    P.MANAGE_SCRIPTS,
    P.EXPORT_ANSWERS,
    P.MANAGE_SUPPRESSION,
    P.MANAGE_MAIL,
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
        {
            P.VIEW_CAMPAIGNS,
            P.VIEW_LEADS,
            P.VIEW_SUPPRESSION,
            P.MANAGE_SUPPRESSION,
            P.VIEW_AUDIT,
            P.VIEW_FLOOR,
            P.VIEW_SCRIPTS,
            P.APPROVE_SCRIPTS,
            P.EXPORT_ANSWERS,
            P.HEAR_RECORDINGS,
        }
    ),
    Role.VENDOR: frozenset({P.VIEW_OWN_SOURCE}),
}


def roles_with(permission: Permission) -> list[str]:
    """The roles that grant `permission`."""
    return [role for role, granted in GRANTS.items() if permission in granted]


def may(membership: Membership, permission: Permission) -> bool:
    """Whether an active member's role grants `permission`."""
    return membership.is_active and permission in GRANTS[membership.role]
