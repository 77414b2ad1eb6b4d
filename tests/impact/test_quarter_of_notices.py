"""A whole quarter of fifteen HIPs by the clock: every notification once, also when the worker is killed on the way.

What is expected is worked out day by day from the plan below, by rules written down a second time here. Once the jobs
run in this process, and die inside a transaction; once (`make proof`) in a real worker that is killed.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.mail import EmailMessage
from django.db import connection

from consortia import clock, local_mail, mail, notifications
from consortia import tasks as mail_tasks
from consortia.models import Consortium, KeptMail, Mail, MailState, Notification, Role, User
from impact import extensions, programme, reporting, tasks, teamwork
from impact.models import ExtensionRequest, Quarter, ReportVersion, VersionStatus
from ptvt_portal.celery import app
from tests import factories
from tests.running_portal import eventually

QUARTER = "2025Q3"
FIRST, DUE, LAST = date(2025, 9, 29), date(2025, 10, 30), date(2025, 11, 24)
KILLED_ON = (date(2025, 10, 1), date(2025, 10, 27))
MORNING, NOON, AFTERNOON = (8, 10), (12, 0), (12, 10)
WAIT = 600
"""Seconds; only a machine on which everybody works at once needs so many for a worker to start."""
REMINDERS = ("opening", "due-14", "due-3", "overdue")

SUBMIT, ACCEPT, RETURN, ASK, GRANT, DECLINE, SAY, ANSWER = (
    "submit", "accept", "return", "ask", "grant", "decline", "say", "answer",
)  # fmt: skip
PLAN: dict[int, list[tuple[str, str, Any]]] = {
    1: [("10-10", SUBMIT, None), ("10-12", ACCEPT, "")],
    2: [("10-16", SUBMIT, None), ("10-20", ACCEPT, "Dank.")],
    3: [("10-27", SUBMIT, None), ("10-28", ACCEPT, "")],
    4: [("10-27", SUBMIT, None), ("10-29", RETURN, "Nog eens."), ("10-30", SUBMIT, None), ("11-05", ACCEPT, "")],
    5: [("10-30", SUBMIT, None)],
    6: [("11-02", SUBMIT, None), ("11-04", ACCEPT, "")],
    7: [("11-09", SUBMIT, None)],
    8: [],
    9: [("10-25", ASK, date(2025, 11, 21)), ("10-26", GRANT, date(2025, 11, 20)), ("11-18", SUBMIT, None)],
    10: [("10-28", ASK, date(2025, 11, 9)), ("10-29", DECLINE, "Het kan niet."), ("11-03", SUBMIT, None)],
    11: [("10-05", SUBMIT, None), ("10-08", RETURN, "Telfout."), ("10-20", SUBMIT, None), ("10-22", ACCEPT, "")],
    12: [("10-14", SAY, None), ("10-15", ANSWER, None), ("10-28", SUBMIT, None)],
    13: [],
    14: [("10-29", GRANT, date(2025, 11, 6))],
    15: [("10-31", SUBMIT, None)],
}


def at(day: date, hour: tuple[int, int]) -> datetime:
    return datetime(day.year, day.month, day.day, *hour, tzinfo=clock.AMSTERDAM)


@dataclass
class World:
    """The people, what they do, and what follows from it by the rules written down here."""

    manager: User
    reviewers: list[User]
    coordinators: dict[int, list[User]]
    contributors: dict[int, User]
    hips: dict[int, Consortium]
    expected: Counter[tuple[str, str]] = field(default_factory=Counter)
    submitted: dict[int, datetime] = field(default_factory=dict)
    due: dict[int, list[tuple[datetime, date]]] = field(default_factory=dict)

    @classmethod
    def made(cls) -> "World":
        hips = {hip.number: hip for hip in Consortium.objects.filter(number__lte=15)}
        world = cls(
            manager=factories.user(Role.MANAGER, email="manager@example.org"),
            reviewers=[factories.user(Role.REVIEWER, email=f"reviewer-{n}@example.org") for n in (1, 2)],
            coordinators={
                number: [
                    factories.user(
                        Role.COORDINATOR, hip, email=f"coordinator-{number}-{each}@example.org",
                        language="en" if number % 4 == 0 else "nl",
                    )
                    for each in range(2 if number % 3 == 0 else 1)
                ]
                for number, hip in hips.items()
            },
            contributors={
                number: factories.user(Role.CONTRIBUTOR, hip, email=f"contributor-{number}@example.org")
                for number, hip in hips.items()
            },
            hips=hips,
        )  # fmt: skip
        for user in world.daily:
            notifications.prefer(actor=user, wanted={"due-14": "daily", "receipt": "daily"}, language="nl")
        for user in world.without_mail:
            notifications.prefer(actor=user, wanted={"opening": "none", "due-14": "none"}, language="nl")
        return world

    @property
    def daily(self) -> list[User]:
        return [self.coordinators[number][0] for number in (1, 2, 7)]

    @property
    def without_mail(self) -> list[User]:
        return [self.coordinators[12][1], self.coordinators[13][0]]

    # --- what people do, and who hears of it

    def act(self, day: date) -> bool:
        steps = [
            (number, step, given)
            for number, plan in PLAN.items()
            for when, step, given in plan
            if date.fromisoformat(f"2025-{when}") == day
        ]
        for number, step, given in steps:
            getattr(self, f"_{step}")(number, given)
        return bool(steps)

    def hear(self, cause: str, *users: User) -> None:
        self.expected.update((user.email, cause) for user in users)

    def _submit(self, number: int, _given: None) -> None:
        who = self.coordinators[number][0]
        version = factories.reported(self.hips[number], QUARTER, upto=VersionStatus.SUBMITTED, coordinator=who)
        self.submitted.setdefault(number, clock.now())
        self.hear(f"receipt:{version.pk}", who)

    def _accept(self, number: int, comment: str) -> None:
        self._review(number, "accept", comment)

    def _return(self, number: int, comment: str) -> None:
        self._review(number, "return", comment)

    def _review(self, number: int, decision: str, comment: str) -> None:
        version = ReportVersion.objects.get(
            report__consortium=self.hips[number], report__quarter=QUARTER, status=VersionStatus.SUBMITTED
        )
        reporting.review(
            actor=self.reviewers[0], decision=decision, content_hash=version.content_hash, comment=comment,
            consortium=self.hips[number].slug, quarter=QUARTER,
        )  # fmt: skip
        kind = "accepted" if decision == "accept" else "returned"
        self.hear(f"{kind}:{version.pk}", *self.coordinators[number])

    def _ask(self, number: int, until: date) -> None:
        asked = extensions.request_extension(
            actor=self.coordinators[number][0], consortium=self.hips[number].slug, quarter=QUARTER,
            due_date=until, reason="ziekte",
        )  # fmt: skip
        self.hear(f"extension-request:{asked.pk}", self.manager)

    def _grant(self, number: int, until: date) -> None:
        extension = programme.extend(
            actor=self.manager, consortium=self.hips[number], quarter=Quarter.objects.get(pk=QUARTER),
            due_date=until, reason="akkoord",
        )  # fmt: skip
        self.due.setdefault(number, []).append((clock.now(), until))
        self.hear(f"extension-granted:{extension.pk}", *self.coordinators[number])

    def _decline(self, number: int, reason: str) -> None:
        asked = ExtensionRequest.objects.get(report__consortium=self.hips[number], report__quarter=QUARTER)
        extensions.decline(actor=self.manager, request_id=asked.pk, reason=reason)
        self.hear(f"extension-declined:{asked.pk}", *self.coordinators[number])

    def _say(self, number: int, _given: None) -> None:
        where = {"consortium": self.hips[number].slug, "quarter": QUARTER}
        said = teamwork.comment(actor=self.reviewers[1], text="Klopt dit?", **where)
        self.hear(f"comment:{said.pk}", *self.coordinators[number], self.contributors[number])

    def _answer(self, number: int, _given: None) -> None:
        where = {"consortium": self.hips[number].slug, "quarter": QUARTER}
        contributor = self.contributors[number]
        said = teamwork.comment(
            actor=self.coordinators[number][0], text=f"Weet jij het, @{contributor.email}?", **where
        )
        self.hear(f"mention:{said.pk}", contributor)
        self.hear(f"comment:{said.pk}", *self.coordinators[number][1:], self.reviewers[1])

    # --- reminders, worked out day by day

    def reminders(self) -> set[tuple[str, str]]:
        found = set()
        for number, hip in self.hips.items():
            for moment in (at(FIRST + timedelta(days=each), MORNING) for each in range((LAST - FIRST).days + 1)):
                if number in self.submitted and self.submitted[number] <= moment:
                    break
                granted = [(when, until) for when, until in self.due.get(number, []) if when <= moment]
                since, due = granted[-1] if granted else (None, DUE)
                cause = self._reminder(moment.date(), due, since)
                if cause is None:
                    continue
                whole = f"{cause}:{hip.slug}/{QUARTER}" + ("" if cause == "opening" else f":{due}")
                found |= {(user.email, whole) for user in self.coordinators[number]}
                if cause == "overdue-1":
                    found.add((self.manager.email, f"overdue-office:{QUARTER}:{due}"))
        return found

    def _reminder(self, today: date, due: date, since: datetime | None) -> str | None:
        if today < date(2025, 10, 1):
            return None
        left = (due - today).days
        if left > 14:
            return "opening" if (DUE - today).days > 14 else None
        for days, cause in ((14, "due-14"), (3, "due-3")):
            if (4 if days == 14 else 0) <= left <= days:
                # Who got the date later than this reminder was for, knows it.
                in_time = since is None or due - timedelta(days=days) >= since.astimezone(clock.AMSTERDAM).date()
                return cause if in_time else None
        if 1 <= -left <= 7:
            return "overdue-1"
        return "overdue-8" if 8 <= -left <= 14 else None


Run = Callable[[datetime, list[Any]], None]


def live_through(world: World, run: Run, killed: Callable[[datetime, list[Any]], None]) -> None:
    """Every day the jobs in the morning, what people do at noon, and the jobs again; twice the worker dies."""
    jobs = [tasks.remind, tasks.tell, mail_tasks.prepare_digests, mail_tasks.deliver_mail]
    for day in (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)):
        with time_machine.travel(at(day, MORNING), tick=False):
            (killed if day in KILLED_ON else run)(at(day, MORNING), jobs)
        with time_machine.travel(at(day, NOON), tick=False):
            acted = world.act(day)
        if acted or day in KILLED_ON:
            with time_machine.travel(at(day, AFTERNOON), tick=False):
                run(at(day, AFTERNOON), jobs)


def prove(world: World) -> None:
    expected = world.expected + Counter(world.reminders())
    assert max(expected.values()) == 1

    told = Counter(Notification.objects.values_list("recipient__email", "cause"))
    assert told == expected

    causes = {each.message_id: each for each in Mail.objects.select_related("recipient")}
    sent = Counter(KeptMail.objects.values_list("message_id", flat=True))
    assert set(sent) <= set(causes)
    assert max(sent.values()) == 1, "some mail left twice"
    assert not Mail.objects.filter(state__in=[MailState.PENDING, MailState.FAILED]).exists()

    at_once = {pair for pair in expected if not _is_held_back(world, *pair)}
    by_mail = {(causes[each].recipient.email, causes[each].cause) for each in sent if causes[each].kind != "digest"}
    dropped = at_once - by_mail
    assert by_mail <= at_once
    # Only a reminder that waited for the new worker while its HIP submitted is not sent.
    may_drop = {
        (user.email, f"due-3:{world.hips[number].slug}/{QUARTER}:{DUE}")
        for number in (3, 4)
        for user in world.coordinators[number]
    }
    assert dropped <= may_drop

    numbers = {hip.pk: number for number, hip in world.hips.items()}
    for kept in KeptMail.objects.all():
        about = causes[kept.message_id].about
        if causes[kept.message_id].kind in REMINDERS and (first := world.submitted.get(numbers[about["consortium"]])):
            assert kept.at < first, "a reminder after the submission"
    for notification in Notification.objects.filter(kind__in=REMINDERS):
        if first := world.submitted.get(numbers[notification.about["consortium"]]):
            assert notification.created_at < first
            assert notification.read_at is not None
    digests = Counter(Notification.objects.filter(delivery="daily").values_list("recipient__email", "cause"))
    assert digests == Counter(pair for pair in expected if _is_daily(world, *pair))
    assert not Notification.objects.filter(delivery="daily", mail=None).exists()


def _is_daily(world: World, email: str, cause: str) -> bool:
    return email in {user.email for user in world.daily} and cause.startswith(("due-14:", "receipt:"))


def _is_held_back(world: World, email: str, cause: str) -> bool:
    without = email in {user.email for user in world.without_mail} and cause.startswith(("opening:", "due-14:"))
    return without or _is_daily(world, email, cause)


# --- in this process


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


@pytest.mark.django_db
def test_a_quarter_tells_everybody_everything_once_though_the_jobs_die_twice(programme, settings, monkeypatch):
    settings.EMAIL_BACKEND = f"{local_mail.__name__}.KeepingBackend"
    with time_machine.travel(at(FIRST, MORNING), tick=False):
        world = World.made()
    deaths = []

    def run(_moment: datetime, jobs: list[Any]) -> None:
        for job in jobs:
            job()

    def killed(moment: datetime, jobs: list[Any]) -> None:
        left = [5]
        send = local_mail.KeepingBackend.send_messages

        def send_and_die(backend: Any, messages: list[EmailMessage]) -> int:
            number = send(backend, messages)
            left[0] -= 1
            if not left[0]:
                raise Killed
            return number

        with monkeypatch.context() as patched:
            patched.setattr(local_mail.KeepingBackend, "send_messages", send_and_die)
            with pytest.raises(Killed):
                run(moment, jobs)
        deaths.append(Mail.objects.filter(state=MailState.PENDING).count())

    live_through(world, run, killed)

    assert len(deaths) == 2 and all(deaths)
    prove(world)


# --- in a worker of its own


@dataclass
class Worker:
    """A real worker on the database of the tests, with a clock in a file."""

    folder: Path
    environment: dict[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    marks: int = 0
    kills: int = 0

    def start(self) -> None:
        arguments = [str(self.folder / "clock"), str(self.folder / "mark"), "notices"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.clocked_worker", *arguments], env=self.environment, stdout=subprocess.DEVNULL
        )

    def set(self, moment: datetime) -> None:
        whole = self.folder / "clock.new"
        whole.write_text(moment.isoformat())
        whole.rename(self.folder / "clock")

    def send(self, jobs: list[Any]) -> None:
        for job in jobs:
            job.apply_async(queue="notices", ignore_result=True)

    def run(self, moment: datetime, jobs: list[Any]) -> None:
        self.set(moment)
        if self.process is None:
            self.start()
        self.send(jobs)
        self.marks += 1
        token = str(self.marks)
        app.send_task("tests.mark", [token], queue="notices", ignore_result=True)
        done = eventually(lambda: (self.folder / "mark").read_text() == token, seconds=WAIT)
        assert done is not None, "the worker did not finish"

    def killed(self, moment: datetime, jobs: list[Any]) -> None:
        self.set(moment)
        before = KeptMail.objects.count()
        if self.process is None:
            self.start()
        self.send(jobs)
        assert self.process is not None
        assert eventually(lambda: KeptMail.objects.count() >= before + 3, seconds=WAIT) is not None
        self.end(signal.SIGKILL)
        self.kills += 1

    def end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None


@pytest.fixture
def worker(tmp_path: Path, transactional_db: None) -> Iterator[Worker]:
    database = connection.settings_dict
    where = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}@{quote(database['HOST'], safe='')}"
    port = f":{database['PORT']}" if database["PORT"] else ""
    url = f"postgres://{where}{port}/{database['NAME']}"
    made = Worker(tmp_path, {**os.environ, "DATABASE_URL": url, "ENVIRONMENT": "test"})
    yield made
    made.end(signal.SIGTERM)


@pytest.mark.proof
@pytest.mark.xdist_group("quarter of notices")
def test_a_quarter_tells_everybody_everything_once_though_the_worker_is_killed_twice(worker, programme):
    assert django_settings.MAIL_LEAVES
    with time_machine.travel(at(FIRST, MORNING), tick=False):
        world = World.made()
    begin = time.monotonic()

    live_through(world, worker.run, worker.killed)

    print(f"{worker.kills} kills, {KeptMail.objects.count()} mails, {time.monotonic() - begin:.0f} s")  # noqa: T201
    assert worker.kills == 2
    prove(world)
    assert {each.message_id for each in KeptMail.objects.all()} <= {
        mail.message_id(each.recipient, each.cause) for each in Mail.objects.select_related("recipient")
    }
