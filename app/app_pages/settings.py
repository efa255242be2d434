"""Settings: who looks, what alerts need, which settings are in force, who may sign in."""

from __future__ import annotations

from app import settings_view
from app.access import current_viewer
from feedback.schema import Role

viewer = current_viewer()
settings_view.show_account(viewer)
if viewer.may(Role.VIEWER):
    settings_view.show_people(viewer)
    settings_view.show_alerts(viewer)
    settings_view.show_kept()
    settings_view.show_implied()
    settings_view.show_settings(viewer)
