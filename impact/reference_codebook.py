"""The codebook that a new installation starts with: proposals, because no official codebook is public.

The one public definition is that involvement of a company means more than offering an internship.
"""

from dataclasses import dataclass

from impact.models import Kind, Rule, Source
from impact.models.codebook import EURO


@dataclass(frozen=True, kw_only=True)
class StartingIndicator:
    """A line of the codebook; with a rule it is derived, with a question it is entered."""

    code: str
    kind: Kind
    unit: str
    name_nl: str
    name_en: str
    meaning_nl: str
    meaning_en: str
    rule: str = ""
    question_nl: str = ""
    question_en: str = ""
    by_action_line: bool = True

    @property
    def source(self) -> Source:
        return Source.DERIVED if self.rule else Source.ENTERED


_PER_HIP_NL = "Wie bij twee HIP's meedoet telt in het programma twee keer."
_PER_HIP_EN = "A person in two HIPs counts twice in the programme."

INDICATORS = (
    StartingIndicator(
        code="companies",
        kind=Kind.UNIQUE,
        unit="companies",
        rule=Rule.COMPANIES,
        name_nl="Betrokken bedrijven",
        name_en="Companies involved",
        meaning_nl="Verschillende bedrijven, naar KVK-nummer, die meer doen dan alleen een stageplaats bieden.",
        meaning_en="Different companies, by KVK number, that do more than offer an internship.",
    ),
    StartingIndicator(
        code="companies-sme",
        kind=Kind.UNIQUE,
        unit="companies",
        rule=Rule.COMPANIES_SME,
        name_nl="Waarvan mkb",
        name_en="Of which SMEs",
        meaning_nl=(
            "De betrokken bedrijven die volgens hun grootteklasse micro, klein of middelgroot zijn. De klasse kijkt "
            "alleen naar het aantal werkzame personen en is dus een aanwijzing."
        ),
        meaning_en=(
            "The companies involved whose size class is micro, small or medium. The class looks at the number of "
            "persons employed alone, so it is an indication."
        ),
    ),
    StartingIndicator(
        code="partners",
        kind=Kind.UNIQUE,
        unit="organisations",
        rule=Rule.PARTNERS,
        name_nl="Betrokken organisaties",
        name_en="Organisations involved",
        meaning_nl="Verschillende organisaties van elke soort: bedrijven, scholen, overheden en andere.",
        meaning_en="Different organisations of any type: companies, schools, government bodies and others.",
    ),
    StartingIndicator(
        code="students",
        kind=Kind.FLOW,
        unit="persons",
        rule=Rule.FIRST_TIME_STUDENTS,
        name_nl="Studenten",
        name_en="Students",
        meaning_nl=(
            "Studenten die dit schooljaar (1 augustus tot en met 31 juli) voor het eerst bij deze HIP meedoen. "
            f"{_PER_HIP_NL}"
        ),
        meaning_en=(
            "Students who take part in this HIP for the first time this school year (1 August to 31 July). "
            f"{_PER_HIP_EN}"
        ),
    ),
    StartingIndicator(
        code="student-participations",
        kind=Kind.FLOW,
        unit="participations",
        rule=Rule.HEADCOUNT_STUDENTS,
        name_nl="Deelnames van studenten",
        name_en="Participations of students",
        meaning_nl="Alle deelnames van studenten: wie twee keer meedoet telt twee keer.",
        meaning_en="All participations of students: who takes part twice counts twice.",
    ),
    StartingIndicator(
        code="teachers",
        kind=Kind.FLOW,
        unit="persons",
        rule=Rule.FIRST_TIME_TEACHERS,
        name_nl="Docenten",
        name_en="Teachers",
        meaning_nl=f"Docenten die dit schooljaar voor het eerst bij deze HIP meedoen. {_PER_HIP_NL}",
        meaning_en=f"Teachers who take part in this HIP for the first time this school year. {_PER_HIP_EN}",
    ),
    StartingIndicator(
        code="employees",
        kind=Kind.FLOW,
        unit="persons",
        rule=Rule.FIRST_TIME_EMPLOYEES,
        name_nl="Werknemers",
        name_en="Employees",
        meaning_nl=(
            f"Werknemers die dit schooljaar voor het eerst bij deze HIP meedoen, in welke actielijn ook. {_PER_HIP_NL}"
        ),
        meaning_en=(
            "Employees who take part in this HIP for the first time this school year, in any action line. "
            f"{_PER_HIP_EN}"
        ),
    ),
    StartingIndicator(
        code="jobseekers",
        kind=Kind.FLOW,
        unit="persons",
        rule=Rule.FIRST_TIME_JOBSEEKERS,
        name_nl="Werkzoekenden",
        name_en="Jobseekers",
        meaning_nl=f"Werkzoekenden die dit schooljaar voor het eerst bij deze HIP meedoen. {_PER_HIP_NL}",
        meaning_en=f"Jobseekers who take part in this HIP for the first time this school year. {_PER_HIP_EN}",
    ),
    StartingIndicator(
        code="assignments",
        kind=Kind.FLOW,
        unit="assignments",
        name_nl="Bedrijfsopdrachten",
        name_en="Company assignments",
        question_nl="Hoeveel bedrijfsopdrachten zijn dit kwartaal afgerond?",
        question_en="How many company assignments were finished this quarter?",
        meaning_nl="Opdrachten en praktijkvragen van bedrijven die studenten samen met een bedrijf hebben afgerond.",
        meaning_en="Company assignments and practice questions that students have finished with a company.",
    ),
    StartingIndicator(
        code="research-projects",
        kind=Kind.FLOW,
        unit="projects",
        name_nl="Onderzoeks- en innovatieprojecten",
        name_en="Research and innovation projects",
        question_nl="Hoeveel onderzoeks- en innovatieprojecten zijn dit kwartaal afgerond?",
        question_en="How many research and innovation projects were finished this quarter?",
        meaning_nl="Afgeronde projecten van praktijkgericht onderzoek en innovatie.",
        meaning_en="Applied research and innovation projects that were finished.",
    ),
    StartingIndicator(
        code="curricula",
        kind=Kind.FLOW,
        unit="programmes",
        name_nl="Nieuwe of vernieuwde opleidingen",
        name_en="New or renewed programmes",
        question_nl="Hoeveel nieuwe of vernieuwde opleidingen en leervormen zijn dit kwartaal in gebruik genomen?",
        question_en="How many new or renewed programmes and forms of learning came into use this quarter?",
        meaning_nl="Opleidingen en leervormen die nieuw of vernieuwd zijn en in gebruik zijn genomen.",
        meaning_en="New or renewed programmes and forms of learning that came into use.",
    ),
    StartingIndicator(
        code="trainings",
        kind=Kind.FLOW,
        unit="courses",
        name_nl="Trainingen en e-learning",
        name_en="Trainings and e-learning",
        question_nl="Hoeveel trainingen en e-learningmodules zijn dit kwartaal in gebruik genomen?",
        question_en="How many trainings and e-learning modules came into use this quarter?",
        meaning_nl="Trainingen, ook binnen bedrijven, en e-learningmodules die in gebruik zijn genomen.",
        meaning_en="Trainings, in-company ones included, and e-learning modules that came into use.",
    ),
    StartingIndicator(
        code="training-completions",
        kind=Kind.RATIO,
        unit="completed / enrolled",
        name_nl="Trainingen afgerond",
        name_en="Trainings completed",
        question_nl="Hoeveel van de ingeschreven deelnemers hebben hun training dit kwartaal afgerond?",
        question_en="How many of the enrolled participants completed their training this quarter?",
        meaning_nl="Het deel van de ingeschreven deelnemers dat de training heeft afgerond.",
        meaning_en="The share of enrolled participants that completed the training.",
    ),
    StartingIndicator(
        code="learning-communities",
        kind=Kind.STOCK,
        unit="communities",
        name_nl="Leergemeenschappen",
        name_en="Learning communities",
        question_nl="Hoeveel leergemeenschappen waren er actief op de laatste dag van het kwartaal?",
        question_en="How many learning communities were active on the last day of the quarter?",
        meaning_nl="Leergemeenschappen die op de laatste dag van het kwartaal actief zijn.",
        meaning_en="Learning communities that are active on the last day of the quarter.",
    ),
    StartingIndicator(
        code="learning-environments",
        kind=Kind.STOCK,
        unit="locations",
        name_nl="Contextrijke leeromgevingen",
        name_en="Context-rich learning environments",
        question_nl="Hoeveel contextrijke leeromgevingen waren er in gebruik op de laatste dag van het kwartaal?",
        question_en="How many context-rich learning environments were in use on the last day of the quarter?",
        meaning_nl="Locaties met een contextrijke leeromgeving die op de laatste dag van het kwartaal in gebruik zijn.",
        meaning_en="Locations with a context-rich learning environment in use on the last day of the quarter.",
    ),
    StartingIndicator(
        code="cofinancing-cash",
        kind=Kind.FLOW,
        unit=EURO,
        by_action_line=False,
        name_nl="Cofinanciering in geld",
        name_en="Co-financing in cash",
        question_nl="Hoeveel euro hebben bedrijven dit kwartaal in geld bijgedragen?",
        question_en="How many euros did companies contribute in cash this quarter?",
        meaning_nl="Bijdragen in geld van het bedrijfsleven die in het kwartaal zijn gedaan.",
        meaning_en="Co-financing in cash by business, realised in the quarter.",
    ),
    StartingIndicator(
        code="cofinancing-in-kind",
        kind=Kind.FLOW,
        unit=EURO,
        by_action_line=False,
        name_nl="Cofinanciering in natura",
        name_en="Co-financing in kind",
        question_nl="Hoeveel euro was de bijdrage van bedrijven in natura dit kwartaal waard?",
        question_en="How many euros was the contribution of companies in kind worth this quarter?",
        meaning_nl=(
            "Bijdragen in natura van het bedrijfsleven: uren, apparatuur en de loonkosten van uren waarin niet "
            "geproduceerd is."
        ),
        meaning_en="Co-financing in kind by business: hours, equipment and the wage cost of non-productive hours.",
    ),
    StartingIndicator(
        code="cofinancing",
        kind=Kind.FLOW,
        unit=EURO,
        rule=Rule.COFINANCING,
        by_action_line=False,
        name_nl="Cofinanciering",
        name_en="Co-financing",
        meaning_nl="Cofinanciering in geld en in natura samen; is er één van de twee opgegeven, dan telt die.",
        meaning_en="Co-financing in cash and in kind together; where one of the two is reported, that one counts.",
    ),
    StartingIndicator(
        code="project-costs",
        kind=Kind.FLOW,
        unit=EURO,
        by_action_line=False,
        name_nl="Projectkosten",
        name_en="Project costs",
        question_nl="Hoeveel euro waren de totale projectkosten van dit kwartaal?",
        question_en="How many euros were the total project costs of this quarter?",
        meaning_nl="De totale gerealiseerde kosten van het project.",
        meaning_en="Total realised project costs.",
    ),
)
