import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from apps.calls.domain.quotas import LABEL_LENGTH
from apps.calls.enums import AttemptState, KeypadChoice, Outcome, TapingState, TransferState
from apps.campaigns.models import Campaign, CampaignLead, DialMode, Disposition
from apps.compliance.models import Decision
from apps.leads.models import Lead
from apps.scripts.models import ScriptVersion
from apps.telephony.models import CallerId, TransferTarget
from apps.tenants.models import TenantModel


class Attempt(TenantModel):
    """One decision to dial one number once, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+", db_index=False)
    campaign_lead = models.ForeignKey(CampaignLead, on_delete=models.PROTECT, related_name="+")
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="attempts")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="+", db_index=False)
    caller_id = models.ForeignKey(CallerId, on_delete=models.PROTECT, related_name="+", db_index=False)
    phone = models.CharField(max_length=16)
    mode = models.CharField(max_length=12, choices=DialMode.choices)
    # The agent the attempt is for: set at reservation, or at the answer in ratio mode.
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.PositiveSmallIntegerField(choices=AttemptState.choices, default=AttemptState.RESERVED)
    sid = models.CharField(max_length=34, null=True, unique=True)  # noqa: DJ001 - unique once there is one
    reserved_at = models.DateTimeField()
    placing_at = models.DateTimeField(null=True)
    # Until when this state is believed without news: of the worker that places, then of the carrier.
    trusted_until = models.DateTimeField(null=True)
    placed_at = models.DateTimeField(null=True)
    ringing_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Verdict and end as ranks of calls.domain.fold, so that events merge in any order.
    answered_by = models.PositiveSmallIntegerField(default=0)
    end_status = models.PositiveSmallIntegerField(default=0)
    talk_seconds = models.PositiveIntegerField(default=0)
    # When the agent left it to go on without them: to whom it was transferred, or to a voicemail's message.
    left_at = models.DateTimeField(null=True)
    # The answer found no free agent.
    is_unattended = models.BooleanField(default=False)
    # No agent within two seconds of the answer, as the law counts it; known when the call is settled.
    is_abandoned = models.BooleanField(default=False)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    error_code = models.CharField(max_length=12, blank=True)
    error = models.CharField(max_length=300, blank=True)
    # Set once, with all consequences of the end (queue, totals, retry), in one transaction.
    settled_at = models.DateTimeField(null=True)
    disposition = models.ForeignKey(Disposition, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    disposed_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    # Real milliseconds from the answer to the agent's ear, where a desk has measured it; see calls.services.voice.
    voice_ms = models.PositiveIntegerField(null=True)
    # What the agent had on the screen, whatever version the campaign has moved on to.
    script_version = models.ForeignKey(
        ScriptVersion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "phone"],
                condition=models.Q(state__lt=AttemptState.ENDED),
                name="calls_attempt_one_live_per_phone",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "-reserved_at"], name="calls_attempt_campaign"),
            models.Index(fields=["tenant", "phone", "-reserved_at"], name="calls_attempt_phone"),
            models.Index(
                fields=["tenant", "state", "reserved_at"],
                condition=models.Q(state__lt=AttemptState.ENDED),
                name="calls_attempt_live",
            ),
            models.Index(
                fields=["tenant", "ended_at"],
                condition=models.Q(state=AttemptState.ENDED, settled_at__isnull=True),
                name="calls_attempt_unsettled",
            ),
            models.Index(fields=["campaign", "disposition"], name="calls_attempt_disposition"),
            models.Index(
                fields=["tenant", "connected_at"],
                condition=models.Q(connected_at__isnull=False),
                name="calls_attempt_talks",
            ),
            models.Index(
                fields=["tenant", "ended_at"],
                condition=models.Q(state=AttemptState.ENDED, outcome=Outcome.CONNECTED, disposed_at__isnull=True),
                name="calls_attempt_undisposed",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Answer(TenantModel):
    """What somebody answered to a question of a script in one call, with the question as it was worded then."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers", db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="+", db_index=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+", db_index=False)
    script_version = models.ForeignKey(
        ScriptVersion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    # In the order of the talk, from 0.
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=64)
    question = models.TextField(blank=True)
    # scripts.domain.questions.Kind, or "disclosure" for a text that was read out.
    kind = models.CharField(max_length=12)
    # The answer in words, and as a value where it is one of the kind.
    text = models.TextField()
    options = ArrayField(models.TextField(), default=list)
    number = models.DecimalField(max_digits=40, decimal_places=10, null=True)
    chosen_on = models.DateField(null=True)
    chosen_at = models.DateTimeField(null=True)
    # Kept from a call that has no disposition.
    is_partial = models.BooleanField(default=False)
    answered_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "attempt", "key"], name="calls_answer_once")]
        indexes = [
            models.Index(fields=["campaign", "id"], name="calls_answer_campaign"),
            models.Index(fields=["script_version", "id"], name="calls_answer_script"),
            models.Index(fields=["lead", "key"], name="calls_answer_lead"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.text}"


class QuotaCell(TenantModel):
    """How many people of one kind a survey is to reach; a cell that is full gets no more calls."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=LABEL_LENGTH)
    # [calls.domain.quotas.ConditionData]; all of them hold for people of this kind
    conditions = models.JSONField()
    target = models.PositiveIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "campaign", "position"], name="calls_quotacell_position"),
        ]
        indexes = [models.Index(fields=["campaign", "position"], name="calls_quotacell_campaign")]

    def __str__(self) -> str:
        return f"{self.label}: {self.count} of {self.target}"

    @property
    def is_full(self) -> bool:
        """Whether it has all the interviews it is to have."""
        return self.count >= self.target


class ProviderEvent(TenantModel):
    """A verified carrier callback, stored once."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="events", db_index=True)
    # sid, source, sequence and status of the callback in one string; a repeated callback has the same.
    key = models.CharField(max_length=120)
    name = models.CharField(max_length=24)
    payload = models.JSONField()
    received_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="calls_providerevent_once")]

    def __str__(self) -> str:
        return self.key


class Callback(TenantModel):
    """A promise to call a lead again at an instant: by one agent, or by the pool."""

    class State(models.TextChoices):
        DUE = "DUE", "Open"
        DONE = "DONE", "Kept"
        CANCELED = "CANCELED", "Cancelled"

    campaign_lead = models.ForeignKey(CampaignLead, on_delete=models.CASCADE, related_name="callbacks")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField()
    # The zone in which the time was agreed.
    zone = models.CharField(max_length=40)
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "campaign_lead"],
                condition=models.Q(state="DUE"),
                name="calls_callback_one_open",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "state", "due_at"], name="calls_callback_due")]

    def __str__(self) -> str:
        return f"{self.campaign_lead_id} {self.due_at}"


class Recording(TenantModel):
    """A recording that the carrier holds for an attempt."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="recordings")
    sid = models.CharField(max_length=34, unique=True)
    url = models.URLField(max_length=500, blank=True)
    seconds = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=16)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.sid


class KeypadOffer(TenantModel):
    """What a person was offered by keypad in a call in which nobody talks to them, and what they chose."""

    offered_at = models.DateTimeField(null=True)
    choice = models.CharField(max_length=8, choices=KeypadChoice.choices, blank=True)
    # When the person is called back, if they asked for it and may be called.
    callback_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = True


class Transfer(KeypadOffer):
    """Somebody of the tenant's list called into a talk: to take it over, to be asked first, or to join it."""

    class Way(models.TextChoices):
        """What becomes of the talk while the target is called."""

        BLIND = "BLIND", "Put through at once"
        WARM = "WARM", "Asked while the person was on hold"
        THIRD_PARTY = "THIRD", "Asked into the talk"

    class Result(models.TextChoices):
        """How the target's leg ended."""

        COMPLETED = "COMPLETED", "Talked"
        NO_ANSWER = "NO_ANSWER", "No answer"
        BUSY = "BUSY", "Busy"
        FAILED = "FAILED", "Not reached"
        CANCELED = "CANCELED", "Called off"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="transfers")
    target = models.ForeignKey(TransferTarget, on_delete=models.PROTECT, related_name="+", db_index=False)
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    # The target as it was called then.
    name = models.CharField(max_length=60)
    phone = models.CharField(max_length=16)
    way = models.CharField(max_length=8, choices=Way.choices)
    state = models.PositiveSmallIntegerField(choices=TransferState.choices, default=TransferState.ASKED)
    # The carrier's leg to the target; empty until it is known.
    sid = models.CharField(max_length=34, blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    # When the agent asked to leave the two alone; null again when that failed.
    leaving_at = models.DateTimeField(null=True)
    # When the person was taken out of the agent's conference to be alone with the target.
    handed_over_at = models.DateTimeField(null=True)
    # When the person, left without a target, was fetched from waiting for one.
    returned_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Until when this state is believed without news of the carrier.
    trusted_until = models.DateTimeField(null=True)
    result = models.CharField(max_length=9, choices=Result.choices, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "attempt"],
                condition=models.Q(state__lt=TransferState.ENDING),
                name="calls_transfer_one_open",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "asked_at"],
                condition=models.Q(state__lt=TransferState.ENDED),
                name="calls_transfer_live",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} to {self.name}"


class InboundCall(KeypadOffer):
    """Somebody rang a number of the tenant, mostly having missed a call; `phone` is E.164, empty when they hide it."""

    caller_id = models.ForeignKey(CallerId, on_delete=models.PROTECT, related_name="+", db_index=False)
    phone = models.CharField(max_length=16, blank=True)
    # Our newest call to them, if there was one.
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, null=True, related_name="inbound_calls")
    sid = models.CharField(max_length=34, unique=True)
    received_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "phone"], name="calls_inboundcall_phone")]

    def __str__(self) -> str:
        return self.sid


class VoicemailDrop(TenantModel):
    """A campaign's message, spoken into an answering machine after its agent has left; the gate allowed it."""

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="voicemail")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="+", db_index=False)
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Every word as it was spoken: who calls, the campaign's message, and where to call back.
    text = models.TextField()
    asked_at = models.DateTimeField()
    # Set by the one worker that sends it; and when the carrier had taken it.
    sending_at = models.DateTimeField(null=True)
    played_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return str(self.attempt_id)


class Taping(TenantModel):
    """Whether and how one talk is recorded: what the agent wants, and what the carrier has done.

    There is one for each talk of a campaign that records. `calls.taping` brings the carrier to what is wanted.
    """

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="taping")
    state = models.CharField(max_length=8, choices=TapingState.choices)
    # Rows of the rulebook by which everybody must agree; empty where one party may record.
    demands = ArrayField(models.CharField(max_length=40), default=list)
    # The sentence that the agent said, and when the person agreed to it or did not.
    sentence = models.TextField(blank=True)
    agreed_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)
    is_paused_by_agent = models.BooleanField(default=False)
    # The agent is in a field for a card number or the like.
    is_field_open = models.BooleanField(default=False)
    # The carrier's recording, once it has named it, and when it was first asked for one.
    sid = models.CharField(max_length=34, blank=True)
    asked_at = models.DateTimeField(null=True)
    # Until when one worker alone talks with the carrier about it.
    claimed_until = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["tenant", "changed_at"],
                condition=models.Q(state__in=["STARTING", "ON", "PAUSED"]),
                name="calls_taping_live",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.state}"

    @property
    def is_pause_wanted(self) -> bool:
        """Whether nothing may be recorded now."""
        return self.is_paused_by_agent or self.is_field_open

    @property
    def is_rolling(self) -> bool:
        """Whether what is said now may be heard in the recording, as far as is known."""
        if self.state == TapingState.STARTING:
            return self.asked_at is not None
        return self.state == TapingState.ON or (self.state == TapingState.PAUSED and not self.is_pause_wanted)


class CallNote(TenantModel):
    """What a supervisor tells the agent about a call, at a second of its recording or about the whole."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="coaching_notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    second = models.PositiveIntegerField(null=True)
    text = models.CharField(max_length=500)
    written_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "written_at"], name="calls_callnote_written")]

    def __str__(self) -> str:
        return self.text
