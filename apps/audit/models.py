from django.conf import settings
from django.db import models

from apps.tenants.models import TenantModel


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
