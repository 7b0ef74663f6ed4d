"""The app's name."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages."""

    name = "cardgen.web"
    label = "web"
    verbose_name = "账户和登录"
