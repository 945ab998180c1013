"""The states and outcomes of the rows in `models`."""

from django.db import models


class AttemptState(models.IntegerChoices):
    """How far an attempt has come. It only moves up, except that a dial known not to have been sent goes back."""

    RESERVED = 10, "Reserved"
    PLACING = 20, "Being placed"
    UNKNOWN = 25, "Placed or not is unknown"
    PLACED = 30, "Placed"
    RINGING = 40, "Ringing"
    ANSWERED = 50, "Answered"
    CONNECTED = 60, "Connected to an agent"
    ENDED = 70, "Ended"


class Outcome(models.TextChoices):
    """The dialler's own outcome of an attempt; an agent's is the disposition."""

    CONNECTED = "CONNECTED", "Talked to an agent"
    ABANDONED = "ABANDONED", "Abandoned: no agent came"
    HUNG_UP = "HUNG_UP", "Hung up before an agent"
    MACHINE = "MACHINE", "Answering machine"
    FAX = "FAX", "Fax"
    NO_ANSWER = "NO_ANSWER", "No answer"
    BUSY = "BUSY", "Busy"
    FAILED = "FAILED", "Failed"
    BAD_NUMBER = "BAD_NUMBER", "Bad number"
    REFUSED = "REFUSED", "Refused by the carrier"
    CANCELED = "CANCELED", "Cancelled before it was placed"
    EXPIRED = "EXPIRED", "Not placed in time"
    UNKNOWN = "UNKNOWN", "Unknown: counted as an attempt"


class TransferState(models.IntegerChoices):
    """How far the leg of somebody to whom a call is transferred has come. It only moves up."""

    ASKED = 10, "Asked for"
    DIALLING = 20, "Dialling"
    RINGING = 30, "Ringing"
    TALKING = 40, "On the line"
    ENDING = 50, "Being hung up"
    ENDED = 60, "Ended"


class TapingState(models.TextChoices):
    """How the recording of a talk stands, as the agent's desk shows it."""

    OFF = "OFF", "Not recorded"
    CONSENT = "CONSENT", "Waits for the person's agreement"
    STARTING = "STARTING", "About to be recorded"
    ON = "ON", "Recorded"
    PAUSED = "PAUSED", "Paused"
    FAILED = "FAILED", "Could not be recorded"


class KeypadChoice(models.TextChoices):
    """What a person asked for by keypad, whom nobody could talk to."""

    CALLBACK = "CALLBACK", "To be called back"
    NEVER = "NEVER", "Not to be called again"
