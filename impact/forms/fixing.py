"""Fields that a selective return keeps as they were handed in, and what the reviewer says at the others."""

from collections.abc import Mapping, Sequence

from impact.edits import NO_LINE
from impact.forms.figures import FiguresForm
from impact.forms.headcounts import HeadcountsForm
from impact.forms.participations import Listed
from impact.forms.unidentified import UnidentifiedForm
from impact.models import Section
from impact.returning import Fixed

Remarks = Mapping[str, Sequence[str]]
"""What the reviewer says, by place."""
_WHAT_IS_COUNTED = ("group", "category", "action_line", "institution_code")


def opens(kept: Fixed, organisation: Listed) -> bool:
    """Whether anything of an organisation may change: a row that is there, or one that the reviewer misses."""
    if any(map(kept.is_open, organisation.lines)):
        return True
    return any(place.startswith(_beginnings(organisation)) for place in kept.places)


def opens_whole(kept: Fixed, organisation: Listed) -> bool:
    """Whether all of an organisation may change, also who it is."""
    return all(map(kept.is_open, organisation.lines))


def remarks_of(remarks: Remarks, organisation: Listed) -> tuple[str, ...]:
    """What the reviewer says of an organisation, or of one of its rows."""
    first = _beginnings(organisation)
    return tuple(text for place, said in remarks.items() if f"{place}/".startswith(first) for text in said)


def _beginnings(organisation: Listed) -> tuple[str, ...]:
    identifiers = {each for line in organisation.lines for each in (line.kvk_number, line.institution_code) if each}
    return tuple(f"/{Section.PARTICIPATIONS}/{each}/" for each in sorted(identifiers))


def mark(form: FiguresForm | UnidentifiedForm | HeadcountsForm, kept: Fixed | None, remarks: Remarks) -> None:
    """Say at every field of a section whether it is fixed, and what the reviewer says of it."""
    match form:
        case FiguresForm():
            for cell in (cell for row in form.rows for cell in row.cells):
                key = f"/{Section.FIGURES}/{cell.key[0]}/{cell.key[1] or NO_LINE}"
                cell.fields[0].remarks = list(remarks.get(key, ()))
                for each in cell.fields:
                    each.is_fixed = kept is not None and not kept.opens(key)
        case UnidentifiedForm():
            for code, each in form.by_line.items():
                key = f"/{Section.UNIDENTIFIED}/{code}"
                each.remarks = list(remarks.get(key, ()))
                each.is_fixed = kept is not None and not kept.opens(key)
        case HeadcountsForm():
            for row in form.rows:
                row.parts["headcount"].remarks = list(remarks.get(row.key, ())) if row.key else []
                if kept is None or not row.key or not kept.holds(Section.HEADCOUNTS):
                    continue
                for part, each in row.parts.items():
                    # With another group or line it would be another row, which was not returned.
                    each.is_fixed = part in _WHAT_IS_COUNTED or not kept.opens(row.key)
