"""The words the gate speaks in. Their values are the ones of `manage.py decide`, the ledger and the API."""

from enum import StrEnum


class Word(StrEnum):
    """A code that hashes as its text does: an enum's own hash is slow, and the gate's memos are asked all day."""

    __hash__ = str.__hash__


class Purpose(Word):
    """What a call is for (its legal profile). A survey or a donation call with a sales pitch is commercial."""

    COMMERCIAL = "commercial"
    CHARITY = "charity"
    POLITICAL = "political"
    SURVEY = "survey"
    DEBT = "debt"
    INFORMATIONAL = "informational"


class Subject(Word):
    CONSUMER = "consumer"
    BUSINESS = "business"


class DialMode(Word):
    """How a call is started. A campaign's ratio mode is `predictive`: several lines per free agent."""

    MANUAL = "manual"
    PREVIEW = "preview"
    PROGRESSIVE = "progressive"
    PREDICTIVE = "predictive"
    PRERECORDED = "prerecorded"


class LineType(Word):
    MOBILE = "mobile"
    LANDLINE = "landline"
    VOIP = "voip"
    UNKNOWN = "unknown"


class Consent(Word):
    NONE = "none"
    EXPRESS = "express"
    EXPRESS_WRITTEN = "express_written"
    REVOKED = "revoked"


class EbrKind(Word):
    """Kinds of existing business relationship; a purchase stands for any transaction or contract."""

    PURCHASE = "purchase"
    INQUIRY = "inquiry"


class Register(Word):
    NATIONAL = "national"
    STATE = "state"
    ENTITY = "entity"


class Counted(Word):
    """What a frequency cap counts: attempts placed, or talks (a person was reached)."""

    ATTEMPTS = "attempts"
    TALKS = "talks"


class Reason(Word):
    """Why a call is denied."""

    ABANDONMENT = "abandonment"
    ATTEMPT_CAP = "attempt_cap"
    CALLING_TIME = "calling_time"
    CONSENT_AUTODIAL = "consent_autodial"
    CONSENT_OPTIN = "consent_optin"
    CONSENT_PRERECORDED = "consent_prerecorded"
    CONSENT_REVOKED = "consent_revoked"
    CONSENT_STATE = "consent_state"
    DNC_ENTITY = "dnc_entity"
    DNC_NATIONAL = "dnc_national"
    DNC_STATE = "dnc_state"
    JURISDICTION = "jurisdiction"
    MOBILE_BAN = "mobile_ban"
    NUMBER = "number"


class PolicyId(Word):
    """Rules of the gate itself; each has a cited row in the rulebook's policies."""

    NUMBER = "P.number"
    COUNTRY = "P.country"
    STOP = "P.stop"
    REVOKED = "P.revoked"
    NO_ZONE = "P6.no_zone"
    NO_HOURS = "P6.no_hours"
    REGISTER_AGE = "P6.register_age"
