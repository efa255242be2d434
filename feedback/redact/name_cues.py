"""Words after which a name is likely to stand, and how likely.

Each cue is one alternative of one regular expression, so that a comment is read once. The text is
folded; case is ignored.
"""

from __future__ import annotations

import re
from enum import IntEnum

__all__ = ["CUES", "PEOPLE_ADJECTIVES", "PEOPLE_VERBS", "PERSON_BEFORE", "SIGN_OFF", "Evidence"]


class Evidence(IntEnum):
    """How much a cue says. More evidence accepts rarer and less carefully written names."""

    NONE = 0
    WEAK = 1
    """"I am", "thanks": a known name, or a first and a second name."""
    FAIR = 2
    """"spoke to", "the judge": a known name or a capital that begins no common word."""
    GOOD = 3
    """"my husband": as fair, and names that are also words."""
    CERTAIN = 4
    """"my name is", "Regards": whatever stands there, unless it is a common word."""
    TITLED = 5
    """"Mr", "HHJ": as certain, and names of months."""


_KIN = (
    r"husband|wife|hubby|partner|spouse|fianc[eé]e?|boyfriend|girlfriend|son|daughter|child|children|kids?|baby|boys?|girls?|"
    r"step-?(?:son|daughter|father|mother|dad|mum|child|children)|mother|father|mum|mummy|mam|mom|dad|daddy|parents|brother|"
    r"sister|siblings?|twins?|uncle|aunt|auntie|aunty|nephew|niece|cousin|grand-?(?:son|daughter|mother|father|child|children|"
    r"dad|ma|pa|parents)|nan|nana|nanny|gran|granny|nain|taid|mam-?gu|tad-?cu|in-laws?|(?:mother|father|brother|sister|son|"
    r"daughter)-in-law|ex(?:-(?:husband|wife|partner))?|friend|neighbou?r|boss|manager|landlord|landlady|tenant|lodger|carer|"
    r"client|employer|employee|colleague|solicitor|barrister|lawyer|accountant|doctor|gp|social "
    r"worker|support worker|"
    r"key worker|caseworker|case worker|representative|rep|mediator|attorney|executor|teacher|"
    r"abuser|stalker|g[wŵ]r|gwraig|"
    r"mab|merch|brawd|chwaer|tad|mam"
)
_KIN_WORDS_BEFORE = (
    r"late|ex|ex-|former|eldest|oldest|youngest|younger|older|elder|middle|little|big|dear|dearest|beloved|lovely|elderly|"
    r"disabled|autistic|own|poor|two|three|four|new|old|best|good|first|second|current|twin|baby|teenage|adult|own|other"
)
_ROLE = (
    r"judge|magistrate|clerk|usher|barrister|solicitor|caseworker|case worker|case officer|"
    r"officer|adviser|advisor|agent|"
    r"operator|receptionist|security guard|guard|mediator|bailiff|coroner|legal adviser|legal "
    r"advisor|handler|call handler|"
    r"manager|lady|gentleman|man|woman|chap|guy|bloke|lad|girl|person|colleague|staff member|"
    r"member of staff|respondent|"
    r"defendant|claimant|applicant|appellant|witness|deceased|social worker|doctor|registrar|"
    r"enforcement agent|team leader|"
    r"supervisor|assistant|administrator|interpreter|landlord|tenant|barnwr|clerc"
)
_TO_NAME = (
    r"(?:'s|\s(?:is|was|are|were))?[\s,:\-(]{0,3}(?:(?:whose\s)?(?:name\s(?:is|was)|called|named|"
    r"o'r enw)\s)?"
)

CUES = re.compile(
    rf"""(?<![\w'])(?:
      (?P<CERTAIN>
          (?:my|his|her|their|our|whose|the)\s(?:(?:full|first|last|middle|maiden|married|legal|real|own|birth)\s?)?(?:sur)?name
              (?:\s(?:is|was)|'s|:|\s-|=)\s
        | (?:full\s|first\s|last\s|sur)?name\s?[:=]\s?
        | (?:i'm|i\sam|he's|he\sis|she's|she\sis|am|is|was|person|someone|somebody|{_ROLE})
              \s(?:called|named)\s
        | fy\senw(?:\si)?\s(?:yw|ydy|ydi)\s | enw\s?[:=]\s?
        | signed(?:\sby)?[\s:,]{{1,3}}
        | (?:kind(?:est)?|warm(?:est)?|best|with)?\s?regards[\s,.!\-]{{1,4}}
        | yours\s(?:sincerely|faithfully|truly)[\s,.!\-]{{1,4}} | sincerely[\s,.!\-]{{1,4}}
        | (?:best|kind|good|warm)\swishes[\s,.!\-]{{1,4}}
        | cofion(?:\s(?:gorau|cynnes))?[\s,.!\-]{{1,4}}
      )
    | (?P<GOOD>
          (?:my|his|her|our|their|your|fy|ei)\s(?:(?:{_KIN_WORDS_BEFORE})[\s,\-]\s?){{0,3}}(?:{_KIN}){_TO_NAME}
      )
    | (?P<FAIR>
          (?:the|a|an|this|that|another|named|duty|nice|lovely|kind|helpful|rude)\s(?:\w{{1,14}}\s)?(?:{_ROLE}){_TO_NAME}
        | (?:spoke|speak|speaking|spoken|talked|talk|talking|chatted|dealt|dealing|liaised|met)
              \s(?:to|with|2)\s
        | (?:helped|assisted|served|advised|guided|contacted|phoned|called|told|written|signed|
              represented)\sby\s
        | (?:ask|asked|asking)\sfor\s
        | (?:shout\s?out|credit|thanks|thank\syou|kudos|gratitude|praise)\sto\s
        | (?:asked|told|emailed|rang|phoned|rung|messaged|texted|thank|thanked)\s
        | (?:dear|hi|hello|hey|hiya|annwyl|helo|attn|fao|cc)[\s:,]{{1,2}}
      )
    | (?P<WEAK>
          (?:i'm|i\sam|im|this\sis|it's|its|it\sis|here\sis|rwy'n|dwi'n)\s
        | (?:thanks|thank\syou|many\sthanks|thanx|thx|cheers|ta|diolch|love|from|oddi\swrth)
              (?:\sagain|\sso\smuch|\svery\smuch|\syn\sfawr)?[\s,.!\-]{{1,4}}
        | (?:recommend|saw|met|with|by|for|to|and|via|contacted|named)\s
      )
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""``lastgroup`` of a match names its `Evidence`; the name begins where the match ends."""

SIGN_OFF = re.compile(
    r"(?:regards|sincerely|faithfully|truly|wishes|cofion|gorau|cynnes|signed|signed by|thanks|"
    r"thank you|thanx|thx|cheers|ta|diolch|"
    r"love|from|again|much|fawr|wrth)[\s,.!:\-]*$",
    re.IGNORECASE,
)
"""Cues that close a letter: the name is all that follows on its line."""

PEOPLE_VERBS = frozenset(
    "said says told helped explained answered rang phoned called emailed advised spoke asked "
    "listened apologised "
    "promised kept dealt replied wrote assured talked guided sorted hung shouted refused "
    "insisted thinks wants".split()
)
"""Only a person does these."""

PEOPLE_ADJECTIVES = frozenset(
    "helpful unhelpful lovely rude kind patient impatient polite friendly unfriendly "
    "professional fantastic brilliant amazing wonderful "
    "excellent superb knowledgeable understanding sympathetic dismissive courteous efficient "
    "incredible outstanding caring".split()
)
"""Said of people."""

PERSON_BEFORE = frozenset(
    "with by asked told emailed rang phoned thank thanks met saw messaged texted to from and or "
    "via".split()
)
"""A capital after these is worth more."""
