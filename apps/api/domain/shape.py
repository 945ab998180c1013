"""The JSON that describes a lead: every property once, for reading, for error paths and for the documentation."""

from dataclasses import dataclass
from typing import Final

from apps.leads.domain.fields import Field
from apps.telephony.domain.languages import Language


@dataclass(frozen=True, slots=True)
class Property:
    """One JSON property: the lead field it becomes, the JSON type it must have, and what it means."""

    field: Field
    type: type
    description: str
    example: str | int | bool
    choices: tuple[str, ...] = ()


LEAD: Final[dict[str, Property]] = {
    "phone": Property(Field.PHONE, str, "Number in any usual writing; it is kept in E.164 form.", "(212) 555-0142"),
    "country": Property(
        Field.COUNTRY, str, "ISO 3166 code; where numbers without country code are at home. Default US.", "US"
    ),
    "first_name": Property(Field.FIRST_NAME, str, "First name.", "Ada"),
    "last_name": Property(Field.LAST_NAME, str, "Last name.", "Byron"),
    "company": Property(Field.COMPANY, str, "Firm.", "Analytical Engines"),
    "email": Property(Field.EMAIL, str, "E-mail address.", "ada@example.com"),
    "state": Property(
        Field.STATE, str, "State or province. With the postal code it decides which law and which hours hold.", "NY"
    ),
    "postal_code": Property(Field.POSTAL_CODE, str, "ZIP or postal code.", "10001"),
    "external_id": Property(Field.EXTERNAL_ID, str, "Your own id of the lead; every answer repeats it.", "crm-7781"),
    "line_type": Property(
        Field.LINE_TYPE,
        str,
        "What kind of line it is, when you know. An unknown line is treated as a mobile.",
        "mobile",
        ("mobile", "landline", "voip", "unknown"),
    ),
    "subject_type": Property(
        Field.SUBJECT_TYPE, str, "Whether a person or a firm is called.", "consumer", ("consumer", "business")
    ),
    "language": Property(
        Field.LANGUAGE,
        str,
        "Preferred language: a BCP 47 tag, or the language's name in English or in itself, which is kept as its tag. "
        f"Announcements are spoken in {', '.join(Language)}; with any other they are in the campaign's language.",
        "en",
    ),
    "rank": Property(Field.RANK, int, "Higher is called first, -40 to 40.", 10),
    "dnc": Property(Field.DNC, bool, "true when the person asked not to be called. It counts at once.", False),
}
CONSENT: Final[dict[str, Property]] = {
    "level": Property(
        Field.CONSENT,
        str,
        "What the person agreed to, or that the consent was withdrawn.",
        "express_written",
        ("none", "express", "express_written", "revoked"),
    ),
    "captured_at": Property(
        Field.CONSENT_AT, str, "When it was given or withdrawn: ISO 8601 with a zone.", "2026-06-16T16:20:00Z"
    ),
    "text": Property(
        Field.CONSENT_TEXT, str, "The wording agreed to.", "I agree that Acme Windows may call me at this number."
    ),
    "seller": Property(Field.CONSENT_SELLER, str, "The seller that the wording names.", "Acme Windows"),
    "source": Property(Field.CONSENT_SOURCE, str, "Form or campaign on which it was given.", "windows-landing-3"),
    "url": Property(Field.CONSENT_URL, str, "Address of the page.", "https://example.com/windows"),
    "certificate": Property(
        Field.CONSENT_CERTIFICATE,
        str,
        "What a certifier proves it by: TrustedForm certificate address, or Jornaya lead id.",
        "https://cert.trustedform.com/0123456789abcdef0123456789abcdef01234567",
    ),
    "ip": Property(Field.CONSENT_IP, str, "Address from which it was given.", "203.0.113.7"),
}
RELATIONSHIP: Final[dict[str, Property]] = {
    "kind": Property(Field.EBR_KIND, str, "Existing business relationship.", "inquiry", ("purchase", "inquiry")),
    "occurred_on": Property(Field.EBR_ON, str, "Day of the last purchase or inquiry: ISO 8601.", "2026-06-16"),
}
# Properties whose value is an object of its own.
OBJECTS: Final[dict[str, dict[str, Property]]] = {"consent": CONSENT, "relationship": RELATIONSHIP}
MAX_BATCH: Final = 1_000
MAX_CUSTOM_FIELDS: Final = 50
MAX_CUSTOM_NAME: Final = 60
MAX_CUSTOM_TEXT: Final = 1_000
