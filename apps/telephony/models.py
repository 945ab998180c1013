from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.crypto import EncryptedTextField
from apps.tenants.models import TenantModel


class ProviderAccount(TenantModel):
    """A tenant's account (at Twilio: subaccount) at the carrier, with its rate of new calls."""

    sid = models.CharField(max_length=34, unique=True)
    auth_token = EncryptedTextField()
    # Signs the access tokens of agents' browsers; empty while the account has none.
    api_key_sid = models.CharField(max_length=34, blank=True)
    api_key_secret = EncryptedTextField(blank=True)
    # New calls a second that the carrier places at once; above it would queue them, and a queued call may ring too late.
    cps = models.FloatField(default=1.0)
    # When the newest calls were placed, oldest first: the rate limit's memory (see telephony.services.take_call_slot).
    recent_calls = ArrayField(models.DateTimeField(), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    # Why the carrier refused the account, in its words; empty when all is well.
    trouble = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(cps__gt=0), name="telephony_provideraccount_cps_positive"),
        ]

    def __str__(self) -> str:
        return self.sid


class CarrierCheck(TenantModel):
    """The last result of one line of the account's checklist."""

    class Kind(models.TextChoices):
        """The lines, in the order in which they are tested: each needs those before it."""

        CREDENTIALS = "CREDENTIALS", _("SID and auth token")
        ACCOUNT = "ACCOUNT", _("Account active and paid")
        CLOCK = "CLOCK", _("Clocks agree")
        KEY = "KEY", _("Key for agents' phones")
        ADDRESS = "ADDRESS", _("Our public address")
        CALLBACK = "CALLBACK", _("The carrier reaches us")
        SIGNATURE = "SIGNATURE", _("The carrier's signature")
        NUMBERS = "NUMBERS", _("Numbers that calls may show")
        INBOUND = "INBOUND", _("Calls to our numbers")
        COUNTRIES = "COUNTRIES", _("Countries that may be dialled")
        RATE = "RATE", _("Calls per second")

    class State(models.TextChoices):
        """What the test came to."""

        RUNNING = "RUNNING", _("Testing")
        PASSED = "PASSED", _("Works")
        WARNED = "WARNED", _("Look at it")
        FAILED = "FAILED", _("To fix")

    account = models.ForeignKey(ProviderAccount, on_delete=models.CASCADE, related_name="checks")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices)
    # What was found, as a code of telephony.wording, and the values for its sentence.
    finding = models.CharField(max_length=40)
    values = models.JSONField(default=dict)
    checked_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "account", "kind"], name="telephony_carriercheck_one_per_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.state}"


class CallerId(TenantModel):
    """A number shown to the person called; it must reach someone who can take a do-not-call request."""

    account = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="caller_ids")
    phone = models.CharField(max_length=16)
    label = models.CharField(max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "phone"], name="telephony_callerid_one_per_phone")]

    def __str__(self) -> str:
        return f"{self.label} {self.phone}".strip()


class TransferTarget(TenantModel):
    """Somebody to whom agents may transfer a call: the only numbers that can be dialled into a talk."""

    name = models.CharField(max_length=60)
    phone = models.CharField(max_length=16)
    # What they are for, in the words that agents read.
    purpose = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "phone"],
                condition=models.Q(is_active=True),
                name="telephony_transfertarget_one_per_phone",
            ),
        ]

    def __str__(self) -> str:
        return self.name
