"""How accounts come about: by invitation of the office, never by signing up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.utils.translation import get_language, override

from consortia.models import Programme, User


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Accounts are given out by the programme office; nobody signs up."""

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """In the language of the person where there is one; an answer reaches the office."""
        person = context.get("user")
        language = person.language if isinstance(person, User) else get_language() or "nl"
        with override(language):
            message: EmailMessage = super().render_mail(template_prefix, email, context, headers)
        programme = Programme.objects.first()
        if programme and programme.contact_email:
            message.reply_to = [programme.contact_email]
        return message

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
