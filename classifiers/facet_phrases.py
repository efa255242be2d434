"""Names of pages, and phrases for being blocked or getting round it: rows as in `facet_names`."""

from __future__ import annotations

from classifiers.facet_rows import Name, name, never

__all__ = ["IMPACTS", "PAGES"]

_PAGE_WORDS = "page|screen|section|bit|part|stage|tab|form"


def _page(value: str, titles: str, *, alone: str = "", action: str = "") -> Name:
    """Return a page: a title with a word for a page beside it, or one that stands ``alone``."""
    ways = [f"{title} {word}" for title in titles.split("|") for word in _PAGE_WORDS.split("|")]
    gives = (("page", value), *((("action", action),) if action else ()))
    return Name("|".join([*ways, *alone.split("|")] if alone else ways), gives)


PAGES = (
    _page("Check your answers", "check your answers|check answers|check your answer|cya|summary"
          "|check my answers", alone="check your answers|gwirio eich atebion|gwirio eich ateb"),
    _page("Payment", "payment|pay the claim fee|pay the application fee|card payment"
          "|card details|payments|paying", alone="pay the application fee|pay the claim fee"
          "|dudalen talu|tudalen talu|dudalen dalu", action="pay"),
    _page("Payment", "pay the fee"),
    _page("Pay and submit", "pay and submit", alone="pay and submit"),
    _page("Sign in", "sign in|login|log in|signin|logon", action="sign in",
          alone="dudalen mewngofnodi|tudalen mewngofnodi"),
    _page("Statement of truth", "statement of truth|declaration|truth", alone="statement of truth"
          "|datganiad gwirionedd"),
    _page("Confirmation", "confirmation|confirm"),
    _page("Upload your marriage certificate", "marriage certificate",
          alone="upload your marriage certificate", action="upload"),
    _page("Upload evidence", "upload evidence|evidence upload|evidence|upload your evidence",
          alone="lanlwytho tystiolaeth|uwchlwytho tystiolaeth", action="upload"),
    _page("Upload documents", "upload documents|documents upload|document upload|upload|documents",
          action="upload"),
    _page("Your details", "your details|my details|personal details|details"),
    _page("Details of the children", "details of the children|children|children details",
          alone="details of the children"),
    _page("Executors", "executors|executor"),
    _page("About the person who died", "about the person who died|death details|person who died"),
    _page("Value of the estate", "value of the estate|estate value|estate",
          alone="value of the estate"),
    _page("Check if you can apply", "check if you can apply|eligibility"),
    _page("Claim details", "claim details", alone="claim details"),
    _page("Mediation", "mediation|miam"),
    _page("Hearing options", "hearing options|hearing option", alone="hearing options"),
    _page("Mandatory reconsideration notice", "mandatory reconsideration notice"
          "|mandatory reconsideration", alone="mandatory reconsideration notice page"),
    _page("Reasons for appealing", "reasons for appealing|reasons", alone="reasons for appealing"),
    _page("Which benefit", "which benefit|benefit type"),
    _page("Safety concerns", "safety concerns|safety"),
    _page("Your income", "your income|income", alone="in your income|on your income"),
    _page("Your savings", "your savings|savings"),
    _page("Your benefits", "your benefits|benefits"),
    _page("Your reference number", "your reference number"),
    _page("Enter your reference", "enter your reference|case number"),
    _page("Your plea", "your plea|plea"),
    _page("Track your application", "track your application", alone="track your application"),
    _page("Track your appeal", "track your appeal", alone="track your appeal"),
    name("application form|claim form|appeal form|paper form"),
    name("upload form|benefits form|evidence bit|payment part|payments form"),
)  # fmt: skip

IMPACTS = (
    name(
        "in the end|got there in the end|worked on the|tried again and it worked|had to use my"
        "|had to use his|had to use her|had to use a|had to use the|did it on|borrowed"
        "|used the laptop|used a different|and it was fine|and that worked|and then it worked"
        "|on the library computer|posted it"
        "|posted it instead|instead and it worked|managed it|got it done on|went through"
        "|and it worked|ended up ringing|ended up phoning|ended up posting|ended up calling"
        "|eventually|paid over the phone|over the phone instead|had to ring|had to phone"
        "|had to call|had to post|had to email|had to convert|had to retype"
        "|had to go to|got round it|work around|workaround|found a way round|did it for me"
        "|sent it by post|rang and paid|yn y diwedd|bu 'n rhaid i mi|bu rhaid i mi",
        impact="worked around",
    ),
    name("had to print|had to print it"
         "|had to print it out", impact="worked around", action="print"),
    never("eventually gave up|and eventually gave|in the end i gave up|gave up in the end"),
    never("had to ring back|had to call back"),
    name(
        "gave up|given up|give up|giving up|i quit|cannot continue|ca nt continue|ca n't continue"
        "|cannot proceed|ca nt proceed|ca n't proceed|stuck|unable to|no way in|impossible"
        "|impossible to|wo nt let me|wo n't let me|will not let me|would n't let me"
        "|would nt let me|does n't let me|does nt let me|not let me|ca nt get past"
        "|ca n't get past|cannot get past|can not get past|could n't get past|could not get past"
        "|could nt get past|no way to continue|no way forward|no way past|go no further"
        "|get no further|get any further|go any further|dead end|locked out|shut out|methu"
        "|ni allaf|ddim yn gallu|rhoddais y gorau|rhoi 'r gorau|rhoi 'r ffidil yn y to"
        "|went to bed",
        impact="blocked",
    ),
    name(
        "|".join(
            f"{cannot} {verb}"
            for cannot in ("ca n't", "ca nt", "cannot", "could n't", "could nt", "could not",
                           "can not", "wo n't", "will not", "would not", "never", "can no longer")
            for verb in ("finish", "complete", "proceed", "continue", "get in", "get into",
                         "move on", "go on", "go further", "access")
        ),
        impact="blocked",
    ),
    *(
        name(
            "|".join(
                f"{cannot} {verb}"
                for cannot in ("ca n't", "ca nt", "cannot", "could n't", "could nt", "could not",
                               "can not", "can no longer", "will not", "wo n't", "wo nt",
                               "would not", "would n't", "would nt", "unable to")
                for verb in verbs.split("|")
            ),
            impact="blocked",
            action=action,
        )
        for action, verbs in (
            ("upload", "upload|attach"),
            ("download", "download"),
            ("pay", "pay|take payment"),
            ("sign in", "sign in|log in|log on|login"),
            ("submit", "submit"),
            ("print", "print"),
            ("scan", "scan"),
            ("join a hearing", "join the hearing|join my hearing"),
        )
    ),
    name("ca n't get into the video hearing|could not get into the video hearing"
          "|could n't get into the video hearing|could n't join the video hearing"
          "|could not join the video hearing|ca n't join the video hearing",
          impact="blocked", action="join a hearing"),
    name("methu talu", impact="blocked", action="pay"),
    name("methu mewngofnodi|methu a mewngofnodi", impact="blocked", action="sign in"),
    name("methu uwchlwytho|methu lanlwytho", impact="blocked", action="upload"),
    never("stuck to|stuck with it|impossible to understand|impossible to read|not stuck"),
)  # fmt: skip
