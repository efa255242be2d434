"""Which pages there are, under which menu they stand, and which role each takes."""

from __future__ import annotations

from dataclasses import dataclass

from feedback.schema import Role

__all__ = ["PAGES", "PageEntry", "entries_for"]


@dataclass(frozen=True)
class PageEntry:
    """One page: its script in ``app_pages``, its title, its menu and who may open it.

    Without a ``role``, everybody who may come in.
    """

    name: str
    title: str
    menu: str
    role: Role | None = Role.VIEWER

    @property
    def script(self) -> str:
        """Path of the script, as Streamlit wants it."""
        return f"app_pages/{self.name}.py"


WATCH, WORK, EXPLORE, TRUST, MORE = "Watch", "Work", "Explore", "Trust", "More"

PAGES = (
    PageEntry("overview", "Overview", WATCH),
    PageEntry("service_excellence", "Service excellence", WATCH),
    PageEntry("emerging", "Emerging issues", WATCH),
    PageEntry("issue", "Issues", WORK),
    PageEntry("triage", "Triage", WORK),
    PageEntry("coding", "Coding", WORK, Role.RESEARCHER),
    PageEntry("safeguarding", "Safeguarding", WORK, Role.SAFEGUARDING),
    PageEntry("page_detail", "Page explorer", EXPLORE),
    PageEntry("topics", "Topics", EXPLORE),
    PageEntry("comments", "Comments", EXPLORE),
    PageEntry("quality", "Quality", TRUST),
    PageEntry("sources", "Sources", TRUST),
    PageEntry("codebook", "Codebook", TRUST),
    PageEntry("redaction_check", "Redaction check", TRUST, Role.RESEARCHER),
    PageEntry("releases", "Releases", MORE),
    PageEntry("export", "Export", MORE, Role.RESEARCHER),
    PageEntry("digests", "Digests", MORE),
    PageEntry("settings", "Settings", MORE, None),
    PageEntry("help", "Help", MORE),
)


def entries_for(may: frozenset[Role]) -> list[PageEntry]:
    """Return the pages that these roles open, in the order of the menus."""
    looks = bool(may - {Role.SAFEGUARDING})
    opened = {None, *may, *([Role.VIEWER] if looks else [])}
    return [page for page in PAGES if page.role in opened]
