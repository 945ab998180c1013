"""Everything the carrier knows, found by SID; finished calls are forgotten after a while."""

import hashlib
import uuid
from collections import Counter, deque
from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

from simulator.config import SECRET_PREFIX, SIMULATED_SID, AccountConfig, KeyConfig, check_credentials
from simulator.errors import CarrierError
from simulator.model import Account, Call, Notification, OwnedNumber, Recording, Room, Sink

KEEP_NOTIFICATIONS = 2_000
T = TypeVar("T")
Owned = TypeVar("Owned", Call, Room, Recording)


def new_sid(prefix: str) -> str:
    """A SID no other run will give again."""
    return prefix + uuid.uuid4().hex


class Registry:
    """The one store behind REST, TwiML and the softphone's signalling.

    `keys` are API keys by SID; `applications` are voice URLs by TwiML application SID.
    """

    def __init__(self, keep_calls: int) -> None:
        self.accounts: dict[str, Account] = {}
        self.keys: dict[str, KeyConfig] = {}
        self.sinks: dict[str, Sink] = {}
        self.applications: dict[str, str] = {}
        self.calls: dict[str, Call] = {}
        self.rooms: dict[str, Room] = {}
        self.recordings: dict[str, Recording] = {}
        self.notifications: deque[Notification] = deque(maxlen=KEEP_NOTIFICATIONS)
        self.attempts: Counter[str] = Counter()
        self._keep_calls = keep_calls
        self._deleted_keys: set[str] = set()
        self._over: deque[Call] = deque()
        self._over_rooms: deque[Room] = deque()
        self._calls_to: dict[tuple[str, str], list[Call]] = {}
        self._open_rooms: dict[tuple[str, str], Room] = {}

    def provision(self, config: AccountConfig, at: datetime, friendly_name: str = "") -> Account:
        """Create an account or change its settings; raises ConfigError for credentials that could be live."""
        check_credentials(config.sid, config.auth_token)
        account = self.accounts.get(config.sid)
        if account is None:
            account = Account(config.sid, config.auth_token, friendly_name or "Simulated account", at, at)
            self.accounts[config.sid] = account
        account.auth_token = config.auth_token
        account.cps = config.cps
        account.owner_sid = config.owner_sid or config.sid
        account.max_calls = config.max_calls
        account.is_trial = config.is_trial
        account.closed_countries = frozenset(config.closed_countries)
        account.updated_at = at
        for number in config.numbers:
            self.own_number(account, number, at)
        return account

    def new_subaccount(self, owner: Account, friendly_name: str, cps: float, at: datetime) -> Account:
        """Open a subaccount with a fresh SID and token."""
        sid = "AC" + "0" * 12 + uuid.uuid4().hex[:20]
        token = SECRET_PREFIX + uuid.uuid4().hex
        return self.provision(AccountConfig(sid, token, cps, owner_sid=owner.sid), at, friendly_name)

    def new_key(self, account: Account, friendly_name: str, at: datetime) -> KeyConfig:
        """Make an API key of the account."""
        sid = "SK" + "0" * 12 + uuid.uuid4().hex[:20]
        key = KeyConfig(sid, _secret_of(sid, account.sid), account.sid, friendly_name, at)
        self.keys[sid] = key
        return key

    def adopt_key(self, sid: str, account_sid: str) -> KeyConfig | None:
        """A key that an earlier run may have made for the account: its secret follows from both SIDs.

        So the keys that the product stored outlive a restart, as its accounts do. None for a SID that is not plainly
        simulated and for a deleted key.
        """
        if sid in self._deleted_keys or not (sid.startswith("SK") and SIMULATED_SID.match(sid)):
            return None
        return KeyConfig(sid, _secret_of(sid, account_sid), account_sid)

    def delete_key(self, sid: str) -> None:
        """Let a key sign nothing from now on."""
        del self.keys[sid]
        self._deleted_keys.add(sid)

    def own_number(self, account: Account, phone_number: str, at: datetime) -> OwnedNumber:
        """Let an account own a number; the same number again changes nothing."""
        if phone_number not in account.numbers:
            account.numbers[phone_number] = OwnedNumber(new_sid("PN"), phone_number, phone_number, at)
        return account.numbers[phone_number]

    def clear(self) -> None:
        """Forget everything but the accounts and their keys."""
        for store in (self.calls, self.rooms, self.recordings, self._calls_to, self._open_rooms, self.sinks):
            store.clear()
        for queue in (self.notifications, self._over, self._over_rooms):
            queue.clear()
        self.attempts.clear()
        for account in self.accounts.values():
            account.live_calls, account.next_slot = 0, None

    def account(self, sid: str) -> Account:
        """Raises CarrierError 20404."""
        return _found(self.accounts.get(sid))

    def call(self, account: Account, sid: str) -> Call:
        """A call of this account; raises CarrierError 20404."""
        return _found(_of(account, self.calls.get(sid)))

    def recording(self, account: Account, sid: str) -> Recording:
        """A recording of this account; raises CarrierError 20404."""
        return _found(_of(account, self.recordings.get(sid)))

    def room(self, account: Account, sid: str) -> Room:
        """A conference of this account; raises CarrierError 20404."""
        return _found(_of(account, self.rooms.get(sid)))

    def find_open_room(self, account: Account, name: str) -> Room | None:
        """The conference of that name that has not ended."""
        return self._open_rooms.get((account.sid, name))

    def open_room(self, account: Account, name: str, at: datetime) -> Room:
        """The open conference of that name, made when there is none."""
        room = self._open_rooms.get((account.sid, name))
        if room is None:
            room = Room(new_sid("CF"), account, name, at, at)
            self.rooms[room.sid] = room
            self._open_rooms[account.sid, name] = room
        return room

    def add_call(self, call: Call) -> None:
        """Keep a new call."""
        self.calls[call.sid] = call
        self._calls_to.setdefault((call.account.sid, call.to), []).append(call)
        call.account.live_calls += 1

    def close_call(self, call: Call) -> None:
        """Note that a call is over; the oldest ones beyond the limit are forgotten."""
        call.account.live_calls -= 1
        self._over.append(call)
        while len(self._over) > self._keep_calls:
            self.forget_call(self._over.popleft())

    def forget_call(self, call: Call) -> None:
        """Drop a finished call and its recordings."""
        if self.calls.pop(call.sid, None) is None:
            return
        same = self._calls_to[call.account.sid, call.to]
        same.remove(call)
        if not same:
            del self._calls_to[call.account.sid, call.to]
        for recording in call.recordings:
            self.recordings.pop(recording.sid, None)

    def close_room(self, room: Room) -> None:
        """Free the name of a conference that ended."""
        self._open_rooms.pop((room.account.sid, room.name), None)
        room.seats.clear()
        self._over_rooms.append(room)
        while len(self._over_rooms) > self._keep_calls:
            old = self._over_rooms.popleft()
            self.rooms.pop(old.sid, None)
            if old.recording is not None:
                self.recordings.pop(old.recording.sid, None)

    def calls_of(self, account: Account, to: str = "") -> Iterator[Call]:
        """The account's calls, newest first, to one destination when given."""
        if to:
            return iter(reversed(self._calls_to.get((account.sid, to), [])))
        return (call for call in reversed(self.calls.values()) if call.account is account)

    def rooms_of(self, account: Account) -> Iterator[Room]:
        """The account's conferences, newest first."""
        return (room for room in reversed(self.rooms.values()) if room.account is account)

    def recordings_of(self, account: Account) -> Iterator[Recording]:
        """The account's recordings, newest first."""
        return (recording for recording in reversed(self.recordings.values()) if recording.account is account)

    def next_ordinal(self, number: str) -> int:
        """The ordinal of the next attempt at a number, from 1."""
        self.attempts[number] += 1
        return self.attempts[number]


def _secret_of(key_sid: str, account_sid: str) -> str:
    return SECRET_PREFIX + hashlib.sha256(f"{key_sid} of {account_sid}".encode()).hexdigest()


def _of(account: Account, thing: Owned | None) -> Owned | None:
    return thing if thing is not None and thing.account is account else None


def _found(thing: T | None) -> T:
    if thing is None:
        raise CarrierError(20404)
    return thing
