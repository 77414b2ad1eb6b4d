#!/usr/bin/env python3
"""Print how many companies are involved per quarter, with how complete that is. Python 3.11 or newer, nothing else.

python roll_ups.py --portal https://portal.example/api/v1 --indicator companies --hip scale
"""

import argparse
import csv
import io
import urllib.parse
import urllib.request


def roll_ups(portal: str, **filters: str) -> list[dict[str, str]]:
    """Rows of `GET /roll-ups` as text by column. An empty text is "not known", and something else than 0."""
    request = urllib.request.Request(
        f"{portal}/roll-ups?{urllib.parse.urlencode(filters)}", headers={"Accept": "text/csv"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return list(csv.DictReader(io.TextIOWrapper(answer, "utf-8", newline="")))


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    words.add_argument("--portal", default="http://localhost:8000/api/v1", help="the address of the API")
    words.add_argument("--indicator", default="companies", help="the code of an indicator, as in GET /indicators")
    words.add_argument("--hip", default="none", help="the slug of a HIP, as in GET /consortia; none is the programme")
    asked = words.parse_args()

    print(f"{'quarter':<8} {'in the quarter':>15} {'in the year':>12}  HIPs that reported")
    for row in roll_ups(asked.portal, indicator=asked.indicator, consortium=asked.hip, actionLine="none"):
        in_quarter, in_year = (row[name] or "not known" for name in ("value", "trailingYear"))
        coverage = f"{row['reported'] or 0} of {row['expected'] or 0}, {row['status']}"
        print(f"{row['period']:<8} {in_quarter:>15} {in_year:>12}  {coverage}")


if __name__ == "__main__":
    main()
