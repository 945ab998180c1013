from django.urls import path

from apps.reports.views import answers, campaigns, quotas

app_name = "reports"
urlpatterns = [
    path("overview/", campaigns.dashboard, name="dashboard"),
    path("campaigns/state.json", campaigns.campaigns_state, name="campaigns_state"),
    path("campaigns/<int:campaign_id>/", campaigns.campaign, name="campaign"),
    path("campaigns/<int:campaign_id>/live.json", campaigns.campaign_live, name="campaign_live"),
    path("campaigns/<int:campaign_id>/attempts/", campaigns.campaign_attempts, name="campaign_attempts"),
    path("campaigns/<int:campaign_id>/answers/", answers.campaign_answers, name="campaign_answers"),
    path("campaigns/<int:campaign_id>/answers.csv", answers.campaign_answers_file, name="campaign_answers_file"),
    path("campaigns/<int:campaign_id>/quotas/", quotas.campaign_quotas, name="campaign_quotas"),
    path("campaigns/<int:campaign_id>/quotas/set/", quotas.quotas_set, name="quotas_set"),
    path("campaigns/<int:campaign_id>/quotas/targets/", quotas.quotas_targets, name="quotas_targets"),
    path("campaigns/<int:campaign_id>/quotas/end/", quotas.quotas_end, name="quotas_end"),
    path("scripts/<int:script_id>/answers.csv", answers.script_answers_file, name="script_answers_file"),
    path("campaigns/<int:campaign_id>/figures/", campaigns.campaign_figures, name="campaign_figures"),
]
