from django.db import models

from apps.campaigns.models import Campaign
from apps.tenants.models import TenantModel


class Pulse(TenantModel):
    """What the dialler last decided for a campaign, in plain words for the manager."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="+")
    ticked_at = models.DateTimeField()
    dials = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=300)

    class Meta(TenantModel.Meta):
        pass

    def __str__(self) -> str:
        return self.reason
