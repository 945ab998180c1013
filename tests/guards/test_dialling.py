"""I1 and I3 in the source: one door to the carrier, and a claim whose condition names state and decision."""

import ast

from apps.telephony.carrier import Carrier
from tests.guards.sources import app_sources, calls

PLACING = "apps/calls/placing.py"
# Asks about calls that exist, and creates none.
CONTROL = "apps/calls/control.py"
# Shares the gateway's way of asking, for accounts, keys and numbers.
ADMINISTRATION = "apps/telephony/administration.py"
# What rings a phone or a browser at the carrier.
DIALS = {"calls.create", "participants.create"}
CREATES = {"create_call", "create_leg", "create_coach", "create_target", "call_staff"}


def imports(tree: ast.Module) -> set[str]:
    """Every module that a source imports, with the names it takes from it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_only_placing_and_control_reach_the_gateway() -> None:
    users = {path for path, tree in app_sources().items() if "apps.telephony.gateway" in imports(tree)}

    assert users == {PLACING, CONTROL, ADMINISTRATION}


def test_administration_dials_nobody() -> None:
    taken = {name for name in imports(app_sources()[ADMINISTRATION]) if name.startswith("apps.telephony.gateway.")}
    dialled = {
        (place.partition(":")[0], dial)
        for place, call in calls()
        for dial in DIALS
        if place.startswith("apps/telephony/") and ast.unparse(call.func).endswith(dial)
    }

    assert taken == {"apps.telephony.gateway.CarrierHttpClient", "apps.telephony.gateway.ask"}
    assert dialled == {("apps/telephony/gateway.py", dial) for dial in DIALS}


def test_only_telephony_imports_the_carriers_client() -> None:
    users = {path for path, tree in app_sources().items() if any(name.startswith("twilio") for name in imports(tree))}

    assert {path.split("/")[1] for path in users} == {"telephony"}


def test_only_placing_asks_the_carrier_for_a_call() -> None:
    asked = {name for name in vars(Carrier) if not name.startswith("_")}
    callers = {
        (place.partition(":")[0], call.func.attr)
        for place, call in calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr in CREATES
    }

    assert asked >= CREATES
    assert callers == {(PLACING, create) for create in CREATES}


def function(path: str, name: str) -> ast.FunctionDef:
    (found,) = [
        node for node in ast.walk(app_sources()[path]) if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    return found


def test_a_call_is_created_in_one_place_after_the_claim_and_outside_any_scope() -> None:
    place = function(PLACING, "place_attempt")
    creates = [call for _, call in calls() if isinstance(call.func, ast.Attribute) and call.func.attr == "create_call"]
    scopes = [node for node in ast.walk(place) if isinstance(node, ast.With)]

    assert len(creates) == 1
    assert creates[0] in list(ast.walk(place))
    assert not any(creates[0] in list(ast.walk(scope)) for scope in scopes)
    claims = [
        node.lineno
        for node in ast.walk(place)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_claim_for_placing"
    ]
    assert claims[0] < creates[0].lineno


def test_the_claim_is_one_statement_that_names_state_and_decision() -> None:
    conditions = [
        {keyword.arg for keyword in node.keywords}
        for node in ast.walk(function(PLACING, "_claim_for_placing"))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "filter"
    ]

    assert {"id", "state", "decision__is_allowed", "decision__expires_at__gt"} in conditions


def test_nothing_but_the_claim_makes_an_attempt_placing() -> None:
    writers = [
        place
        for place, call in calls()
        for keyword in call.keywords
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"update", "create"}
        and keyword.arg == "state"
        and ast.unparse(keyword.value).endswith("AttemptState.PLACING")
    ]

    assert [place.partition(":")[0] for place in writers] == [PLACING]


def test_attempts_are_made_in_one_place_with_a_decision() -> None:
    made = [
        (place.partition(":")[0], {keyword.arg for keyword in call.keywords})
        for place, call in calls()
        if isinstance(call.func, ast.Name) and call.func.id == "Attempt"
    ]

    assert [path for path, _ in made] == ["apps/dialer/services/reserve.py"]
    assert "decision" in made[0][1]


def test_a_target_is_dialled_by_the_number_of_the_list_alone() -> None:
    dial = ast.unparse(function(PLACING, "dial_target"))

    assert "to=transfer.target.phone" in dial
    makers = {
        place.partition(":")[0]
        for place, call in calls()
        if ast.unparse(call.func) in {"TransferTarget.objects.create", "TargetOrder"}
    }
    assert makers == {"apps/telephony/services/targets.py", PLACING}
