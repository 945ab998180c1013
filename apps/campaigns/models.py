from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from apps.leads.models import Lead, LeadImport, LeadList, Place
from apps.scripts.models import ScriptVersion
from apps.telephony.domain.languages import Language
from apps.telephony.models import CallerId
from apps.telephony.twiml.speech import SPEECHES
from apps.tenants.models import LegalProfile, TenantModel


class DispositionSet(TenantModel):
    """The outcomes that agents of a campaign can choose from."""

    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="campaigns_dispositionset_name")]

    def __str__(self) -> str:
        return self.name


class Disposition(TenantModel):
    """An outcome an agent can choose. Reports and the retry plan read the flags, never the code or label."""

    disposition_set = models.ForeignKey(DispositionSet, on_delete=models.CASCADE, related_name="dispositions")
    code = models.CharField(max_length=12)
    label = models.CharField(max_length=60)
    # The digit key that chooses it on the desk, 1 to 9; empty has none.
    hotkey = models.CharField(max_length=1, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_human_answered = models.BooleanField(default=True)
    is_contact = models.BooleanField(default=False)
    is_success = models.BooleanField(default=False)
    is_not_interested = models.BooleanField(default=False)
    is_callback = models.BooleanField(default=False)
    is_dnc = models.BooleanField(default=False)
    # The lead is finished in this campaign.
    is_final = models.BooleanField(default=True)
    # The number is no use to anyone: wrong or dead.
    is_unworkable = models.BooleanField(default=False)
    is_machine = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "disposition_set", "code"], name="campaigns_disposition_code_unique"
            ),
            models.UniqueConstraint(
                fields=["tenant", "disposition_set", "hotkey"],
                condition=~models.Q(hotkey="") & models.Q(is_active=True),
                name="campaigns_disposition_hotkey_unique",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class DialMode(models.TextChoices):
    MANUAL = "MANUAL", "Manual"
    PREVIEW = "PREVIEW", "Preview"
    PROGRESSIVE = "PROGRESSIVE", "Progressive (one line per free agent)"
    RATIO = "RATIO", "Ratio (several lines per free agent)"


class RecordMode(models.TextChoices):
    NONE = "NONE", "No calls"
    ALL = "ALL", "All calls"
    ON_WISH = "ON_WISH", "Calls that the agent chooses"


class Campaign(TenantModel):
    """A purpose, lists, a script, a caller id, a way of dialling and a schedule."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        SCHEDULED = "SCHEDULED", "Scheduled"
        RUNNING = "RUNNING", "Running"
        PAUSED = "PAUSED", "Paused"
        COMPLETED = "COMPLETED", "Completed"
        ARCHIVED = "ARCHIVED", "Archived"

    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    # Why it is paused when no manager paused it, in one sentence.
    state_reason = models.CharField(max_length=300, blank=True)
    purpose = models.CharField(max_length=16, choices=LegalProfile.choices, default=LegalProfile.COMMERCIAL)
    dial_mode = models.CharField(max_length=12, choices=DialMode.choices, default=DialMode.PREVIEW)
    # Lines per free agent in ratio mode.
    ratio = models.FloatField(default=1.5)
    script_version = models.ForeignKey(ScriptVersion, on_delete=models.PROTECT, null=True, related_name="+")
    caller_id = models.ForeignKey(CallerId, on_delete=models.PROTECT, null=True, related_name="+")
    disposition_set = models.ForeignKey(DispositionSet, on_delete=models.PROTECT, related_name="+")
    # The campaign's own hours and ISO weekdays (1 Monday), in the called person's zone; the law may narrow them.
    call_from = models.TimeField()
    call_until = models.TimeField()
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    max_attempts = models.PositiveSmallIntegerField(default=6)
    # {system outcome: {"minutes": int, "times": int}}; see campaigns.domain.retry
    retry_plan = models.JSONField(default=dict)
    ring_seconds = models.PositiveSmallIntegerField(default=25)
    wrap_up_seconds = models.PositiveSmallIntegerField(default=30)
    preview_seconds = models.PositiveSmallIntegerField(default=60)
    is_machine_detected = models.BooleanField(default=False)
    # What the platform itself speaks to people who have no language of their own that it knows; see telephony.speech.
    language = models.CharField(
        max_length=2,
        choices=[(language.value, SPEECHES[language].name) for language in Language],
        default=Language.EN.value,
    )
    # What agents can have spoken into an answering machine; empty offers nothing.
    voicemail_text = models.TextField(blank=True)
    recording = models.CharField(max_length=8, choices=RecordMode.choices, default=RecordMode.NONE)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="campaigns_campaign_name_unique"),
            models.CheckConstraint(
                condition=models.Q(ring_seconds__gte=15, ring_seconds__lte=120),
                name="campaigns_campaign_ring_at_least_15",
                violation_error_message="Let it ring for 15 to 120 seconds; under 15 the law counts it as abandoned.",
            ),
            models.CheckConstraint(
                condition=models.Q(ratio__gte=1, ratio__lte=10), name="campaigns_campaign_ratio_1_to_10"
            ),
            models.CheckConstraint(
                condition=models.Q(call_from__lt=models.F("call_until")), name="campaigns_campaign_hours_in_order"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "state"], name="campaigns_campaign_state")]

    def __str__(self) -> str:
        return self.name


class CampaignList(TenantModel):
    """A list in use by a campaign."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="campaign_lists")
    lead_list = models.ForeignKey(LeadList, on_delete=models.PROTECT, related_name="+")
    # The newest lead of the list that has been taken into the queue; 0 before the first.
    last_lead_id = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "campaign", "lead_list"], name="campaigns_campaignlist_once"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign}: {self.lead_list}"


class CampaignImport(TenantModel):
    """An import whose leads are in the campaign's queue.

    A long import commits leads with ids below ones already taken in, so `CampaignList.last_lead_id` cannot see them.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    lead_import = models.ForeignKey(LeadImport, on_delete=models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "campaign", "lead_import"], name="campaigns_import_once"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}:{self.lead_import_id}"


class QueueState(models.IntegerChoices):
    """Where a lead stands in a campaign."""

    READY = 1, "Ready"
    RESERVED = 2, "Being called"
    WAITING = 3, "Waiting"
    DONE = 4, "Done"


class CampaignLead(TenantModel):
    """A lead's place in a campaign's queue. Narrow on purpose: it is the row that every claim touches."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.PositiveSmallIntegerField(choices=QueueState.choices, default=QueueState.READY)
    # Lower goes first: 0 now, 10 due call-backs, 50 minus the lead's rank otherwise.
    priority = models.SmallIntegerField(default=50)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    # {system outcome: count}, what the retry plan has used up.
    outcome_counts = models.JSONField(default=dict)
    next_attempt_at = models.DateTimeField(null=True)
    # The gate's or the plan's reason code for waiting or being done; empty when ready.
    reason = models.CharField(max_length=24, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "campaign", "lead"], name="campaigns_campaignlead_once"),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "place", "priority", "id"],
                condition=models.Q(state=QueueState.READY),
                name="campaigns_queue_ready",
            ),
            models.Index(
                fields=["campaign", "next_attempt_at"],
                condition=models.Q(state=QueueState.WAITING),
                name="campaigns_queue_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}:{self.lead_id}"


# Below every priority.
LOWEST_FLOOR = -32_768


class QueueFloor(TenantModel):
    """A place that has leads in a campaign's queue, and up to where its queue has been claimed.

    A claim starts above the floor instead of stepping over the index entries of leads claimed before, which pile up
    as long as any old transaction is open. Re-entering leads lower it. Every move is a new row; the newest counts.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    priority = models.SmallIntegerField(default=LOWEST_FLOOR)
    last_id = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["campaign", "place", "id"], name="campaigns_queuefloor_newest")]

    def __str__(self) -> str:
        return f"{self.campaign_id}:{self.place_id} {self.priority}/{self.last_id}"


class CampaignTotals(TenantModel):
    """Running totals of a campaign, kept by the same transactions that change what they count."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="totals")
    dialled = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    contacts = models.PositiveIntegerField(default=0)
    successes = models.PositiveIntegerField(default=0)
    abandoned = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.dialled} dialled"
