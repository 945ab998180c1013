"""Reason codes of rejected rows in plain words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.domain.phone_faults import FAULTS, PhoneReason

_TEXTS: dict[str, Promise] = {
    "row_too_wide": _("The row has more cells than there are columns."),
    "row_damaged": _("The row holds a character that is no text."),
    "country_unknown": _("The country is not known."),
    "state_unknown": _("The state or province is not known."),
    "postal_code_unreadable": _("The postal code does not fit the country."),
    "zone_unknown": _("The time zone is not known."),
    "flag_unreadable": _("A do-not-call column is neither yes nor no."),
    "consent_unreadable": _("The consent column holds another word than none, express, written or revoked."),
    "consent_undated": _("A consent has no date."),
    "ebr_kind_unreadable": _("The relationship column holds an unknown word."),
    "relationship_undated": _("A relationship has no date."),
    "date_unreadable": _("A date of a consent or relationship cannot be read."),
    "date_ambiguous": _("A date could be read in two ways."),
    "date_in_future": _("A date of a consent or relationship lies in the future."),
    "url_unreadable": _("The web address of a proof is none."),
    "ip_unreadable": _("The address of a proof is no IP address."),
    "text_too_long": _("A text that proves a consent is too long."),
}


def reject_text(code: str) -> str:
    """One reason as a sentence; an unknown code is shown as it is."""
    if code in {reason.value for reason in PhoneReason}:
        return FAULTS[PhoneReason(code)].message
    return str(_TEXTS.get(code, code))


def reject_rows(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """(reason, rows) of an import's rejects, most frequent first."""
    return sorted(((reject_text(code), count) for code, count in counts.items()), key=lambda row: (-row[1], row[0]))
