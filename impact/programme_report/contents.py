"""What the report of a vintage says, in one language, to one audience: as of its entry of the ledger and its quarter.

The day on which it is made moves nothing: every quarter that the vintage has, has ended, and no later one. Names and
texts are as they are now; therefore what was said is kept (`impact.report_editions`).
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consortia import clock
from consortia.models import Programme, User
from consortia.templatetags import portal
from impact import progress, snapshots, timeliness, vintages
from impact.coverage import Participants
from impact.models import Audience, Vintage
from impact.programme_report import cells, changes, goals, tables
from impact.programme_report.changes import Changes
from impact.programme_report.tables import Figures
from impact.progress import Progress
from impact.timeliness import Timeliness
from impact.views.figures import COMPANIES, YEAR, Reader
from impact.views.goals import GoalShown

FORM = 1
"""Of the content: another shape of it is another form."""


@dataclass(frozen=True)
class Read:
    """Everything that the report says in any language, as one audience may see it."""

    vintage: Vintage
    audience: str
    reader: Reader
    progress: list[Progress]
    figures: Figures
    timely: Mapping[tuple[int, int], Timeliness]
    """When a report came in is between the HIP and the programme: nothing of it is public."""
    changes: Changes | None
    coverage: tuple[int, int]
    programme: Programme | None


def read(vintage: Vintage, *, audience: str, actor: User) -> Read:
    """All of it as of the vintage; `actor` sees everything."""
    with _day_after(vintage):
        reader = Reader(actor if audience == Audience.COMMITTEE else AnonymousUser(), as_of=vintage.entry_id)
        snapshot = snapshots.as_of(reader.seq, reader.dimensions)
        latest = vintage.last_quarter.index if reader.latest is None else reader.latest
        quarter = reader.dimensions.quarters[latest]
        timely = {}
        if audience == Audience.COMMITTEE:
            timely = timeliness.of_reports(actor, reader.state, moment=reader.recorded_at, quarters=[latest])
        return Read(
            vintage=vintage,
            audience=audience,
            reader=reader,
            progress=progress.of_cells(snapshot.of_goals(reader.state), reader.state, reader.dimensions),
            figures=Figures.of(reader, quarter, snapshot),
            timely=timely,
            changes=changes.read(reader, vintage),
            coverage=vintages.coverage_of([vintage])[vintage.pk],
            programme=Programme.objects.first(),
        )


def said(found: Read, *, number: int, note: str) -> dict[str, Any]:
    """The content in the language at hand; plain data, ready to be kept as JSON."""
    with _day_after(found.vintage):
        return _said(found, number, note)


def _day_after(vintage: Vintage) -> AbstractContextManager[None]:
    """The first day on which the quarter has ended, and no later one has."""
    day = vintage.last_quarter.end_date + timedelta(days=1)
    return clock.at(datetime.combine(day, time(12), clock.AMSTERDAM))


def _said(read: Read, number: int, note: str) -> dict[str, Any]:
    vintage, found, is_full = read.vintage, read.figures, read.audience == Audience.COMMITTEE
    shown = goals.shown(read.reader, read.progress)
    title = _("Progress of the programme, %(quarter)s") % {"quarter": portal.quarter(vintage.last_quarter_id)}
    programme = read.programme
    edition = _("edition %(number)d") % {"number": number}
    return {
        "form": FORM,
        "language": cells.language(),
        "audience": read.audience,
        "moment": vintage.published_at.isoformat(),
        "title": title,
        "programme": programme.name if programme else "",
        "notice": _("Demonstration data: all figures are made up.") if programme and programme.is_demo else "",
        "lead": _lead(vintage, is_full=is_full),
        "key_figures": _key_figures(shown, read),
        "note": _note(note, is_full=is_full),
        "sections": [
            goals.section(shown),
            tables.programme(found),
            tables.action_lines(found),
            tables.hips(found, read.timely),
            *changes.sections(read.changes, read.reader, with_reasons=is_full),
            tables.definitions(found),
            tables.everything(found),
        ],
        "goals": {
            "title": _("The goals one by one"),
            "label": _("Goal"),
            "sheet": _("Courses"),
            "each": [goals.details(row) for row in shown],
        },
        "about": _about(read, number, is_full=is_full),
        "footer": f"{title} · {vintage.code} · {edition}",
        "page": _("page"),
        "about_title": _("About this report"),
    }


def _lead(vintage: Vintage, *, is_full: bool) -> str:
    words = {"quarter": portal.quarter(vintage.last_quarter_id), "name": vintage.name or vintage.code}
    if is_full:
        return (
            _("For the steering committee. Figures of the vintage %(name)s, up to and including %(quarter)s.") % words
        )
    return _("Public version. Figures of the vintage %(name)s, up to and including %(quarter)s.") % words


def _key_figures(shown: list[GoalShown], read: Read) -> list[dict[str, str]]:
    """The three that come first: companies, SMEs among them, who reported."""
    figures, found = [], read.figures
    headline = next((goal for goal in shown if goal.progress.goal.indicator.code == COMPANIES), None)
    if headline is not None and headline.progress.latest is not None:
        target = headline.number("target")
        of_target = _("of the %(target)s that is the goal") % {"target": headline.written(target)} if target else ""
        figures.append(_key_figure(_("Companies, four quarters"), headline.said("latest"), of_target))
    companies = found.reader.indicator(COMPANIES)
    cell = found.at(None, None, companies) if companies else None
    share = found.sme_share(None)
    if share is not None and cell is not None:
        whole = portal.number(cell.measure(YEAR))
        note = _("of the %(whole)s companies have fewer than 250 people, as far as known") % {"whole": whole}
        figures.append(_key_figure(_("SMEs among the companies"), portal.percentage(share), note))
    reported, expected = (portal.number(each) for each in read.coverage)
    participants = Participants.of(found.reader.state, found.reader.dimensions.quarters.values())
    is_final = participants.is_final(found.reader.state, found.reader.ended[-1])
    status = portal.state_word("final" if is_final else "provisional")
    figures.append(
        _key_figure(
            _("HIPs that reported the quarter"),
            _("%(reported)s of %(expected)s") % {"reported": reported, "expected": expected},
            _("the figures are %(status)s") % {"status": status.lower()},
        )
    )
    return figures


def _key_figure(label: str, value: str, note: str) -> dict[str, str]:
    return {"label": label, "value": value, "note": note}


def _note(note: str, *, is_full: bool) -> dict[str, Any] | None:
    """What the office says to the committee; no part of the public version."""
    if not is_full or not note.strip():
        return None
    return {"title": _("Notes of the programme office"), "text": note.strip()}


def _about(read: Read, number: int, *, is_full: bool) -> list[list[str]]:
    vintage, quarter = read.vintage, read.figures.quarter
    known = timezone.localtime(vintage.entry.recorded_at, clock.AMSTERDAM)
    published = timezone.localtime(vintage.published_at, clock.AMSTERDAM)
    page = f"{settings.PUBLIC_URL}/edities/{vintage.code}"
    reported, expected = read.coverage
    facts = [
        [_("Vintage"), f"{vintage.name} ({vintage.code})" if vintage.name else vintage.code],
        [_("Edition of the report"), str(number)],
        [_("Published"), _moment(published)],
        [_("As known after"),
         _("entry %(number)s of the ledger, %(moment)s") % {"number": vintage.entry_id, "moment": _moment(known)}],
        [_("Up to and including"), portal.quarter(vintage.last_quarter_id)],
        [_("Coverage"), _("%(reported)s of %(expected)s HIPs reported it") % {
            "reported": reported, "expected": expected}],
        [_("SHA-256 of the public figures"), vintage.sha256],
    ]  # fmt: skip
    if is_full:
        facts.append([_("SHA-256 of the full figures"), vintage.sha256_full])
    if vintage.note:
        facts.append([_("Note of the vintage"), vintage.note])
    if quarter != vintage.last_quarter:
        facts.append(
            [_("The tables are of"), _("%(quarter)s, the newest quarter that anybody had reported") % {
                "quarter": portal.quarter(quarter.pk)}]
        )  # fmt: skip
    facts.append(
        [_("Check it"), _("The page %(address)s has the hash (SHA-256) of this file and of the figures. Made "
                          "again from this vintage, it is the same to the last byte.") % {"address": page}]
    )  # fmt: skip
    return facts


def _moment(moment: datetime) -> str:
    return _("%(moment)s (Amsterdam time)") % {"moment": date_format(moment, "j F Y H:i")}
