"""Inviting people by e-mail. A token is good once and for a week; the database holds only its hash."""

import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress

from apps.accounts.models import Invitation, Membership, Role, User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.organisation.errors import AlreadyMemberError, InvitationGoneError, SignInFirstError
from apps.organisation.selectors import find_invitation, tenant_id_of_token, token_hash
from apps.tenants.scope import get_tenant_id, tenant_scope

VALID_FOR = timedelta(days=7)


def invite_member(*, email: str, role: Role, actor: User | None, at: datetime) -> tuple[Invitation, str]:
    """Invite an address into the tenant in scope; returns the invitation and its token, which is shown to no one again.

    `actor` is None when whoever runs the installation invites. An open invitation of the same address is replaced. Raises AlreadyMemberError.
    """
    email = email.strip().lower()
    if Membership.objects.filter(user__email=email).exists():
        raise AlreadyMemberError("This person is a member already; change the role or reactivate them instead.")
    Invitation.objects.filter(email=email, accepted_at=None).delete()
    invitation = Invitation(email=email, role=role, invited_by=actor, expires_at=at + VALID_FOR)
    invitation.tenant_id = get_tenant_id()
    token = f"{invitation.tenant_id}.{secrets.token_urlsafe(32)}"
    invitation.token_hash = token_hash(token)
    invitation.save()
    record(
        Action.MEMBER_INVITED,
        at=at,
        target=f"invitation:{invitation.id}",
        actor=actor,
        actor_label="" if actor else "installation",
        data={"email": email, "role": role},
    )
    return invitation, token


def withdraw_invitation(*, invitation: Invitation, actor: User, at: datetime) -> None:
    """Make an open invitation void."""
    target, email = f"invitation:{invitation.id}", invitation.email
    invitation.delete()
    record(Action.INVITATION_WITHDRAWN, at=at, target=target, actor=actor, data={"email": email})


def accept_invitation(
    *, token: str, at: datetime, signed_in: User | None = None, name: str = "", password: str = "", language: str = "en"
) -> Membership:
    """Make the invited person a member: `signed_in` when their address has an account, else a new account.

    Needs no scope: the token says which tenant. Raises InvitationGoneError and SignInFirstError.
    """
    tenant_id = tenant_id_of_token(token)
    with tenant_scope(tenant_id):
        invitation = find_invitation(token=token, at=at)
        if invitation is None:
            raise InvitationGoneError("This invitation is used, withdrawn or older than a week. Ask for a new one.")
        user = _invited_user(invitation, signed_in, name=name, password=password, language=language)
        taken = Invitation.objects.filter(id=invitation.id, accepted_at=None).update(accepted_at=at)
        if not taken:
            raise InvitationGoneError("This invitation was used a moment ago.")
        membership, _ = Membership.objects.update_or_create(
            user=user, defaults={"role": invitation.role, "is_active": True}
        )
        record(
            Action.MEMBER_JOINED,
            at=at,
            target=f"member:{membership.id}",
            actor=user,
            data={"email": invitation.email, "role": invitation.role},
        )
    return membership


def _invited_user(invitation: Invitation, signed_in: User | None, *, name: str, password: str, language: str) -> User:
    account = User.objects.filter(email=invitation.email).first()
    if account is None:
        user = User.objects.create_user(invitation.email, password, name=name, language=language)
        # The invitation reached them there, which proves the address.
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user
    if signed_in != account:
        raise SignInFirstError(f"Sign in as {invitation.email}, then open the invitation again.")
    return account
