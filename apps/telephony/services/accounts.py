"""A tenant's account at the carrier: added, changed, suspended; and the rate of its calls."""

from datetime import datetime

from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.telephony.errors import AccountInUseError
from apps.telephony.models import ProviderAccount

# Our clock and the carrier's do not agree to the millisecond: keep a little under the rate.
MARGIN = 1.05


def take_call_slot(*, account_id: int, at: datetime) -> bool:
    """Take one slot of the account's rate of new calls; False when none is free at `at`.

    No second (no 1/cps seconds, for a rate below one) ever holds more calls than the rate allows, so the carrier never
    queues a call, which could then ring after hours.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            update telephony_provideraccount
            set recent_calls = (recent_calls || %(at)s::timestamptz)[
                greatest(1, cardinality(recent_calls) + 2 - greatest(1, floor(cps))::int):]
            where id = %(id)s and is_active and (
                cardinality(recent_calls) < greatest(1, floor(cps))
                or recent_calls[cardinality(recent_calls) + 1 - greatest(1, floor(cps))::int]
                   <= %(at)s::timestamptz - make_interval(secs => %(margin)s * greatest(1, 1 / cps)))
            """,
            {"at": at, "id": account_id, "margin": MARGIN},
        )
        return bool(cursor.rowcount == 1)


def suspend_account(*, account: ProviderAccount, reason: str, at: datetime) -> None:
    """Stop dialling on an account that the carrier refuses; the manager sees why."""
    changes = {"is_active": False, "trouble": reason[:200]}
    if ProviderAccount.objects.filter(id=account.id, is_active=True).update(**changes):
        target, data = f"carrier_account:{account.id}", {"sid": account.sid, "reason": reason}
        record(Action.ACCOUNT_SUSPENDED, at=at, target=target, actor_label="carrier", data=data)


def add_account(*, sid: str, auth_token: str, cps: float, actor: User, at: datetime) -> ProviderAccount:
    """Keep the account of the tenant in scope. Raises AccountInUseError."""
    try:
        with transaction.atomic():
            account = ProviderAccount.objects.create(sid=sid, auth_token=auth_token, cps=cps)
    except IntegrityError as error:
        raise AccountInUseError("This carrier account is connected already.", field="sid") from error
    record(
        Action.ACCOUNT_ADDED, at=at, target=f"carrier_account:{account.id}", actor=actor, data={"sid": sid, "cps": cps}
    )
    return account


def change_account(*, account: ProviderAccount, auth_token: str, cps: float, actor: User, at: datetime) -> None:
    """Set the account's rate of new calls a second and, when given, a new token; clears the carrier's refusal."""
    data = {"cps": {"before": account.cps, "after": cps}, "is_token_changed": bool(auth_token)}
    account.cps = cps
    account.auth_token = auth_token or account.auth_token
    account.is_active, account.trouble = True, ""
    account.save(update_fields=["cps", "auth_token", "is_active", "trouble"])
    record(Action.ACCOUNT_CHANGED, at=at, target=f"carrier_account:{account.id}", actor=actor, data=data)
