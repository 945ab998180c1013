"""Numbers that the carrier lets an account show: taken over from its list, or verified by a code; and calls to them.

What asks the carrier opens its own short scopes, so that no transaction waits for it.
"""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core.errors import ConflictError
from apps.telephony.addresses import REPEATED, hook_url
from apps.telephony.administration import administration_of
from apps.telephony.carrier import NumberView, OwnNumber
from apps.telephony.errors import NumberInUseError
from apps.telephony.models import CallerId, ProviderAccount
from apps.telephony.services.caller_ids import add_caller_id
from apps.tenants.scope import tenant_scope

LABEL_LENGTH = 60


class NotVerifiedError(ConflictError):
    """Nobody has keyed in the code yet."""

    code = "not_verified"


def list_new_numbers(account: ProviderAccount) -> list[NumberView]:
    """The numbers that the account owns or has verified and that are not in the tenant's list. Raises CarrierError."""
    offered = administration_of(account.sid, account.auth_token).list_numbers()
    with tenant_scope(account.tenant_id):
        known = set(CallerId.objects.values_list("phone", flat=True))
    return [number for number in offered if number.phone not in known]


def import_numbers(
    *, account: ProviderAccount, numbers: Iterable[NumberView], actor: User, at: datetime
) -> list[CallerId]:
    """Add these numbers with the names they have at the carrier; one that somebody has just added is passed over."""
    added = []
    for number in numbers:
        try:
            added.append(add_caller_id(account=account, phone=number.phone, label=_label(number), actor=actor, at=at))
        except NumberInUseError:
            continue
    return added


def ask_verification(*, account: ProviderAccount, phone: str, label: str, actor: User, at: datetime) -> str:
    """Have the carrier ring an outside number (E.164); the code that the person who answers must key in.

    Raises NumberInUseError and CarrierError.
    """
    _refuse_known(account, phone)
    code = administration_of(account.sid, account.auth_token).verify_number(phone, label)
    target = f"carrier_account:{account.id}"
    with tenant_scope(account.tenant_id):
        record(Action.CALLER_ID_VERIFYING, at=at, target=target, actor=actor, data={"number": phone})
    return code


def add_verified(*, account: ProviderAccount, phone: str, label: str, actor: User, at: datetime) -> CallerId:
    """Add an outside number once the carrier has it verified. Raises NotVerifiedError, NumberInUseError, CarrierError."""
    _refuse_known(account, phone)
    if not administration_of(account.sid, account.auth_token).may_show(phone):
        raise NotVerifiedError("The carrier has not got the code yet.")
    with tenant_scope(account.tenant_id):
        return add_caller_id(account=account, phone=phone, label=label, actor=actor, at=at)


def inbound_url(tenant_id: int) -> str:
    """Where the carrier asks about calls to the tenant's numbers."""
    return hook_url(tenant_id, "inbound")


def comes_in_nowhere(number: OwnNumber, *, tenant_id: int) -> bool:
    """Whether nobody is asked about calls to a number, or we at an address that we have left."""
    ours, theirs = inbound_url(tenant_id), number.calls_go_to
    return not theirs or (theirs != ours and urlsplit(theirs).path == urlsplit(ours).path)


def take_calls(*, account: ProviderAccount, actor: User | None, at: datetime) -> None:
    """Have the carrier send us the calls to those of the tenant's numbers that come in nowhere. Raises CarrierError.

    Numbers out of use too: people ring back after weeks. What goes elsewhere is somebody's decision and stays.
    """
    tenant_id, carrier = account.tenant_id, administration_of(account.sid, account.auth_token)
    with tenant_scope(tenant_id):
        shown = list(CallerId.objects.filter(account=account).order_by("-is_active", "phone", "id"))
    for caller_id in shown:
        number = carrier.find_own_number(caller_id.phone)
        if number is None or not comes_in_nowhere(number, tenant_id=tenant_id):
            continue
        over_url = hook_url(tenant_id, "inbound_over") + REPEATED
        carrier.send_calls(number.sid, voice_url=inbound_url(tenant_id), over_url=over_url)
        with tenant_scope(tenant_id):
            record(
                Action.CALLER_ID_ANSWERED,
                at=at,
                target=f"caller_id:{caller_id.id}",
                actor=actor,
                actor_label="" if actor else "platform",
                data={"number": caller_id.phone},
            )


def _refuse_known(account: ProviderAccount, phone: str) -> None:
    with tenant_scope(account.tenant_id):
        is_known = CallerId.objects.filter(phone=phone).exists()
    if is_known:
        raise NumberInUseError("This number is in the list already.", field="phone")


def _label(number: NumberView) -> str:
    """The carrier names a number after itself until somebody renames it."""
    is_number = not number.label.strip("+()- 0123456789")
    return "" if is_number else number.label[:LABEL_LENGTH]
