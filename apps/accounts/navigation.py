"""The main navigation: every page a member can start from, shown by permission."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.accounts.permissions import Permission, may

P = Permission


@dataclass(frozen=True, slots=True)
class Page:
    """An entry of the navigation; `hotkey` is a sequence of keys such as `g c`."""

    label: Promise | str
    url_name: str
    icon: str
    permission: Permission
    section: Promise | str = ""
    hotkey: str = ""


CALLING, COMPLIANCE, ADMINISTRATION = _("Calling"), _("Compliance"), _("Administration")
PAGES = (
    Page(_("Overview"), "reports:dashboard", "home", P.VIEW_CAMPAIGNS, hotkey="g o"),
    Page(_("Floor"), "floor:floor", "live", P.VIEW_FLOOR, CALLING, "g f"),
    Page(_("Call-backs"), "floor:callbacks", "calendar", P.SUPERVISE, CALLING, "g b"),
    Page(_("Recordings"), "floor:recordings", "play", P.HEAR_RECORDINGS, CALLING, "g r"),
    Page(_("Campaigns"), "campaigns:campaign_list", "campaign", P.VIEW_CAMPAIGNS, CALLING, "g c"),
    Page(_("Lists"), "leads:list_list", "list", P.VIEW_LEADS, CALLING, "g l"),
    Page(_("Scripts"), "scripts:script_list", "script", P.VIEW_SCRIPTS, CALLING, "g s"),
    Page(_("E-mail"), "mail:template_list", "mail", P.MANAGE_MAIL, CALLING, "g e"),
    Page(_("Do not call"), "compliance:dnc_list", "shield", P.VIEW_SUPPRESSION, COMPLIANCE, "g n"),
    Page(_("Audit"), "audit:entries", "audit", P.VIEW_AUDIT, COMPLIANCE, "g a"),
    Page(_("Numbers"), "telephony:numbers", "number", P.MANAGE_NUMBERS, ADMINISTRATION),
    Page(_("Lead sources"), "api:key_list", "key", P.MANAGE_API_KEYS, ADMINISTRATION),
    Page(_("People"), "organisation:members", "users", P.MANAGE_PEOPLE, ADMINISTRATION),
    Page(_("Settings"), "organisation:settings", "settings", P.MANAGE_SETTINGS, ADMINISTRATION),
)
DESK = "softphone:desk"
# Where a member lands: the first page that the role may see.
LANDINGS = (
    (P.VIEW_CAMPAIGNS, "reports:dashboard"),
    (P.TAKE_CALLS, DESK),
    (P.VIEW_OWN_SOURCE, "api:own_source"),
)


def navigation(*, membership: Membership, slug: str, path: str) -> list[dict[str, object]]:
    """The entries that the member may open; the one with the longest matching address is current."""
    pages = [(page, reverse(page.url_name, args=[slug])) for page in PAGES if may(membership, page.permission)]
    current = max((url for _page, url in pages if path.startswith(url)), key=len, default="")
    return [
        {
            "label": page.label,
            "url": url,
            "icon": page.icon,
            "section": page.section,
            "hotkey": page.hotkey,
            "is_current": url == current,
        }
        for page, url in pages
    ]


def desk_address(*, membership: Membership, slug: str) -> str:
    """The agent desk, or an empty string for a role that takes no calls."""
    return reverse(DESK, args=[slug]) if may(membership, P.TAKE_CALLS) else ""


def landing(*, membership: Membership, slug: str) -> str:
    """The page a member starts on."""
    name = next(name for permission, name in LANDINGS if may(membership, permission))
    return reverse(name, args=[slug])
