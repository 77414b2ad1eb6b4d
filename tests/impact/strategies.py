"""Hypothesis strategies: drafts that are right, by the reference codebook."""

from hypothesis import strategies as st

LINES = ("ecosystems", "talent", "lifelong-learning", "innovation", "infrastructure")
FLOWS = ("assignments", "research-projects", "curricula", "trainings")
STOCKS = ("learning-communities", "learning-environments")
EUROS = ("cofinancing-cash", "cofinancing-in-kind", "project-costs")
INVOLVEMENTS = ("project", "training", "teaching", "infrastructure", "cofinancing", "network", "internship")

counts = st.integers(0, 30)
lines = st.sampled_from(LINES)


@st.composite
def figures(draw):
    by_line = draw(st.dictionaries(st.tuples(st.sampled_from(FLOWS + STOCKS), lines), counts, max_size=6))
    ratios = draw(st.dictionaries(lines, st.tuples(counts, counts), max_size=2))
    euros = draw(st.dictionaries(st.sampled_from(EUROS), st.integers(0, 10_000_000), max_size=3))
    return [
        *({"indicator": code, "actionLine": line, "value": value} for (code, line), value in by_line.items()),
        *(
            {"indicator": "training-completions", "actionLine": line, "numerator": min(pair), "denominator": max(pair)}
            for line, pair in ratios.items()
        ),
        *({"indicator": code, "value": cents / 100} for code, cents in euros.items()),
    ]


@st.composite
def participations(draw, companies=12):
    rows = draw(
        st.dictionaries(
            st.tuples(st.integers(1, companies), lines, st.sampled_from(INVOLVEMENTS)),
            st.tuples(
                st.sampled_from(["company", "company", "company", "school", "other"]),
                st.sampled_from(["micro", "small", "medium", "large", "unknown"]),
            ),
            max_size=8,
        )
    )
    return [
        {
            "kvkNumber": f"{number:08d}",
            "name": f"Bedrijf {number}",
            "organisationType": organisation_type,
            "sizeClass": size,
            "actionLine": line,
            "involvement": involvement,
        }
        for (number, line, involvement), (organisation_type, size) in rows.items()
    ]


@st.composite
def headcounts(draw):
    rows = draw(
        st.dictionaries(
            st.tuples(st.sampled_from(["students", "teachers", "employees", "jobseekers"]), lines),
            st.tuples(counts, counts),
            max_size=5,
        )
    )
    return [
        {"group": group, "actionLine": line, "headcount": max(pair), "firstTime": min(pair)}
        for (group, line), pair in rows.items()
    ]


@st.composite
def bodies(draw, min_rows=0):
    """A whole draft that `submission.check` has nothing against."""
    unidentified = draw(st.dictionaries(lines, counts, max_size=3))
    body = {
        "figures": draw(figures()),
        "participations": draw(participations()),
        "unidentifiedCompanies": [{"actionLine": line, "count": count} for line, count in unidentified.items()],
        "headcounts": draw(headcounts()),
    }
    if sum(map(len, body.values())) < min_rows:
        body["unidentifiedCompanies"] = [{"actionLine": "talent", "count": 1}]
    return body
