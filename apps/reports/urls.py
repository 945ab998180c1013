from django.urls import path

from apps.reports import views

app_name = "reports"
urlpatterns = [
    path("overview/", views.dashboard, name="dashboard"),
    path("campaigns/state.json", views.campaigns_state, name="campaigns_state"),
    path("campaigns/<int:campaign_id>/", views.campaign, name="campaign"),
    path("campaigns/<int:campaign_id>/live.json", views.campaign_live, name="campaign_live"),
    path("campaigns/<int:campaign_id>/attempts/", views.campaign_attempts, name="campaign_attempts"),
    path("campaigns/<int:campaign_id>/figures/", views.campaign_figures, name="campaign_figures"),
]
