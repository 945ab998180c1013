from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from apps.tenants.models import TenantModel


class Evidence(models.TextChoices):
    """By which door a fact about a phone number came."""

    AGENT = "AGENT", "Agent"
    CALLEE = "CALLEE", "Person called (keypad)"
    CARRIER = "CARRIER", "Carrier"
    IMPORT = "IMPORT", "File import"
    API = "API", "Lead source"
    MANAGER = "MANAGER", "Manager"
    COMPLAINT = "COMPLAINT", "Complaint"


class Consent(TenantModel):
    """A person's consent to be called, with its evidence; revocation is recorded on it, never erased.

    A consent holds while it was captured after the number's latest revocation, in whatever order the two arrived.
    """

    class Kind(models.TextChoices):
        # A revocation for which no consent was in force: captured and revoked at the same instant.
        NONE = "NONE", "None on record"
        EXPRESS = "EXPRESS", "Express"
        EXPRESS_WRITTEN = "EXPRESS_WRITTEN", "Express written"

    phone = models.CharField(max_length=16)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    seller = models.CharField(max_length=120, blank=True)
    text = models.TextField(blank=True)
    source = models.CharField(max_length=10, choices=Evidence.choices)
    evidence_url = models.URLField(max_length=500, blank=True)
    # Ids by which a certifier can prove the consent: a TrustedForm certificate, a Jornaya lead id.
    certificate = models.CharField(max_length=400, blank=True, db_default="")
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    captured_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=10, choices=Evidence.choices, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "phone", "kind", "captured_at"], name="compliance_consent_recorded_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.phone}"


class Relationship(TenantModel):
    """An existing business relationship (EBR): a purchase or an inquiry on a day."""

    class Kind(models.TextChoices):
        PURCHASE = "PURCHASE", "Purchase or transaction"
        INQUIRY = "INQUIRY", "Inquiry or application"

    phone = models.CharField(max_length=16)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    occurred_on = models.DateField()
    source = models.CharField(max_length=10, choices=Evidence.choices)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "phone", "kind", "occurred_on"], name="compliance_relationship_recorded_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.phone}"


class DncEntry(TenantModel):
    """A request never to be called again, by the whole tenant or by one campaign. It does not expire."""

    phone = models.CharField(max_length=16)
    # A plain id: campaigns lie above this app. Null means the whole tenant.
    campaign_id = models.BigIntegerField(null=True, blank=True)
    source = models.CharField(max_length=10, choices=Evidence.choices)
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_note = models.CharField(max_length=300, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "phone", "campaign_id"],
                condition=models.Q(removed_at__isnull=True),
                nulls_distinct=False,
                name="compliance_dncentry_one_active",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="compliance_dncentry_newest"),
            models.Index(fields=["tenant", "phone"], name="compliance_dncentry_phone"),
        ]

    def __str__(self) -> str:
        return self.phone


class DncRegister(TenantModel):
    """A copy of a do-not-call register that the tenant subscribes to: national (`US`) or of a state (`US-FL`)."""

    jurisdiction = models.CharField(max_length=8)
    # The date of the register's version; a copy older than 31 days no longer counts, 16 CFR 310.4(b)(3).
    listed_on = models.DateField()
    number_count = models.PositiveBigIntegerField(default=0)
    # A stand-in loaded by the demo or a rehearsal, not a real register.
    is_sample = models.BooleanField(default=False)
    loaded_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "jurisdiction"], name="compliance_dncregister_one_copy"),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction} of {self.listed_on}"


class DncRegisterNumber(TenantModel):
    """One number of a register's copy."""

    register = models.ForeignKey(DncRegister, on_delete=models.CASCADE, related_name="numbers")
    phone = models.CharField(max_length=16)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "phone", "register"], name="compliance_registernumber_once"),
        ]

    def __str__(self) -> str:
        return self.phone


class Decision(TenantModel):
    """The gate's answer for one number at one instant, with every fact it rests on. Append-only and hash-chained."""

    phone = models.CharField(max_length=16)
    campaign_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField()
    # An allow is good for a dial until this instant; then the gate must be asked again.
    expires_at = models.DateTimeField()
    is_allowed = models.BooleanField()
    reasons = ArrayField(models.CharField(max_length=24), default=list)
    rules = ArrayField(models.CharField(max_length=80), default=list)
    zones = ArrayField(models.CharField(max_length=40), default=list)
    next_allowed_at = models.DateTimeField(null=True)
    rulebook = models.CharField(max_length=24)
    facts = models.JSONField()
    previous_hash = models.BinaryField(null=True)
    hash = models.BinaryField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "phone", "-id"], name="compliance_decision_phone")]

    def __str__(self) -> str:
        return f"{'allow' if self.is_allowed else 'deny'} {self.phone}"
