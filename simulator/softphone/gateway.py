"""The audio half as a whole: one object that holds its parts, wired once."""

from dataclasses import dataclass

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
from simulator.softphone.speech import Synthesiser
from simulator.softphone.switchboard import Switchboard
from simulator.softphone.tapes import Tapes
from simulator.stats import Stats


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where browsers meet the exchange."""

    registrar: Registrar
    synthesiser: Synthesiser
    media: MediaServer
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


def build_gateway(
    config: SoftphoneConfig, clock: Clock, registry: Registry, exchange: Exchange, stats: Stats
) -> Gateway:
    """Wire the audio half to an exchange, whose client legs ring browsers from now on."""
    registry.keys |= {key.sid: key for key in config.keys}
    registry.applications |= config.applications
    synthesiser = Synthesiser()
    media = MediaServer(clock, stats, Casting(load_dialogues(), synthesiser), Tapes(clock))
    media.hang_up = exchange.hang_up_far_end
    registrar = Registrar(config.agents)
    network = MediaNetwork(config.media_address, config.advertised_address, *config.media_ports)
    switchboard = Switchboard(clock, registry, exchange, registrar, media, network)
    exchange.ring_client = switchboard.ring
    signalling = Signalling(registry, registrar, switchboard, config.origins)
    return Gateway(registrar, synthesiser, media, switchboard, signalling)
