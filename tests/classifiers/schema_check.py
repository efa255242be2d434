"""As much of XML Schema as REFI-QDA's codebook schema uses: sequences, attributes, patterns.

It reads `Codebook.xsd` and tells every place where a document departs from it. Kept small so that
the test needs no XML library; checked once against the package xmlschema, with the same verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

SCHEMA = Path(__file__).with_name("Codebook.xsd")
XSD = "{http://www.w3.org/2001/XMLSchema}"
BOOLEANS = {"true", "false", "1", "0"}
UNBOUNDED = 10**9


class Schema:
    def __init__(self, path: Path = SCHEMA) -> None:
        self.root = ElementTree.parse(path).getroot()
        self.space = f"{{{self.root.get('targetNamespace')}}}"
        self.complex = {t.get("name"): t for t in self.root.findall(f"{XSD}complexType")}
        self.patterns = {
            t.get("name"): t.find(f".//{XSD}pattern").get("value")
            for t in self.root.findall(f"{XSD}simpleType")
        }

    def departures(self, content: bytes) -> list[str]:
        document = ElementTree.fromstring(content)
        declared = self.root.find(f"{XSD}element")
        if document.tag != self.space + declared.get("name"):
            return [f"root {document.tag}"]
        return list(self._of_element(document, declared.get("type")))

    def _of_element(self, element: ElementTree.Element, kind: str) -> Iterator[str]:
        if kind not in self.complex:
            yield from (f"<{child.tag}> inside text" for child in element)
            yield from self._of_value(element.text or "", kind)
            return
        definition = self.complex[kind]
        given = dict(element.attrib)
        for attribute in definition.findall(f"{XSD}attribute"):
            name = attribute.get("name")
            if name in given:
                yield from self._of_value(given.pop(name), attribute.get("type"))
            elif attribute.get("use") == "required":
                yield f"{element.tag} lacks {name}"
        yield from (f"{element.tag} has {name}" for name in given)
        children = list(element)
        for particle in definition.findall(f"{XSD}sequence/{XSD}element"):
            n = 0
            while children and children[0].tag == self.space + particle.get("name"):
                n += 1
                yield from self._of_element(children.pop(0), particle.get("type"))
            most = particle.get("maxOccurs", "1")
            least = int(particle.get("minOccurs", "1"))
            if not least <= n <= (UNBOUNDED if most == "unbounded" else int(most)):
                yield f"{element.tag} has {n} {particle.get('name')}"
        yield from (f"{child.tag} is out of place" for child in children)

    def _of_value(self, value: str, kind: str) -> Iterator[str]:
        if kind == "xsd:boolean":
            is_good = value in BOOLEANS
        elif kind in self.patterns:
            is_good = re.fullmatch(self.patterns[kind], value.strip()) is not None
        else:
            assert kind == "xsd:string"
            is_good = True
        if not is_good:
            yield f"{value!r} is no {kind}"
