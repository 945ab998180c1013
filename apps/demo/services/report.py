"""The summary of a rehearsal for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from apps.compliance.wording import reason_text


def as_text(summary: Mapping[str, Any]) -> str:
    """A screen of plain words."""
    return "\n".join(_lines(summary))


def _lines(summary: Mapping[str, Any]) -> Iterator[str]:
    rows, end = summary["rows"], summary["at_end"]
    yield f"Rehearsal of {summary['file']} - a simulation, nobody was called"
    yield (
        f"  {summary['mode']}, {summary['purpose']}, {summary['agents']} simulated agents, from {summary['start']} at speed"
        f" {summary['speed']:g}, {summary['simulated_hours']} simulated hours in {summary['wall_seconds']} s"
    )
    yield f"  Assumed: {summary['assumed']}"
    yield f"Rows: {rows['accepted']} accepted, {rows['duplicates']} duplicates, {rows['rejected']} rejected"
    yield from _counted(rows["rejected_by_reason"])
    start = summary["at_start"]
    yield f"Before the first dial: {start['callable_now']} callable now, later by reason:"
    yield from _reasons(start["later_by_reason"])
    yield "  not as things stand, by reason:"
    yield from _reasons(start["not_by_reason"])
    yield f"Dials {summary['dials']}, answers {summary['answers']}, contacts {summary['contacts']}, abandoned {summary['abandoned']}"
    if summary["why_no_dials"]:
        yield f"  No call was placed: {summary['why_no_dials']}"
    yield "Dispositions:"
    yield from _counted(summary["dispositions"])
    yield "Attempts per lead (attempts: leads):"
    yield from _counted(summary["attempts_per_lead"])
    yield f"At the end: {end['callable_now']} callable, later by reason:"
    yield from _reasons(end["later_by_reason"])
    yield "Invariants:"
    for item in summary["invariants"]:
        state = "held" if not item["broken"] else "BROKEN: " + "; ".join(item["broken"])
        yield f"    {item['id']} {item['text']}: {state} ({item['cases']} cases)"


def _counted(counts: Mapping[str, int]) -> Iterator[str]:
    return (f"    {count:>7}  {name or 'none'}" for name, count in counts.items())


def _reasons(counts: Mapping[str, int]) -> Iterator[str]:
    return (f"    {count:>7}  {reason_text(code)}" for code, count in counts.items())
