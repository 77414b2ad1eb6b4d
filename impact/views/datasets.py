"""What search engines for data read: the figures, and each vintage of them, as a schema.org Dataset (JSON-LD)."""

import json
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import clock
from impact import licence
from impact.models import LedgerEntry, Quarter, Vintage

_CSV, _JSON = "text/csv", "application/json"


def of_everything(request: HttpRequest) -> SafeString:
    """The figures as they are known now."""
    api = request.build_absolute_uri("/api/v1")
    changed = LedgerEntry.objects.order_by("-seq").values_list("recorded_at", flat=True).first()
    found = _dataset(
        request,
        name=_("Figures of the High Impact PPS’en"),
        says=_("Companies, students, teachers and results of the fifteen HIPs by quarter, indicator and action line, "
               "with coverage and status."),
        address=request.build_absolute_uri(reverse("impact:data")),
        until=None,
    )  # fmt: skip
    found["dateModified"] = changed.isoformat() if changed else None
    found["distribution"] = [
        _download(_("Totals"), f"{api}/roll-ups", _JSON),
        _download(_("What the HIPs reported"), f"{api}/figures", _JSON),
    ]
    return _written(found)


def of_vintage(request: HttpRequest, vintage: Vintage) -> SafeString:
    """The figures as they were published, with the hash by which anybody checks them."""

    def address(name: str) -> str:
        return request.build_absolute_uri(reverse(f"impact:{name}", args=[vintage.code]))

    found = _dataset(
        request,
        name=_("Figures of the High Impact PPS’en, vintage %(name)s") % {"name": vintage},
        says=_("The figures as they were known after entry %(seq)d of the ledger. They never change.")
        % {"seq": vintage.entry_id},
        address=address("vintage"),
        until=vintage.last_quarter,
    )
    found |= {
        "version": vintage.code,
        "datePublished": vintage.published_at.isoformat(),
        "identifier": f"sha256:{vintage.sha256}",
        "isPartOf": {"@type": "Dataset", "@id": request.build_absolute_uri(reverse("impact:data"))},
        "distribution": [
            _download(_("Totals"), address("vintage_roll_ups"), _CSV),
            _download(_("What the HIPs reported"), address("vintage_figures"), _CSV),
        ],
    }
    return _written(found)


def _dataset(request: HttpRequest, *, name: str, says: str, address: str, until: Quarter | None) -> dict[str, Any]:
    quarters = Quarter.objects.order_by("index")
    first, last = quarters.first(), until or quarters.filter(end_date__lt=clock.today()).last()
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": address,
        "url": address,
        "name": name,
        "description": says,
        "inLanguage": get_language(),
        "license": licence.ADDRESS,
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": "Platform Talent voor Technologie"},
        "spatialCoverage": {"@type": "Place", "name": _("The Netherlands")},
        "temporalCoverage": f"{first.start_date}/{last.end_date}" if first and last else None,
    }


def _download(name: str, address: str, kind: str) -> dict[str, str]:
    return {"@type": "DataDownload", "name": name, "contentUrl": address, "encodingFormat": kind}


def _written(found: dict[str, Any]) -> SafeString:
    """As it may stand within a script element: nothing in it ends that, or begins another."""
    text = json.dumps({key: value for key, value in found.items() if value is not None}, ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return mark_safe(text)  # noqa: S308 - every character that means something in HTML is escaped
