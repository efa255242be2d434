"""Cases for references of courts, tribunals and police: title, label, must-find, look-alikes.

A secret stands between « and »; ⏎ is a line break; ``{NUMBER}`` before a line names a label other
than the title's.
"""

_CASE = "CASE_REFERENCE"

COURT_CASES: dict[str, tuple[str, str, str]] = {
    "HMCTS online case id (CCD)": (
        _CASE,
        """
        «1700000000012345»
        #«1700-0000-0001-2345»
        «1700–0000–0001–2345»
        «1700 0000⏎0001 2345»
        {NUMBER} «1700000000012346»
        case «1700000000012346» typed wrong
        """,
        """
        case number not recognised
        16 digits are needed
        my case in 2023
        """,
    ),
    "County Court claim, current (CaseMan, CCMCC, MCOL, PCOL)": (
        _CASE,
        """
        «K12ZZ345»
        «k12 zz 345»
        claim «123ZZ456»
        «5QX12345»
        """,
        """
        500mb123 is no claim
        100 to 200 people
        B12 is a vitamin
        """,
    ),
    "County Court claim, older": (
        _CASE,
        """
        «4ZZ00123»
        «ZZ800123»
        «zz/12345»
        """,
        """
        GB 2024
        in 2024
        TH68001 is the offence code
        """,
    ),
    "Online money and damages claims (OCMC, Civil)": (
        _CASE,
        """
        «000MC001»
        «000dc001»
        «000 LR 001»
        """,
        """
        MC100 form
        claim 5000 back
        100 mc
        """,
    ),
    "Enforcement: warrant": (
        _CASE,
        """
        warrant «A1234567»
        bailiff came for «12345/24»
        warrant no «1a234567»
        enforcement «FWA12345»
        """,
        """
        warrant of control N323
        bailiffs came 3 times
        warrant issued on 12/03/2024
        """,
    ),
    "Attachment of earnings; consolidated order": (
        _CASE,
        """
        «123A4567»
        «240001ZZ»
        attachment of earnings «123a4567»
        """,
        """
        N337 form
        earnings of 24000 pounds
        2 am
        """,
    ),
    "Help with Fees": (
        _CASE,
        """
        «HWF-A3B-4CD»
        «hwfa3b4cd»
        «HWF A3B 4CD»
        «HWF–A3B–4CD»
        «PA24-000123»
        """,
        """
        Help With Fees (EX160)
        EX160A
        HWF took 3 weeks
        """,
    ),
    "High Court, Court of Appeal, RCJ numbers": (
        _CASE,
        """
        «KB-2024-000123»
        «KB 2024 000123»
        «HQ19X01234»
        «CO/1234/2019»
        «kb–2024–000123»
        """,
        """
        Dec-2024-12 hearing list
        [2024] EWHC 123 (Admin)
        court 12 at 10.30
        """,
    ),
    "Neutral citations – leave alone": (
        "",
        "",
        """
        [2024] EWHC 123 (Admin)
        [2022] UKUT 316 (AAC)
        [2023] EAT 12 was quoted
        [2020] EWCA Civ 1234
        """,
    ),
    "FamilyMan case number": (
        _CASE,
        """
        «ZZ24C01234»
        «zz24 p 01234»
        «ZZ 24 F 01234»
        """,
        """
        C100 and C1A
        ZZ24 is no case
        24 children
        """,
    ),
    "Divorce, dissolution, financial remedy": (
        _CASE,
        """
        «ZZ24D01234»
        «zz24 d 01234»
        divorce «ZZ24J01234»
        """,
        """
        D8, D11, D81
        Form A and Form E
        divorce in 2024
        """,
    ),
    "Adoption": (
        _CASE,
        """
        adoption «1700000000012345»
        adoption case number «AB12345»
        adoption «ZZ24A01234»
        """,
        """
        A58 form
        placement order of 12/03/2024
        adoption took 18 months
        """,
    ),
    "Probate": (
        _CASE,
        """
        «CTS 0405231104 3tpp8e9a»
        «CTS04052311043tpp8e9a»
        probate «1700-0000-0001-2345»
        caveat number «12345/24»
        """,
        """
        PA1P, PA1A
        IHT205 and IHT421
        grant of probate took 16 weeks
        """,
    ),
    "Employment Tribunal": (
        _CASE,
        """
        «2412345/2024»
        «6012345/24»
        «S/4112345/2024»
        «2412345 / 2024»
        «1904417-2023» is my ET case number
        """,
        """
        ET1 and ET3
        hearing in 2024/25
        12/03/2024
        2 2022-2023 forms
        """,
    ),
    "ACAS certificate": (
        _CASE,
        """
        «R123456/24/01»
        «r123456/24/01»
        acas «R1234562401»
        """,
        """
        ACAS took 6 weeks
        R12 is a road
        24/01
        """,
    ),
    "Employment Appeal Tribunal": (
        _CASE,
        """
        «UKEAT/0123/19/BA»
        «ukeats/0123/19»
        «EA-2024-000123-AB»
        """,
        """
        [2023] EAT 12
        EAT in 2024
        EA 12
        """,
    ),
    "SSCS (GAPS2)": (
        _CASE,
        """
        «SC123/24/01234»
        «sc 123/24/01234»
        «SC123–24–01234»
        """,
        """
        SSCS1 and SSCS5
        SC 12
        SC in 2024
        """,
    ),
    "Immigration and asylum, First-tier": (
        _CASE,
        """
        «PA/51234/2024»
        «hu/01234/2019»
        «EA / 51234 / 2024»
        «PA-51234-2024»
        """,
        """
        12/03/2024
        PA in 2024
        IAFT5 form
        """,
    ),
    "Immigration bail": (
        _CASE,
        """
        «HW/12345»
        bail «hw/12345»
        bail «1700-0000-0001-2345»
        """,
        """
        bail hearing at 10.30
        HW 12
        B1 form for bail
        """,
    ),
    "Asylum support": (
        _CASE,
        """
        «24/02/12345»
        asylum support «24/02/12345» refused
        («24/02/12345»)
        wrong AST number, it is «24-03-20417»
        """,
        """
        24/02/2024
        asylum support in 2024
        24/02
        asylum decision of 24-03-2024
        """,
    ),
    "Upper Tribunal": (
        _CASE,
        """
        «UI-2024-000123»
        «ua-2024-000123-pip»
        «LC-2024-123»
        «CPIP/1234/2015»
        «JR/123/2021»
        """,
        """
        [2022] UKUT 201 (LC)
        UT 2024
        upper tribunal in 2015
        """,
    ),
    "First-tier Property": (
        _CASE,
        """
        «LON/00ZZ/LSC/2024/0123»
        «lon/00zz/lsc/2024/0123»
        see «BIR/00ZZ/LSC/2024/0123».
        """,
        """
        LON in 2024
        [2024] UKUT 63 (LC)
        and/or/both
        """,
    ),
    "First-tier Tax; General Regulatory": (
        _CASE,
        """
        «TC/2024/01234»
        «tc/2024/01234»
        «EJ/2024/0015»
        """,
        """
        [2020] UKFTT 381 (TC)
        TC 12
        jan/2024
        """,
    ),
    "Mental health, SEND, Care Standards, war pensions": (
        _CASE,
        """
        tribunal reference «MP/2024/12345»
        EHCP «EH12345» refused
        AFCS «M/12345/A» appeal
        """,
        """
        section 2 and section 3 of the Mental Health Act 1983
        EHCP took 20 weeks
        SEND35 form
        """,
    ),
    "Criminal injuries (CICA)": (
        _CASE,
        """
        «24\\123456»
        «24/123456»
        «X/12/123456-TM1A»
        """,
        """
        24/12
        CICA took 2 years
        12/03/2024
        """,
    ),
}
