from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from apps.campaigns.models import Campaign
from apps.leads.models import DedupeScope, LeadList
from apps.tenants.models import TenantModel


class Scope(models.TextChoices):
    """What an API key may do."""

    LEADS_WRITE = "leads:write", "Send leads"
    LEADS_READ = "leads:read", "Read the status of its own leads"


class ApiKey(TenantModel):
    """An outside lead source's key. Only a hash is kept; the key itself is shown once."""

    source = models.CharField(max_length=80)
    # First characters of the key, to tell keys apart.
    prefix = models.CharField(max_length=16, unique=True)
    key_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope.choices), default=list)
    lead_list = models.ForeignKey(LeadList, on_delete=models.PROTECT, related_name="+")
    # Where `call_now` leads go; without one the key may not ask for it.
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Where else a number may not be yet; CAMPAIGN means the lists of `campaign`.
    dedupe_scope = models.CharField(max_length=8, choices=DedupeScope.choices, default=DedupeScope.LIST)
    per_minute = models.PositiveIntegerField(default=600, validators=[MinValueValidator(1), MaxValueValidator(60_000)])
    # The member with the vendor role who may look at this source.
    vendor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "source"], name="api_apikey_source_unique")]

    def __str__(self) -> str:
        return self.source


class IdempotentResponse(TenantModel):
    """The answer first given for an Idempotency-Key, given again to every repetition."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "api_key", "key"], name="api_idempotentresponse_once"),
        ]
        indexes = [models.Index(fields=["api_key", "created_at"], name="api_idempotentresponse_age")]

    def __str__(self) -> str:
        return self.key
