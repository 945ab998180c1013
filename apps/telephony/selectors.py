"""Reading carrier accounts and numbers."""

from django.db.models import QuerySet

from apps.telephony.models import CallerId, CarrierCheck, ProviderAccount, TransferTarget


def find_account() -> ProviderAccount | None:
    """The carrier account of the tenant in scope, or None before one is connected."""
    return ProviderAccount.objects.order_by("-is_active", "id").first()


def list_checks(account: ProviderAccount) -> QuerySet[CarrierCheck]:
    """The last result of every line of the account's checklist that was tested."""
    return CarrierCheck.objects.filter(account=account).order_by("kind", "id")


def list_caller_ids() -> QuerySet[CallerId]:
    """All numbers of the tenant in scope, those in use first."""
    return CallerId.objects.order_by("-is_active", "label", "phone", "id")


def find_usable_caller_id(caller_id: int | None) -> CallerId | None:
    """A number with its account, or None when there is none or its account has been stopped."""
    if caller_id is None:
        return None
    return CallerId.objects.select_related("account").filter(id=caller_id, account__is_active=True).first()


def list_transfer_targets() -> QuerySet[TransferTarget]:
    """Everybody to whom agents may transfer calls, by name."""
    return TransferTarget.objects.filter(is_active=True).order_by("name", "id")
