"""What is publicly known of the programme: its name and money, action lines, HIPs and goals.

What no public source says stays empty; the programme office enters it.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from consortia.models import OrganisationType
from impact.models import Measure
from impact.quarters import CalendarQuarter

FIRST_DAY = date(2023, 9, 1)
LAST_DAY = date(2027, 9, 30)
FIRST_QUARTER = CalendarQuarter(2023, 3)
LAST_QUARTER = CalendarQuarter(2027, 3)
NUMBER_OF_HIPS = 15

PROGRAMME = {
    "name_nl": "Opschaling publiek-private samenwerkingen in het beroepsonderwijs",
    "name_en": "Scaling up public-private partnerships in vocational education",
    "summary_nl": (
        "Vijftien High Impact PPS'en (HIP's) verdrievoudigen hun impact op studenten, docenten, werknemers en "
        "bedrijven. Het programma loopt van september 2023 tot en met september 2027 en wordt betaald uit het "
        "Nationaal Groeifonds, door het bedrijfsleven en door anderen. Platform Talent voor Technologie begeleidt het "
        "met zijn netwerk Katapult."
    ),
    "summary_en": (
        "Fifteen High Impact PPPs (HIPs) triple their impact on students, teachers, employees and companies. "
        "The programme runs from September 2023 to September 2027 and is paid by the National Growth Fund, by "
        "business and by others. Platform Talent voor Technologie supports it with its network Katapult."
    ),
    "grant_eur": Decimal(123_000_000),
    "grant_share": Decimal("0.420"),
    "cofinancing_eur": Decimal(97_000_000),
    "start_date": FIRST_DAY,
    "end_date": LAST_DAY,
    "contact_name": "Platform Talent voor Technologie",
}

ACTION_LINES = (
    {
        "code": "ecosystems",
        "name_nl": "versterking van ketens en ecosystemen",
        "name_en": "strengthening chains and ecosystems",
        "short_nl": "ketens",
        "short_en": "chains",
        "definition_nl": "Bedrijven, scholen en andere partijen in een keten of regio werken vaker en hechter samen.",
        "definition_en": "Companies, schools and others in a chain or region work together more, and more closely.",
    },
    {
        "code": "talent",
        "name_nl": "talentontwikkeling van aankomende en huidige werknemers",
        "name_en": "talent development of future and current employees",
        "short_nl": "talent",
        "short_en": "talent",
        "definition_nl": "Studenten en werknemers ontwikkelen zich in en met de praktijk van bedrijven.",
        "definition_en": "Students and employees develop themselves in and with the practice of companies.",
    },
    {
        "code": "lifelong-learning",
        "name_nl": "een leven lang leren voor werknemers en werkzoekenden",
        "name_en": "lifelong learning for employees and jobseekers",
        "short_nl": "LLO",
        "short_en": "lifelong learning",
        "definition_nl": "Werknemers en werkzoekenden leren bij of om, met een aanbod dat bij hun werk past.",
        "definition_en": "Employees and jobseekers keep learning or retrain, with courses that fit their work.",
    },
    {
        "code": "innovation",
        "name_nl": "innovatie van de beroepspraktijk",
        "name_en": "innovation of professional practice",
        "short_nl": "innovatie",
        "short_en": "innovation",
        "definition_nl": "Onderwijs en bedrijven vernieuwen samen het werk, met praktijkonderzoek en opdrachten.",
        "definition_en": "Education and companies renew work together, with applied research and assignments.",
    },
    {
        "code": "infrastructure",
        "name_nl": "een contextrijke infrastructuur",
        "name_en": "context-rich infrastructure",
        "short_nl": "infra",
        "short_en": "infrastructure",
        "definition_nl": "Plekken en voorzieningen waar wordt geleerd in een omgeving die op het echte werk lijkt.",
        "definition_en": "Places and facilities where people learn in surroundings that resemble the real work.",
    },
)

THEMES = {
    "energy": ("klimaat- en energietransitie", "climate and energy transition"),
    "digital": ("digitale transitie", "digital transition"),
    "green": ("groene transitie", "green transition"),
    "agri-food": ("agri-food", "agri-food"),
    "technology": ("techniek", "technology"),
    "chemistry": ("chemie", "chemistry"),
}


@dataclass(frozen=True, kw_only=True)
class Hip:
    slug: str
    name: str
    regions: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    lead: str = ""
    lead_type: OrganisationType = OrganisationType.OTHER
    grant_eur: Decimal | None = None
    grant_is_maximum: bool = False
    total_cost_eur: Decimal | None = None
    source: str = ""
    is_placeholder: bool = False


_NAMED = (
    Hip(
        slug="scale",
        name="SCALE – Smart Campus Leerpark",
        regions=("Drechtsteden (Zuid-Holland)",),
        themes=("energy",),
        lead="Da Vinci College",
        lead_type=OrganisationType.SCHOOL,
        grant_eur=Decimal(9_000_000),
        total_cost_eur=Decimal(21_500_000),
        source="federatieov.nl",
    ),
    Hip(
        slug="it-verband-zuid-holland",
        name="IT Verband Zuid-Holland",
        regions=("Zuid-Holland",),
        themes=("digital",),
        lead="WE-IT",
        grant_eur=Decimal(7_100_000),
        total_cost_eur=Decimal(17_000_000),
        source="dutchinnovationpark.nl, we-itwerkt.nl",
    ),
    Hip(
        slug="greenport-horti-campus",
        name="Greenport Horti Campus",
        regions=("Greenport West-Holland",),
        themes=("energy", "digital"),
        grant_eur=Decimal(9_000_000),
        grant_is_maximum=True,
        source="greenportwestholland.nl",
    ),
    Hip(
        slug="people",
        name="PEOPLE – Power to Energy transition and Organizing Port Learning Experiences",
        regions=("Rotterdamse haven",),
        themes=("energy",),
        source="economicboardzuidholland.nl",
    ),
    Hip(
        slug="groene-transitie",
        name="Groene Transitie",
        regions=("Noord-Nederland",),
        themes=("green",),
        lead="Centre of Expertise Water Technology (CEW)",
        grant_eur=Decimal(9_000_000),
        source="cew.nl, nhlstenden.com",
    ),
    Hip(
        slug="digital-industry-boost",
        name="Digital Industry Boost",
        regions=("Brainport (Noord-Brabant)",),
        themes=("digital",),
        source="rijksoverheid.nl, 8 juni 2023",
    ),
    Hip(
        slug="greenchain-nh",
        name="Greenchain NH",
        regions=("Noord-Holland",),
        themes=("agri-food",),
        lead="Greenport Noord-Holland Noord",
        grant_eur=Decimal(8_400_000),
        total_cost_eur=Decimal(20_000_000),
        source="greenportaalsmeer.nl",
    ),
    Hip(
        slug="snel",
        name="SNEL – Samenwerkend Netwerk van Ecosystemen in Limburg",
        regions=("Limburg",),
        themes=("technology", "chemistry", "digital"),
        lead="CHILL",
        source="chillabs.nl",
    ),
)

HIPS = _NAMED + tuple(
    Hip(slug=f"hip-{number:02}", name=f"HIP {number}, naam volgt", is_placeholder=True)
    for number in range(len(_NAMED) + 1, NUMBER_OF_HIPS + 1)
)
"""Eight of the fifteen are named in public; the order is fixed by number, from 1."""


@dataclass(frozen=True, kw_only=True)
class StartingGoal:
    """A goal as a new installation starts with it; None is not yet known."""

    code: str
    indicator: str
    measure: Measure
    name_nl: str
    name_en: str
    baseline: Decimal | None
    target: Decimal | None
    method_nl: str
    method_en: str
    source: str


BASELINE_DATE = date(2023, 9, 30)
TARGET_DATE = date(2027, 9, 30)
DECISION = "Doel waarmee het programma is begonnen, zoals openbaar bekend; het programmabureau bevestigt het."
_TRIPLE = "Programmapagina: de HIP's verdrievoudigen hun impact op studenten, docenten, werknemers en bedrijven."

GOALS = (
    StartingGoal(
        code="companies",
        indicator="companies",
        measure=Measure.TRAILING_YEAR,
        name_nl="Betrokken bedrijven",
        name_en="Companies involved",
        baseline=Decimal(10_000),
        target=Decimal(30_000),
        method_nl=(
            "Opgave per pps. Hoeveel bedrijven in meer dan één pps zitten is niet bekend, dus het kunnen minder "
            "verschillende bedrijven zijn geweest. Bronnen noemen zowel bedrijven als mkb-bedrijven."
        ),
        method_en=(
            "A survey per PPP. How many companies are in more than one PPP is not known, so there may have been fewer "
            "different companies. Sources speak of companies and of SMEs."
        ),
        source="Programmapagina: van 10.000 naar 30.000 betrokken bedrijven.",
    ),
    StartingGoal(
        code="students",
        indicator="students",
        measure=Measure.TRAILING_YEAR,
        name_nl="Studenten",
        name_en="Students",
        baseline=Decimal(42_000),
        target=Decimal(152_000),
        method_nl=(
            "Opgave van de HIP's samen. Wie bij twee HIP's meedoet telt twee keer. Bronnen zijn het over de eenheid "
            "niet eens."
        ),
        method_en="As stated for the HIPs together. A person in two HIPs counts twice. Sources differ on the unit.",
        source="Openbare bronnen over het programma: van 42.000 naar 152.000 studenten.",
    ),
    StartingGoal(
        code="cofinancing",
        indicator="cofinancing",
        measure=Measure.CUMULATIVE,
        name_nl="Cofinanciering door bedrijven",
        name_en="Co-financing by business",
        baseline=Decimal(0),
        target=Decimal(97_000_000),
        method_nl="Begint bij nul: het gaat om wat bedrijven tijdens het programma bijdragen, in geld en in natura.",
        method_en="Starts from zero: it is what companies contribute during the programme, in cash and in kind.",
        source="Toekenning ronde 1: € 123 miljoen subsidie, € 97 miljoen cofinanciering door het bedrijfsleven.",
    ),
    StartingGoal(
        code="teachers",
        indicator="teachers",
        measure=Measure.TRAILING_YEAR,
        name_nl="Docenten",
        name_en="Teachers",
        baseline=None,
        target=None,
        method_nl="De nulmeting is nog niet bekend; het doel is het drievoudige ervan.",
        method_en="The baseline is not yet known; the goal is three times as many.",
        source=_TRIPLE,
    ),
    StartingGoal(
        code="employees",
        indicator="employees",
        measure=Measure.TRAILING_YEAR,
        name_nl="Werknemers",
        name_en="Employees",
        baseline=None,
        target=None,
        method_nl="De nulmeting is nog niet bekend; het doel is het drievoudige ervan.",
        method_en="The baseline is not yet known; the goal is three times as many.",
        source=_TRIPLE,
    ),
)
