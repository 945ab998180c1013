"""Load the demo's organisations once, and print their logins and API keys as one JSON object."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core import clock
from apps.demo.services.office import is_simulated
from apps.demo.services.seed import load_demo


class Command(BaseCommand):
    help = __doc__
    # The web process beside it runs them.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        if not is_simulated():
            raise CommandError("The demo is loaded only where the carrier is the simulator.")
        self.stdout.write(json.dumps(load_demo(at=clock.now())))
