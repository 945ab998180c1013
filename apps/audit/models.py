from django.conf import settings
from django.contrib.postgres.indexes import HashIndex
from django.db import models

from apps.tenants.models import TenantModel

# Tables that migrations made ledgers (tenants.rls.keep_ledger); verify_ledger walks them.
LEDGERS = ("audit_auditentry", "compliance_decision")


class AuditEntry(TenantModel):
    """Who did what, when. Append-only; a trigger links each entry to the tenant's one before by its hash."""

    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    # The name of what acted when it was no person: an API key, the dialler, a carrier callback.
    actor_label = models.CharField(max_length=80, blank=True)
    target = models.CharField(max_length=80)
    data = models.JSONField(default=dict)
    request_id = models.CharField(max_length=32, blank=True)
    previous_hash = models.BinaryField(null=True)
    hash = models.BinaryField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "-id"], name="audit_entry_newest"),
            models.Index(fields=["tenant", "target", "-id"], name="audit_entry_target"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"


class PersonalValue(TenantModel):
    """A personal value of an entry. It may be deleted, never changed: the entry holds its salted SHA-256."""

    entry = models.ForeignKey(AuditEntry, on_delete=models.CASCADE, related_name="personal_values")
    key = models.CharField(max_length=40)
    value = models.TextField()
    salt = models.CharField(max_length=32)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "entry", "key"], name="audit_personalvalue_once")]
        indexes = [HashIndex(fields=["value"], name="audit_personalvalue_value")]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.key}"
