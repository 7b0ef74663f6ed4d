"""Sign in and out, and choose a password: Django's own views, with a wait after wrong guesses."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import views as auth_views
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy

from cardgen.web import delay, trail
from cardgen.web.access import READERS, open_to, to_everyone
from cardgen.web.models import Account


class SignInForm(auth_forms.AuthenticationForm):
    """Name and password; the wait comes before the password is looked at."""

    error_messages = {  # noqa: RUF012 - Django's own way to say it
        "invalid_login": "用户名或密码不对。大写和小写要分清。",
        "inactive": "这个账户停用了，请找镇办公室。",
    }

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError, and counts failures."""
        name = str(self.cleaned_data.get("username") or "")
        address = str(self.request.META.get("REMOTE_ADDR", "")) if self.request else ""
        wait = delay.seconds_to_wait(name, address)
        if wait:
            raise ValidationError(
                f"错的次数太多，请等 {_in_words(wait)}再试。忘了密码，请找镇办公室。", code="wait"
            )
        try:
            cleaned = super().clean()
        except ValidationError:
            delay.note_failure(name, address)
            raise
        if self.user_cache is None:
            delay.note_failure(name, address)
        else:
            delay.forget(name)
        return dict(cleaned)


def _in_words(seconds: int) -> str:
    return f"{seconds} 秒" if seconds < 120 else f"{(seconds + 59) // 60} 分钟"


class SignIn(auth_views.LoginView):
    """The page to sign in."""

    form_class = SignInForm
    template_name = "web/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: auth_forms.AuthenticationForm) -> HttpResponse:
        """Write down that somebody came."""
        trail.note(form.get_user().get_username(), "sign-in")
        return super().form_valid(form)


class OwnPasswordForm(auth_forms.PasswordChangeForm):
    """The password until now, and a new one, twice."""

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError nowhere: what is wrong is told at its field."""
        cleaned = dict(super().clean() or self.cleaned_data)
        old, new = cleaned.get("old_password"), cleaned.get("new_password1")
        if old and old == new:
            self.add_error("new_password1", "新密码不能和现在的一样，请另定一个。")
        return cleaned


class ChangePassword(auth_views.PasswordChangeView):
    """The page to choose a password; the first thing to do with a new account."""

    form_class = OwnPasswordForm
    template_name = "web/password.html"
    success_url = reverse_lazy("home")

    def get_form(self, form_class: Any = None) -> Any:  # noqa: ANN401
        """Ask for the one-time password by its name."""
        form = super().get_form(form_class)
        account = self.request.user
        if isinstance(account, Account) and account.must_change:
            form.fields["old_password"].label = "现在的一次性密码"
        return form

    def form_valid(self, form: Any) -> HttpResponse:  # noqa: ANN401
        """Keep it; it is the account's own now."""
        answer = super().form_valid(form)
        account = self.request.user
        assert isinstance(account, Account)
        account.must_change = False
        account.save(update_fields=["must_change"])
        trail.note(account.username, "password")
        messages.success(self.request, "密码改好了。")
        return answer


def _before_change(view: Any) -> Any:  # noqa: ANN401
    """A page that an account may see before it has chosen a password."""
    view.before_change = True
    return view


sign_in = to_everyone(SignIn.as_view())
sign_out = _before_change(open_to(*READERS)(auth_views.LogoutView.as_view()))
password = _before_change(open_to(*READERS)(ChangePassword.as_view()))


@to_everyone
def health(request: HttpRequest) -> HttpResponse:
    """Says that the server answers, and nothing else."""
    return HttpResponse("ok", content_type="text/plain")
