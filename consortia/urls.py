"""Addresses of what somebody is told, Dutch in every language."""

from django.urls import path

from consortia.views import messages, post

app_name = "messages"
urlpatterns = [
    path("berichten", messages.inbox, name="inbox"),
    path("berichten/gelezen", messages.read_all, name="read_all"),
    path("berichten/instellingen", messages.settings, name="settings"),
    path("berichten/afmelden/<str:token>", messages.unsubscribe, name="unsubscribe"),
    path("berichten/post", post.index, name="post"),
    path("berichten/post/<uuid:key>", post.kept, name="kept_mail"),
    path("berichten/post/<uuid:key>/opmaak", post.html, name="kept_mail_html"),
    path("berichten/<uuid:key>/openen", messages.follow, name="follow"),
    path("berichten/<uuid:key>/gelezen", messages.read, name="read"),
]
