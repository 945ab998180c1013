"""The columns of a lead file that the law cares about, read strictly: consent, relationship, do-not-call.

A filled cell that is not understood refuses the row, so that no such fact is lost in silence.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from ipaddress import ip_address
from typing import Final, NamedTuple

from apps.leads.domain.fields import Field
from apps.leads.domain.mapping import ColumnMapping
from apps.leads.domain.refusals import RefusedError
from apps.leads.domain.values import (
    CONSENTS,
    RELATIONSHIPS,
    AmbiguousDateError,
    read_date,
    read_flag,
    read_instant,
    read_nothing,
    read_word,
)


class LegalFacts(NamedTuple):
    """What a row says about its number. `relationships` holds (kind, day), kind being `purchase` or `inquiry`."""

    consent: str = "none"
    consent_at: datetime | None = None
    consent_text: str = ""
    consent_seller: str = ""
    consent_url: str = ""
    consent_certificate: str = ""
    consent_ip: str = ""
    relationships: tuple[tuple[str, date], ...] = ()
    dnc: bool = False
    national_dnc: bool = False
    state_dnc: bool = False


NO_FACTS: Final = LegalFacts()
# What proves a consent; without one it proves nothing and is only kept.
EVIDENCE_FIELDS: Final = frozenset(
    {
        Field.CONSENT_AT,
        Field.CONSENT_TEXT,
        Field.CONSENT_SELLER,
        Field.CONSENT_URL,
        Field.CONSENT_CERTIFICATE,
        Field.CONSENT_IP,
    }
)
_FIELDS: Final = EVIDENCE_FIELDS | {
    Field.CONSENT,
    Field.EBR_KIND,
    Field.EBR_ON,
    Field.PURCHASE_ON,
    Field.INQUIRY_ON,
    Field.DNC,
    Field.NATIONAL_DNC,
    Field.STATE_DNC,
}

_URL_LENGTH: Final = 500
_SELLER_LENGTH: Final = 120
_CERTIFICATE_LENGTH: Final = 400
# The first place on earth to begin a day is this far ahead of UTC.
_AHEAD_OF_UTC: Final = timedelta(hours=14)


class FactParser:
    """Reads the legal columns of the rows of one file. `at` is the instant of the import."""

    def __init__(self, mapping: ColumnMapping, *, at: datetime) -> None:
        self._order = mapping.date_order
        self._columns = {field: index for index, field in enumerate(mapping.fields) if field in _FIELDS}
        self._headers = mapping.headers
        self._at = at
        self.is_needed = bool(self._columns)

    def read(self, cells: Sequence[str]) -> LegalFacts:
        """The facts of one row of stripped cells. Raises RefusedError."""
        filled = {field: cells[index] for field, index in self._columns.items() if not read_nothing(cells[index])}
        if not filled:
            return NO_FACTS
        consent = self._word(filled, Field.CONSENT, CONSENTS, "none, express, written or revoked")
        return LegalFacts(
            consent=consent,
            consent_at=self._consent_at(filled, consent),
            consent_text=filled.get(Field.CONSENT_TEXT, ""),
            consent_seller=self._short(filled, Field.CONSENT_SELLER, _SELLER_LENGTH),
            consent_url=self._url(filled),
            consent_certificate=self._short(filled, Field.CONSENT_CERTIFICATE, _CERTIFICATE_LENGTH),
            consent_ip=self._ip(filled),
            relationships=self._relationships(filled),
            dnc=self._flag(filled, Field.DNC),
            national_dnc=self._flag(filled, Field.NATIONAL_DNC),
            state_dnc=self._flag(filled, Field.STATE_DNC),
        )

    def _refused(self, field: Field, value: str, code: str, reason: str, fix: str) -> RefusedError:
        column = self._headers[self._columns[field]] if field in self._columns else ""
        return RefusedError(column, value, code, reason, fix)

    def _word(self, filled: dict[Field, str], field: Field, words: Mapping[str, str], choices: str) -> str:
        value = filled.get(field, "")
        word = read_word(value, words) if value else "none"
        if word is None:
            reason = f"This is not one of {choices}."
            raise self._refused(field, value, f"{field.value}_unreadable", reason, f"Write {choices}.")
        return word

    def _flag(self, filled: dict[Field, str], field: Field) -> bool:
        value = filled.get(field, "")
        flag = read_flag(value) if value else False
        if flag is None:
            reason = "This is neither yes nor no."
            raise self._refused(field, value, "flag_unreadable", reason, "Write yes or no, or leave the cell empty.")
        return flag

    def _short(self, filled: dict[Field, str], field: Field, limit: int) -> str:
        value = filled.get(field, "")
        if len(value) > limit:
            reason = f"The text is longer than {limit} characters."
            raise self._refused(
                field, value, "text_too_long", reason, "Shorten it, or keep the column as custom field."
            )
        return value

    def _url(self, filled: dict[Field, str]) -> str:
        value = self._short(filled, Field.CONSENT_URL, _URL_LENGTH)
        if value and not value.lower().startswith(("http://", "https://")):
            fix = "Write the address with https:// in front."
            raise self._refused(Field.CONSENT_URL, value, "url_unreadable", "This is not a web address.", fix)
        return value

    def _ip(self, filled: dict[Field, str]) -> str:
        value = filled.get(Field.CONSENT_IP, "")
        try:
            return str(ip_address(value)) if value else ""
        except ValueError:
            fix = "Write an address such as 203.0.113.7, or leave the cell empty."
            raise self._refused(Field.CONSENT_IP, value, "ip_unreadable", "This is not an IP address.", fix) from None

    def _consent_at(self, filled: dict[Field, str], consent: str) -> datetime | None:
        value = filled.get(Field.CONSENT_AT, "")
        if consent == "none" or (consent == "revoked" and not value):
            return None
        if not value:
            reason = "The date of the consent is missing; without it the consent proves nothing."
            fix = "Add the date, or write none as consent."
            raise self._refused(Field.CONSENT_AT, "", "consent_undated", reason, fix)
        try:
            instant = read_instant(value, self._order)
        except AmbiguousDateError:
            raise self._ambiguous(Field.CONSENT_AT, value) from None
        if instant is None:
            raise self._unreadable_date(Field.CONSENT_AT, value)
        if instant > self._at:
            raise self._in_future(Field.CONSENT_AT, value)
        return instant

    def _relationships(self, filled: dict[Field, str]) -> tuple[tuple[str, date], ...]:
        kind = self._word(filled, Field.EBR_KIND, RELATIONSHIPS, "purchase, inquiry or none")
        dated = {Field.PURCHASE_ON: "purchase", Field.INQUIRY_ON: "inquiry"}
        if kind != "none":
            if Field.EBR_ON not in filled:
                reason, fix = "The date of the relationship is missing.", "Add the date of the purchase or inquiry."
                raise self._refused(Field.EBR_KIND, filled[Field.EBR_KIND], "relationship_undated", reason, fix)
            dated[Field.EBR_ON] = kind
        return tuple((word, self._day(filled, field)) for field, word in dated.items() if field in filled)

    def _day(self, filled: dict[Field, str], field: Field) -> date:
        value = filled[field]
        try:
            day = read_date(value, self._order) or _day_of(read_instant(value, self._order))
        except AmbiguousDateError:
            raise self._ambiguous(field, value) from None
        if day is None:
            raise self._unreadable_date(field, value)
        if day > (self._at + _AHEAD_OF_UTC).date():
            raise self._in_future(field, value)
        return day

    def _ambiguous(self, field: Field, value: str) -> RefusedError:
        reason = "Day and month of this date could be either way round."
        fix = "Write dates as 2026-03-04, or say for the whole file whether the month comes first."
        return self._refused(field, value, "date_ambiguous", reason, fix)

    def _unreadable_date(self, field: Field, value: str) -> RefusedError:
        return self._refused(field, value, "date_unreadable", "This is not a date.", "Write dates as 2026-03-04.")

    def _in_future(self, field: Field, value: str) -> RefusedError:
        return self._refused(field, value, "date_in_future", "This date lies in the future.", "Correct the date.")


def _day_of(instant: datetime | None) -> date | None:
    return instant.date() if instant else None
