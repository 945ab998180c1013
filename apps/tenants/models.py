from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now

from apps.tenants.scope import get_tenant_id


class LegalProfile(models.TextChoices):
    """What a tenant calls for; it decides which exemptions apply (rulebook, `exemptions`)."""

    COMMERCIAL = "COMMERCIAL", "Commercial"
    CHARITY = "CHARITY", "Charity"
    POLITICAL = "POLITICAL", "Political"
    SURVEY = "SURVEY", "Survey or research"
    DEBT = "DEBT", "Debt collection"
    INFORMATIONAL = "INFORMATIONAL", "Informational"


class Tenant(models.Model):
    """An organisation that calls; nothing of it is visible to another."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    legal_profile = models.CharField(max_length=16, choices=LegalProfile.choices, default=LegalProfile.COMMERCIAL)
    # The name and number that the abandonment message must state, 16 CFR 310.4(b)(4)(iii).
    seller_name = models.CharField(max_length=120, blank=True)
    seller_phone = models.CharField(max_length=16, blank=True)
    # ISO countries that may be dialled; jurisdictions under an emergency stop, such as US-LA.
    countries = ArrayField(models.CharField(max_length=2), default=list)
    stopped_jurisdictions = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    time_zone = models.CharField(max_length=64, default="America/New_York")
    is_mfa_required = models.BooleanField(default=True)
    # Agents see on their desk that a supervisor is on their line.
    is_listening_shown = models.BooleanField(default=True)
    # Whoever has written a version of a script does not approve it.
    is_second_person_needed = models.BooleanField(default=True)
    # Days after which recordings are deleted, at the carrier too; None keeps them.
    recording_days = models.PositiveSmallIntegerField(null=True)
    # Who e-mails come from, where answers go, and the postal address that each must state, 15 USC 7704(a)(5)(A)(iii).
    mail_from_name = models.CharField(max_length=80, blank=True, default="")
    mail_reply_to = models.EmailField(blank=True, default="")
    postal_address = models.CharField(max_length=300, blank=True, default="")
    is_active = models.BooleanField(default=True)
    # Encrypts the ids that others see, so that these do not tell how many rows there are; never changed.
    id_key = models.UUIDField(db_default=RandomUUID(), editable=False)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name

    @property
    def seller(self) -> str:
        """The name for which its callers speak."""
        return self.seller_name or self.name

    @property
    def home_region(self) -> str:
        """The country (ISO 3166) where numbers without a country code are at home."""
        return self.countries[0] if self.countries else "US"

    @property
    def mail_sender(self) -> str:
        """The name in which its e-mails are sent."""
        return self.mail_from_name or self.seller


class TenantManager(models.Manager[Any]):
    """Sees the rows of the tenant in scope and raises outside a scope."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(tenant_id=get_tenant_id())


class TenantModel(models.Model):
    """A row that belongs to one tenant: scoped manager here, row-level security in the database.

    `unscoped` is for code that runs inside a scope but must not add a filter, such as Django's own relations;
    row-level security still limits it.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[models.Manager[Self]] = TenantManager()
    unscoped: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        if self.tenant_id is None:
            self.tenant_id = get_tenant_id()
        super().save(*args, **kwargs)
