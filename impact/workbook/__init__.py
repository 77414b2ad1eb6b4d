"""The workbook of a quarter: written prefilled, filled in Excel or LibreOffice, read back and compared.

An edge: it knows cells and words, and hands rows to the same commands as every other door.
Source: docs/semantics.md, "Input".
"""
