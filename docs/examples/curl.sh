#!/bin/sh
# Pull impact data with curl: where the programme stands, companies per HIP as CSV, and only what is new.
#
#     PORTAL=https://portal.example/api/v1 sh curl.sh
set -eu
PORTAL="${PORTAL:-http://localhost:8000/api/v1}"
HERE="$(mktemp -d)"
trap 'rm -rf "$HERE"' EXIT

echo '# Progress towards the goals, as JSON'
curl --fail --silent --show-error "$PORTAL/progress"
echo

echo '# Companies per HIP and quarter, over all action lines, as CSV: the whole answer at once'
curl --fail --silent --show-error --compressed --header 'Accept: text/csv' \
  --output "$HERE/companies.csv" "$PORTAL/roll-ups?indicator=companies&actionLine=none"
head -n 3 "$HERE/companies.csv"

echo '# Asked again with the ETag of the answer: 304, and no body, as long as nothing changed'
curl --fail --silent --show-error --etag-save "$HERE/etag" --output "$HERE/goals.json" "$PORTAL/goals"
curl --fail --silent --show-error --etag-compare "$HERE/etag" --output /dev/null --write-out '%{http_code}\n' "$PORTAL/goals"
