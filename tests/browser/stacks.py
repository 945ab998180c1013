"""A whole stack with the demo in it, and Python beside it that answers at once."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ops import seeds
from ops.places import ROOT
from ops.throwaway import Stack, temporary_folder, throwaway_stack

NOON = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)
# Runs each line, a JSON pair of an organisation's slug and of Python for it, and answers with what that has printed and
# with how it failed.
LISTEN = """
import contextlib, io, json, sys, traceback
import django
django.setup()
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
for line in sys.stdin:
    slug, source = json.loads(line)
    printed, fault = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(printed), tenant_scope(Tenant.objects.get(slug=slug).id):
            exec(source, {})
    except Exception:
        fault = traceback.format_exc()
    print(json.dumps([printed.getvalue(), fault]), flush=True)
"""
# The simulator opens an account on its first request, which a browser's phone cannot make; and no test may depend on
# whether the dialler has taken in the campaigns' leads already.
BEGIN = """
from apps.campaigns.models import Campaign
from apps.campaigns.services.queue import take_in_new_leads
from apps.demo.services.seed import introduce_accounts
introduce_accounts()
for campaign in Campaign.objects.order_by("id"):
    while take_in_new_leads(campaign=campaign):
        pass
"""


@dataclass(frozen=True)
class Platform:
    """A running stack, its demo's logins by role, and Python beside it."""

    stack: Stack
    logins: dict[str, dict[str, str]]
    python: "subprocess.Popen[str]"

    @property
    def url(self) -> str:
        return self.stack.url

    @property
    def simulator_url(self) -> str:
        return self.stack.simulator_url

    def ask(self, source: str, slug: str = "sunrise-solar") -> Any:
        """What Python prints in the scope of an organisation, as JSON; None when it prints nothing."""
        self.stack.check()
        assert self.python.stdin is not None
        assert self.python.stdout is not None
        print(json.dumps([slug, source]), file=self.python.stdin, flush=True)
        printed, fault = json.loads(self.python.stdout.readline())
        assert not fault, fault
        return json.loads(printed) if printed else None


@contextmanager
def platform(environment: Mapping[str, str]) -> Iterator[Platform]:
    """A platform of one's own; `environment` adds to that of its processes."""
    # The other browser tests share a process with Django and need the first; a deployment refuses to start with it.
    given = {"DJANGO_ALLOW_ASYNC_UNSAFE": "", **environment}
    with temporary_folder() as folder:
        demo = seeds.plant(folder, at=NOON - timedelta(minutes=1))
        with throwaway_stack(start=NOON, speed=1.0, environment=given, planted=folder) as stack:
            python = subprocess.Popen(
                [sys.executable, "-c", LISTEN],
                env=stack.environment | {"DJANGO_SETTINGS_MODULE": "config.settings.base"},
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            with python:
                found = Platform(stack, demo["tenants"][0]["logins"], python)
                for tenant in demo["tenants"]:
                    found.ask(BEGIN, tenant["slug"])
                yield found
            # Nothing of it needs a tidy end.
            stack.services.supervisor.hurry()
