from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from apps.calls.models import Attempt, KeypadOffer
from apps.campaigns.models import Campaign, CampaignLead
from apps.tenants.models import TenantModel


class AgentState(models.TextChoices):
    """What an agent is doing, as the floor shows it."""

    OFFLINE = "OFFLINE", "Offline"
    READY = "READY", "Ready"
    PREVIEW = "PREVIEW", "Preview"
    RESERVED = "RESERVED", "Ringing"
    ON_CALL = "ON_CALL", "On call"
    WRAP_UP = "WRAP_UP", "Wrap-up"
    BREAK = "BREAK", "Break"


class AgentSession(TenantModel):
    """An agent's shift at the desk. The server's state is the truth; a page that reloads shows this row."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=AgentState.choices, default=AgentState.BREAK)
    state_since = models.DateTimeField()
    break_reason = models.CharField(max_length=40, blank=True)
    # Asked for a break or to leave during a call: granted when the call is wrapped up.
    next_state = models.CharField(max_length=8, choices=AgentState.choices, blank=True)
    # Asked for during a call: the shift moves there after it.
    next_campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, related_name="+")
    # The agent waits for a supervisor's help since then.
    help_asked_at = models.DateTimeField(null=True)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, null=True, related_name="+")
    # The lead shown for preview, reserved for this agent.
    preview_lead = models.ForeignKey(CampaignLead, on_delete=models.PROTECT, null=True, related_name="+")
    wrap_up_until = models.DateTimeField(null=True)
    # The carrier leg that keeps the agent in the standing conference; empty while there is none.
    leg_sid = models.CharField(max_length=34, blank=True)
    is_leg_connected = models.BooleanField(default=False)
    # The page that has the phone, by the name it gave itself; empty while none has.
    phone_page = models.CharField(max_length=40, blank=True)
    # Calls come to the phone that the member may use instead of a browser; there it was rung last, and it is muted.
    is_by_phone = models.BooleanField(default=False)
    phone_rung_at = models.DateTimeField(null=True)
    is_muted = models.BooleanField(default=False)
    # The person of the call hears music instead of the agent.
    is_holding = models.BooleanField(default=False)
    # When the carrier last said that the leg is there, and in which conference; empty when it did not say which.
    leg_seen_at = models.DateTimeField(null=True)
    # Since when a leg that was connected is away.
    leg_lost_at = models.DateTimeField(null=True)
    room_sid = models.CharField(max_length=34, blank=True)
    # What the agent has typed for the current attempt, so that a crash loses nothing.
    draft = models.JSONField(default=dict)
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user"], condition=models.Q(ended_at__isnull=True), name="agents_session_one_open"
            ),
            models.UniqueConstraint(
                fields=["tenant", "attempt"],
                condition=models.Q(attempt__isnull=False),
                name="agents_session_one_per_attempt",
            ),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "state", "state_since"],
                condition=models.Q(ended_at__isnull=True),
                name="agents_session_waiting",
            ),
            models.Index(
                fields=["tenant", "ended_at"], condition=~models.Q(leg_sid=""), name="agents_session_with_leg"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.state}"


class AgentSpan(TenantModel):
    """A stretch of a shift in one state that is over; the one that goes on is in the session itself."""

    session = models.ForeignKey(AgentSession, on_delete=models.CASCADE, related_name="spans")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=AgentState.choices)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "ended_at"], name="agents_span_by_end")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.state} {self.began_at}"


class Notice(TenantModel):
    """A supervisor's message to an agent, shown on the desk."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=300)
    sent_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "user", "sent_at"], name="agents_notice_to")]

    def __str__(self) -> str:
        return self.text


class Stance(models.TextChoices):
    """Who hears a supervisor in an agent's call: nobody, the agent alone, or everybody."""

    LISTEN = "LISTEN", "Listens"
    WHISPER = "WHISPER", "Whispers to the agent"
    BARGE = "BARGE", "Takes part in the call"


class Listening(TenantModel):
    """A supervisor's leg in an agent's conference, from asking for it to its end."""

    supervisor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(AgentSession, on_delete=models.PROTECT, related_name="listenings")
    stance = models.CharField(max_length=8, choices=Stance.choices)
    leg_sid = models.CharField(max_length=34, blank=True)
    asked_at = models.DateTimeField()
    joined_at = models.DateTimeField(null=True)
    # When the carrier last said that the leg is there; until it has, the listening counts from `asked_at`.
    seen_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "supervisor"],
                condition=models.Q(ended_at__isnull=True),
                name="agents_listening_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.supervisor_id} {self.stance} {self.session_id}"


class LostLine(KeypadOffer):
    """An agent's line that was lost for more than a moment while a person was on it, and what the person was told."""

    class State(models.TextChoices):
        """How far it has come; all but BACK keep the person, who hears nobody."""

        WAITING = "WAITING", "The person was asked to wait"
        OFFERED = "OFFERED", "The person was offered a call-back"
        BACK = "BACK", "The agent came back"

    session = models.ForeignKey(AgentSession, on_delete=models.PROTECT, related_name="+")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="lost_lines")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    lost_at = models.DateTimeField()
    told_at = models.DateTimeField()
    # The carrier has yet to do what the state asks; one worker at a time sees to it, until `busy_until`.
    is_pending = models.BooleanField(default=False)
    busy_until = models.DateTimeField(null=True)
    # The agent has the person again, or the call is over.
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "attempt"],
                condition=models.Q(ended_at__isnull=True),
                name="agents_lostline_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.state}"
