"""The addresses of events and good practices. The calendar to subscribe to stands outside the languages."""

from django.urls import path

from events import views

app_name = "events"

urlpatterns = [
    path("bijeenkomsten", views.events, name="events"),
    path("bijeenkomsten/<uuid:event_id>", views.event, name="event"),
    path("bijeenkomsten/<uuid:event_id>.ics", views.event_calendar, name="event-calendar"),
    path("goede-praktijken", views.practices, name="practices"),
    path("goede-praktijken/<slug:slug>", views.practice, name="practice"),
]
