"""Every action that the audit ledger knows, and which of its data is personal.

Add an action here before you record it; the value is stored for good, so it is never renamed.
"""

from django.db import models


class Action(models.TextChoices):
    """What was done. The part before the dot is the kind of thing it was done to."""

    TENANT_OPENED = "tenant.opened", "Organisation opened"
    TENANT_CHANGED = "tenant.changed", "Settings changed"
    TENANT_STOPPED = "tenant.stopped", "Calling to a jurisdiction stopped"
    TENANT_RESUMED = "tenant.resumed", "Calling to a jurisdiction resumed"

    MEMBER_INVITED = "member.invited", "Member invited"
    INVITATION_WITHDRAWN = "member.invitation_withdrawn", "Invitation withdrawn"
    MEMBER_JOINED = "member.joined", "Member joined"
    MEMBER_ROLE_CHANGED = "member.role_changed", "Member's role changed"
    MEMBER_DEACTIVATED = "member.deactivated", "Member deactivated"
    MEMBER_REACTIVATED = "member.reactivated", "Member reactivated"
    MEMBER_PHONE_CHANGED = "member.phone_changed", "Telephone for a member's calls approved or withdrawn"

    ACCOUNT_ADDED = "carrier_account.added", "Carrier account added"
    ACCOUNT_CHANGED = "carrier_account.changed", "Carrier account changed"
    ACCOUNT_OPENED = "carrier_account.opened", "Carrier subaccount opened"
    ACCOUNT_KEY_MADE = "carrier_account.key_made", "Key for agents' phones made"
    ACCOUNT_SUSPENDED = "carrier_account.suspended", "Carrier account suspended"
    CALLER_ID_ADDED = "caller_id.added", "Number added"
    CALLER_ID_VERIFYING = "caller_id.verifying", "Number's verification asked for"
    CALLER_ID_ENABLED = "caller_id.enabled", "Number enabled"
    CALLER_ID_DISABLED = "caller_id.disabled", "Number disabled"
    CALLER_ID_ANSWERED = "caller_id.answered", "Calls to a number come in here"

    TRANSFER_TARGET_ADDED = "transfer_target.added", "Transfer target added"
    TRANSFER_TARGET_CHANGED = "transfer_target.changed", "Transfer target changed"
    TRANSFER_TARGET_REMOVED = "transfer_target.removed", "Transfer target removed"

    API_KEY_CREATED = "api_key.created", "API key created"
    API_KEY_CHANGED = "api_key.changed", "API key changed"
    API_KEY_REVOKED = "api_key.revoked", "API key revoked"

    LIST_CREATED = "list.created", "List created"
    LIST_CHANGED = "list.changed", "List changed"
    LIST_ARCHIVED = "list.archived", "List archived"
    LIST_RESTORED = "list.restored", "List restored"
    IMPORT_STARTED = "import.started", "Import started"
    IMPORT_FINISHED = "import.finished", "Import finished"
    IMPORT_FAILED = "import.failed", "Import failed"
    LEAD_CHANGED = "lead.changed", "Lead changed"

    DNC_ADDED = "dnc.added", "Do-not-call entry added"
    DNC_REMOVED = "dnc.removed", "Do-not-call entry removed"
    REGISTER_LOADED = "register.loaded", "Do-not-call register loaded"
    CONSENT_ADDED = "consent.added", "Consent recorded"
    CONSENT_REVOKED = "consent.revoked", "Consent revoked"
    RELATIONSHIP_ADDED = "relationship.added", "Business relationship recorded"

    SCRIPT_CREATED = "script.created", "Script created"
    SCRIPT_VERSION_ADDED = "script.version_added", "Script version added"
    SCRIPT_CHANGED = "script.changed", "Script renamed"
    SCRIPT_SUBMITTED = "script.submitted", "Script handed in for approval"
    SCRIPT_APPROVED = "script.approved", "Script approved"
    SCRIPT_RETURNED = "script.returned", "Script sent back"
    SCRIPT_ARCHIVED = "script.archived", "Script archived"
    SCRIPT_RESTORED = "script.restored", "Script restored"

    MAIL_TEMPLATE_CREATED = "mail_template.created", "E-mail template written"
    MAIL_TEMPLATE_CHANGED = "mail_template.changed", "E-mail template changed"
    MAIL_STOPPED = "mail.stopped", "E-mails to an address stopped"

    CAMPAIGN_CREATED = "campaign.created", "Campaign created"
    CAMPAIGN_CHANGED = "campaign.changed", "Campaign changed"
    CAMPAIGN_STATE_CHANGED = "campaign.state_changed", "Campaign's state changed"
    QUOTAS_CHANGED = "campaign.quotas_changed", "Quotas changed"

    ANSWERS_EXPORTED = "answers.exported", "Answers exported"
    ATTEMPT_DISPOSED = "attempt.disposed", "Disposition given by a supervisor"
    CALLBACK_REASSIGNED = "callback.reassigned", "Call-back given to somebody else"
    CALLBACK_CANCELED = "callback.canceled", "Call-back cancelled"
    CALLBACK_ASKED = "callback.asked", "Call-back asked for by somebody who rang"
    TRANSFER_STARTED = "attempt.transfer_started", "Call's transfer asked for"
    TRANSFER_HANDED_OVER = "attempt.handed_over", "Call handed over to a transfer target"
    TRANSFER_ENDED = "attempt.transfer_ended", "Transfer ended"
    TRANSFER_MISSED = "attempt.transfer_missed", "Nobody took over a transfer, the person offered a call-back"
    VOICEMAIL_REFUSED = "attempt.voicemail_refused", "Voicemail message refused by the rules"
    VOICEMAIL_LEFT = "attempt.voicemail_left", "Voicemail message left"
    AGENT_MESSAGED = "agent.messaged", "Message sent to an agent"
    AGENT_SENT_ON_BREAK = "agent.sent_on_break", "Agent put on break by a supervisor"
    AGENT_MOVED = "agent.moved", "Agent moved to another campaign"
    HELP_ANSWERED = "agent.help_answered", "Agent's request for help answered"
    LISTENING_STARTED = "listening.started", "Supervisor listens to an agent's call"
    LISTENING_CHANGED = "listening.changed", "Supervisor whispers, takes part or only listens"
    LISTENING_ENDED = "listening.ended", "Supervisor has left an agent's line"
    CALL_COACHED = "attempt.coached", "Coaching note written"
    RECORDING_AGREED = "recording.agreed", "Person agreed to be recorded"
    RECORDING_DECLINED = "recording.declined", "Person did not agree to be recorded"
    RECORDING_HEARD = "recording.heard", "Recording played"
    RECORDING_DELETED = "recording.deleted", "Recording deleted after its time"
    LINE_LOST = "attempt.line_lost", "Agent's line lost in a talk, the person offered a call-back"
    AGENT_PHONE_USED = "agent.phone_used", "Agent takes calls at their telephone, or in the browser again"
    AGENT_FORCED_OUT = "agent.forced_out", "Agent logged out by a supervisor"

    AUDIT_ERASED = "audit.erased", "Personal data erased from the audit"


# Keys of `data` whose values identify a person, whatever the action. Their values are kept beside the ledger, so that
# they can be erased on request; the ledger itself holds only a salted digest and stays provable.
PERSONAL_KEYS = frozenset({"email", "ip_address", "note", "person", "phone"})
