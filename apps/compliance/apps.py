from django.apps import AppConfig
from django.core.checks import register

from apps.compliance.checks import check_rulebook, check_zone_data
from apps.core.checks import SAFE_START


class ComplianceConfig(AppConfig):
    name = "apps.compliance"

    def ready(self) -> None:
        register(check_rulebook, SAFE_START, deploy=True)
        register(check_zone_data, SAFE_START, deploy=True)
