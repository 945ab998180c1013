from django.urls import path

from apps.telephony import views

app_name = "telephony"
urlpatterns = [
    path("numbers/", views.numbers, name="numbers"),
    path("numbers/account/", views.account_edit, name="account_edit"),
    path("numbers/add/", views.number_add, name="number_add"),
    path("numbers/<int:caller_id>/enable/", views.number_enable, name="number_enable"),
    path("numbers/<int:caller_id>/withdraw/", views.number_withdraw, name="number_withdraw"),
]
