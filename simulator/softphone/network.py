"""Where media is received: one address, one range of UDP ports, one advertised address."""

import asyncio
import random
from dataclasses import dataclass
from functools import partial

from aioice import Candidate, Connection
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import StunProtocol
from aiortc import RTCPeerConnection


class NoPortError(OSError):
    """Every UDP port of the range is taken."""


@dataclass(frozen=True, slots=True)
class MediaNetwork:
    """`address` is bound, on any port when there is no range; `advertised` is what browsers are told instead of it."""

    address: str = "127.0.0.1"
    advertised: str = ""
    first_port: int = 0
    last_port: int = 0

    def confine(self, peer: RTCPeerConnection) -> None:
        """Keep a peer connection to this network; to be called before it gathers candidates.

        aioice binds every address of the machine except loopback, on any port, and has no setting for either; so its
        step of gathering is replaced in this one connection.
        """
        for transceiver in peer.getTransceivers():
            connection = transceiver.receiver.transport.transport.iceGatherer._connection
            vars(connection)["get_component_candidates"] = partial(self._gather, connection)

    async def _gather(
        self, connection: Connection, component: int, addresses: list[str], timeout: int = 5
    ) -> list[Candidate]:
        protocol = await self._bind(connection)
        host, port = protocol.transport.get_extra_info("sockname")[:2]
        protocol.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", host),
            component=component,
            transport="udp",
            priority=candidate_priority(component, "host"),
            host=self.advertised or host,
            port=port,
            type="host",
        )
        connection._protocols.append(protocol)
        return [protocol.local_candidate]

    async def _bind(self, connection: Connection) -> StunProtocol:
        loop = asyncio.get_running_loop()
        ports = list(range(self.first_port, self.last_port + 1))
        random.shuffle(ports)  # a port just freed may still get packets of its last call
        for port in ports:
            try:
                _, protocol = await loop.create_datagram_endpoint(
                    lambda: StunProtocol(connection), local_addr=(self.address, port)
                )
            except OSError:
                continue
            return protocol
        raise NoPortError(f"no free UDP port from {self.first_port} to {self.last_port} at {self.address}")
