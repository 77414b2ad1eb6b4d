"""The receipt: what was handed in, as a PDF that is the same for ever and runs nothing of what people typed."""

import re
import time
from typing import Any

import pytest
import typst
from django.test import Client
from django.utils.translation import override

from consortia.models import Role, User
from impact import documents, drafts, ledger, outbox, receipt, reporting, tasks
from impact.forms.questions import Questions
from impact.models import OutboxMessage, ReportVersion, VersionStatus
from tests import factories
from tests.factories import company, figure, headcount, school, unidentified
from tests.pdf_text import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q1"
WHERE = {"consortium": HIP, "quarter": PERIOD}
MARKUP = '#panic() $x$ @ref *b* _i_ `r` <l> // c \\ "q" = kop [x] #eval("1+1") {y} ~ -- \''


@pytest.fixture
def coordinator() -> User:
    return factories.user(Role.COORDINATOR, HIP, name="Coby Coördinator")


def _address(number: int = 1, period: str = PERIOD, prefix: str = "") -> str:
    return f"{prefix}/rapportages/{HIP}/{period}/versies/{number}/ontvangstbewijs.pdf"


def _get(user: User, address: str) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(address)


def test_it_says_everything_that_was_submitted(coordinator: User) -> None:
    version = factories.reported(
        HIP, PERIOD,
        figure("assignments", 1200), figure("cofinancing-cash", "12500.25", action_line=None),
        figure("training-completions", numerator=40, denominator=50, action_line="lifelong-learning"),
        company(1), company(1, action_line="talent", involvement="network"), company(2, size_class="large"), school(),
        unidentified(3), headcount(120, 80, category="mbo"),
        upto=VersionStatus.SUBMITTED, coordinator=coordinator,
    )  # fmt: skip

    with override("en"):
        made = receipt.pdf(version)
    text = text_of(made)

    for said in (
        "Receipt", "2025 Q1, version 1", "Coby Coördinator", "Amsterdam time", "1,200", "€12,500.25", "40 of 50",
        "3 organisations.", "Testbedrijf 00000001 BV", "00000002", "99XA", "Testschool 99XA", "120 80",
        version.content_hash, "version 1", "page 1 / 1",
    ):  # fmt: skip
        assert said in text, said
    assert re.search(r"Per action line: talent: 2, innovati\w+: 2", text)
    assert "Demonstration data" not in text


def test_it_is_in_the_language_of_the_reader(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, coordinator=coordinator)

    dutch, english = _get(coordinator, _address()), _get(coordinator, _address(prefix="/en"))

    assert "2025 K1" in text_of(dutch.content)
    assert "2025 Q1" in text_of(english.content)
    assert "Receipt" in text_of(english.content)
    assert (dutch["Content-Type"], dutch["Content-Language"]) == ("application/pdf", "nl")
    assert f"ontvangstbewijs-{HIP}-{PERIOD}-v1.pdf" in dutch["Content-Disposition"]
    assert "no-store" in dutch["Cache-Control"]


def test_it_is_accessible_and_brings_its_fonts(coordinator: User) -> None:
    made = receipt.pdf(factories.reported(HIP, PERIOD, coordinator=coordinator))

    assert b"pdfuaid:part" in made
    assert b"/StructTreeRoot" in made
    assert b"/Lang" in made
    assert made.count(b"/FontFile3") + made.count(b"/FontFile2") >= 2


def test_the_same_version_gives_the_same_bytes_also_after_the_review(coordinator: User) -> None:
    version = factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED, coordinator=coordinator)
    before = receipt.pdf(version)

    reporting.review(actor=factories.user(Role.REVIEWER), decision="accept", content_hash=version.content_hash, **WHERE)

    assert receipt.pdf(ReportVersion.objects.get(pk=version.pk)) == before


def test_what_people_type_is_set_as_it_is_and_never_as_markup(coordinator: User) -> None:
    coordinator.name = "#a *b*"
    coordinator.save()
    reporting.fill(
        actor=coordinator, lines=factories.lines(company(1, name=MARKUP), figure("assignments", 3)), base="*", **WHERE
    )
    version = reporting.submit(actor=coordinator, comment=f"{MARKUP}\nen nog een regel", **WHERE)

    text = text_of(receipt.pdf(version))

    whole = re.sub(r"\s+", " ", MARKUP)
    assert text.count(whole) == 2
    assert "#a *b*" in text
    assert "en nog een regel" in text


def test_a_character_that_the_font_lacks_stands_as_its_number(coordinator: User) -> None:
    reporting.fill(
        actor=coordinator, lines=factories.lines(company(1, name="日 Żółć\u202e 😀 Ω"), company(2, name="x" * 200)),
        base="*", **WHERE,
    )  # fmt: skip
    text = text_of(receipt.pdf(reporting.submit(actor=coordinator, **WHERE)))

    assert "[U+65E5] Żółć [U+1F600] Ω" in text


def test_every_character_that_is_drawn_is_in_the_fonts() -> None:
    characters = [
        chr(code)
        for first, last in documents._DRAWN
        for code in range(first, last + 1)
        if documents._has_glyph(chr(code))
    ]
    template = b'#set document(title: "x")\n#set text(font: ("Libertinus Serif", "DejaVu Sans Mono"))\n#sys.inputs.text'
    for at in range(0, len(characters), 500):
        text = " ".join(characters[at : at + 500])
        typst.Compiler(template, font_paths=documents._fonts(), sys_inputs={"text": text}).compile(
            format="pdf", pdf_standards=["ua-1"]
        )


def test_six_hundred_organisations_take_less_than_a_second_of_computing(coordinator: User) -> None:
    version = factories.reported(
        HIP, PERIOD,
        *(company(number, action_line=line) for number in range(1, 601) for line in ("innovation", "talent")),
        upto=VersionStatus.SUBMITTED, coordinator=coordinator,
    )  # fmt: skip
    made, seconds = b"", []
    for _attempt in range(3):
        start = time.process_time()
        made = receipt.pdf(version)
        seconds.append(time.process_time() - start)

    assert min(seconds) < 1
    assert text_of(made).count("Testbedrijf") == 600


def test_a_thousand_organisations_take_few_pages_and_each_says_what_it_does(coordinator: User) -> None:
    version = factories.reported(
        HIP, PERIOD,
        *(company(number, size_class="large" if number % 9 == 0 else "small") for number in range(1, 963)),
        company(1, action_line="talent", involvement="network"),
        upto=VersionStatus.SUBMITTED, coordinator=coordinator,
    )  # fmt: skip
    with override("en"):
        made = receipt.pdf(version)
    text = text_of(made)

    assert "Testbedrijf 00000001 BV 00000001 inn pro, tal net" in text
    assert "In the list: tal = talent; inn = innovation; pro = project; net = network." in text
    assert int(re.findall(r"page 1 / (\d+)", text)[0]) <= 8
    assert (b"pdfuaid:part" in made, made == _english(version)) == (True, True)


def _english(version: ReportVersion) -> bytes:
    with override("en"):
        return receipt.pdf(version)


def test_rows_stand_in_the_order_of_the_form(coordinator: User) -> None:
    version = factories.reported(
        HIP, PERIOD,
        figure("trainings", 11, action_line="talent"), figure("assignments", 13),
        figure("assignments", 12, action_line="talent"),
        unidentified(21), unidentified(22, action_line="talent"),
        headcount(35, 1, category="wo"), headcount(34, 1, category="mbo"), headcount(36, 1, group="teachers"),
        upto=VersionStatus.SUBMITTED, coordinator=coordinator,
    )  # fmt: skip
    questions = Questions.of(version.report.quarter, ledger.resolve())
    lines = drafts.lines_of(version)

    with override("en"):
        names = [asked.indicator.name for asked in questions.figures]
        figures, headcounts = receipt._figures(lines, questions), receipt._headcounts(lines, questions)

    shown = [row[0] for row in figures["rows"]]
    assert shown == sorted(shown, key=names.index)
    assert [row[2] for row in figures["rows"] if row[0] == shown[0]] in (["12", "13"], ["11"])
    assert [row[1] for row in receipt._unidentified(lines, questions)["rows"]] == ["22", "21"]
    assert [row[1] for row in headcounts["rows"]] == ["34", "35", "36"]
    assert figures["head"][-1] == "Value"


def test_demonstration_data_is_marked_as_such(coordinator: User, programme: Any) -> None:
    version = factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED, coordinator=coordinator)
    # The database keeps the mark as it was set before the first entry; a reader only has to see it.
    programme.is_demo = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.receipt.Programme.objects.first", lambda: programme)
        with override("en"):
            assert "Demonstration data: all figures are made up." in text_of(receipt.pdf(version))


def test_a_draft_has_no_receipt(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, upto=VersionStatus.DRAFT, coordinator=coordinator)

    assert _get(coordinator, _address()).status_code == 404
    assert _get(coordinator, _address(2)).status_code == 404


def test_a_returned_version_keeps_its_receipt(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, upto=VersionStatus.RETURNED, coordinator=coordinator, comment="nog eens")

    assert _get(coordinator, _address()).status_code == 200


def test_a_reader_gets_that_of_what_counts_without_names_and_remarks(coordinator: User) -> None:
    reporting.fill(actor=coordinator, lines=factories.lines(), base="*", **WHERE)
    version = reporting.submit(actor=coordinator, comment="vertrouwelijk", **WHERE)
    reader = factories.user(Role.READER)
    assert _get(reader, _address()).status_code == 404
    reporting.review(actor=factories.user(Role.REVIEWER), decision="accept", content_hash=version.content_hash, **WHERE)

    text = text_of(_get(reader, _address()).content)

    assert version.content_hash in text
    assert "vertrouwelijk" not in text
    assert "Coby" not in text
    assert "vertrouwelijk" in text_of(_get(coordinator, _address()).content)


def test_a_submission_leaves_one_receipt_to_be_sent_and_the_roll_up_leaves_it_there(coordinator: User) -> None:
    reporting.fill(actor=coordinator, lines=factories.lines(), base="*", **WHERE)
    assert not OutboxMessage.objects.filter(kind=outbox.RECEIPT).exists()

    version = reporting.submit(actor=coordinator, **WHERE)
    tasks.deliver_outbox()

    message = OutboxMessage.objects.get(kind=outbox.RECEIPT)
    assert message.payload == {"version": version.pk, "user": str(coordinator.pk)}
    assert message.done_at is None


def test_a_refused_submission_leaves_no_receipt(coordinator: User) -> None:
    from consortia.errors import Refused

    reporting.fill(actor=coordinator, lines=factories.lines(), base="*", **WHERE)

    with pytest.raises(Refused):
        reporting.submit(actor=coordinator, comment="x" * 10_001, **WHERE)

    assert not OutboxMessage.objects.filter(kind=outbox.RECEIPT).exists()


def test_the_page_of_a_submitted_report_leads_to_its_receipt(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED, coordinator=coordinator)

    for address in (f"/rapportages/{HIP}/{PERIOD}", f"/rapportages/{HIP}/{PERIOD}/versies"):
        assert _address() in _get(coordinator, address).content.decode()
