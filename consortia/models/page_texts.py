"""The office's own words on the fixed pages about the portal."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consortia.models.tracking import tracked


class Page(models.TextChoices):
    """The pages whose words the office may change; which facts stand on them is not theirs to write there."""

    ABOUT = "about", _("About the programme")
    ACCESSIBILITY = "accessibility", _("Accessibility")
    PRIVACY = "privacy", _("Privacy")
    CONTACT = "contact", _("Contact")


@tracked()
class PageText(models.Model):
    """The office's own text of a page in one language (paginatekst); else the built-in one holds."""

    page = models.CharField(_("page"), max_length=20, choices=Page)
    language = models.CharField(_("language"), max_length=2, choices=[("nl", "Nederlands"), ("en", "English")])
    title = models.CharField(_("title"), max_length=100, blank=True, help_text=_("Empty: the title of the page."))
    introduction = models.TextField(
        _("introduction"), blank=True, help_text=_("One or two sentences in larger letters below the title.")
    )
    body = models.TextField(
        _("text"),
        help_text=_(
            "Markdown: an empty line between paragraphs, ## for a heading, - for lists, [text](https://…) for links. "
            "HTML and pictures are left out."
        ),
    )

    class Meta:
        verbose_name = _("text of a page")
        verbose_name_plural = _("texts of pages")
        ordering = ["page", "-language"]
        constraints = [
            models.UniqueConstraint(fields=["page", "language"], name="pagetext_once"),
            models.CheckConstraint(condition=Q(page__in=Page.values), name="pagetext_page_known"),
            models.CheckConstraint(condition=Q(language__in=["nl", "en"]), name="pagetext_language_known"),
            models.CheckConstraint(condition=~Q(body=""), name="pagetext_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.get_page_display()} ({self.get_language_display()})"
