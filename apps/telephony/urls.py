from django.urls import path

from apps.telephony.views import accounts, checks, numbers, offered, targets

app_name = "telephony"
urlpatterns = [
    path("numbers/", numbers.numbers, name="numbers"),
    path("numbers/account/", accounts.account_edit, name="account_edit"),
    path("numbers/account/open/", accounts.subaccount_open, name="subaccount_open"),
    path("numbers/account/key/", accounts.key_make, name="key_make"),
    path("numbers/account/calls/", checks.calls_take, name="calls_take"),
    path("numbers/account/checklist/", checks.checklist, name="checklist"),
    path("numbers/account/checklist/<str:check>/", checks.check_run, name="check_run"),
    path("numbers/add/", numbers.number_add, name="number_add"),
    path("numbers/import/", offered.number_import, name="number_import"),
    path("numbers/verify/", offered.number_verify, name="number_verify"),
    path("numbers/verify/done/", offered.number_verified, name="number_verified"),
    path("numbers/transfers/", targets.targets, name="targets"),
    path("numbers/transfers/<int:target_id>/", targets.target_edit, name="target_edit"),
    path("numbers/transfers/<int:target_id>/remove/", targets.target_remove, name="target_remove"),
    path("numbers/<int:caller_id>/enable/", numbers.number_enable, name="number_enable"),
    path("numbers/<int:caller_id>/withdraw/", numbers.number_withdraw, name="number_withdraw"),
]
