"""The carrier as a whole: one object that holds every part, wired once."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from simulator.callbacks import Callbacks
from simulator.callees import Callees, load_callees
from simulator.calls import Exchange
from simulator.clock import Clock
from simulator.conferences import Rooms
from simulator.config import Config
from simulator.dialling import Dialling
from simulator.faults import Fault, FaultBoard
from simulator.mail import Catcher
from simulator.recordings import Recordings
from simulator.registry import Registry
from simulator.scripts import Scripts
from simulator.softphone.gateway import Gateway, Outside, build_gateway
from simulator.stats import Stats
from simulator.transport import Transport
from simulator.verbs import Interpreter


@dataclass(slots=True)
class Carrier:
    """Everything the REST and control faces work on."""

    config: Config
    clock: Clock
    registry: Registry
    callees: Callees
    faults: FaultBoard
    stats: Stats
    transport: Transport
    callbacks: Callbacks
    recordings: Recordings
    rooms: Rooms
    exchange: Exchange
    gateway: Gateway
    catcher: Catcher

    def now(self) -> datetime:
        """The simulated instant."""
        return self.clock.now()

    def provision(self) -> None:
        """Open the configured accounts."""
        for account in self.config.accounts:
            self.registry.provision(account, self.now())

    async def open(self) -> None:
        """Start what needs a running loop."""
        await self.transport.open()
        if self.config.smtp_port is not None:
            await self.catcher.open(self.config.host, self.config.smtp_port)

    async def close(self) -> None:
        """Stop every call and callback at once."""
        await self.exchange.close()
        await self.gateway.close()
        await self.callbacks.close()
        await self.transport.close()
        await self.catcher.close()

    async def reset(self) -> None:
        """Forget calls, conferences, faults, counts and pinned numbers; accounts stay."""
        await self.exchange.close()
        await self.gateway.hang_up_all()
        await self.callbacks.close()
        self.registry.clear()
        self.faults.faults.clear()
        self.stats.clear()
        self.catcher.clear()
        self.callees.pinned.clear()
        self.callees.pinned_languages.clear()


def build_carrier(config: Config) -> Carrier:
    """Wire a carrier from its configuration; raises ValueError for bad faults or personalities."""
    clock = config.clock
    registry = Registry(config.keep_calls)
    callees = load_callees(config.personalities, config.seed)
    faults = FaultBoard(Random(config.seed), [Fault.parse(fault) for fault in config.faults])  # noqa: S311 -- repeatable
    stats = Stats(config.keep_dials)
    transport = Transport()
    callbacks = Callbacks(clock, registry, transport, faults, stats)
    recordings = Recordings(clock, registry, callbacks)
    rooms = Rooms(registry, callbacks, recordings)
    exchange = Exchange(clock, registry, callees, callbacks, rooms, recordings, stats)
    dialling = Dialling(clock, exchange, rooms, recordings, callbacks)
    gateway = build_gateway(config.softphone, exchange, Outside(clock, registry, stats, transport, callbacks))
    rooms.beep = gateway.media.beep
    scripts = Scripts(transport, callbacks, stats)
    exchange.interpret = Interpreter(scripts, gateway.sounds, callbacks, rooms, recordings, dialling).run
    carrier = Carrier(
        config,
        clock,
        registry,
        callees,
        faults,
        stats,
        transport,
        callbacks,
        recordings,
        rooms,
        exchange,
        gateway,
        Catcher(clock.now),
    )
    carrier.provision()
    return carrier
