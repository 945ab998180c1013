"""Which column of a file means what: guessed from headers and content, shown to a person, stored with the import."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from apps.core.domain.phones import PhoneStatus, normalise_phone
from apps.leads.domain.fields import LABELS, REPEATABLE, Field, find_field
from apps.leads.domain.regions import read_country, read_state
from apps.leads.domain.values import (
    CONSENTS,
    LINE_TYPES,
    RELATIONSHIPS,
    SUBJECT_TYPES,
    DateOrder,
    read_flag,
    read_nothing,
    read_word,
)


class MappingError(ValueError):
    """The columns cannot be imported like this; the text says what to change."""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """The meaning of every column, in the order of the file, and how its dates are written."""

    headers: tuple[str, ...]
    fields: tuple[Field, ...]
    date_order: DateOrder = DateOrder.UNKNOWN

    def to_json(self) -> dict[str, Any]:
        """For LeadImport.mapping."""
        return {"columns": dict(zip(self.headers, self.fields, strict=True)), "date_order": self.date_order.value}

    @classmethod
    def from_json(cls, stored: dict[str, Any], headers: Sequence[str]) -> Self:
        """The stored meaning of `headers`; a header it does not know is kept as a custom field.

        Raises MappingError for a field that does not exist.
        """
        columns = stored.get("columns", {})
        try:
            fields = tuple(Field(columns.get(header, Field.CUSTOM)) for header in headers)
            return cls(tuple(headers), fields, DateOrder(stored.get("date_order", "")))
        except ValueError as error:
            raise MappingError(f"The mapping cannot be read: {error}.") from error

    def check(self) -> None:
        """Raise MappingError unless exactly one column is the phone and no other meaning is taken twice."""
        if Field.PHONE not in self.fields:
            raise MappingError("No column holds the phone number. Choose the one that does.")
        for field in Field:
            columns = [header for header, mapped in zip(self.headers, self.fields, strict=True) if mapped is field]
            if len(columns) > 1 and field not in REPEATABLE:
                names = " and ".join(repr(column) for column in columns)
                raise MappingError(f"{names} cannot both be {LABELS[field]!r}. Choose one of them.")


_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_POSTAL_CODE: Final = re.compile(r"\d{5}(?:-\d{4})?|\d{3,4}|[A-Za-z]\d[A-Za-z](?: ?\d[A-Za-z]\d)?|[A-Za-z0-9 -]{4,10}")
_US_ZIP: Final = re.compile(r"\d{5}(?:-\d{4})?")
_TWO_NUMBERS_THEN_YEAR: Final = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ]\d{4}")
_DATE_FIELDS: Final = (Field.CONSENT_AT, Field.EBR_ON, Field.PURCHASE_ON, Field.INQUIRY_ON)
# A guess by name stands when at least this share of the sample's filled cells looks right.
_ENOUGH: Final = 0.5
# A guess by content alone needs more.
_PLAIN: Final = 0.8


def _is_phone(text: str) -> bool:
    return normalise_phone(text).status is not PhoneStatus.INVALID


def _looks_like_digits(text: str) -> bool:
    return sum(character.isdecimal() for character in text) >= 7


_LOOKS: Final[dict[Field, Callable[[str], object]]] = {
    Field.PHONE: _looks_like_digits,
    Field.ALT_PHONE: _looks_like_digits,
    Field.EMAIL: _EMAIL.fullmatch,
    Field.STATE: read_state,
    Field.POSTAL_CODE: _POSTAL_CODE.fullmatch,
    Field.COUNTRY: read_country,
    Field.LINE_TYPE: lambda text: read_word(text, LINE_TYPES),
    Field.SUBJECT_TYPE: lambda text: read_word(text, SUBJECT_TYPES),
    Field.CONSENT: lambda text: read_word(text, CONSENTS),
    Field.EBR_KIND: lambda text: read_word(text, RELATIONSHIPS),
    Field.DNC: lambda text: read_flag(text) is not None,
    Field.NATIONAL_DNC: lambda text: read_flag(text) is not None,
    Field.STATE_DNC: lambda text: read_flag(text) is not None,
}
_BY_CONTENT: Final[tuple[tuple[Field, Callable[[str], object]], ...]] = (
    (Field.PHONE, _is_phone),
    (Field.EMAIL, _EMAIL.fullmatch),
    (Field.STATE, read_state),
    (Field.POSTAL_CODE, _US_ZIP.fullmatch),
)


def guess_mapping(
    headers: Sequence[str], sample_rows: Sequence[Sequence[str]], *, has_header: bool = True
) -> ColumnMapping:
    """The likeliest meaning of each column: by its name unless its content contradicts, else by its content.

    Every column gets a meaning; what nothing speaks for stays a custom field. Of several phone columns the one with
    most numbers is the phone, the others are alternates. The result may lack a phone: `check` says so.
    """
    samples = [_filled(row[index] if index < len(row) else "" for row in sample_rows) for index in range(len(headers))]
    named = [find_field(header) if has_header else None for header in headers]
    fields = [
        field if field and _share(field, sample) >= _ENOUGH else Field.CUSTOM
        for field, sample in zip(named, samples, strict=True)
    ]
    _choose_phone(fields, samples)
    _guess_by_content(fields, samples, only_sure=has_header)
    _keep_first(fields)
    return ColumnMapping(tuple(headers), tuple(fields), _guess_date_order(fields, samples))


def looks_like_data(row: Sequence[str]) -> bool:
    """True for a first row that is a lead already, not a header."""
    return any(_is_phone(cell) or _EMAIL.fullmatch(cell.strip()) for cell in row)


def _filled(cells: Iterable[str]) -> list[str]:
    return [cell.strip() for cell in cells if not read_nothing(cell.strip())]


def _share(field: Field, sample: list[str]) -> float:
    looks = _LOOKS.get(field)
    if looks is None or not sample:
        return 1.0
    return sum(bool(looks(cell)) for cell in sample) / len(sample)


def _choose_phone(fields: list[Field], samples: list[list[str]]) -> None:
    candidates = [index for index, field in enumerate(fields) if field is Field.PHONE]
    if not candidates:
        candidates = [index for index, field in enumerate(fields) if field is Field.ALT_PHONE][:1]
    if candidates:
        best = max(candidates, key=lambda index: (len(samples[index]), -index))
        for index in candidates:
            fields[index] = Field.PHONE if index == best else Field.ALT_PHONE


def _guess_by_content(fields: list[Field], samples: list[list[str]], *, only_sure: bool) -> None:
    for field, looks in _BY_CONTENT:
        # Two letters or five digits may be anything: where there are names, they must have said so.
        if field in fields or (only_sure and field in (Field.STATE, Field.POSTAL_CODE)):
            continue
        for index, sample in enumerate(samples):
            if fields[index] is Field.CUSTOM and sample and sum(map(bool, map(looks, sample))) >= _PLAIN * len(sample):
                fields[index] = field
                break


def _keep_first(fields: list[Field]) -> None:
    seen: set[Field] = set()
    for index, field in enumerate(fields):
        if field in seen and field not in REPEATABLE:
            fields[index] = Field.CUSTOM
        seen.add(field)


def _guess_date_order(fields: list[Field], samples: list[list[str]]) -> DateOrder:
    """One date with a number above twelve tells for the whole file, unless another one contradicts it."""
    orders = set()
    for field, sample in zip(fields, samples, strict=True):
        for cell in sample if field in _DATE_FIELDS else ():
            if found := _TWO_NUMBERS_THEN_YEAR.match(cell):
                first, second = map(int, found.groups())
                orders |= {DateOrder.DAY_FIRST} if first > 12 else set()
                orders |= {DateOrder.MONTH_FIRST} if second > 12 else set()
    return orders.pop() if len(orders) == 1 else DateOrder.UNKNOWN
