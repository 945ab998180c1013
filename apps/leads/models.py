from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce, Lower, Now, NullIf

from apps.tenants.models import Tenant, TenantModel


class Place(models.Model):
    """Where a lead may be, for the law: candidate zones and jurisdictions. Shared by all tenants, a few thousand rows.

    All leads of one place open and close together, so the dialler asks the rulebook once per place, not per lead.
    """

    zones = ArrayField(models.CharField(max_length=40))
    jurisdictions = ArrayField(models.CharField(max_length=16))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["zones", "jurisdictions"], name="leads_place_unique")]

    def __str__(self) -> str:
        return f"{'/'.join(self.jurisdictions)} {', '.join(self.zones)}"


class LineType(models.TextChoices):
    MOBILE = "mobile", "Mobile"
    LANDLINE = "landline", "Landline"
    VOIP = "voip", "VoIP"
    UNKNOWN = "unknown", "Unknown"


class SubjectType(models.TextChoices):
    CONSUMER = "consumer", "Consumer"
    BUSINESS = "business", "Business"


class LeadList(TenantModel):
    """A list of leads, from one file or one source."""

    name = models.CharField(max_length=120)
    description = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="leads_leadlist_name_unique")]

    def __str__(self) -> str:
        return self.name


class Lead(TenantModel):
    """A person or firm that may be called, with the number, and where it is for the law."""

    # The composite key of list and tenant vouches for both: two checks less on every row, and imports write millions.
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    lead_list = models.ForeignKey(
        LeadList, on_delete=models.PROTECT, related_name="leads", db_index=False, db_constraint=False
    )
    phone = models.CharField(max_length=16)
    region = models.CharField(max_length=2)
    line_type = models.CharField(max_length=8, choices=LineType.choices, default=LineType.UNKNOWN)
    state = models.CharField(max_length=3, blank=True)
    postal_code = models.CharField(max_length=12, blank=True)
    # A zone the person or an agent confirmed; it beats every guess.
    confirmed_zone = models.CharField(max_length=40, blank=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    subject_type = models.CharField(max_length=8, choices=SubjectType.choices, default=SubjectType.CONSUMER)
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    company = models.CharField(max_length=120, blank=True)
    email = models.CharField(max_length=254, blank=True)
    external_id = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=8, blank=True)
    rank = models.SmallIntegerField(default=0)
    custom = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    # What a search by name looks at. A column of its own, because row-level security keeps functions out of index
    # conditions.
    search_name = models.GeneratedField(
        expression=Lower(Coalesce(NullIf("last_name", Value("")), NullIf("company", Value("")), "first_name")),
        output_field=models.TextField(),
        db_persist=True,
    )

    class Meta(TenantModel.Meta):
        constraints = [
            # Phone first: it also serves look-ups by number across lists.
            models.UniqueConstraint(fields=["tenant", "phone", "lead_list"], name="leads_lead_once_per_list"),
        ]
        indexes = [
            models.Index(fields=["lead_list", "id"], name="leads_lead_list"),
            models.Index(fields=["tenant", "search_name", "id"], name="leads_lead_name"),
            models.Index(
                fields=["tenant", "external_id"], condition=~models.Q(external_id=""), name="leads_lead_external_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.phone


class DedupeScope(models.TextChoices):
    LIST = "LIST", "this list"
    CAMPAIGN = "CAMPAIGN", "the lists of a campaign"
    TENANT = "TENANT", "all lists"


class LeadImport(TenantModel):
    """One uploaded file on its way into a list; everything needed to start it again after a crash is in this row."""

    class State(models.TextChoices):
        UPLOADED = "UPLOADED", "Uploaded"
        QUEUED = "QUEUED", "Waiting"
        RUNNING = "RUNNING", "Running"
        DONE = "DONE", "Done"
        FAILED = "FAILED", "Failed"

    class OnDuplicate(models.TextChoices):
        SKIP = "SKIP", "keep what is there"
        UPDATE = "UPDATE", "update it"

    lead_list = models.ForeignKey(LeadList, on_delete=models.PROTECT, related_name="imports")
    file = models.FileField(upload_to="imports/%Y/%m/")
    file_name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    # {"delimiter", "encoding", "columns": {header: field}, "region"}; see leads.importing
    mapping = models.JSONField(default=dict)
    default_region = models.CharField(max_length=2, default="US")
    dedupe_scope = models.CharField(max_length=8, choices=DedupeScope.choices, default=DedupeScope.LIST)
    # The lists that share a scope of CAMPAIGN, fixed when the import is queued.
    dedupe_list_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    on_duplicate = models.CharField(max_length=6, choices=OnDuplicate.choices, default=OnDuplicate.SKIP)
    state = models.CharField(max_length=8, choices=State.choices, default=State.UPLOADED)
    bytes_done = models.BigIntegerField(default=0)
    rows_read = models.IntegerField(default=0)
    accepted = models.IntegerField(default=0)
    updated = models.IntegerField(default=0)
    duplicates = models.IntegerField(default=0)
    invalid = models.IntegerField(default=0)
    # {reason code: count} of the rejected rows.
    reject_counts = models.JSONField(default=dict)
    rejects = models.FileField(upload_to="rejects/%Y/%m/", blank=True)
    error = models.CharField(max_length=500, blank=True)
    # Ids given to this import's new leads, so that campaigns can take them in without a search.
    first_lead_id = models.BigIntegerField(null=True)
    last_lead_id = models.BigIntegerField(null=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "state"], name="leads_leadimport_state")]

    def __str__(self) -> str:
        return self.file_name
