"""Names of the countries and states that the rulebook knows, for people to choose from."""

from functools import cache

from apps.compliance.rulebook.loader import DATA
from apps.compliance.rulebook.table import Row, read_table


@cache
def country_names() -> dict[str, str]:
    """ISO code to English name, in the rulebook's order."""
    return dict(read_table(DATA, "countries.csv", "id name zones source", _named, []))


@cache
def jurisdiction_names() -> dict[str, str]:
    """Code such as US-LA or GB to English name: countries, then states by code."""
    states = read_table(DATA, "states.csv", "id name zones source", _named, [])
    return country_names() | dict(sorted(states))


def _named(row: Row) -> tuple[str, str]:
    return row.cells["id"], row.cells["name"]
