"""Reading invitations and what the settings offer."""

import hashlib
from datetime import datetime

from django.db.models import QuerySet

from apps.accounts.models import Invitation
from apps.core.domain.numbers import read_row_number


def token_hash(token: str) -> str:
    """How an invitation's token is kept: hex SHA-256. The token is random, so it needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def tenant_id_of_token(token: str) -> int:
    """The tenant an invitation's token names; 0, which is no tenant, when it names none."""
    return read_row_number(token.partition(".")[0])


def find_invitation(*, token: str, at: datetime) -> Invitation | None:
    """The open invitation with this token in the tenant in scope, or None."""
    return (
        Invitation.objects.select_related("tenant")
        .filter(token_hash=token_hash(token), accepted_at=None, expires_at__gt=at)
        .first()
    )


def list_open_invitations() -> QuerySet[Invitation]:
    """Invitations of the tenant in scope that nobody has accepted, newest first; expired ones too."""
    return Invitation.objects.filter(accepted_at=None).select_related("invited_by").order_by("-id")
