"""Which browser takes an identity's calls, and which identities the simulator answers for by itself."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Protocol

Identity = tuple[str, str]


class Listener(Protocol):
    """A browser's signalling connection, as far as the registrar knows it."""

    def send(self, kind: str, payload: dict[str, object]) -> None:
        """Send one message; never raises."""


class Registrar:
    """Registrations by (account SID, identity). The last browser to register takes the calls.

    An identity that a browser has registered belongs to a person: when that browser is gone nobody answers, as at
    Twilio, until it signs off by itself. Other identities are simulated agents if they match `agents`.
    """

    def __init__(self, agents: Sequence[str]) -> None:
        self._agents = agents
        self._listeners: dict[Identity, Listener] = {}
        self._people: set[Identity] = set()

    def register(self, identity: Identity, listener: Listener) -> None:
        """Let a browser take the calls of an identity; one that did so before is forgotten."""
        self._listeners[identity] = listener
        self._people.add(identity)

    def sign_off(self, identity: Identity, listener: Listener) -> None:
        """The person takes no more calls and leaves the identity to the simulator."""
        if self.lose(identity, listener):
            self._people.discard(identity)

    def lose(self, identity: Identity, listener: Listener) -> bool:
        """A browser's connection is gone; False when another one takes the calls."""
        if self._listeners.get(identity) is not listener:
            return False
        del self._listeners[identity]
        return True

    def find(self, identity: Identity) -> Listener | None:
        """The browser to ring."""
        return self._listeners.get(identity)

    def registered(self) -> list[Identity]:
        """Those whose calls a browser takes."""
        return sorted(self._listeners)

    def is_simulated(self, identity: Identity) -> bool:
        """Whether the simulator answers for an identity that no browser is registered for."""
        return identity not in self._people and any(fnmatchcase(identity[1], one) for one in self._agents)

    def clear(self) -> None:
        """Forget the people who went; those who are here stay."""
        self._people &= set(self._listeners)
