"""Reading carrier accounts and numbers."""

from django.db.models import QuerySet

from apps.telephony.models import CallerId, CarrierCheck, ProviderAccount


def find_account() -> ProviderAccount | None:
    """The carrier account of the tenant in scope, or None before one is connected."""
    return ProviderAccount.objects.order_by("-is_active", "id").first()


def list_checks(account: ProviderAccount) -> QuerySet[CarrierCheck]:
    """The last result of every line of the account's checklist that was tested."""
    return CarrierCheck.objects.filter(account=account).order_by("kind", "id")


def list_caller_ids() -> QuerySet[CallerId]:
    """All numbers of the tenant in scope, those in use first."""
    return CallerId.objects.order_by("-is_active", "label", "phone", "id")
