"""The office's pages on what is counted, what was handed in and what counts."""

from impact.admin import codebook, goals, ledger, organisations, quarters, reports, rules, vintages, who

__all__ = ["codebook", "goals", "ledger", "organisations", "quarters", "reports", "rules", "vintages", "who"]
