"""The columns of a lead file that the law cares about, read strictly: consent, relationship, do-not-call.

A filled cell that is not understood refuses the row, so that no such fact is lost in silence.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from ipaddress import ip_address
from typing import Final, NamedTuple

from apps.leads.domain.fields import Field
from apps.leads.domain.mapping import ColumnMapping
from apps.leads.domain.refusals import RowFaults
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
    """Reads the legal columns of the rows of one file; what is wrong is added to `faults`. `at`: of the import."""

    def __init__(self, mapping: ColumnMapping, faults: RowFaults, *, at: datetime) -> None:
        self._order = mapping.date_order
        self._columns = {field: index for index, field in enumerate(mapping.fields) if field in _FIELDS}
        self._headers = mapping.headers
        self._faults = faults
        self._at = at
        self.is_needed = bool(self._columns)

    def read(self, cells: Sequence[str]) -> LegalFacts:
        """The facts of one row of stripped cells, which hold unless a fault was found."""
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

    def _refuse(self, field: Field, value: str, code: str, reason: str, fix: str) -> None:
        column = self._headers[self._columns[field]] if field in self._columns else ""
        self._faults.add(column, value, code, reason, fix)

    def _word(self, filled: dict[Field, str], field: Field, words: Mapping[str, str], choices: str) -> str:
        value = filled.get(field, "")
        word = read_word(value, words) if value else "none"
        if word is None:
            reason = f"This is not one of {choices}."
            self._refuse(field, value, f"{field.value}_unreadable", reason, f"Write {choices}.")
        return word or "none"

    def _flag(self, filled: dict[Field, str], field: Field) -> bool:
        value = filled.get(field, "")
        flag = read_flag(value) if value else False
        if flag is None:
            reason = "This is neither yes nor no."
            self._refuse(field, value, "flag_unreadable", reason, "Write yes or no, or leave the cell empty.")
        return bool(flag)

    def _short(self, filled: dict[Field, str], field: Field, limit: int) -> str:
        value = filled.get(field, "")
        if len(value) > limit:
            reason = f"The text is longer than {limit} characters."
            self._refuse(field, value, "text_too_long", reason, "Shorten it, or keep the column as custom field.")
        return value

    def _url(self, filled: dict[Field, str]) -> str:
        value = self._short(filled, Field.CONSENT_URL, _URL_LENGTH)
        if value and not value.lower().startswith(("http://", "https://")):
            fix = "Write the address with https:// in front."
            self._refuse(Field.CONSENT_URL, value, "url_unreadable", "This is not a web address.", fix)
        return value

    def _ip(self, filled: dict[Field, str]) -> str:
        value = filled.get(Field.CONSENT_IP, "")
        try:
            return str(ip_address(value)) if value else ""
        except ValueError:
            fix = "Write an address such as 203.0.113.7, or leave the cell empty."
            self._refuse(Field.CONSENT_IP, value, "ip_unreadable", "This is not an IP address.", fix)
            return ""

    def _consent_at(self, filled: dict[Field, str], consent: str) -> datetime | None:
        value = filled.get(Field.CONSENT_AT, "")
        if consent == "none" or (consent == "revoked" and not value):
            return None
        if not value:
            reason = "The date of the consent is missing; without it the consent proves nothing."
            fix = "Add the date, or write none as consent."
            self._refuse(Field.CONSENT_AT, "", "consent_undated", reason, fix)
            return None
        try:
            instant = read_instant(value, self._order)
        except AmbiguousDateError:
            self._refuse_ambiguous(Field.CONSENT_AT, value)
            return None
        if instant is None:
            self._refuse_unreadable(Field.CONSENT_AT, value)
        elif instant > self._at:
            self._refuse_future(Field.CONSENT_AT, value)
        return instant

    def _relationships(self, filled: dict[Field, str]) -> tuple[tuple[str, date], ...]:
        kind = self._word(filled, Field.EBR_KIND, RELATIONSHIPS, "purchase, inquiry or none")
        dated = {Field.PURCHASE_ON: "purchase", Field.INQUIRY_ON: "inquiry"}
        if kind != "none":
            if Field.EBR_ON not in filled:
                reason, fix = "The date of the relationship is missing.", "Add the date of the purchase or inquiry."
                self._refuse(Field.EBR_KIND, filled[Field.EBR_KIND], "relationship_undated", reason, fix)
            dated[Field.EBR_ON] = kind
        days = [(word, self._day(filled, field)) for field, word in dated.items() if field in filled]
        return tuple((word, day) for word, day in days if day is not None)

    def _day(self, filled: dict[Field, str], field: Field) -> date | None:
        value = filled[field]
        try:
            day = read_date(value, self._order) or _day_of(read_instant(value, self._order))
        except AmbiguousDateError:
            self._refuse_ambiguous(field, value)
            return None
        if day is None:
            self._refuse_unreadable(field, value)
        elif day > (self._at + _AHEAD_OF_UTC).date():
            self._refuse_future(field, value)
        return day

    def _refuse_ambiguous(self, field: Field, value: str) -> None:
        reason = "Day and month of this date could be either way round."
        fix = "Write dates as 2026-03-04, or say for the whole file whether the month comes first."
        self._refuse(field, value, "date_ambiguous", reason, fix)

    def _refuse_unreadable(self, field: Field, value: str) -> None:
        self._refuse(field, value, "date_unreadable", "This is not a date.", "Write dates as 2026-03-04.")

    def _refuse_future(self, field: Field, value: str) -> None:
        self._refuse(field, value, "date_in_future", "This date lies in the future.", "Correct the date.")


def _day_of(instant: datetime | None) -> date | None:
    return instant.date() if instant else None
