"""The inside of `rehearse`: runs on services that are there, prints progress to standard error and the summary as JSON."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.campaigns.models import DialMode
from apps.core.errors import AppError
from apps.demo.services.office import is_simulated
from apps.demo.services.rehearsal import Plan, RehearsalError, run_rehearsal
from apps.tenants.models import LegalProfile


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--agents", type=int, required=True)
        parser.add_argument("--mode", type=DialMode, required=True)
        parser.add_argument("--purpose", type=LegalProfile, required=True)
        parser.add_argument("--hours", type=float, required=True)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        if not is_simulated():
            raise CommandError("A rehearsal runs only where the carrier is the simulator.")
        plan = Plan(
            file=options["file"],
            agents=options["agents"],
            mode=options["mode"],
            purpose=options["purpose"],
            hours=options["hours"],
        )
        try:
            summary = run_rehearsal(plan, say=self.stderr.write)
        except (RehearsalError, AppError) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(json.dumps(summary))
