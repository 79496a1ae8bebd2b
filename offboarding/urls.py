"""Every address of the console. What is not listed here does not exist; each view asks access first."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, path

from offboarding.views import (
    deliveries,
    endpoints,
    errors,
    evidence,
    health,
    history,
    holds,
    home,
    people,
    request_actions,
    requests,
    rules,
    sign_in,
    theme,
)
from offboarding.views import request as request_page
from offboarding.views import settings as settings_page

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("people/", people.people, name="people"),
    path("people/<slug:person_id>/", people.person, name="person"),
    path("people/<slug:person_id>/history-preview/", people.person_preview, name="person_preview"),
    path("people/<slug:person_id>/duties/", people.person_duties, name="person_duties"),
    path("people/<slug:person_id>/request/", people.request_new, name="request_new"),
    path("requests/", requests.requests, name="requests"),
    path("requests/<int:pk>/", request_page.request_page, name="request"),
    path("requests/<int:pk>/progress/", request_page.progress, name="request_progress"),
    path("requests/<int:pk>/approve/", request_actions.approve, name="request_approve"),
    path("requests/<int:pk>/reject/", request_actions.reject, name="request_reject"),
    path("requests/<int:pk>/cancel/", request_actions.cancel, name="request_cancel"),
    path("requests/<int:pk>/replan/", request_actions.replan, name="request_replan"),
    path("requests/<int:pk>/retry/", request_actions.retry, name="request_retry"),
    path("requests/<int:pk>/stop/", request_actions.stop, name="request_stop"),
    path("requests/<int:pk>/close/", request_actions.close, name="request_close"),
    path("requests/<int:pk>/accept-gap/", request_actions.accept_gap, name="request_accept_gap"),
    path("requests/<int:pk>/document.json", evidence.document, name="request_document"),
    path("requests/<int:pk>/answers.json", evidence.answers, name="request_answers"),
    path("requests/<int:pk>/archive/", evidence.archive, name="archive_download"),
    path("history/", history.history, name="history"),
    path("history/export/", history.export, name="history_export"),
    path("history/<int:sequence>/", history.record, name="history_record"),
    path("settings/", settings_page.settings_page, name="settings"),
    path("settings/connection/", settings_page.test_connection, name="connection_test"),
    path("settings/holds/", holds.place, name="hold_place"),
    path("settings/holds/<int:pk>/release/", holds.release, name="hold_release"),
    path("settings/rules/", rules.make, name="rule_make"),
    path("settings/rules/<int:pk>/end/", rules.end, name="rule_end"),
    path("settings/deliveries/replay/", deliveries.replay_since, name="deliveries_replay"),
    path("settings/deliveries/<int:pk>/replay/", deliveries.replay, name="delivery_replay"),
    path("settings/endpoints/", endpoints.add, name="endpoint_add"),
    path("settings/endpoints/<int:pk>/secret/", endpoints.rotate, name="endpoint_rotate"),
    path("settings/endpoints/<int:pk>/disable/", endpoints.disable, name="endpoint_disable"),
    path("settings/endpoints/<int:pk>/enable/", endpoints.enable, name="endpoint_enable"),
    path("settings/endpoints/<int:pk>/remove/", endpoints.remove, name="endpoint_remove"),
    path("theme/", theme.choose_theme, name="theme"),
    path("accounts/login/", sign_in.SignIn.as_view(), name="login"),
    path("accounts/logout/", sign_in.sign_out, name="logout"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
if settings.DEBUG:
    from offboarding.views import styleguide

    urlpatterns.append(path("styleguide/", styleguide.styleguide, name="styleguide"))

handler403 = errors.refused
