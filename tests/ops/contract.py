"""What the code reads from its environment, found by reading the source."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READS = (
    re.compile(r"\benv(?:\.\w+)?\(\s*\"([A-Z_]+)\""),
    re.compile(r"os\.environ\.get\(\s*\"([A-Z_]+)\""),
)
CLOCK = {"CLOCK_START", "CLOCK_ORIGIN", "CLOCK_SPEED"}


def settings_variables() -> set[str]:
    """The environment variables that the settings and the web front read."""
    sources = [*ROOT.glob("config/settings/*.py"), *ROOT.glob("config/*.py")]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    return {name for pattern in READS for name in pattern.findall(text)} | CLOCK
