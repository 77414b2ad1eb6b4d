"""The office's pages on what is counted, what was handed in and what counts."""

from impact.admin import (
    budgets,
    codebook,
    extensions,
    goals,
    ledger,
    organisations,
    quarters,
    reports,
    rules,
    vintages,
    who,
)

__all__ = [
    "budgets",
    "codebook",
    "extensions",
    "goals",
    "ledger",
    "organisations",
    "quarters",
    "reports",
    "rules",
    "vintages",
    "who",
]
