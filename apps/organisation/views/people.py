"""Members of a tenant, their roles, and invitations."""

from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.http import TenantRequest, requires
from apps.accounts.models import Invitation, Membership, Role
from apps.accounts.permissions import GRANTS, LABELS, Permission
from apps.accounts.selectors import list_members
from apps.core import clock
from apps.core.errors import AppError
from apps.organisation.forms import DeskPhoneForm, InviteForm, RoleForm
from apps.organisation.selectors import list_open_invitations
from apps.organisation.services.invitations import invite_member, withdraw_invitation
from apps.organisation.services.members import (
    approve_desk_phone,
    change_role,
    deactivate_member,
    reactivate_member,
)


@requires(Permission.MANAGE_PEOPLE)
@require_GET
def members(request: TenantRequest, slug: str) -> HttpResponse:
    """Everyone in the organisation, and who is still invited."""
    return render(
        request,
        "organisation/members.html",
        {
            "members": list_members(),
            "invitations": list_open_invitations(),
            "now": clock.now(),
            "tabs": people_tabs(slug, "members"),
            "new_link": request.session.pop("invitation_link", None),
        },
    )


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def member_invite(request: TenantRequest, slug: str) -> HttpResponse:
    """Invite someone by e-mail. The link is also shown, once, for those who would rather hand it over."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation, token = invite_member(
                email=form.cleaned_data["email"],
                role=Role(form.cleaned_data["role"]),
                actor=request.user,
                at=clock.now(),
            )
        except AppError as error:
            form.add_error("email", error.message)
        else:
            link = settings.PUBLIC_BASE_URL.rstrip("/") + reverse("invitations:accept", args=[token])
            _mail_invitation(request, invitation, link)
            request.session["invitation_link"] = {"email": invitation.email, "link": link}
            return redirect("organisation:members", slug)
    return render(request, "organisation/member_invite.html", {"form": form})


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def member_role(request: TenantRequest, slug: str, member_id: int) -> HttpResponse:
    """Give a member another role."""
    member = get_object_or_404(list_members(), id=member_id)
    form = RoleForm(request.POST or None, initial={"role": member.role})
    if request.method == "POST" and form.is_valid():
        try:
            change_role(member=member, role=Role(form.cleaned_data["role"]), actor=request.user, at=clock.now())
        except AppError as error:
            form.add_error("role", error.message)
        else:
            messages.success(request, _("%(member)s is now %(role)s.") % _names(member))
            return redirect("organisation:members", slug)
    return render(request, "organisation/member_role.html", {"form": form, "member": member})


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def member_phone(request: TenantRequest, slug: str, member_id: int) -> HttpResponse:
    """Approve a telephone at which a member may take calls instead of in the browser."""
    member = get_object_or_404(list_members(), id=member_id)
    form = DeskPhoneForm(request.POST or None, initial={"phone": member.desk_phone})
    if request.method == "POST" and form.is_valid():
        try:
            approve_desk_phone(
                member=member,
                phone=form.cleaned_data["phone"],
                countries=request.tenant.countries,
                actor=request.user,
                at=clock.now(),
            )
        except AppError as error:
            form.add_error("phone", error.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("organisation:members", slug)
    return render(request, "organisation/member_phone.html", {"form": form, "member": member})


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def member_deactivate(request: TenantRequest, slug: str, member_id: int) -> HttpResponse:
    member = get_object_or_404(list_members(), id=member_id)
    try:
        deactivate_member(member=member, actor=request.user, at=clock.now())
    except AppError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("%(member)s can no longer sign in here.") % _names(member))
    return redirect("organisation:members", slug)


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def member_reactivate(request: TenantRequest, slug: str, member_id: int) -> HttpResponse:
    member = get_object_or_404(list_members(), id=member_id)
    reactivate_member(member=member, actor=request.user, at=clock.now())
    messages.success(request, _("%(member)s can sign in again.") % _names(member))
    return redirect("organisation:members", slug)


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def invitation_withdraw(request: TenantRequest, slug: str, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(list_open_invitations(), id=invitation_id)
    withdraw_invitation(invitation=invitation, actor=request.user, at=clock.now())
    messages.success(request, _("The invitation of %(email)s is withdrawn.") % {"email": invitation.email})
    return redirect("organisation:members", slug)


@requires(Permission.MANAGE_PEOPLE)
@require_GET
def roles(request: TenantRequest, slug: str) -> HttpResponse:
    """Which role may do what."""
    rows = [
        (LABELS[permission], [(role.label, permission in GRANTS[role]) for role in Role]) for permission in Permission
    ]
    context = {"roles": [role.label for role in Role], "rows": rows, "tabs": people_tabs(slug, "roles")}
    return render(request, "organisation/roles.html", context)


def _mail_invitation(request: TenantRequest, invitation: Invitation, link: str) -> None:
    subject = _("Invitation to %(organisation)s") % {"organisation": request.tenant.name}
    context = {"invitation": invitation, "tenant": request.tenant, "actor": request.user, "link": link}
    text = render_to_string("organisation/email/invitation.txt", context)
    # A mail server that fails must not undo the invitation: the link on the page still works.
    transaction.on_commit(lambda: send_mail(subject, text, None, [invitation.email]), robust=True)


def people_tabs(slug: str, current: str) -> list[dict[str, object]]:
    """The tabs of the pages about people."""
    return [
        {"label": label, "url": reverse(f"organisation:{name}", args=[slug]), "is_current": name == current}
        for name, label in (("members", _("Members")), ("roles", _("Roles and permissions")))
    ]


def _names(member: Membership) -> dict[str, str]:
    return {"member": str(member.user), "role": member.get_role_display()}
