"""The app's registration with Django."""

from django.apps import AppConfig


class OffboardingConfig(AppConfig):
    name = "offboarding"
    verbose_name = "Offboarding"

    def ready(self) -> None:
        from offboarding import checks  # noqa: F401  (registers the system checks)
