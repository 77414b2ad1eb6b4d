"""The receipt (ontvangstbewijs) of a version that was handed in: what, by whom, when, and how to check it, as PDF.

The same version in the same language gives the same bytes, whatever happened to it since: it says nothing of a review.
How a document is made stands in `impact.documents`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from consortia import clock, notation
from consortia.models import Programme
from impact import documents, drafts, ledger, on_behalf
from impact.forms import merging
from impact.forms.participations import Listed, listed
from impact.forms.places import label_at
from impact.forms.questions import Questions
from impact.models import Group, Involvement, ReportVersion, StudentCategory
from impact.submission import FigureLine, HeadcountLine, Line, UnidentifiedLine

_TEMPLATE = "impact/receipts/receipt.typ"
Asked = TypeVar("Asked", bound=FigureLine | UnidentifiedLine | HeadcountLine)


def pdf(version: ReportVersion, *, names_people: bool = True) -> bytes:
    """The receipt in the language at hand. `names_people`: with who submitted it and what they said beside it.

    The version is one that was handed in, and the reader one who may see it.
    """
    assert version.submitted_at is not None, "a draft has no receipt"
    return documents.pdf(_TEMPLATE, _contents(version, names_people=names_people), moment=version.submitted_at)


# --- what stands in it


def _contents(version: ReportVersion, *, names_people: bool) -> dict[str, Any]:
    assert version.submitted_at is not None, "a draft has no receipt"
    report = version.report
    lines = drafts.lines_of(version)
    # The codebook as it was: what an indicator came to mean later does not change what was handed in.
    questions = Questions.of(report.quarter, ledger.resolve(ledger.seq_at(version.submitted_at)))
    quarter = notation.quarter(report.quarter_id, language=_language())
    names = {"hip": report.consortium.name, "quarter": quarter, "number": version.number}
    moment = date_format(timezone.localtime(version.submitted_at, clock.AMSTERDAM), "j F Y H:i")
    facts = [
        [_("HIP"), report.consortium.name],
        [_("Quarter"), quarter],
        [_("Version"), str(version.number)],
        [_("Submitted"), _("%(moment)s (Amsterdam time)") % {"moment": moment}],
    ]
    if names_people:
        facts.append([_("Submitted by"), _submitted_by(version)])
    if names_people and version.correction_reason:
        reasons = [text for text in (version.correction_label, version.correction_reason) if text]
        facts.append([_("Correction"), ". ".join(reasons)])
    programme = Programme.objects.first()
    return {
        "language": _language(),
        "title": _("Receipt"),
        "description": _("What %(hip)s submitted for %(quarter)s, version %(number)d") % names,
        "lead": _("What %(hip)s submitted for %(quarter)s, version %(number)d") % names,
        "notice": _("Demonstration data: all figures are made up.") if programme and programme.is_demo else "",
        "facts": facts,
        "sections": [
            _figures(lines, questions),
            _organisations(lines, questions),
            _unidentified(lines, questions),
            _headcounts(lines, questions),
            *([_explanations(version, lines, questions)] if names_people else []),
        ],
        "check": _check(version),
        "footer": " · ".join(
            [report.consortium.name, quarter, _("version %(number)d") % names, version.content_hash[:12]]
        ),
        "page": _("page"),
    }


def _submitted_by(version: ReportVersion) -> str:
    if on_behalf.was_handed_in(version):
        return _("%(who)s, on behalf of the HIP") % {"who": version.submitted_by}
    return str(version.submitted_by)


def _section(
    title: str, head: Sequence[str], columns: Sequence[int], numeric: int, rows: Sequence[Sequence[str]], *more: str
) -> dict[str, Any]:
    """A heading with a table; the last `numeric` columns hold numbers."""
    return {
        "title": title,
        "paragraphs": [each for each in (*more, "" if rows else _("Nothing was reported here.")) if each],
        "head": head,
        "columns": columns,
        "numeric": [place >= len(head) - numeric for place in range(len(head))],
        "rows": [[documents.breakable(text) for text in row] for row in rows],
    }


def _figures(lines: Sequence[Line], questions: Questions) -> dict[str, Any]:
    rows = [
        [
            questions.indicator_name(line.indicator),
            questions.line_name(line.action_line) if line.action_line else _("all action lines"),
            _value(line, is_euro=questions.is_euro(line.indicator)),
        ]
        for line in _as_asked((line for line in lines if isinstance(line, FigureLine)), questions)
    ]
    return _section(_("Figures"), [_("Indicator"), _("Action line"), _("Value")], [5, 3, 2], 1, rows)


def _as_asked(lines: Iterable[Asked], questions: Questions) -> list[Asked]:
    """Rows in the order of the form: that of the codebook, of the groups of people, and of the action lines."""
    figures = [asked.indicator.code for asked in questions.figures]
    action_lines = [line.code for line in questions.action_lines]

    def place(line: Asked) -> tuple[int, int, int]:
        what, category = 0, 0
        if isinstance(line, FigureLine):
            what = _place_in(figures, line.indicator)
        elif isinstance(line, HeadcountLine):
            what, category = _place_in(Group.values, line.group), _place_in(StudentCategory.values, line.category)
        # What is said of all lines together comes first.
        return what, category, _place_in(action_lines, line.action_line) if line.action_line else -1

    return sorted(lines, key=place)


def _place_in(values: Sequence[str], value: str) -> int:
    return values.index(value) if value in values else len(values)


def _value(line: FigureLine, *, is_euro: bool) -> str:
    if line.value is None:
        return _("%(part)s of %(whole)s") % {"part": _number(line.numerator), "whole": _number(line.denominator)}
    return notation.euro(line.value, language=_language()) if is_euro else _number(line.value)


def _organisations(lines: Sequence[Line], questions: Questions) -> dict[str, Any]:
    organisations = listed(lines)
    per_line: Counter[str] = Counter()
    for row in organisations.values():
        per_line.update({each.action_line for each in row.lines})
    counts = [
        f"{line.short}: {_number(per_line[line.code])}" for line in questions.action_lines if line.code in per_line
    ]
    number = len(organisations)
    said = ngettext("%(number)s organisation.", "%(number)s organisations.", number) % {"number": _number(number)}
    per_line_said = _("Per action line: %(counts)s.") % {"counts": ", ".join(counts)}
    counted = [f"{said} {per_line_said}"] if counts else []
    if len(counts) > 1:
        counted.append(_("Action lines overlap: they do not add up to the total."))
    if not organisations:
        return _section(_("Organisations"), [], [], 0, [])
    used = {(line.action_line, line.involvement) for row in organisations.values() for line in row.lines}
    in_lines = _abbreviated({each.code: each.short for each in questions.action_lines}, {line for line, _how in used})
    through = _abbreviated({value: str(label) for value, label in Involvement.choices}, {how for _line, how in used})
    meanings = [f"{short} = {name}" for short, name in (*in_lines.values(), *through.values())]
    counted.append(_("In the list: %(meanings)s.") % {"meanings": "; ".join(meanings)})
    groups: dict[str, list[list[str]]] = {}
    for key, row in sorted(organisations.items(), key=lambda each: (each[1].label.casefold(), each[0])):
        pairs = sorted((in_lines[each.action_line][0], through[each.involvement][0]) for each in row.lines)
        part = ", ".join(f"{line} {how}" for line, how in pairs)
        texts = [documents.breakable(text) for text in (row.label, key, part)]
        groups.setdefault(_kind(row), []).append(texts)
    section = _section(_("Organisations"), [], [], 0, [[]], *counted)
    listed_by_kind = [
        {"title": f"{kind}: {_number(len(rows))}", "organisations": rows} for kind, rows in sorted(groups.items())
    ]
    return {**section, "rows": [], "groups": listed_by_kind}


def _kind(row: Listed) -> str:
    return ", ".join(each for each in (row.type_label, row.size_label) if each)


def _abbreviated(names: Mapping[str, str], used: Iterable[str]) -> dict[str, tuple[str, str]]:
    """For each code that is used, in the order of the names, the shortest beginning that no other has, and its name."""
    wanted = set(used)
    kept = {code: name for code, name in names.items() if code in wanted} | {
        code: code for code in sorted(wanted - set(names))
    }
    longest = max(map(len, kept.values()), default=0)
    size = next((n for n in range(3, longest) if len({name[:n] for name in kept.values()}) == len(kept)), longest)
    return {code: (name[:size].strip(), name) for code, name in kept.items()}


def _unidentified(lines: Sequence[Line], questions: Questions) -> dict[str, Any]:
    rows = [
        [questions.line_name(line.action_line), _number(line.count)]
        for line in _as_asked((line for line in lines if isinstance(line, UnidentifiedLine)), questions)
    ]
    return _section(_("Companies without a KVK number"), [_("Action line"), _("How many")], [8, 2], 1, rows)


def _headcounts(lines: Sequence[Line], questions: Questions) -> dict[str, Any]:
    rows = [
        [merging.label_of(line, questions), _number(line.headcount), _number(line.first_time)]
        for line in _as_asked((line for line in lines if isinstance(line, HeadcountLine)), questions)
    ]
    head = [_("Who"), _("Head count"), _("Of whom for the first time this school year")]
    return _section(_("Participants"), head, [5, 2, 3], 2, rows)


def _explanations(version: ReportVersion, lines: Sequence[Line], questions: Questions) -> dict[str, Any]:
    rows = [
        [label_at(each["pointer"], lines, questions), each["detail"], each.get("explanation", "")]
        for each in version.warnings
    ]
    message = _("Message to the reviewer: %(text)s") % {"text": version.comment} if version.comment else ""
    section = _section(
        _("Explanations"), [_("What"), _("Why it is unusual"), _("Explanation")], [3, 4, 5], 0, rows, message
    )
    if message and not rows:
        section["paragraphs"] = [message]
    return section


def _check(version: ReportVersion) -> dict[str, Any]:
    report = version.report
    place = f"{report.consortium.slug}/{report.quarter_id}"
    api = f"{settings.PUBLIC_URL}/api/v1/reports/{place}/versions/{version.number}"
    page = f"{settings.PUBLIC_URL}/rapportages/{place}/versies"
    return {
        "title": _("How to check this receipt"),
        "hash": version.content_hash,
        "paragraphs": [
            _(
                "Below is the hash of the content: SHA-256 over everything that was submitted. "
                "If one number changed, it would be another. Since the submission this version cannot be changed."
            ),
            _("The same hash stands in the portal at this version: %(address)s") % {"address": page},
            _("Over the API it is the contentHash of: %(address)s") % {"address": api},
        ],
    }


# --- how it is written


def _number(number: Any) -> str:
    return notation.number(number, language=_language())


def _language() -> str:
    return (get_language() or notation.DUTCH)[:2]
