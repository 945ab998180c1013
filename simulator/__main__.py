"""`python -m simulator`: run the carrier simulator until it is told to stop."""

import argparse
import asyncio
import logging
import signal
import sys

import uvloop
from aiohttp import web
from pythonjsonlogger.json import JsonFormatter

from simulator.carrier import build_carrier
from simulator.config import Config, ConfigError, config_from_env, environment
from simulator.web import build_app

OPTIONS = {
    "host": "address to listen on (default 127.0.0.1)",
    "port": "port to listen on, 0 for any (default 8010)",
    "seed": "seed of the population (default 1)",
    "cps": "calls per second of each account (default 1)",
    "personalities": "TOML file of callees (default: the built-in one)",
    "faults": "JSON list of fault switches that are on from the start",
}


def main() -> int:
    """Read the configuration and serve; 2 when it refuses to start."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    for name, text in OPTIONS.items():
        parser.add_argument(f"--{name}", help=text)
    lines = logging.StreamHandler()
    lines.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[lines])
    logging.getLogger("aioice").setLevel(logging.WARNING)  # several lines for each candidate of each call
    try:
        config = config_from_env(environment(vars(parser.parse_args())))
        uvloop.run(serve(config))
    except (ConfigError, ValueError) as error:
        sys.stderr.write(f"The carrier simulator refuses to start: {error}\n")
        return 2
    return 0


async def serve(config: Config) -> None:
    """Serve until SIGINT or SIGTERM. Prints one READY line with the address."""
    carrier = build_carrier(config)
    # Web hooks outlive their client here: a customer that times out must not undo an accepted call.
    runner = web.AppRunner(build_app(carrier), access_log=None, handler_cancellation=False, shutdown_timeout=2)
    await runner.setup()
    site = web.TCPSite(runner, config.host, config.port)
    await site.start()
    port = runner.addresses[0][1]
    carrier.callbacks.base_url = f"http://{config.host}:{port}"
    sys.stdout.write(f"READY {carrier.callbacks.base_url} (simulated carrier)\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    sys.exit(main())
