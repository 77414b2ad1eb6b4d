"""Who takes part: the tables. The rules that act live in `access`, `partners` and `people`."""

from consortia.models.answers import KeptAnswer
from consortia.models.hips import ActionLine, Consortium, ConsortiumTheme, Partnership, Programme, Theme
from consortia.models.invitations import Invitation
from consortia.models.messages import (
    Delivery,
    KeptMail,
    Mail,
    MailState,
    MessageTemplate,
    Notification,
    Preference,
)
from consortia.models.organisations import (
    DataSource,
    Organisation,
    OrganisationType,
    Partner,
    PartnerLevel,
    PartnerRole,
    Province,
    SbiVersion,
    SizeClass,
)
from consortia.models.page_texts import Page, PageText
from consortia.models.people import HIP_ROLES, PROGRAMME_ROLES, ApiToken, Membership, Role, Scope, User
from consortia.models.texts import in_language
from consortia.models.tracking import Change, tracked

__all__ = [
    "HIP_ROLES",
    "PROGRAMME_ROLES",
    "ActionLine",
    "ApiToken",
    "Change",
    "Consortium",
    "ConsortiumTheme",
    "DataSource",
    "Delivery",
    "Invitation",
    "KeptAnswer",
    "KeptMail",
    "Mail",
    "MailState",
    "Membership",
    "MessageTemplate",
    "Notification",
    "Organisation",
    "OrganisationType",
    "Page",
    "PageText",
    "Partner",
    "PartnerLevel",
    "PartnerRole",
    "Partnership",
    "Preference",
    "Programme",
    "Province",
    "Role",
    "SbiVersion",
    "Scope",
    "SizeClass",
    "Theme",
    "User",
    "in_language",
    "tracked",
]
