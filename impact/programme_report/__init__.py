"""The report on the programme (programmarapport) of a vintage, for the steering committee and for everybody; an edge.

`contents` reads everything as of the vintage and says it in words; `files` sets what was said as PDF and as workbook;
`making` does both for every language and audience, and has it kept.
"""
