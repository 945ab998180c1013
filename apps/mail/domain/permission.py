"""Whether an e-mail may be written to somebody. What is not known means no.

In the United States a commercial e-mail needs no consent but a sender, a postal address, and an end when somebody asks
for it (CAN-SPAM, 15 USC 7704(a)(3)-(5)). Elsewhere consent comes first (Canada: SC 2010 c 23, section 6; Europe:
Directive 2002/58/EC, article 13), and where somebody is whom we cannot place counts as elsewhere. Who asked not to be
called, or took consent back, is not written to either: they have asked to be left alone.
"""

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from apps.compliance.domain.codes import Consent

# Countries whose law lets one write first and stop when asked.
OPT_OUT_COUNTRIES: Final = frozenset({"US"})


class Refusal(StrEnum):
    """Why an e-mail may not be sent."""

    OFF = auto()
    NO_POSTAL_ADDRESS = auto()
    NO_ADDRESS = auto()
    STOPPED = auto()
    DO_NOT_CALL = auto()
    CONSENT_REVOKED = auto()
    NEEDS_CONSENT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFacts:
    """What is known about one e-mail; None is unknown. `countries` are those whose law may hold, as ISO codes."""

    is_mail_on: bool | None = None
    has_postal_address: bool | None = None
    has_address: bool | None = None
    is_stopped: bool | None = None
    is_on_dnc: bool | None = None
    consent: Consent | None = None
    countries: tuple[str, ...] = ()


def find_refusal(facts: MailFacts) -> Refusal | None:
    """The first reason against it, or None."""
    findings = (
        (facts.is_mail_on is not True, Refusal.OFF),
        (facts.has_postal_address is not True, Refusal.NO_POSTAL_ADDRESS),
        (facts.is_on_dnc is not False, Refusal.DO_NOT_CALL),
        (facts.consent in {None, Consent.REVOKED}, Refusal.CONSENT_REVOKED),
        (facts.has_address is not True, Refusal.NO_ADDRESS),
        (facts.is_stopped is not False, Refusal.STOPPED),
        (_needs_consent(facts) and facts.consent is Consent.NONE, Refusal.NEEDS_CONSENT),
    )
    return next((refusal for is_found, refusal in findings if is_found), None)


def _needs_consent(facts: MailFacts) -> bool:
    return not facts.countries or not OPT_OUT_COUNTRIES.issuperset(facts.countries)
