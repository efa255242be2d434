"""Cases for police and criminal courts: title, label, must-find, look-alikes.

A secret stands between « and »; ⏎ is a line break; ``{NUMBER}`` before a line names a label other
than the title's.
"""

_CASE = "CASE_REFERENCE"

POLICE_CASES: dict[str, tuple[str, str, str]] = {
    "Police/CPS URN (PTI-URN)": (
        _CASE,
        """
        «12AB3456724»
        «12 ab 34567 24»
        «12/AB/34567/24»
        urn «12 34 567 24»
        «TFL12345678»
        """,
        """
        12 to 34567 people
        urn not recognised
        LS1 area
        """,
    ),
    "Crown Court case": (
        _CASE,
        """
        «T20241234»
        «a2024 1234»
        «S20241234» at sentence
        was it «T 2023 0417» or not
        my case number: «t 2023 0417»
        """,
        """
        T495 form
        theory test 2024
        T2 diabetes
        a 2023 letter of 12 pages
        T 2023 was the year
        """,
    ),
    "Magistrates' (Libra) case number": (
        _CASE,
        """
        libra «2400012345»
        magistrates case no «2400012345»
        court case «2400012345» adjourned
        """,
        """
        magistrates' court in 2024
        case took 24 weeks
        court 3 at 10.30
        """,
    ),
    "Court Case Reference on PNC": (
        _CASE,
        """
        «24/9876/123456R»
        «24/9876/123456r»
        pnc says «24/9876/000123R»
        """,
        """
        24/12/2024
        24/7
        9876 people
        """,
    ),
    "Arrest/Summons Number": (
        _CASE,
        """
        «24/63AB/01/123456Y»
        «2463AB0100000123456Y»
        «24 63ab 01 123456y»
        """,
        """
        summons came in 3 days
        24/63
        12/03/2024
        """,
    ),
    "PNC id": (
        _CASE,
        """
        «2003/0001234L»
        «03/1234L»
        pnc «030001234l»
        «20010597291U» is on the letter
        """,
        """
        24/7a
        2003/04
        pnc check took 3 days
        """,
    ),
    "CRO number": (
        _CASE,
        """
        «123456/99L»
        «SF39/987N»
        cro «1234/99l»
        """,
        """
        1/2 a page
        99 problems
        cro check
        """,
    ),
    "Court fine account; division": (
        _CASE,
        """
        «12345678A»
        fine account «12345678»
        collection order «12345678a» says
        court fine account was «0811 3342K»
        fine account «0811 3342 K» closed
        """,
        """
        fine of £120
        fine in 2024
        20240131
        fine account of 2023, 12 weeks
        """,
    ),
    "Fixed penalty, notice to owner": (
        _CASE,
        """
        fixed penalty «0012345678901234»
        notice to owner «AB12345»
        penalty notice «0012 3456 7890 1234»
        """,
        """
        fixed penalty of £100
        penalty notice of 12/03/2024
        fixed penalty for 28 days
        """,
    ),
    "Offence codes – leave alone": (
        "",
        "",
        """
        offence code TH68001
        charged with RT88191A
        offence TH68010 in the list
        """,
    ),
    "Juror number; pool number": (
        _CASE,
        """
        juror number «123456789»
        jury summons «123 456 789»
        my juror no. is «１２３４５６７８９»
        """,
        """
        jury service for 10 days
        juror 12 was late
        jury summons of 12/03/2024
        """,
    ),
    "Police crime or incident reference": (
        _CASE,
        """
        crime ref «42/12345/24»
        police gave me «CAD 1234/12MAR24»
        crime number «4212345»
        """,
        """
        101 and 999
        police came 3 times
        reported in 2024
        """,
    ),
}
