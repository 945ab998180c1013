import pytest

from simulator.config import DEFAULT_ACCOUNT_SID, ConfigError, config_from_env, is_loopback

LIVE_SID = "AC" + "0123456789abcdef" * 2
LIVE_TOKEN = "fedcba9876543210" * 2


def test_defaults_are_simulated_and_on_loopback() -> None:
    config = config_from_env({})

    assert (config.host, config.accounts[0].sid, config.clock.speed) == ("127.0.0.1", DEFAULT_ACCOUNT_SID, 1.0)


@pytest.mark.parametrize(
    "environ",
    [
        {"TWILIO_ACCOUNT_SID": LIVE_SID},
        {"TWILIO_AUTH_TOKEN": LIVE_TOKEN},
        {"TWILIO_API_KEY": "SK" + LIVE_TOKEN},
        {"TWILIO_ANYTHING": LIVE_TOKEN.upper()},
        {"SIM_ACCOUNTS": f"{LIVE_SID}:simulated-a"},
        {"SIM_ACCOUNTS": f"AC{'0' * 31}2:secret"},
        {"TWILIO_AUTH_TOKEN": "secret"},
    ],
    ids=str,
)
def test_live_looking_credentials_are_refused(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        config_from_env(environ)


@pytest.mark.parametrize(
    "environ",
    [
        {"CLOCK_START": "2026-03-10T09:00:00"},
        {"CLOCK_START": "morning"},
        {"CLOCK_SPEED": "0"},
        {"CLOCK_SPEED": "fast"},
        {"SIM_FAULTS": "{"},
    ],
    ids=str,
)
def test_bad_settings_are_refused(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        config_from_env(environ)


def test_accounts_come_from_the_environment() -> None:
    second = "AC" + "2".zfill(32)

    config = config_from_env({"SIM_CPS": "3", "SIM_ACCOUNTS": f"{second}:simulated-b:7:+12025550101,+12025550102"})

    assert [account.cps for account in config.accounts] == [3.0, 7.0]
    assert config.accounts[1].numbers == ("+12025550101", "+12025550102")
    assert config.accounts[1].owner_sid == DEFAULT_ACCOUNT_SID


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("example.com", False),
        (None, False),
    ],
)
def test_loopback_is_recognised(host: str | None, expected: bool) -> None:
    assert is_loopback(host) is expected
