import os
import signal
import subprocess
import sys

import requests

LIVE = "0123456789abcdef" * 2


def start(*arguments: str, **environ: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TWILIO_", "SIM_", "CLOCK_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "simulator", *arguments],
        env=kept | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_program_serves_until_told_to_stop() -> None:
    process = start("--port", "0", CLOCK_START="2026-03-10T13:00:00+00:00", CLOCK_SPEED="60")
    assert process.stdout is not None
    ready, address, _ = process.stdout.readline().split(" ", 2)

    health = requests.get(f"{address}/sim/health", timeout=10).json()
    process.send_signal(signal.SIGTERM)

    assert (ready, health["clock"]["speed"], process.wait(60)) == ("READY", 60.0, 0)
    process.communicate()


def test_program_refuses_live_credentials() -> None:
    process = start("--port", "0", TWILIO_AUTH_TOKEN=LIVE)

    _, errors = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "refuses to start" in errors
    assert LIVE not in errors
