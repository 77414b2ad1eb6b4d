"""What axe finds on the page at hand. `tests/assets/axe.min.js` is axe-core 4.14.1 from npm (MPL-2.0), for tests."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

_SOURCE = Path(__file__).resolve().parent.parent / "assets" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def findings(page: "Page") -> list[str]:
    """Each violation with the first places where it is; run past the content security policy, which stays on."""
    page.evaluate(_SOURCE.read_text())
    found = page.evaluate("(rules) => axe.run(document, { runOnly: rules })", _RULES)
    return [
        f"{each['id']}: {each['help']} at {', '.join(str(node['target']) for node in each['nodes'][:3])}"
        for each in found["violations"]
    ]
