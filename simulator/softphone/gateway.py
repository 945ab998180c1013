"""The audio half as a whole: one object that holds its parts, wired once."""

from dataclasses import dataclass

from simulator.callbacks import Callbacks
from simulator.calls import Exchange
from simulator.clock import Clock
from simulator.config import SoftphoneConfig
from simulator.registry import Registry
from simulator.softphone.casting import Casting
from simulator.softphone.dialogue import load_dialogues
from simulator.softphone.media import MediaServer
from simulator.softphone.network import MediaNetwork
from simulator.softphone.registrar import Registrar
from simulator.softphone.signalling import Signalling
from simulator.softphone.sounds import Sounds
from simulator.softphone.speech import Synthesiser, synthesiser
from simulator.softphone.switchboard import Switchboard
from simulator.softphone.tapes import Tapes
from simulator.stats import Stats
from simulator.transport import Transport


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where browsers meet the exchange."""

    registrar: Registrar
    synthesiser: Synthesiser
    media: MediaServer
    sounds: Sounds
    switchboard: Switchboard
    signalling: Signalling

    async def close(self) -> None:
        """End every browser's call and connection."""
        await self.hang_up_all()
        await self.signalling.close()
        self.media.tapes.close()

    async def hang_up_all(self) -> None:
        """End every browser's call; the browsers stay connected."""
        await self.switchboard.close()
        self.media.close()
        self.registrar.clear()


@dataclass(frozen=True, slots=True)
class Outside:
    """What the audio half uses of the other."""

    clock: Clock
    registry: Registry
    stats: Stats
    transport: Transport
    callbacks: Callbacks


def build_gateway(config: SoftphoneConfig, exchange: Exchange, outside: Outside) -> Gateway:
    """Wire the audio half to an exchange, whose client legs ring browsers from now on."""
    clock, registry = outside.clock, outside.registry
    registry.keys |= {key.sid: key for key in config.keys}
    registry.applications |= config.applications
    speech = synthesiser()
    media = MediaServer(clock, outside.stats, Casting(load_dialogues(), speech), Tapes(clock))
    media.hang_up = exchange.hang_up_far_end
    sounds = Sounds(registry, outside.transport, outside.callbacks, speech, media)
    registrar = Registrar(config.agents)
    network = MediaNetwork(config.media_address, config.advertised_address, *config.media_ports)
    switchboard = Switchboard(clock, registry, exchange, registrar, media, network)
    exchange.ring_client = switchboard.ring
    signalling = Signalling(registry, registrar, switchboard, config.origins)
    return Gateway(registrar, speech, media, sounds, switchboard, signalling)
