from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from apps.tenants.models import TenantModel


class Script(TenantModel):
    """What agents say and ask; its words live in numbered versions."""

    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="scripts_script_name_unique")]

    def __str__(self) -> str:
        return self.name


class ScriptKind(models.TextChoices):
    """How the desk shows the questions: all that lie ahead, or one after the other."""

    CONSULTATIVE = "CONSULTATIVE", "Consultative: the agent leads the talk"
    SURVEY = "SURVEY", "Survey: one question after the other, as worded"


class ScriptVersion(TenantModel):
    """One version: words with {variables} and questions with branches. Only a draft changes; after it comes the next."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        SUBMITTED = "SUBMITTED", "Waiting for approval"
        APPROVED = "APPROVED", "Approved"
        RETURNED = "RETURNED", "Sent back"

    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    kind = models.CharField(max_length=12, choices=ScriptKind.choices, default=ScriptKind.CONSULTATIVE)
    text = models.TextField()
    # [scripts.domain.questions.QuestionData]
    questions = models.JSONField(default=list)
    # [{"objection", "answer"}] and [{"jurisdiction": "US-CA", "text"}]
    rebuttals = models.JSONField(default=list)
    disclosures = models.JSONField(default=list)
    call_to_action = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    # User ids of everybody who has written any of it.
    editor_ids = ArrayField(models.BigIntegerField(), default=list)
    created_at = models.DateTimeField(db_default=Now())
    submitted_at = models.DateTimeField(null=True)
    # Who approved it or sent it back, and in the latter case why.
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "script", "number"], name="scripts_version_number_unique"),
            models.UniqueConstraint(
                fields=["tenant", "script"],
                condition=models.Q(state="DRAFT"),
                name="scripts_version_one_draft",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.script} v{self.number}"
