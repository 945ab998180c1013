"""The rulebook: law as dated, cited rows in `data/`, read once into the domain's types.

Nobody edits a row without raising the version in `data/manifest.toml`; each decision names that version.
"""

from apps.compliance.rulebook.loader import RulebookError, load_rulebook, validate_rulebook
from apps.compliance.rulebook.table import Problem
from apps.compliance.rulebook.tzdata import check_tzdata
from apps.compliance.rulebook.zips import find_zip

__all__ = ["Problem", "RulebookError", "check_tzdata", "find_zip", "load_rulebook", "validate_rulebook"]
