from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from apps.tenants.models import TenantModel


class Script(TenantModel):
    """What agents say and ask; its text lives in numbered versions that never change."""

    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="scripts_script_name_unique")]

    def __str__(self) -> str:
        return self.name


class ScriptVersion(TenantModel):
    """One version: a text with {variables} and a list of questions. A change makes a new version."""

    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    # [{"key", "text", "kind": "text|single|multiple|number|date", "options": [...]}], validated in scripts.services
    questions = models.JSONField(default=list)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "script", "number"], name="scripts_version_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.script} v{self.number}"
