"""What the labels of spaCy and Presidio are called here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from feedback.schema import Entity

__all__ = ["PRESIDIO_LABELS", "SPACY_LABELS", "is_dropped_address", "presidio_entity"]

SPACY_LABELS: Final[Mapping[str, Entity]] = MappingProxyType(
    {
        "PERSON": Entity.PERSON,
        "PER": Entity.PERSON,
        "PRS": Entity.PERSON,
        "persName": Entity.PERSON,
        "GPE": Entity.PLACE,
        "LOC": Entity.PLACE,
        "FAC": Entity.PLACE,
        "placeName": Entity.PLACE,
        "geogName": Entity.PLACE,
        "ORG": Entity.ORGANISATION,
        "NORP": Entity.ORGANISATION,
        "orgName": Entity.ORGANISATION,
    }
)
"""Labels of spaCy's pipelines (https://spacy.io/models); every other label is dropped."""

_KEPT_BY_CODEBOOK: Final = None
"""Not personal data by the codebook: dates, ages in years, sums of money."""

PRESIDIO_LABELS: Final[Mapping[str, Entity | None]] = MappingProxyType(
    {
        "PERSON": Entity.PERSON,
        "EMAIL_ADDRESS": Entity.EMAIL,
        "PHONE_NUMBER": Entity.PHONE,
        "UK_POSTCODE": Entity.POSTCODE,
        "UK_NINO": Entity.NINO,
        "UK_NHS": Entity.NHS_NUMBER,
        "UK_DRIVING_LICENCE": Entity.DRIVING_LICENCE,
        "DE_FUEHRERSCHEIN": Entity.DRIVING_LICENCE,
        "UK_VEHICLE_REGISTRATION": Entity.VEHICLE_REGISTRATION,
        "DE_KFZ": Entity.VEHICLE_REGISTRATION,
        "TR_LICENSE_PLATE": Entity.VEHICLE_REGISTRATION,
        "CREDIT_CARD": Entity.PAYMENT_CARD,
        "IBAN_CODE": Entity.IBAN,
        "US_BANK_NUMBER": Entity.BANK_ACCOUNT,
        "ABA_ROUTING_NUMBER": Entity.BANK_ACCOUNT,
        "IP_ADDRESS": Entity.IP_ADDRESS,
        "URL": Entity.URL,
        "LOCATION": Entity.PLACE,
        "ORGANIZATION": Entity.ORGANISATION,
        "NRP": Entity.ORGANISATION,
        "DATE_TIME": _KEPT_BY_CODEBOOK,
        "DATE": _KEPT_BY_CODEBOOK,
        "AGE": _KEPT_BY_CODEBOOK,
        "MONEY": _KEPT_BY_CODEBOOK,
    }
)
"""Entities of Presidio's own recognisers
(https://microsoft.github.io/presidio/supported_entities/); None is dropped."""

_ENDINGS: Final = (
    ("_PASSPORT", Entity.PASSPORT),
    ("_DRIVER_LICENSE", Entity.DRIVING_LICENCE),
    ("_VEHICLE_REGISTRATION", Entity.VEHICLE_REGISTRATION),
)
"""Entities that many countries have, such as ``IT_PASSPORT``."""
_PATH: Final = re.compile(r"[^/:?]+(?::\d+)?(?:/[^/\s]|\?)")


def presidio_entity(
    label: str, labels: Mapping[str, Entity | None] = PRESIDIO_LABELS
) -> Entity | None:
    """Return the entity for a label of Presidio, or None for one to drop.

    A label nobody here knows is a number of some register (``AU_TFN``) or a team's own recogniser:
    it is hidden as ``NUMBER`` rather than left in.

    Examples
    --------
    >>> presidio_entity("IT_PASSPORT").value, presidio_entity("AU_TFN").value
    ('PASSPORT', 'NUMBER')
    >>> presidio_entity("DATE_TIME") is None
    True
    """
    if label in labels:
        return labels[label]
    if label in Entity.__members__:
        return Entity[label]
    return next((entity for ending, entity in _ENDINGS if label.endswith(ending)), Entity.NUMBER)


def is_dropped_address(entity: Entity, found: str) -> bool:
    """Whether a find is a web address without path or query, which tells of nobody.

    Examples
    --------
    >>> is_dropped_address(Entity.URL, "www.gov.uk"), is_dropped_address(Entity.URL, "x.org/?id=1")
    (True, False)
    """
    return entity is Entity.URL and not _PATH.match(found.split("://")[-1])
