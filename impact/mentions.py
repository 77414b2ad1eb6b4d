"""Who is meant by an @name in a text. Pure.

A name is that of a person as shown, their first name, or what stands before the @ of their address; capitals do not
matter. An address in running text is no mention: there the @ does not begin a word.
"""

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from consortia.errors import Problem
from consortia.models import User

_BEGINS = re.compile(r"(?<![^\s(\"'“‘/,;:])@(?=\w)")
_WORD = re.compile(r"[\w.+-]+")


def read(text: str, people: Iterable[User], pointer: str) -> tuple[list[User], list[Problem]]:
    """The people who are mentioned, each once in the order of the text, and the names that mean nobody or several."""
    named = _names(people)
    longest_first = sorted(named, key=len, reverse=True)
    found: dict[object, User] = {}
    problems = []
    for match in _BEGINS.finditer(text):
        start = match.end()
        name = next((each for each in longest_first if _stands(text, start, each)), None)
        word = _WORD.match(text, start)
        written = word[0].rstrip(".-") if word else ""
        if name is None:
            detail = _("“@%(name)s” is nobody who can see this report.") % {"name": written}
            problems.append(Problem(pointer, "unknown-mention", detail))
        elif len(named[name]) > 1:
            detail = _("“@%(name)s” could be several people; write the whole name or address.") % {"name": name}
            problems.append(Problem(pointer, "ambiguous-mention", detail))
        else:
            (user,) = named[name].values()
            found.setdefault(user.pk, user)
    return list(found.values()), problems


def name_for(user: User, people: Iterable[User]) -> str:
    """What to write after the @ for this person: the name where nobody else has it, else the address."""
    return str(user) if len(_names(people)[_folded(str(user))]) == 1 else user.email


def _names(people: Iterable[User]) -> dict[str, dict[object, User]]:
    named: dict[str, dict[object, User]] = {}
    for user in people:
        first, _sep, _rest = user.name.partition(" ")
        for name in {user.name, first, user.email, user.email.partition("@")[0]}:
            if name:
                named.setdefault(_folded(name), {})[user.pk] = user
    return named


def _stands(text: str, start: int, name: str) -> bool:
    """Whether the name stands there as a word of its own; an @ after it would make it the begin of another address."""
    end = start + len(name)
    after = text[end : end + 1]
    return _folded(text[start:end]) == name and not (after.isalnum() or after in ("_", "@"))


def _folded(name: str) -> str:
    return name.lower()
