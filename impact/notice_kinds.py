"""The kinds of notifications about reports, with what each says by itself. Registered when the app starts."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from consortia import access, message_kinds
from consortia.access import Permission
from consortia.message_kinds import About, Kind, Placeholder
from consortia.models import User
from impact import dues

REMINDERS = (dues.OPENING, dues.DUE_14, dues.DUE_3, dues.OVERDUE)
OVERDUE_OFFICE = "overdue-office"
RECEIPT, RETURNED, ACCEPTED = "receipt", "returned", "accepted"
ON_BEHALF = "on-behalf"
COMMENT, MENTION = "comment", "mention"
EXTENSION_REQUEST, EXTENSION_GRANTED = "extension-request", "extension-granted"
EXTENSION_DECLINED, EXTENSION_ENDED = "extension-declined", "extension-ended"
FOLLOW_UP = "follow-up"
WEBHOOK_STOPPED = "webhook-stopped"

_REPORT: dict[str, Placeholder] = {
    "hip": Placeholder(_("the HIP"), "SCALE"),
    "quarter": Placeholder(_("the quarter"), _("2026 Q3")),
}
_DUE: dict[str, Placeholder] = {"due_date": Placeholder(_("the due date"), date(2026, 10, 31))}
_BY: dict[str, Placeholder] = {"by": Placeholder(_("who did it"), "Bram Jansen")}


def _still_sees(user: User, about: About) -> bool:
    """Nobody is mailed about a report of a HIP that is not theirs any more."""
    return access.allows(user, Permission.SEE_REPORTS, about.get("consortium"))


def _kind(code: str, label: Any, subject: Any, body: Any, action: Any, audience: Permission, **more: Any) -> Kind:
    return Kind(
        code=code,
        label=label,
        subject=subject,
        body=body,
        action=action,
        audience=(audience,),
        placeholders=_REPORT | more.pop("placeholders", {}),
        **{"still_holds": _still_sees, **more},
    )


def register() -> None:
    message_kinds.register(*_reminders(), *_answers(), *_talk(), *_office(), _of_webhooks())


def _reminders() -> list[Kind]:
    fill = _("Fill in the report")
    due: dict[str, Any] = {
        "placeholders": _DUE,
        "still_holds": dues.still_due,
        "audience": Permission.SUBMIT,
        "is_of_own_hip": True,
        "action": fill,
    }
    return [
        _kind(
            dues.OPENING,
            _("a quarter opens"),
            _("{hip}: {quarter} can be filled in"),
            _(
                "Hello {name},\n\n{quarter} has ended, so the report of {hip} can be filled in. "
                "It is due on **{due_date}**.\n\nWhat was reported the quarter before stands ready to be confirmed."
            ),
            **due,
        ),
        _kind(
            dues.DUE_14,
            _("due in two weeks"),
            _("{hip}: the report on {quarter} is due on {due_date}"),
            _(
                "Hello {name},\n\nThe report of {hip} on {quarter} has not been submitted yet. "
                "It is due on **{due_date}**."
            ),
            **due,
        ),
        _kind(
            dues.DUE_3,
            _("due in three days"),
            _("Due soon: the report of {hip} on {quarter}, {due_date}"),
            _(
                "Hello {name},\n\nThe report of {hip} on {quarter} is due on **{due_date}**, and has not been "
                "submitted yet.\n\nWill you not make it? Ask for an extension in the portal, with the reason."
            ),
            is_essential=True,
            **due,
        ),
        _kind(
            dues.OVERDUE,
            _("overdue"),
            _("Overdue: the report of {hip} on {quarter}"),
            _(
                "Hello {name},\n\nThe report of {hip} on {quarter} was due on **{due_date}**, and has not been "
                "submitted.\n\nYou can still submit it; it is marked as late. Until then {hip} is missing from the "
                "figures of the programme."
            ),
            is_essential=True,
            **due,
        ),
    ]


def _answers() -> list[Kind]:
    look: dict[str, Any] = {"action": _("Open the report"), "audience": Permission.SUBMIT}
    return [
        _kind(
            RECEIPT,
            _("receipt of a submission"),
            _("Submitted: {hip}, {quarter}, version {version}"),
            _(
                "Hello {name},\n\nYou submitted the report of {hip} on {quarter}: version {version}, "
                "{moment} (Amsterdam time). The receipt says what is in it and how to check that nothing was changed."
                "\n\nA reviewer of the programme office looks at it now. You will hear what comes of it."
            ),
            _("Download the receipt (PDF)"),
            Permission.SUBMIT,
            placeholders={
                "version": Placeholder(_("the number of the version"), 1),
                "moment": Placeholder(_("when it was submitted"), "28-10-2026 14:02"),
            },
        ),
        _kind(
            RETURNED,
            _("your report is returned"),
            _("Returned: the report of {hip} on {quarter}"),
            _(
                "Hello {name},\n\n{by} has looked at the report of {hip} on {quarter} and asks you to change it:\n\n"
                "> {remarks}\n\nChange what is asked, and submit the report again."
            ),
            is_essential=True,
            placeholders=_BY
            | {
                "remarks": Placeholder(
                    _("what the reviewer said"),
                    _("There is a typing error.\n• Assignments, innovation: is this one or twelve?"),
                )
            },
            **look,
        ),
        _kind(
            ACCEPTED,
            _("your report is accepted"),
            _("Accepted: the report of {hip} on {quarter}"),
            _(
                "Hello {name},\n\nThe report of {hip} on {quarter} is accepted, and counts from now on.\n\n"
                "> {remarks}\n\nIs something not right after all? Then you can correct it in the portal."
            ),
            placeholders=_BY | {"remarks": Placeholder(_("what the reviewer said"), _("Thank you, clear as always."))},
            **look,
        ),
        _kind(
            ON_BEHALF,
            _("somebody submits for your HIP"),
            _("Submitted on behalf of {hip}: {quarter}"),
            _(
                "Hello {name},\n\n{by} submitted the report of {hip} on {quarter} on behalf of {hip}. Somebody else "
                "reviews it.\n\nLook whether it is right. If it is not, tell the programme office, or correct it once "
                "it is accepted."
            ),
            placeholders=_BY,
            is_of_own_hip=True,
            **look,
        ),
        _kind(
            EXTENSION_GRANTED,
            _("you have more time"),
            _("More time for {hip}, {quarter}: until {due_date}"),
            _("Hello {name},\n\nThe report of {hip} on {quarter} is now due on **{due_date}**.\n\n> {reason}"),
            placeholders=_DUE | {"reason": Placeholder(_("the reason"), _("The figures of one partner come later."))},
            is_essential=True,
            **look,
        ),
        _kind(
            EXTENSION_ENDED,
            _("you have less time than was granted"),
            _("The extension of {hip}, {quarter}, ends earlier: {due_date}"),
            _(
                "Hello {name},\n\nThe programme office has shortened the extension. The report of {hip} on {quarter} "
                "is now due on **{due_date}**.\n\n> {reason}"
            ),
            placeholders=_DUE | {"reason": Placeholder(_("the reason"), _("The report to the ministry cannot wait."))},
            is_essential=True,
            is_of_own_hip=True,
            **look,
        ),
        _kind(
            EXTENSION_DECLINED,
            _("you do not have more time"),
            _("No extension for {hip}, {quarter}"),
            _(
                "Hello {name},\n\nThe programme office does not extend the due date of the report of {hip} on "
                "{quarter}: it stays **{due_date}**.\n\n> {reason}"
            ),
            placeholders=_DUE | {"reason": Placeholder(_("the reason"), _("The report to the ministry cannot wait."))},
            is_essential=True,
            **look,
        ),
    ]


def _talk() -> list[Kind]:
    said: dict[str, Any] = {
        "action": _("Read and answer"),
        "audience": Permission.SEE_REPORTS,
        "placeholders": _BY
        | {
            "place": Placeholder(_("what it is about"), _("Figures")),
            "comment": Placeholder(_("what was said"), _("Does this include the part-time students?")),
        },
    }
    return [
        _kind(
            MENTION,
            _("somebody mentions you"),
            _("{by} mentions you: {hip}, {quarter}"),
            _("Hello {name},\n\n{by} says about {hip}, {quarter} ({place}):\n\n> {comment}"),
            **said,
        ),
        _kind(
            COMMENT,
            _("somebody says something about a report of yours"),
            _("{by} about {hip}, {quarter}"),
            _("Hello {name},\n\n{by} says about {hip}, {quarter} ({place}):\n\n> {comment}"),
            **said,
        ),
    ]


def _office() -> list[Kind]:
    return [
        Kind(
            code=OVERDUE_OFFICE,
            label=_("HIPs that are overdue"),
            subject=_("Overdue for {quarter}: {number}"),
            body=_("Hello {name},\n\nThese HIPs had until {due_date} for {quarter}, and have not submitted:\n\n{hips}"),
            action=_("Who is where"),
            audience=(Permission.CONFIGURE,),
            placeholders=_DUE
            | {
                "quarter": _REPORT["quarter"],
                "number": Placeholder(_("how many"), 2),
                "hips": Placeholder(_("which HIPs"), "• SCALE\n• Greenport Horti Campus"),
            },
            still_holds=dues.still_overdue,
        ),
        _kind(
            EXTENSION_REQUEST,
            _("a HIP asks for more time"),
            _("{hip} asks for more time for {quarter}: until {due_date}"),
            _("Hello {name},\n\n{by} asks to extend the report of {hip} on {quarter} until {due_date}:\n\n> {reason}"),
            _("Answer"),
            Permission.CONFIGURE,
            placeholders=_DUE
            | _BY
            | {"reason": Placeholder(_("the reason"), _("The figures of one partner come later."))},
        ),
        Kind(
            code=FOLLOW_UP,
            label=_("something to look into is yours"),
            subject=_("To look into by {due_date}: {hip}, {quarter}"),
            body=_(
                "Hello {name},\n\n{by} asks you to look into this by {due_date}; it is about {hip}, {quarter}:\n\n"
                "> {comment}"
            ),
            action=_("Open the report"),
            audience=(Permission.REVIEW, Permission.CONFIGURE),
            placeholders=_REPORT
            | _DUE
            | _BY
            | {"comment": Placeholder(_("what was said"), _("Ask why there are twice as many companies."))},
            still_holds=_still_sees,
        ),
    ]


def _of_webhooks() -> Kind:
    return Kind(
        code=WEBHOOK_STOPPED,
        label=_("a webhook of yours is stopped"),
        subject=_("Stopped: the webhook to {address}"),
        body=_(
            "Hello {name},\n\nThe portal sends nothing any more to {address} (of {owner}): too many messages in a row "
            "did not arrive, or the key that it was made with is no longer valid.\n\nNothing is lost. Once the "
            "receiver works again, send everything from the entry where it stopped."
        ),
        action=_("Look at the webhooks"),
        # Nobody is asked how to hear of it: few have a webhook, and who has one cannot do without.
        is_essential=True,
        placeholders={
            "address": Placeholder(_("where it was sent to"), "https://dashboard.example/ptvt"),
            "owner": Placeholder(_("whose it is"), "Anna de Vries"),
        },
    )
