"""How long agents were in each state: kept when they leave it, so that a day can be added up from rows."""

from datetime import datetime

from apps.agents.models import AgentSession, AgentSpan


def keep_span(session: AgentSession, *, until: datetime) -> None:
    """Write down the stretch in the state that `session` is about to leave at `until`; nothing for an empty one."""
    if until <= session.state_since:
        return
    AgentSpan.objects.create(
        session=session,
        user_id=session.user_id,
        campaign_id=session.campaign_id,
        state=session.state,
        began_at=session.state_since,
        ended_at=until,
    )
