"""What people are told: notifications (meldingen) in the portal, the mail that goes with them, and what they want."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consortia import clock
from consortia.models.people import User
from consortia.models.tracking import tracked

CAUSE_LENGTH = 200


class Delivery(models.TextChoices):
    """How somebody wants to be mailed about a kind of notification; in the portal they see it in any case."""

    AT_ONCE = "at-once", _("at once")
    DAILY = "daily", _("in a daily overview")
    NONE = "none", _("not by e-mail")


class MailState(models.TextChoices):
    PENDING = "pending", _("waiting")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    DROPPED = "dropped", _("no longer needed")


class Mail(models.Model):
    """A message to one person (e-mail) on its way out, or gone out. Sent once: its cause makes it unique."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mails", verbose_name=_("to"))
    kind = models.CharField(_("kind"), max_length=40)
    cause = models.CharField(_("cause"), max_length=CAUSE_LENGTH, help_text=_("What it is about, once for everybody."))
    about = models.JSONField(default=dict, help_text="What decides, at the moment of sending, whether it still holds.")
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(blank=True)
    message_id = models.CharField(max_length=120, unique=True, help_text="The same at every attempt.")
    state = models.CharField(_("state"), max_length=8, choices=MailState, default=MailState.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt"), default=clock.now)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("made"), default=clock.now)
    sent_at = models.DateTimeField(_("sent at"), null=True)

    class Meta:
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "cause"], name="mail_once"),
            models.CheckConstraint(condition=Q(state__in=MailState.values), name="mail_state_known"),
            models.CheckConstraint(
                condition=Q(state=MailState.SENT, sent_at__isnull=False)
                | (~Q(state=MailState.SENT) & Q(sent_at__isnull=True)),
                name="mail_sent_at_some_time",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state=MailState.PENDING), name="mail_to_send"),
            models.Index(fields=["created_at"], name="mail_by_age"),
        ]

    def __str__(self) -> str:
        return self.subject or self.cause


class Notification(models.Model):
    """What somebody was told in the portal (melding), in their language, once for each cause."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40)
    cause = models.CharField(max_length=CAUSE_LENGTH)
    about = models.JSONField(default=dict)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField()
    url = models.CharField(max_length=500, blank=True, help_text="The place in the portal, without its host.")
    action = models.CharField(max_length=100, blank=True, help_text="What one does there.")
    delivery = models.CharField(max_length=7, choices=Delivery, default=Delivery.NONE)
    mail = models.ForeignKey(Mail, on_delete=models.SET_NULL, null=True, related_name="notifications")
    created_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "cause"], name="notification_once"),
            models.CheckConstraint(condition=Q(delivery__in=Delivery.values), name="notification_delivery_known"),
            models.CheckConstraint(condition=Q(read_at__gte=F("created_at")), name="notification_read_after_made"),
        ]
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="notification_inbox"),
            models.Index(fields=["recipient"], condition=Q(read_at__isnull=True), name="notification_unread"),
            models.Index(
                fields=["recipient"],
                condition=Q(delivery=Delivery.DAILY, mail__isnull=True),
                name="notification_for_overview",
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class Preference(models.Model):
    """How somebody wants to hear of one kind of notification, where that is not the usual way (voorkeur)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="preferences")
    kind = models.CharField(max_length=40)
    delivery = models.CharField(max_length=7, choices=Delivery)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        ordering = ["user", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="preference_once"),
            models.CheckConstraint(condition=Q(delivery__in=Delivery.values), name="preference_delivery_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.delivery}"


@tracked()
class MessageTemplate(models.Model):
    """The office's own text of a kind of notification in one language (berichttekst); else the built-in one holds."""

    kind = models.CharField(_("kind"), max_length=40)
    language = models.CharField(_("language"), max_length=2, choices=[("nl", "Nederlands"), ("en", "English")])
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), help_text=_("Markdown; an empty line begins a paragraph."))

    class Meta:
        verbose_name = _("text of a message")
        verbose_name_plural = _("texts of messages")
        ordering = ["kind", "-language"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "language"], name="messagetemplate_once"),
            models.CheckConstraint(condition=Q(language__in=["nl", "en"]), name="messagetemplate_language_known"),
            models.CheckConstraint(condition=~Q(subject="") & ~Q(body=""), name="messagetemplate_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language})"


class KeptMail(models.Model):
    """An e-mail that a portal without a mail server kept instead of sending it (bewaarde post)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to = models.CharField(_("to"), max_length=500)
    reply_to = models.CharField(max_length=500, blank=True)
    subject = models.CharField(_("subject"), max_length=500)
    text = models.TextField(_("text"))
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    message_id = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(_("when"), default=clock.now)

    class Meta:
        verbose_name = _("kept e-mail")
        verbose_name_plural = _("kept e-mails")
        ordering = ["-at", "id"]
        indexes = [models.Index(fields=["-at"], name="keptmail_by_age")]

    def __str__(self) -> str:
        return self.subject
