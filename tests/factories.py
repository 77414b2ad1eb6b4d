"""What tests are made of: people, HIPs, quarters, and reports that went through the commands."""

import io
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import factory
import openpyxl
from factory.django import DjangoModelFactory

from consortia.errors import Refused
from consortia.models import Consortium, Membership, Organisation, OrganisationType, Role, SizeClass, User
from impact import content, organisation_list_upload, programme, quarters, reporting, uploads
from impact.backfill import source as backfill_source
from impact.backfill import template as backfill_template
from impact.backfill import work as backfill_work
from impact.models import Quarter, ReportVersion, Upload, UploadKind, VersionStatus
from impact.reference_programme import FIRST_DAY, FIRST_QUARTER, LAST_DAY
from impact.reporting import ANY
from impact.submission import FigureLine, HeadcountLine, Line, ParticipationLine, UnidentifiedLine
from impact.workbook import source, template

PASSWORD = "a password for tests"


class UserFactory(DjangoModelFactory[User]):
    """An account without a role; `user()` gives one."""

    email = factory.Sequence(lambda number: f"person-{number}@example.org")
    name = factory.Sequence(lambda number: f"Person {number}")

    class Meta:
        model = User

    @classmethod
    def _create(cls, model_class: type[User], *_args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(password=kwargs.pop("password", PASSWORD), **kwargs)


class ConsortiumFactory(DjangoModelFactory[Consortium]):
    """A HIP beside the fifteen of the reference data; `takes_part=False` leaves it out of the ledger."""

    number = factory.Sequence(lambda number: 101 + number)
    slug = factory.LazyAttribute(lambda row: f"hip-{row.number}")
    name = factory.LazyAttribute(lambda row: f"HIP {row.number}")

    class Meta:
        model = Consortium
        skip_postgeneration_save = True

    @factory.post_generation
    def takes_part(self: Consortium, create: bool, given: bool | None, **dates: Any) -> None:  # type: ignore[misc]
        if create and given is not False:
            programme.set_participation(
                actor=None,
                consortium=self,
                start_date=dates.get("start_date", FIRST_DAY),
                end_date=dates.get("end_date", LAST_DAY),
            )


class OrganisationFactory(DjangoModelFactory[Organisation]):
    kvk_number = factory.Sequence(lambda number: f"{900_000 + number:08}")
    name = factory.LazyAttribute(lambda row: f"Testbedrijf {row.kvk_number or row.institution_code} BV")
    organisation_type = OrganisationType.COMPANY
    size_class = SizeClass.SMALL
    is_listed = True

    class Meta:
        model = Organisation


def user(role: Role | str | None = None, consortium: Consortium | str | None = None, **fields: Any) -> User:
    """A person with one role; the HIP as a row or a slug."""
    person = UserFactory(**fields)
    if role is not None:
        Membership.objects.create(user=person, role=role, consortium=_consortium(consortium))
    return person


def quarter(period: str) -> Quarter:
    """The quarter `2025Q1`, made if the reference data is not there."""
    calendar = quarters.parse(period)
    found, _is_new = Quarter.objects.get_or_create(
        pk=period,
        defaults={
            "index": calendar.ordinal - FIRST_QUARTER.ordinal,
            "start_date": calendar.start_date,
            "end_date": calendar.end_date,
            "due_date": calendar.due_date,
        },
    )
    return found


# --- what is handed in


def figure(
    indicator: str,
    value: int | str | Decimal | None = None,
    *,
    action_line: str | None = "innovation",
    numerator: int | None = None,
    denominator: int | None = None,
) -> FigureLine:
    return FigureLine(
        origin="",
        indicator=indicator,
        action_line=action_line,
        value=None if value is None else Decimal(value),
        numerator=None if numerator is None else Decimal(numerator),
        denominator=None if denominator is None else Decimal(denominator),
    )


def company(
    kvk_number: int | str, *, action_line: str = "innovation", involvement: str = "project", **fields: str
) -> ParticipationLine:
    """A company by its number: 7 stands for 00000007."""
    number = f"{kvk_number:08}" if isinstance(kvk_number, int) else kvk_number
    given: dict[str, str] = {
        "name": f"Testbedrijf {number} BV",
        "organisation_type": "company",
        "size_class": "small",
        **fields,
    }
    return ParticipationLine(origin="", kvk_number=number, action_line=action_line, involvement=involvement, **given)


def school(
    institution_code: str = "99XA", *, action_line: str = "talent", involvement: str = "teaching", **fields: str
) -> ParticipationLine:
    given = {"name": f"Testschool {institution_code}", "organisation_type": "school", **fields}
    return ParticipationLine(
        origin="", institution_code=institution_code, action_line=action_line, involvement=involvement, **given
    )


def unidentified(count: int, *, action_line: str = "innovation") -> UnidentifiedLine:
    return UnidentifiedLine(origin="", action_line=action_line, count=Decimal(count))


def headcount(
    number: int, first_time: int, *, group: str = "students", action_line: str = "talent", **fields: str
) -> HeadcountLine:
    return HeadcountLine(
        origin="",
        group=group,
        action_line=action_line,
        headcount=Decimal(number),
        first_time=Decimal(first_time),
        **fields,
    )


def lines(*parts: Line) -> list[Line]:
    """These lines with their places, as an adapter would give them; without any, a small plausible report."""
    return content.renumber(
        parts
        or (
            figure("assignments", 12),
            figure("cofinancing-cash", "12500.25", action_line=None),
            company(1),
            company(2, size_class="large"),
            school(),
            unidentified(3),
            headcount(120, 80, category="mbo"),
        )
    )


# --- reports


def reported(
    consortium: Consortium | str,
    period: Quarter | str,
    *parts: Line,
    upto: VersionStatus | str = VersionStatus.ACCEPTED,
    coordinator: User | None = None,
    reviewer: User | None = None,
    comment: str = "",
    explanations: Mapping[str, str] | None = None,
) -> ReportVersion:
    """A report that was filled, and unless `upto` says otherwise submitted and accepted, by two people."""
    hip = _consortium(consortium)
    assert hip is not None
    where = {"consortium": hip.slug, "quarter": period.pk if isinstance(period, Quarter) else period}
    coordinator = coordinator or _person(Role.COORDINATOR, hip)
    version = reporting.fill(actor=coordinator, lines=lines(*parts), base=ANY, **where)
    if upto == VersionStatus.DRAFT:
        return version
    try:
        version = reporting.submit(actor=coordinator, explanations=explanations, **where)
    except Refused as refused:
        asked = [problem.pointer for problem in refused.problems if problem.code == "explanation-required"]
        if explanations or len(asked) < len(refused.problems):
            raise
        # What a quarter leaves out that the one before had is seldom what a test is about.
        version = reporting.submit(actor=coordinator, explanations=dict.fromkeys(asked, "Zo was het."), **where)
    if upto == VersionStatus.SUBMITTED:
        return version
    return reporting.review(
        actor=reviewer or _person(Role.REVIEWER),
        decision="accept" if upto == VersionStatus.ACCEPTED else "return",
        content_hash=version.content_hash,
        comment=comment,
        **where,
    )


def _person(role: Role, consortium: Consortium | None = None) -> User:
    """Whoever has the role already, else somebody new."""
    membership = Membership.objects.filter(role=role, consortium=consortium).select_related("user").first()
    return membership.user if membership else user(role, consortium)


def _consortium(given: Consortium | str | None) -> Consortium | None:
    return Consortium.objects.get(slug=given) if isinstance(given, str) else given


def read_list(consortium: str, period: str, text: str | bytes, **chosen: Any) -> Upload:
    """A list of organisations that a coordinator handed in, with the columns as they were recognised, and was read."""
    upload = received_list(consortium, period, text, **chosen)
    organisation_list_upload.read(upload.pk)
    upload.refresh_from_db()
    return upload


def received_list(consortium: str, period: str, text: str | bytes, **chosen: Any) -> Upload:
    """As `read_list`, but nobody has read it yet."""
    actor = chosen.pop("actor", None) or user(Role.COORDINATOR, consortium)
    data = text.encode() if isinstance(text, str) else text
    address: dict[str, Any] = {"actor": actor, "consortium": consortium, "quarter": period}
    upload = organisation_list_upload.receive(**address, name="lijst.csv", data=data)
    sheet = next(each for each in upload.options["sheets"] if each["name"] == upload.options["sheet"])
    wanted = {
        "sheet": sheet["name"],
        "first_row_is_heading": bool(sheet["heading_row"]),
        "columns": {name: number for name, (number, _sure) in sheet["recognised"].items()},
        "organisation_type": "company",
        **chosen,
    }
    return organisation_list_upload.choose(**address, upload_id=upload.pk, **wanted)


def uploaded_backfill(hips: list[str], periods: list[str], *, is_wrong: bool = True) -> Upload:
    """A backfill workbook of these reports that was uploaded and looked at; with something wrong in it."""
    actor = user(Role.MANAGER)
    stream = io.BytesIO()
    backfill_template.write(backfill_source.of(actor, hips, periods), stream)
    data = stream.getvalue()
    if is_wrong:
        book = openpyxl.load_workbook(stream)
        book.worksheets[1]["E5"] = "veel"
        marred = io.BytesIO()
        book.save(marred)
        data = marred.getvalue()
    upload = backfill_work.receive(actor=actor, name="inhaal.xlsx", data=data)
    backfill_work.run(upload.pk)
    upload.refresh_from_db()
    return upload


def uploaded_workbook(consortium: str, period: str) -> Upload:
    """The workbook of a draft, downloaded and uploaded again as it is."""
    actor = user(Role.COORDINATOR, consortium)
    data = template.written(source.of(actor, consortium, period))
    return uploads.keep(
        actor=actor, consortium=consortium, quarter=period, kind=UploadKind.WORKBOOK, name="boek.xlsx", data=data
    )
