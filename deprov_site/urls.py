"""Every address of the console lives in offboarding.urls; Django looks for the error pages here."""

from django.urls import include, path

from offboarding.urls import handler403

__all__ = ["handler403", "urlpatterns"]

urlpatterns = [path("", include("offboarding.urls"))]
