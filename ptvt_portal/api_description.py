"""What the OpenAPI description says in words. Read by the settings, so it imports nothing."""

API_DESCRIPTION = """\
What the High Impact PPS'en of the scale-up programme for public-private partnerships in vocational education achieve,
and how far the programme is on the way to its goals.

**Reading.** Reference data and figures are open to everybody, without a token. Anonymous answers withhold counts of
persons by action line (`withheld` is true). Organisations, reports and every write need a token:
`Authorization: Bearer TOKEN`. Every figure is a function of a ledger up to a sequence number: `asOf` gives it as it
was known at a time or at a `seq`, the same for ever.

**Lists** come in pages: follow `next` until it is null; all pages of figures and roll-ups are of the same `seq`.
Figures and roll-ups also come as `text/csv` and `application/x-ndjson`, whole. Answers carry an `ETag`;
`If-None-Match` saves what has not changed.

**Writing.** `PUT` of a draft replaces it whole, and needs `If-Match` with the `ETag` of the report. Steps are created
below the report: checks, submissions, reviews, corrections, withdrawals. Each answers with the report as it then
stands. With an `Idempotency-Key` a `POST` can be sent again and is carried out once.

**Errors** are problem details (RFC 9457); everything that is wrong with the input comes at once in `errors`, each
with a JSON pointer, or the name of the query key. They come in Dutch, or in English by `Accept-Language`.

**Deviation from the NLGov REST API Design Rules:** names of resources, keys and codes are English, not Dutch, so that
they are one language with the source code and usable in the border regions; Dutch names stand beside the codes, as
`name.nl` and `definition.nl`.
"""
