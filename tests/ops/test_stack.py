import json
import stat
from pathlib import Path

import pytest

from ops.stack import Stack, StackError, held
from ops.supervisor import Process, Supervisor

EXTERNAL = {
    "DATABASE_URL": "postgresql://app_rt@db.example.com/fairdial",
    "DATABASE_OWNER_URL": "postgresql://app_owner@db.example.com/fairdial",
    "VALKEY_URL": "redis://valkey.example.com/0",
}
TWILIO = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "secret", "PUBLIC_BASE_URL": "https://dialler.example.com"}
DEMO = {
    "tenants": [
        {
            "slug": "acme",
            "name": "Acme",
            "logins": {"manager": {"email": "manager@example.com", "password": "demo"}},
            "api_key": "key",
        }
    ]
}


class Recorder(Supervisor):
    """Notes what would be started; one-shot commands print the demo."""

    def __init__(self) -> None:
        super().__init__()
        self.processes: dict[str, Process] = {}

    def launch(self, *processes: Process) -> None:
        self.processes |= {process.name: process for process in processes}

    def run(self, process: Process) -> str:
        self.processes[process.name] = process
        return json.dumps(DEMO)


def start(tmp_path: Path, **environment: str) -> tuple[Stack, Recorder]:
    """A stack started on services of the caller's own, with every process only noted."""
    recorder = Recorder()
    stack = Stack(recorder, {**EXTERNAL, **environment}, run_dir=tmp_path, state=tmp_path)
    stack.start()
    return stack, recorder


def test_own_services_are_not_started_and_the_rest_is_in_order(tmp_path: Path) -> None:
    _, recorder = start(tmp_path)

    assert list(recorder.processes) == [
        "simulator",
        "migrate",
        "worker-dial",
        "worker-default",
        "web",
        "load_demo",
        "beat",
        "run_sim_agents",
    ]


def test_embedded_services_are_started_when_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for step in ("initialise", "create_roles"):
        monkeypatch.setattr(f"ops.postgres.Cluster.{step}", lambda cluster: None)
    recorder = Recorder()
    stack = Stack(recorder, {}, run_dir=tmp_path, state=tmp_path)

    stack.start()

    assert list(recorder.processes)[:3] == ["postgres", "valkey", "simulator"]
    web = recorder.processes["web"].environment
    assert web["DATABASE_URL"].startswith("postgresql://app_rt:")
    assert web["VALKEY_URL"].endswith("/0")
    assert web["CELERY_BROKER_URL"].endswith("/1")


def test_only_the_migrations_know_the_owner(tmp_path: Path) -> None:
    _, recorder = start(tmp_path)

    knowing = [name for name, process in recorder.processes.items() if "app_owner" in str(process.environment)]

    assert knowing == ["migrate"]
    assert recorder.processes["migrate"].environment["DATABASE_URL"] == EXTERNAL["DATABASE_OWNER_URL"]


def test_rabbitmq_is_used_by_its_address_alone(tmp_path: Path) -> None:
    broker = "amqp://fairdial:secret@rabbitmq.example.com:5672//"

    _, recorder = start(tmp_path, CELERY_BROKER_URL=broker)

    assert recorder.processes["worker-dial"].environment["CELERY_BROKER_URL"] == broker
    assert recorder.processes["web"].environment["VALKEY_URL"] == EXTERNAL["VALKEY_URL"]


def test_twilio_credentials_take_the_place_of_simulator_demo_and_clock(tmp_path: Path) -> None:
    _, recorder = start(tmp_path, **TWILIO)

    assert not {"simulator", "load_demo", "run_sim_agents"} & set(recorder.processes)
    web = recorder.processes["web"].environment
    assert web["CARRIER"] == "twilio"
    assert not {"SIMULATOR_URL", "CLOCK_START"} & set(web)


def test_a_real_carrier_needs_an_address_to_reach_us(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="PUBLIC_BASE_URL"):
        start(tmp_path, **{name: value for name, value in TWILIO.items() if name != "PUBLIC_BASE_URL"})


def test_real_credentials_never_come_near_the_simulator(tmp_path: Path) -> None:
    _, recorder = start(tmp_path, CARRIER="simulator", **TWILIO)

    assert "simulator" in recorder.processes
    assert not any(TWILIO["TWILIO_AUTH_TOKEN"] in str(process.environment) for process in recorder.processes.values())


def test_every_process_shares_one_clock(tmp_path: Path) -> None:
    _, recorder = start(tmp_path, FAIRDIAL_DEMO_SPEED="60")

    clocks = {
        tuple(process.environment[name] for name in ("CLOCK_START", "CLOCK_ORIGIN", "CLOCK_SPEED"))
        for process in recorder.processes.values()
    }
    assert len(clocks) == 1
    assert clocks.pop()[2] == "60.0"


def test_a_clock_of_the_caller_is_kept(tmp_path: Path) -> None:
    clock = {"CLOCK_START": "2026-06-16T14:00:00+00:00", "CLOCK_ORIGIN": "1781000000", "CLOCK_SPEED": "2"}

    stack, recorder = start(tmp_path, **clock)

    assert clock.items() <= recorder.processes["web"].environment.items()
    assert stack.clock is None


def test_demo_can_be_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack, recorder = start(tmp_path, FAIRDIAL_DEMO="0")

    assert not {"load_demo", "run_sim_agents"} & set(recorder.processes)
    assert not stack.demo_file.exists()
    assert capsys.readouterr().out == f"READY http://127.0.0.1:{stack.web_port}\n"


def test_ready_line_comes_first_and_once_then_the_logins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack, _ = start(tmp_path)

    assert capsys.readouterr().out.splitlines() == [
        f"READY http://127.0.0.1:{stack.web_port}",
        "  Acme, manager: manager@example.com  demo",
    ]


def test_demo_file_tells_scripts_everything_and_others_nothing(tmp_path: Path) -> None:
    stack, recorder = start(tmp_path)

    assert json.loads(stack.demo_file.read_text()) == {
        "address": f"http://127.0.0.1:{stack.web_port}",
        "simulator": recorder.processes["web"].environment["SIMULATOR_URL"],
        **DEMO,
    }
    assert stat.S_IMODE(stack.demo_file.stat().st_mode) == 0o600


def test_carrier_reaches_the_web_process_at_its_port(tmp_path: Path) -> None:
    stack, recorder = start(tmp_path)

    web = recorder.processes["web"]
    assert web.environment["PUBLIC_BASE_URL"] == f"http://127.0.0.1:{stack.web_port}"
    assert str(stack.web_port) in web.command


def test_a_second_start_from_the_same_folder_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "supervisor.lock"

    with (
        held(lock, patience=0, refusal="runs already"),
        pytest.raises(StackError, match="runs already"),
        held(lock, patience=0, refusal="runs already"),
    ):
        pass
