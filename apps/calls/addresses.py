"""By which names the carrier knows us: the clients of people, conferences."""

from apps.calls.models import Transfer


def client_identity(tenant_id: int, user_id: int) -> str:
    """The name under which an agent's browser takes calls; the carrier allows letters, digits and underscores."""
    return f"t{tenant_id}_u{user_id}"


def coach_identity(tenant_id: int, user_id: int) -> str:
    """The name under which a supervisor's browser listens; their own desk, if they have one, keeps another."""
    return f"t{tenant_id}_s{user_id}"


def test_identity(tenant_id: int, user_id: int) -> str:
    """The name under which somebody's browser takes the test call; it stands in no conference's way."""
    return f"t{tenant_id}_c{user_id}"


def room_name(tenant_id: int, session_id: int) -> str:
    """The name of an agent's standing conference; it says nothing about a person."""
    return f"t{tenant_id}-agent-{session_id}"


def transfer_room(transfer: Transfer) -> str:
    """The name of the conference in which a person is alone with the target of a transfer."""
    return f"t{transfer.tenant_id}-transfer-{transfer.id}"
