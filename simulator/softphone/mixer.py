"""Who hears what in a conference: pure arithmetic on one frame of each party."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.softphone.pcm import SILENCE, Samples, limit


@dataclass(frozen=True, slots=True)
class Party:
    """One leg for the length of a frame. `held` is the hold music it hears instead of the others.

    `coaches` is the call SID of the leg that alone hears this one. A muted or held leg is heard by nobody.
    """

    said: Samples
    muted: bool = False
    held: Samples | None = None
    coaches: str = ""


def mix(parties: Mapping[str, Party]) -> tuple[dict[str, Samples], Samples]:
    """What each leg hears, by call SID, and the sum of what is said aloud.

    Everybody hears all but itself. A coached leg also hears its coach, who hears everybody.
    """
    everyone: NDArray[np.int32] = np.zeros(len(SILENCE), np.int32)
    whispers: dict[str, NDArray[np.int32]] = {}
    for party in parties.values():
        if not _is_heard(party):
            continue
        if party.coaches:
            whispers[party.coaches] = whispers.get(party.coaches, 0) + party.said.astype(np.int32)
        else:
            everyone = everyone + party.said
    heard: dict[str, Samples] = {}
    for sid, party in parties.items():
        if party.held is not None:
            heard[sid] = party.held
            continue
        others = everyone - party.said if _is_heard(party) and not party.coaches else everyone
        heard[sid] = limit(others + whispers[sid] if sid in whispers else others)
    return heard, limit(everyone)


def _is_heard(party: Party) -> bool:
    return not party.muted and party.held is None
