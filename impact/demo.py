"""Demonstration data: accounts for every role and, in full, the reports of all quarters that have ended.

All figures, companies and persons are invented. It goes in whole or not at all, and only into a database without real
data: the programme is marked as a demonstration before anything is in the ledger, and stays so.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from consortia import clock, notifications
from consortia.errors import NotAllowedNow
from consortia.models import Consortium, Membership, Programme, Role, User
from impact import demo_budgets, ledger, materialise, outbox, programme, reference
from impact.demo_history import Cast, History
from impact.demo_world import World
from impact.models import Quarter

START = datetime(2023, 9, 1, 8, tzinfo=UTC)
"""When the reference data of the demonstration became known."""
COMPANIES = 12_400
SEED = 2023


def is_seeded() -> bool:
    return User.objects.filter(is_demo=True).exists()


@transaction.atomic
def seed(
    *,
    full: bool,
    password: str,
    companies: int = COMPANIES,
    seed: int = SEED,
    tell: Callable[[str], object] = str,
) -> User:
    """Load the reference data as of the programme's start, the accounts and, in full, the past.

    Returns the programme manager of the demonstration.

    Raises:
        NotAllowedNow: in production, or where there is real data or a demonstration already.
    """
    if settings.PRODUCTION:
        raise NotAllowedNow("demonstration data does not go into production")
    if is_seeded():
        raise NotAllowedNow("the demonstration data is there already")
    if ledger.newest():
        raise NotAllowedNow(
            "this database holds data that is not a demonstration; use an empty one (another PORTAL_HOME)"
        )
    Programme.objects.update(is_demo=True)
    with clock.at(START):
        reference.load(is_demo=True)
        cast = _make_accounts(password)
    tell("reference data and accounts: loaded")
    programme.open_quarters()
    if full:
        ended = list(Quarter.objects.filter(end_date__lt=clock.today()))
        world = World(seed=seed, companies=companies, quarters=len(ended))
        with clock.at(START):
            demo_budgets.plan(actor=cast.manager, world=world, seed=seed)
        history = History(
            cast=cast,
            world=world,
            seed=seed,
            consortia=list(Consortium.objects.order_by("number")),
            quarters=ended,
            now=clock.now(),
        )
        history.replay(tell)
    messages = outbox.take(outbox.ROLL_UP)
    materialise.roll_up()
    outbox.done(messages)
    # Of what was made up people read in the portal, as far as the story tells it; nobody is mailed about it.
    outbox.give_up(outbox.TO_TELL, clock.now() + timedelta(days=1))
    notifications.keep_in_portal()
    tell("roll-ups: stored")
    return cast.manager


@transaction.atomic
def set_password(password: str) -> bool:
    """Give all demo accounts this password; returns whether it was another one."""
    accounts = User.objects.filter(is_demo=True)
    first = accounts.first()
    if first is None or first.check_password(password):
        return False
    accounts.update(password=make_password(password))
    return True


def _make_accounts(password: str) -> Cast:
    # One hash for all: the password is one as well, and hashing is slow on purpose.
    hashed = make_password(password)

    def make(name: str, shown: str, role: Role, consortium: Consortium | None = None) -> User:
        user = User.objects.create(
            email=f"{name}@demo.example", name=shown, password=hashed, is_demo=True, date_joined=clock.now()
        )
        Membership.objects.create(user=user, role=role, consortium=consortium)
        return user

    consortia = list(Consortium.objects.order_by("number"))
    make("reader", "Lezer (demo)", Role.READER)
    return Cast(
        manager=make("manager", "Programmamanager (demo)", Role.MANAGER),
        reviewers=(
            make("reviewer", "Beoordelaar 1 (demo)", Role.REVIEWER),
            make("reviewer2", "Beoordelaar 2 (demo)", Role.REVIEWER),
        ),
        coordinators={
            consortium.number: make(
                f"coordinator-{consortium.number:02}",
                f"Coördinator HIP {consortium.number} (demo)",
                Role.COORDINATOR,
                consortium,
            )
            for consortium in consortia
        },
        contributor=make("contributor-01", "Medewerker HIP 1 (demo)", Role.CONTRIBUTOR, consortia[0]),
    )
