"""A workbook with several quarters of several HIPs, for the office: what was kept in Excel before there was a portal.

An edge, as `impact.workbook`, whose words and comparison it shares: each report in it is read, judged and compared by
itself, and taken over by the same commands as every other door. Source: docs/semantics.md, "Input".
"""
