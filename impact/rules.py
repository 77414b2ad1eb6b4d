"""Commands on the rules of the check: written down, tried on everything that counts, and only then in force.

Source: docs/semantics.md, "Everything at once, in its place".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from consortia import access, clock, notation
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotVisible, Problem, Refused
from consortia.models import Consortium, User
from impact import drafts, earlier, plausibility, submission
from impact.models import CheckRule, Indicator, Kind, LedgerEntry, QuarterlyReport, RuleKind, Source
from impact.models.ledger import EntryKind
from impact.models.rules import OF_A_FIGURE, WITH_FACTOR
from impact.plausibility import Gist, RuleInForce
from impact.submission import DefinitionInForce

MOST_KEPT = 200
"""Hits of a trial that are kept to read; all are counted."""
_MEANING = ("kind", "indicator_id", "whole_id", "factor", "least")
_WRITTEN = ("code", *_MEANING, "text_nl", "text_en")


@transaction.atomic
def store(*, actor: User | None, rule: CheckRule) -> CheckRule:
    """Add a rule, or change one; whoever changes what it asks takes it out of force until it is tried again.

    Only what is written counts of what is given; whether it holds, and what its trial found, stays as it is stored.

    Raises:
        NotVisible: there is no such rule any more.
        NotPermitted: no programme manager.
        Refused: everything in which the rule does not fit its kind.
    """
    stored = CheckRule(code=rule.code) if rule.pk is None else _lock(rule)
    _require(actor)
    if found := problems(rule):
        raise Refused(found)
    if rule.pk is None or any(getattr(stored, name) != getattr(rule, name) for name in _MEANING):
        stored.changed_at = clock.now()
        stored.is_active, stored.activated_by = False, None
    for name in _WRITTEN:
        setattr(stored, name, getattr(rule, name))
    stored.save()
    return stored


@transaction.atomic
def try_out(*, actor: User | None, rule: CheckRule) -> CheckRule:
    """Let the rule judge every report that counts, and keep what it would have asked.

    Raises:
        NotVisible: there is no such rule any more.
        NotPermitted: no programme manager.
    """
    locked = _lock(rule)
    _require(actor)
    _try([locked])
    locked.save()
    return locked


@transaction.atomic
def activate(*, actor: User | None, rule: CheckRule) -> CheckRule:
    """From now on every draft is asked.

    Raises:
        NotVisible: there is no such rule any more.
        NotPermitted: no programme manager.
        NotAllowedNow: it was not tried since it was changed, or holds already.
    """
    locked = _lock(rule)
    _require(actor)
    if locked.is_active:
        raise NotAllowedNow(_("This rule holds already."))
    if not locked.is_tried:
        raise NotAllowedNow(_("Try the rule on history first, and look at what it finds."))
    locked.is_active, locked.activated_by = True, actor
    locked.save()
    return locked


@transaction.atomic
def deactivate(*, actor: User, rule: CheckRule) -> CheckRule:
    """From now on no draft is asked; what was explained stays with its version.

    Raises:
        NotVisible: there is no such rule any more.
        NotPermitted: no programme manager.
        NotAllowedNow: it does not hold.
    """
    locked = _lock(rule)
    _require(actor)
    if not locked.is_active:
        raise NotAllowedNow(_("This rule does not hold."))
    locked.is_active, locked.activated_by = False, None
    locked.save()
    return locked


@transaction.atomic
def begin_with(rules: list[CheckRule]) -> None:
    """Rules that a new installation starts with: tried on what is there, and in force."""
    now = clock.now()
    for rule in rules:
        rule.changed_at, rule.is_active = now, True
    _try(rules)
    CheckRule.objects.bulk_create(rules)


def _require(actor: User | None) -> None:
    """The office, or (None) the loading of the reference data, which has no actor."""
    if actor is not None:
        access.require(actor, Permission.CONFIGURE)


def _lock(rule: CheckRule) -> CheckRule:
    found = CheckRule.objects.select_for_update(of=("self",)).filter(pk=rule.pk)
    locked = found.select_related("indicator", "whole").first()
    if locked is None:
        raise NotVisible(_("There is no such rule."))
    return locked


# --- whether a rule makes sense


def problems(rule: CheckRule) -> list[Problem]:
    """Everything in which a rule does not fit its kind."""
    found = []
    if rule.kind in WITH_FACTOR and rule.factor is None:
        found.append(Problem("/factor", "required", _("This kind of rule needs a factor.")))
    elif rule.factor is not None and rule.factor <= 0:
        found.append(Problem("/factor", "out-of-range", _("This must be more than 0.")))
    elif rule.kind == RuleKind.VANISHED and rule.factor is not None and rule.factor > 1:
        found.append(Problem("/factor", "out-of-range", _("This is a share: from 0 to 1.")))
    if rule.kind == RuleKind.SUM:
        found += [*_no_sum(rule.indicator, "/indicator"), *_no_sum(rule.whole, "/whole")]
        if rule.whole is not None and rule.whole == rule.indicator:
            found.append(Problem("/whole", "same", _("A figure is no part of itself.")))
    else:
        if rule.whole is not None:
            found.append(Problem("/whole", "not-used", _("Only a sum has a whole.")))
        if rule.indicator is not None and rule.kind not in OF_A_FIGURE:
            found.append(Problem("/indicator", "not-used", _("This kind of rule looks at no single indicator.")))
        elif rule.indicator is not None and not _is_entered(rule.indicator):
            found.append(Problem("/indicator", "derived", _("Choose an indicator that is entered as one number.")))
    for name in ("text_nl", "text_en"):
        found += submission.check_text(f"/{name}", getattr(rule, name), submission.MAX_TEXT)
    return found


def _no_sum(indicator: Indicator | None, pointer: str) -> list[Problem]:
    if indicator is None:
        return [Problem(pointer, "required", _("A sum has a part and a whole."))]
    newest = _newest_definition(indicator)
    if newest is None or newest.kind in (Kind.RATIO, Kind.UNIQUE):
        return [Problem(pointer, "no-sum", _("A share, or a number of different organisations, is no sum."))]
    return []


def _is_entered(indicator: Indicator) -> bool:
    newest = _newest_definition(indicator)
    return newest is not None and newest.source == Source.ENTERED and newest.kind != Kind.RATIO


def _newest_definition(indicator: Indicator) -> Any:
    entries = LedgerEntry.objects.filter(kind=EntryKind.DEFINITION, definition__indicator=indicator)
    entry = entries.select_related("definition").order_by("definition__from_quarter__index", "seq").last()
    return entry.definition if entry else None


# --- the trial


@dataclass(frozen=True)
class Judged:
    """A report that counts, as the rules saw it when looking back."""

    consortium: Consortium
    quarter: str
    gist: Gist
    units: dict[str, str]
    derived: dict[str, str]
    past: plausibility.Past

    def asked(self, rule: RuleInForce, others: frozenset[str]) -> list[Problem]:
        """What the rule asks by itself; `others` are the indicators that have a rule of their own instead."""
        figures = {place: value for place, value in self.gist.figures.items() if place[0] not in others}
        return plausibility.questions(
            replace(self.gist, figures=figures) if others else self.gist,
            self.past,
            [rule],
            self.units,
            self.derived,
        )


def _try(rules: list[CheckRule]) -> None:
    """Write into the rules what they find in everything that counts."""
    hits: dict[str, list[dict[str, Any]]] = {rule.code: [] for rule in rules}
    number = 0
    counts = dict.fromkeys(hits, 0)
    of_its_own = [(row.kind, row.indicator.code) for row in (*CheckRule.objects.active(), *rules) if row.indicator]
    in_force = {
        RuleInForce.of(rule): frozenset(
            code for kind, code in of_its_own if kind == rule.kind in OF_A_FIGURE and rule.indicator is None
        )
        for rule in rules
    }
    for judged in _history():
        number += 1
        for rule, others in in_force.items():
            found = judged.asked(rule, others)
            counts[rule.code] += len(found)
            if found and len(hits[rule.code]) < MOST_KEPT:
                hits[rule.code] += _kept(judged, rule, others)
    for row in rules:
        row.tried_at, row.tried_reports, row.tried_hits = clock.now(), number, counts[row.code]
        row.tried_found = hits[row.code][:MOST_KEPT]


def _kept(judged: Judged, rule: RuleInForce, others: frozenset[str]) -> list[dict[str, Any]]:
    """What was asked, in both languages: whoever reads it later may read the other one."""
    texts = []
    for language in (notation.DUTCH, notation.ENGLISH):
        with translation.override(language):
            texts.append(judged.asked(rule, others))
    places = {pointer: place for place, pointer in judged.gist.pointers.items()}
    kept = []
    for dutch, english in zip(*texts, strict=True):
        place = places.get(dutch.pointer.removesuffix("/value"))
        kept.append(
            {
                "consortium": judged.consortium.slug,
                "name": judged.consortium.name,
                "quarter": judged.quarter,
                "indicator": place[0] if place else dutch.pointer.strip("/"),
                "actionLine": place[1] if place else None,
                "value": str(judged.gist.figures[place]) if place else None,
                "nl": dutch.detail,
                "en": english.detail,
            }
        )
    return kept


def value_of(hit: Mapping[str, Any]) -> Decimal:
    """The figure that a kept hit was about; kept as text, for JSON has no exact decimals."""
    return Decimal(hit["value"])


def _history() -> Iterator[Judged]:
    """Every report that counts now, HIP by HIP, with what it would be compared with."""
    reports = (
        QuarterlyReport.objects.with_counting()
        .filter(Q(counting_version_id__isnull=False))
        .select_related("consortium", "quarter")
        .order_by("consortium__number", "quarter__index")
    )
    by_hip: dict[int, list[Any]] = {}
    for report in reports:
        by_hip.setdefault(report.consortium_id, []).append(report)
    roots = earlier.roots() if by_hip else {}
    codebooks: dict[int, dict[str, tuple[int, DefinitionInForce]]] = {}
    for of_hip in by_hip.values():
        gists = earlier.gists_of([report.counting_version_id for report in of_hip], roots)
        by_quarter = {report.quarter.index: gists[report.counting_version_id] for report in of_hip}
        for report in of_hip:
            index = report.quarter.index
            if index not in codebooks:
                codebooks[index] = drafts.definitions_in(index)
            codebook = codebooks[index]
            yield Judged(
                consortium=report.consortium,
                quarter=report.quarter_id,
                gist=by_quarter[index],
                units={code: definition.unit for code, (_since, definition) in codebook.items()},
                derived={code: definition.rule for code, (_since, definition) in codebook.items()},
                past=plausibility.past(by_quarter, index, {code: since for code, (since, _row) in codebook.items()}),
            )
