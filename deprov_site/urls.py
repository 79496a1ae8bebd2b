"""Every address of the console lives in offboarding.urls."""

from django.urls import include, path

urlpatterns = [path("", include("offboarding.urls"))]
