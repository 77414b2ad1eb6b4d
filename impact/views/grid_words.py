"""What `static/js/grid.js` says and understands: its sentences, and the names of choices in a pasted block."""

import unicodedata
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from consortia.models import ActionLine
from impact.forms import cells, headcounts, merging
from impact.forms.questions import Questions
from impact.models import Group, Indicator
from impact.submission import Line


def words(section: str, questions: Questions) -> dict[str, Any]:
    """The sentences in the reader's language; placeholders stay for the script to fill."""
    return {
        "saving": _("saving…"),
        "saved": _("saved %(time)s"),
        "allSaved": _("Everything is saved, %(time)s"),
        "nothingToSave": _("Everything is saved"),
        "notSaved": _("Not saved: %(reason)s"),
        "waiting": _("Waiting for the network. What you typed is kept on this computer."),
        "signedOut": _("You are not signed in any more. What you typed is kept on this computer."),
        "otherPerson": _("Somebody else is signed in here by now. Load the page again."),
        "incomplete": _("not complete yet"),
        "incompletes": [_("%(number)s place is not complete yet"), _("%(number)s places are not complete yet")],
        "refused": [_("%(number)s place is not saved"), _("%(number)s places are not saved")],
        "conflicts": [_("In %(number)s place you have to choose"), _("In %(number)s places you have to choose")],
        "changedBy": _("changed by %(who)s, %(when)s"),
        "changedByYou": _("changed by you in another window, %(when)s"),
        "conflict": _("%(who)s changed this as well, %(when)s. Which is to stay?"),
        "conflictOwn": _("You changed this in another window as well, %(when)s. Which is to stay?"),
        "keepMine": _("Mine: %(value)s"),
        "takeTheirs": _("Stored: %(value)s"),
        "nothing": _("nothing"),
        "removed": _("removed"),
        "twice": _("This row is already there."),
        "ambiguous": _("“%(text)s” can mean two things. Type the number without a point."),
        "noChoice": _("“%(text)s” is none of the choices."),
        "pastedOutside": [
            _("%(number)s row of what you pasted did not fit and is left out."),
            _("%(number)s rows of what you pasted did not fit and are left out."),
        ],
        "pastedBeside": [
            _("%(number)s column of what you pasted did not fit and is left out."),
            _("%(number)s columns of what you pasted did not fit and are left out."),
        ],
        "pastedFixed": [
            _("%(number)s cell is fixed and stays as it was handed in."),
            _("%(number)s cells are fixed and stay as they were handed in."),
        ],
        "otherRows": _(
            "Nothing is pasted: the first column names other rows than these. "
            "Copy only the numbers, or paste in the row that is named first."
        ),
        "pasteUndone": _("What you pasted has been taken back."),
        "of": _("of"),
        "stay": [
            _("%(number)s place on this page is not saved. Put it right, or go on without it:"),
            _("%(number)s places on this page are not saved. Put them right, or go on without them:"),
        ],
        "goOn": _("Go on without"),
        "rows": _rows(questions),
        "choices": _choices(questions) if section == headcounts.HeadcountsForm.section else {},
    }


def _choices(questions: Questions) -> dict[str, dict[str, str]]:
    """By field and by what a choice may be called, in any of our languages, its value."""
    groups = {_plain(value): value for value in Group.values}
    lines = {_plain(line.code): line.code for line in questions.action_lines}
    for language, _name in settings.LANGUAGES:
        with override(language):
            groups |= {_plain(str(label)): value for value, label in Group.choices}
            for line in questions.action_lines:
                lines |= {_plain(line.name): line.code, _plain(line.short): line.code}
    return {"group": groups, "action_line": lines}


def _rows(questions: Questions) -> dict[str, str]:
    """By what the row of an indicator or an action line may be called, in any of our languages, its code."""
    named: list[Indicator | ActionLine] = [asked.indicator for asked in questions.figures]
    named += questions.action_lines
    rows = {_plain(each.code): each.code for each in named}
    for language, _name in settings.LANGUAGES:
        with override(language):
            rows |= {_plain(str(each.name)): each.code for each in named}
    return rows


def _plain(text: str) -> str:
    """As `plain` in the script: no capitals, accents or double spaces."""
    letters = unicodedata.normalize("NFD", text.lower())
    return " ".join("".join(each for each in letters if not "\u0300" <= each <= "\u036f").split())


def stored(lines: list[Line], section: str) -> dict[str, dict[str, str]]:
    """By name the cells of a section as they are stored."""
    return {cells.name_of(line): cells.texts_of(line) for line in merging.of_section(lines, section)}
