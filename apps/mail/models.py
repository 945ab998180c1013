import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from apps.leads.models import Lead
from apps.tenants.models import TenantModel


class MailKind(models.TextChoices):
    """What an e-mail is for."""

    INTRO = "INTRO", "Introduction, before the call"
    FOLLOW_UP = "FOLLOW_UP", "Follow-up, after the call"


class MailTemplate(TenantModel):
    """Words that agents send to a lead, with the variables that scripts have."""

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=9, choices=MailKind.choices, default=MailKind.FOLLOW_UP)
    subject = models.CharField(max_length=150)
    body = models.TextField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="mail_template_name_unique")]

    def __str__(self) -> str:
        return self.name


class Email(TenantModel):
    """One e-mail to a lead: what was written to whom, and what became of it."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Waiting to be sent"
        SENDING = "SENDING", "Being sent"
        SENT = "SENT", "Sent"
        FAILED = "FAILED", "Not sent"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="+", db_index=False)
    template = models.ForeignKey(MailTemplate, on_delete=models.PROTECT, related_name="+", db_index=False)
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    # A plain id: campaigns lie above this app. For entries that forbid one campaign to contact somebody.
    campaign_id = models.BigIntegerField()
    address = models.EmailField()
    subject = models.CharField(max_length=300)
    # Without the footer, which is made when it is sent.
    body = models.TextField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.QUEUED)
    # Why it was not sent, or not yet.
    reason = models.CharField(max_length=300, blank=True)
    try_count = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["lead", "-queued_at"], name="mail_email_lead"),
            models.Index(fields=["tenant", "-queued_at"], name="mail_email_newest"),
            models.Index(
                fields=["tenant", "state", "next_try_at"],
                condition=models.Q(state__in=["QUEUED", "SENDING"]),
                name="mail_email_due",
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class MailStop(TenantModel):
    """An address that gets no more e-mails from the tenant. It does not expire."""

    class Source(models.TextChoices):
        LINK = "LINK", "Link in an e-mail"
        AGENT = "AGENT", "Told an agent"
        MANAGER = "MANAGER", "Entered by a manager"

    # In lower case: nobody tells apart two mailboxes by that.
    address = models.EmailField()
    source = models.CharField(max_length=7, choices=Source.choices)
    created_by = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "address"], name="mail_stop_once")]

    def __str__(self) -> str:
        return self.address
