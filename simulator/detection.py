"""Answering-machine detection: what it says about a callee, and when."""

from simulator.callees import Answers, Plan
from simulator.model import AmdOptions

BEEP_SECONDS = 0.6
SILENCE_SECONDS = 1.2


def verdict(plan: Plan | None, options: AmdOptions) -> tuple[str, float]:
    """AnsweredBy and the simulated seconds after the answer at which it is known."""
    if plan is None:
        return "unknown", options.timeout
    if plan.amd_seconds > options.timeout:
        return "unknown", options.timeout
    if plan.verdict != "machine":
        return plan.verdict, plan.amd_seconds
    if not options.until_message_end:
        return "machine_start", plan.amd_seconds
    return _message_end(plan, options.timeout)


def _message_end(plan: Plan, timeout: float) -> tuple[str, float]:
    if plan.answers is not Answers.MACHINE:
        return "machine_end_other", min(plan.amd_seconds + SILENCE_SECONDS, timeout)
    end = plan.greeting_seconds + (BEEP_SECONDS if plan.beep else SILENCE_SECONDS)
    if end > timeout:
        return "machine_end_other", timeout
    return ("machine_end_beep" if plan.beep else "machine_end_silence"), end
