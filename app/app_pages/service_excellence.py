"""Service excellence: praise, complaints, adjustments and help, faults, data-quality incidents."""

from __future__ import annotations

import streamlit as st

from app import queries, tell, tell_excellence
from app.chart_files import MIME_CSV, csv_of, file_name
from app.charts import Telling, about_file, draw_bars, draw_intervals
from app.evidence import facts_or_stop, heading, secondary
from app.excellence import KINDS, LEAST_SHOWN, NO_REGION, kind_of
from app.filters import bind_choice, choose
from app.live import load
from app.queries_excellence import excellence
from app.selection import choosing_table
from app.tell_excellence import Choice
from app.wording import LONDON, begun, code_label

facts = facts_or_stop(load(queries.store_facts))
filters = choose(facts, has_page=False)
first_known = facts.first_at.astimezone(LONDON).date()
everywhere = load(excellence, filters, first_known)
with st.container(horizontal=True, vertical_alignment="bottom", key="excellence_filters"):
    kind = kind_of(
        bind_choice(
            "Kind of feedback",
            "kind",
            [one.name for one in KINDS],
            label_of=lambda name: next(one.label for one in KINDS if one.name == name),
            everything="All kinds",
        )
    )
    code = bind_choice(
        "Category",
        "category",
        tell_excellence.categories_of(everywhere, kind),
        label_of=code_label,
        everything="All categories",
    )
    region = bind_choice(
        "Region",
        "region",
        [one for one in tell_excellence.regions_of(everywhere) if one],
        label_of=str,
        everything="All regions",
    )
choice = Choice(kind, code)
found = everywhere if region is None else load(excellence, filters, first_known, region)
place = tell.place(filters) if region is None else f"{tell.place(filters)}, {region}"

heading(
    tell_excellence.excellence_answer(found, choice),
    f"{begun(place)}, {found.period.told()}.",
)
trend = "One day alone has nothing to compare with."
if found.trend is not None:
    trend = f"Changes: {found.trend[1].told()} against {found.trend[0].told()}."
heading(
    "Kinds of feedback",
    "A comment can be of several kinds. 95% intervals. "
    + (trend if region is None else "Codes of comments against the responses of the region."),
)
choosing_table(
    tell_excellence.kinds_table(found),
    ids=[one.name for one in KINDS],
    name="kind",
    key="kinds",
    alt="Kinds of feedback; choose one to see it alone",
)
categories = tell_excellence.about_categories(found, kind, place)
by_service = tell_excellence.about_services(found, choice)
left, right = (
    st.columns(2, gap="large") if by_service is not None else (st.container(), st.container())
)
with left:
    if categories is not None:
        draw_bars(*categories, key="categories", label="Category", unit="Codes")
with right:
    if by_service is not None:
        draw_intervals(
            *by_service,
            key="by_service",
            label="Service",
            unit="Percent",
            ends=tell_excellence.percent_ends(by_service[0]),
            digits=0,
            base="Comments",
        )

heading(f"By service: {choice.label}", "Choose a row to see a service alone.")
services, table = tell_excellence.services_table(found, choice)
choosing_table(
    table, ids=services, name="service", key="services", alt="Kinds by service", height="content"
)

heading(
    f"By region: {choice.label}",
    "Codes per 100 responses of the region, with 95% intervals: comments name no region. "
    f"Counts under {LEAST_SHOWN}, and those that would give one away, are not shown.",
)
regions, table = tell_excellence.regions_table(everywhere, choice)
choosing_table(
    table,
    ids=[one or NO_REGION for one in regions],
    name="region",
    key="regions",
    alt="Kinds by region; choose one to see it alone",
    height="content",
    column_config={
        "Region": st.column_config.Column(width=190),
        "Responses": st.column_config.NumberColumn(format="localized"),
    },
)

heading("Take it away", "The figures of this view, one a row, with intervals and bases.")
about = about_file(
    Telling(
        headline="Service excellence",
        subtitle=f"Kinds of feedback by service and region, {place}, {found.period.told()}",
        alt="Kinds of feedback by service and region.",
    )
)
st.download_button(
    "Download figures (CSV)",
    lambda: csv_of(tell_excellence.export_table(found), about),
    file_name("service excellence", filters.last_day, "csv"),
    MIME_CSV,
    key="excellence_csv",
    on_click="ignore",
)
secondary(
    "Praise and complaints about staff share one code, so they are in neither kind. The kinds are "
    "defined by codes of the codebook."
)
