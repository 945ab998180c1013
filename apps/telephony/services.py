"""Writes of the telephony app."""

from datetime import datetime

from django.db import connection

from apps.telephony.models import CallerId, ProviderAccount

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


def disable_caller_id(*, caller_id: CallerId, reason: str) -> None:
    """Take a number out of use because the carrier refuses it."""
    CallerId.objects.filter(id=caller_id.id).update(is_active=False, disabled_reason=reason[:200])


def suspend_account(*, account: ProviderAccount, reason: str) -> None:
    """Stop dialling on an account that the carrier refuses; the manager sees why."""
    ProviderAccount.objects.filter(id=account.id).update(is_active=False, trouble=reason[:200])
