"""The life of a campaign: which state may follow which."""

ALLOWED: dict[str, frozenset[str]] = {
    "DRAFT": frozenset({"SCHEDULED", "RUNNING", "ARCHIVED"}),
    "SCHEDULED": frozenset({"RUNNING", "DRAFT", "ARCHIVED"}),
    "RUNNING": frozenset({"PAUSED", "COMPLETED"}),
    "PAUSED": frozenset({"RUNNING", "COMPLETED", "ARCHIVED"}),
    "COMPLETED": frozenset({"RUNNING", "ARCHIVED"}),
    "ARCHIVED": frozenset(),
}


def may_become(state: str, new: str) -> bool:
    """Whether a campaign in `state` may change to `new`."""
    return new in ALLOWED[state]
