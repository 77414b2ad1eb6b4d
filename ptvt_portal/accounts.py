"""How accounts come about: by invitation of the office, never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Accounts are given out by the programme office; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
