"""How many calls to start now. Pure: a snapshot in, a number and a sentence out."""

from dataclasses import dataclass

# Above this abandonment the ratio is given up for one line per agent; the law's limit is 3 percent.
THROTTLE_PERCENT = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What the dialler sees of a campaign at a tick.

    `ready` agents can take a call now, `signed_in` includes those busy or on break. `in_flight` attempts are reserved or
    ringing, or answered without an agent. `cap` bounds this decision: the account's rate of new calls over a tick.
    `abandoned_percent` is of the last 30 days.
    """

    mode: str
    ratio: float
    ready: int
    signed_in: int
    in_flight: int
    callable_now: bool
    abandoned_percent: float
    cap: int


@dataclass(frozen=True, slots=True)
class Pace:
    """Start `dials` calls; `is_bound` reserves an agent for each before it rings. `reason` is for the manager."""

    dials: int
    is_bound: bool
    reason: str


def decide(snapshot: Snapshot) -> Pace:
    """Decide the pace of one tick.

    Manual and preview start calls at the agent's click, so the tick starts none. Progressive binds one ready agent to
    each call and so never abandons anybody. Ratio starts `ratio` calls per ready agent, less those in flight.
    """
    if snapshot.mode == "MANUAL":
        return Pace(0, True, "Manual: agents choose whom to call.")
    if snapshot.signed_in == 0:
        return Pace(0, True, "No agent is signed in.")
    if snapshot.ready == 0:
        return Pace(0, True, "No agent is ready: all are on calls, in wrap-up or on break.")
    if not snapshot.callable_now:
        return Pace(0, True, "No lead may be called at this hour.")
    if snapshot.mode == "RATIO" and snapshot.abandoned_percent < THROTTLE_PERCENT:
        return _ratio(snapshot)
    dials = min(snapshot.ready, snapshot.cap)
    if snapshot.mode == "PREVIEW":
        return Pace(snapshot.ready, True, f"Offered a lead to each of {snapshot.ready} ready agents.")
    why = f"{dials} for {snapshot.ready} ready agents, one line each"
    if snapshot.mode == "RATIO":
        why += f", because {snapshot.abandoned_percent:.2f} % were abandoned (throttled from {THROTTLE_PERCENT} %)"
    return Pace(dials, True, f"Dialled {why}{_capped(snapshot, dials, snapshot.ready)}.")


def _ratio(snapshot: Snapshot) -> Pace:
    wanted = max(0, int(snapshot.ready * snapshot.ratio) - snapshot.in_flight)
    dials = min(wanted, snapshot.cap)
    return Pace(
        dials,
        False,
        f"Dialled {dials}: {snapshot.ready} ready agents x {snapshot.ratio:g} lines, {snapshot.in_flight} in flight, "
        f"{snapshot.abandoned_percent:.2f} % abandoned{_capped(snapshot, dials, wanted)}.",
    )


def _capped(snapshot: Snapshot, dials: int, wanted: int) -> str:
    return f"; the account's rate allowed {snapshot.cap} of {wanted}" if dials < wanted else ""
