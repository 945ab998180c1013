"""One row of a lead file to one lead, or to the reason why not.

What the law looks at is read strictly: a filled cell that is not understood refuses the row. Anything else that does
not fit its column is kept on the lead under the column's own header, so nothing of the file is lost; a source that
waits for the answer and can correct it is refused that too.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from json.encoder import encode_basestring
from operator import gt
from typing import Final, NamedTuple

from apps.core.domain.nanp import LineKind
from apps.core.domain.phones import PhoneResult, normalise_phone
from apps.leads.domain.fields import Field
from apps.leads.domain.legal import EVIDENCE_FIELDS, NO_FACTS, FactParser, LegalFacts
from apps.leads.domain.mapping import ColumnMapping
from apps.leads.domain.refusals import RowFaults, RowReject
from apps.leads.domain.regions import country_of_state, read_country, read_postal_code, read_state
from apps.leads.domain.values import LINE_TYPES, SUBJECT_TYPES, read_email, read_nothing, read_word
from apps.telephony.domain.languages import read_tag


class LeadRow(NamedTuple):
    """A lead as it is stored: `phone` is E.164, `region` the country of the address, `custom` a JSON object."""

    phone: str
    region: str
    line_type: str
    state: str
    postal_code: str
    confirmed_zone: str
    subject_type: str
    first_name: str
    last_name: str
    company: str
    email: str
    external_id: str
    source: str
    language: str
    rank: int
    custom: str
    facts: LegalFacts

    @property
    def texts(self) -> tuple[str, ...]:
        """The columns before `rank`."""
        return self[:14]


# Texts that a lead has columns for, in the order of LeadRow, with the length of those columns.
_TEXTS: Final = (
    (Field.FIRST_NAME, 80),
    (Field.LAST_NAME, 80),
    (Field.COMPANY, 120),
    (Field.EMAIL, 254),
    (Field.EXTERNAL_ID, 80),
    (Field.SOURCE, 80),
    (Field.LANGUAGE, 8),
)
_TEXT_LIMITS: Final = tuple(limit for _, limit in _TEXTS)
# Columns that a lead has no place of their own for; kept as custom fields under these names.
_KEPT_AS: Final = {
    Field.CITY: "city",
    Field.NOTES: "notes",
    Field.CONSENT_SOURCE: "consent_source",
}
_REPEATED: Final = frozenset({Field.ADDRESS, Field.ALT_PHONE, Field.CUSTOM, Field.IGNORE})
_RANKS: Final = range(-32_768, 32_768)
_ADDRESSED_REGIONS: Final = frozenset({"US", "CA", "PR", "VI", "GU", "MP", "AS"})
_LINE_OF_KIND: Final = {LineKind.MOBILE: "mobile", LineKind.LANDLINE: "landline", LineKind.VOIP: "voip"}


class RowParser:
    """Reads the rows of one file.

    `region` is where numbers without a country code are at home, `at` the instant of the import, `zones` every IANA
    zone name. A strict parser refuses what else would be kept as a custom field because it does not fit its column.
    """

    def __init__(
        self, mapping: ColumnMapping, *, region: str, at: datetime, zones: Collection[str], is_strict: bool = False
    ) -> None:
        self.headers = (*mapping.headers, "")
        self.width = len(mapping.headers)
        self._default_region = region
        self._zones = zones
        self._is_strict = is_strict
        self._faults = RowFaults()
        self._facts = FactParser(mapping, self._faults, at=at)
        # A field without column reads the empty cell that is appended to every row.
        columns = {field: self.width for field in Field if field not in _REPEATED}
        columns |= {field: index for index, field in enumerate(mapping.fields) if field not in _REPEATED}
        self._phone = columns[Field.PHONE]
        self._country = columns[Field.COUNTRY]
        self._state = columns[Field.STATE]
        self._postal_code = columns[Field.POSTAL_CODE]
        self._zone = columns[Field.CONFIRMED_ZONE]
        self._line_type = columns[Field.LINE_TYPE]
        self._subject_type = columns[Field.SUBJECT_TYPE]
        self._full_name = columns[Field.FULL_NAME]
        self._email = columns[Field.EMAIL]
        self._rank = columns[Field.RANK]
        self._texts = [columns[field] for field, _ in _TEXTS]
        self._alternates = _columns_of(mapping, Field.ALT_PHONE)
        self._kept = _kept_columns(mapping, columns)
        self._evidence = [index for index, field in enumerate(mapping.fields) if field in EVIDENCE_FIELDS]
        # The same few states and postal codes come again and again.
        self._known_states: dict[tuple[str, str], str] = {}
        self._known_codes: dict[tuple[str, str, str], str] = {}

    def parse(self, number: int, cells: Sequence[str]) -> LeadRow | RowReject:
        """The lead of a row, or the first reason why it is refused; see `read`."""
        row = self.read(number, cells)
        return row if isinstance(row, LeadRow) else row[0]

    def read(self, number: int, cells: Sequence[str]) -> LeadRow | tuple[RowReject, ...]:
        """The lead of a row, or why it is refused: one fault for each column that has any.

        `number` is the row's place in the file, the header being 1. Without a readable country the other cells are
        read as if none had been given.
        """
        self._faults.row = number
        stripped = list(map(str.strip, cells))
        if len(stripped) != self.width:
            stripped = self._fit(stripped)
        row = self._read(stripped)
        return self._faults.take() if self._faults.found else row

    def _read(self, cells: list[str]) -> LeadRow:
        # Most of these cells are empty, and then nothing is called for them: this is done for every row of a file.
        cells.append("")
        extras: dict[str, str] = {}
        country = self._read_country(text) if (text := cells[self._country]) else ""
        phone = self._read_phone(cells, country or self._default_region, extras)
        # Only a number that is refused has no region.
        home = country or phone.region or self._default_region
        state = self._read_state(text, home, extras) if (text := cells[self._state]) else ""
        region = country_of_state(state) if state and not country else home
        texts = [cells[index] for index in self._texts]
        if texts[-1]:
            # The language, which lists also write out.
            texts[-1] = read_tag(texts[-1])
        if any(map(gt, map(len, texts), _TEXT_LIMITS)):
            self._move_overlong(texts, extras)
        if self._full_name < self.width:
            self._split_name(cells[self._full_name], texts, extras)
        first_name, last_name, company, email, external_id, source, language = texts
        facts = self._facts.read(cells) if self._facts.is_needed else NO_FACTS
        if facts is not NO_FACTS or self._evidence:
            self._judge_facts(facts, state, cells, extras)
        line_type = self._read_word(cells, self._line_type, LINE_TYPES, extras)
        postal_code = self._read_postal_code(text, region, state) if (text := cells[self._postal_code]) else ""
        zone = self._read_zone(text) if (text := cells[self._zone]) else ""
        subject_type = self._read_word(cells, self._subject_type, SUBJECT_TYPES, extras)
        email = self._read_email(email, extras) if email else ""
        rank = self._read_rank(text, extras) if (text := cells[self._rank]) else 0
        return LeadRow(
            phone.e164,
            region,
            line_type or _LINE_OF_KIND.get(phone.kind, "unknown"),
            state,
            postal_code,
            zone,
            subject_type or "consumer",
            first_name,
            last_name,
            company,
            email,
            external_id,
            source,
            language.lower(),
            rank,
            self._join_custom(cells, extras),
            facts,
        )

    def _judge_facts(self, facts: LegalFacts, state: str, cells: list[str], extras: dict[str, str]) -> None:
        """A state's register needs the state; what would prove a consent that is not claimed is only kept."""
        if facts.state_dnc and not state:
            reason = "The number is on a state's do-not-call register, but the row names no state."
            self._faults.add(self.headers[self._state], "", "state_missing", reason, "Fill in the state.")
        if facts.consent == "none":
            kept = {self.headers[index]: cells[index] for index in self._evidence}
            extras.update({header: text for header, text in kept.items() if not read_nothing(text)})

    def _fit(self, cells: list[str]) -> list[str]:
        """Short rows lost empty cells at their end; a row with more cells than headers has shifted somewhere."""
        if any(cells[self.width :]):
            reason = f"The row has {len(cells)} cells, but there are {self.width} columns."
            fix = "Put quotes around a text that contains the separator."
            self._faults.add("", cells[self.width], "row_too_wide", reason, fix)
        return cells[: self.width] + [""] * (self.width - len(cells))

    def _read_phone(self, cells: list[str], region: str, extras: dict[str, str]) -> PhoneResult:
        """The first column that holds anything counts; alternates that can be called are kept in E.164."""
        raw = cells[self._phone]
        column = self._phone
        others: list[str] = []
        for index in self._alternates:
            if not cells[index]:
                continue
            if not raw:
                raw, column = cells[index], index
            else:
                other = normalise_phone(cells[index], region)
                others.append(other.e164 or cells[index])
        result = normalise_phone(raw, region)
        if result.reason is not None:
            self._faults.add(self.headers[column], raw, result.reason.value, result.message, result.fix)
        if others:
            extras["alt_phones"] = ", ".join(others)
        if result.extension:
            extras["extension"] = result.extension
        return result

    def _read_country(self, text: str) -> str:
        if read_nothing(text):
            return ""
        country = read_country(text)
        if country is None:
            fix = "Write the English name or the two-letter code, such as US."
            self._faults.add(self.headers[self._country], text, "country_unknown", "This is not a country.", fix)
        return country or ""

    def _read_state(self, text: str, region: str, extras: dict[str, str]) -> str:
        known = self._known_states.get((text, region))
        if known is not None:
            return known
        if read_nothing(text):
            return ""
        if region not in _ADDRESSED_REGIONS:
            extras[self.headers[self._state]] = text
            return ""
        state = read_state(text)
        if state is None:
            reason = "This is not a state of the US or a province of Canada."
            fix = "Write the two-letter code, such as NY, or leave the cell empty."
            self._faults.add(self.headers[self._state], text, "state_unknown", reason, fix)
            return ""
        self._known_states[text, region] = state
        return state

    def _read_postal_code(self, text: str, region: str, state: str) -> str:
        known = self._known_codes.get((text, region, state))
        if known is not None:
            return known
        if read_nothing(text):
            return ""
        code = read_postal_code(text, country=region, state=state)
        if code is None:
            reason = f"This is not a postal code of {region}."
            fix = "Write five digits for the US, or a code such as K1A 0B1 for Canada, or leave the cell empty."
            column = self.headers[self._postal_code]
            self._faults.add(column, text, "postal_code_unreadable", reason, fix)
            return ""
        self._known_codes[text, region, state] = code
        return code

    def _read_zone(self, text: str) -> str:
        if text not in self._zones:
            fix = "Write an IANA name such as America/Chicago, or keep the column as a custom field."
            self._faults.add(self.headers[self._zone], text, "zone_unknown", "This is not a time zone.", fix)
        return text

    def _read_email(self, text: str, extras: dict[str, str]) -> str:
        email = read_email(text)
        if email is None and not read_nothing(text):
            fix = "Write an address such as ada@example.com, or leave it out."
            self._misfit(self._email, text, extras, "email_unreadable", "This is not an e-mail address.", fix)
        return email or ""

    def _read_word(self, cells: list[str], column: int, words: Mapping[str, str], extras: dict[str, str]) -> str:
        text = cells[column]
        if not text:
            return ""
        word = read_word(text, words)
        if word is None and not read_nothing(text):
            choices = ", ".join(dict.fromkeys(words.values()))
            self._misfit(
                column, text, extras, "word_unknown", "This word is not known here.", f"Write one of {choices}."
            )
        return word or ""

    def _read_rank(self, text: str, extras: dict[str, str]) -> int:
        try:
            rank = int(text.removesuffix(".0"))
        except ValueError:
            rank = None
        if rank is None or rank not in _RANKS:
            fix = f"Write a whole number from {_RANKS[0]} to {_RANKS[-1]}."
            self._misfit(self._rank, text, extras, "rank_unreadable", "This is no rank.", fix)
            return 0
        return rank

    def _move_overlong(self, texts: list[str], extras: dict[str, str]) -> None:
        for place, (column, limit) in enumerate(zip(self._texts, _TEXT_LIMITS, strict=True)):
            if len(texts[place]) > limit:
                reason = f"The text is longer than {limit} characters."
                self._misfit(column, texts[place], extras, "text_too_long", reason, "Shorten it.")
                texts[place] = ""

    def _misfit(self, column: int, text: str, extras: dict[str, str], code: str, reason: str, fix: str) -> None:
        """Keep a text that does not fit its column, or refuse it."""
        if self._is_strict:
            self._faults.add(self.headers[column], text, code, reason, fix)
        else:
            extras[self.headers[column]] = text

    def _split_name(self, name: str, texts: list[str], extras: dict[str, str]) -> None:
        """`Byron, Ada` and `Ada Byron`; a name of its own column wins."""
        if not name or texts[0] or texts[1]:
            return
        last, comma, first = name.partition(",")
        if not comma:
            first, _, last = name.partition(" ")
        first, last = first.strip(), last.strip()
        if len(first) > _TEXT_LIMITS[0] or len(last) > _TEXT_LIMITS[1]:
            extras[self.headers[self._full_name]] = name
        else:
            texts[0], texts[1] = first, last

    def _join_custom(self, cells: list[str], extras: dict[str, str]) -> str:
        parts = [key + encode_basestring(cells[index]) for index, key in self._kept if cells[index]]
        if extras:
            parts += [f"{encode_basestring(key)}: {encode_basestring(value)}" for key, value in extras.items()]
        return "{" + ", ".join(parts) + "}"


def _columns_of(mapping: ColumnMapping, field: Field) -> list[int]:
    return [index for index, mapped in enumerate(mapping.fields) if mapped is field]


def _kept_columns(mapping: ColumnMapping, columns: dict[Field, int]) -> list[tuple[int, str]]:
    """(column, start of its JSON member) of everything that is kept as a custom field."""
    kept = [(index, mapping.headers[index]) for index in _columns_of(mapping, Field.CUSTOM)]
    kept += [(columns[field], name) for field, name in _KEPT_AS.items()]
    addresses = _columns_of(mapping, Field.ADDRESS)
    kept += [(index, f"address{number}" if number > 1 else "address") for number, index in enumerate(addresses, 1)]
    return [(index, encode_basestring(name) + ": ") for index, name in kept if index < len(mapping.headers)]
