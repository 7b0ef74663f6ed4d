"""How long a password has to be, said in Chinese: Django's own rule has no translation of it."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator


class LongEnough(MinimumLengthValidator):
    """Django's rule with its words in Chinese."""

    def get_error_message(self) -> str:
        """What is wrong."""
        return f"密码太短，至少要 {self.min_length} 个字符。"

    def get_help_text(self) -> str:
        """What is asked for."""
        return f"至少 {self.min_length} 个字符。"
