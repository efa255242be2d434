"""Words of two and three letters that stand where a code's letters could: "100 to 200"."""

from __future__ import annotations

__all__ = ["MEASURES", "THREE_LETTERS", "TWO_LETTERS"]

MEASURES = frozenset(
    "ac ad al am an as at be by cm da do eg em en ex ft gb go ha he hi hr id ie if in is it kb kg "
    "km la lb ma mb me mg ml mm mr ms my nd no of oh ok on or oz pc pm pp px rd re so st th to uk "
    "um un up us vs we ye yo".split()
)
"""Units and small words: between digits they measure or link, and name no court."""

TWO_LETTERS = frozenset(
    "ac ad ah am an as at be bi by do eh em en er ex go ha he hi ho if in is it la lo ma me mr ms "
    "my no of oh ok on or pa pm re so ta to uh um up us we ye yo".split()
)

THREE_LETTERS = frozenset(
    "act add age ago all and any app apr are art ask aug bad bar bed big bit box boy but buy can "
    "car cat csv cup cut dad day dec did die doc dog due dwp eat end etc far faq feb fee few fig "
    "fix for fri fun gbp get god got gov had has hat her him his hit how ill its jan job jpg jul "
    "jun kid law let lot low mad man mar may men met mon mum new nhs nor not nov now oct off old "
    "one our out own para pay pdf per pip png put ran red ref rep row run sad sat saw say sec sep "
    "set she sit six son sum sun tax ten the thu too top try tue two url use via vol was way web "
    "wed who why win won yes yet you".split()
)
