"""Staff the demo's campaigns with simulated agents until interrupted."""

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core import clock
from apps.demo.services.agents import Floor, SimulatedAgent, staff
from apps.demo.services.office import PASSWORD, is_simulated
from apps.demo.services.seed import AGENTS, TENANTS


class Command(BaseCommand):
    help = __doc__
    # The web process beside it runs them.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        if not is_simulated():
            raise CommandError("Simulated agents work only where the carrier is the simulator.")
        asyncio.run(_run())


async def _run() -> None:
    agents = []
    for slug, _, _ in TENANTS:
        floor = Floor(settings.PUBLIC_BASE_URL, settings.SIMULATOR_URL, slug, clock.speed())
        for number in range(1, AGENTS + 1):
            campaign = "Enquiries: call while warm" if number <= AGENTS // 2 else "Spring prospects"
            email = f"sim-agent-{number}@{slug}.example.test"
            agents.append(SimulatedAgent(floor, email=email, password=PASSWORD, campaign=campaign))
    task = asyncio.ensure_future(staff(agents))
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, task.cancel)
    await asyncio.gather(task, return_exceptions=True)
