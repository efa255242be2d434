"""Cases for references of prisons, legal aid and other offices: title, label, finds, look-alikes.

A secret stands between « and »; ⏎ is a line break; ``{NUMBER}`` before a line names a label other
than the title's.
"""

_CASE = "CASE_REFERENCE"

OFFICE_CASES: dict[str, tuple[str, str, str]] = {
    "Prison number (NOMS, NOMIS)": (
        _CASE,
        """
        «A1234BC»
        «a1234bc» is his number
        «A 1234 BC»
        """,
        """
        prison visit on 12/03/2024
        HMP Leeds
        A4 paper
        """,
    ),
    "Older prison number, book number": (
        _CASE,
        """
        prison number «ZZ1234»
        book number «12345A»
        hmp «zz1234»
        """,
        """
        booked 3 visits
        prison for 12 weeks
        room 12
        """,
    ),
    "Probation CRN (Delius)": (
        _CASE,
        """
        «X123456»
        crn «x123456»
        probation CRN «X 123456»
        """,
        """
        probation officer of 12 years
        crn not found
        X 12
        """,
    ),
    "MAPPA, ViSOR, PPUD, OASys, youth justice ids": (
        _CASE,
        """
        MAPPA id «12345»
        ppud «AB12345» says recall
        oasys number «AB/12345»
        yot ref «YJ12345»
        wrong OASys number: «K31/40276»
        """,
        """
        MAPPA level 2 category 1
        RoSH very high
        tag for 12 weeks
        oasys form C100/2024
        oasys open 24/7
        """,
    ),
    "Apply reference": (
        _CASE,
        """
        «L-123-ABC»
        legal aid «L 123 ABC»
        «l-123-abc» was lost
        «L–123–ABC»
        Apply reference - «L-GQS-ZKO» - sent
        my Apply reference «l-s7g-zqo»
        what of «L GKQ 4T8»? no news
        """,
        """
        legal aid for 6 months
        L-plates
        XL-size
        plan L - the 300 page bundle
        PART L THE 300 PAGES
        LIST L ONE A12 LANE
        """,
    ),
    "Crime forms reference (CRM4, CRM7)": (
        _CASE,
        """
        «LAA-AB1234»
        «laa-ab1234»
        «LAA AB1234»
        """,
        """
        CRM4, CRM7, CRM14 and CRM15
        LAA took 12 weeks
        the LAA portal
        """,
    ),
    "MAAT id": (
        _CASE,
        """
        MAAT «5123456»
        rep order «5123456»
        maat id: «5123456»
        MAAT number: «417 2256»
        """,
        """
        maat not found
        rep order took 3 weeks
        legal aid of £5,123
        maat 300 pages
        """,
    ),
    "USN (unique submission number)": (
        _CASE,
        """
        USN «12345678»
        usn is «1234567»
        CRM14 USN: «5123456»
        """,
        """
        USN not shown
        CRM14
        usn 12
        """,
    ),
    "CCMS case reference": (
        _CASE,
        """
        «300001234567»
        ccms «100001234567»
        («300001234567»)
        """,
        """
        CCMS is down
        ccms 2024
        3000 pounds
        """,
    ),
    "UFN (unique file number)": (
        _CASE,
        """
        «120224/001»
        ufn «120224/001»
        {NUMBER} «329924/001».
        «140223-417» adjourned
        """,
        """
        12/02/24
        ufn missing
        001
        140223 - sent it
        """,
    ),
    "Provider account and supplier numbers": (
        _CASE,
        """
        provider «1A234B»
        supplier «1a234b»
        provider number is «1A234B»
        """,
        """
        provider of 12 services
        our supplier since 2023
        account 1
        """,
    ),
    "LPA or deputyship reference": (
        _CASE,
        """
        «7000-0000-0013»
        lasting power of attorney «700000000002»
        «M-1234-1234-1234»
        lpa «2123456»
        «7000–0000–0013»
        """,
        """
        LPA took 20 weeks
        LPA1 form
        LP1F and LP1H
        """,
    ),
    "LPA codes and online draft": (
        _CASE,
        """
        «V-AB12-CD34-EF56»
        activation key «AB12 CD34 EF56»
        «P-AB12-CD34-EF56-G7»
        «A123 4567 8901»
        """,
        """
        activation key not sent
        the access code that they sent me
        C-section
        """,
    ),
    "Court of Protection case number": (
        _CASE,
        """
        court of protection «1234567T»
        COP «12345678»
        deputyship «1234567t»
        """,
        """
        COP1 and COP3
        court of protection in 2024
        deputy since 2019
        """,
    ),
    "Company number": (
        _CASE,
        """
        company number «01234567»
        companies house «SC123456»
        company no «rs00592c»
        """,
        """
        company of 200 people
        Companies Act 2006
        company formed in 2019
        """,
    ),
    "MoJ FOI, SAR and complaint case": (
        _CASE,
        """
        FOI «240131001»
        subject access «240131001»
        complaint ref «DR240131001»
        """,
        """
        FOI Act 2000
        complaint of 12/03/2024
        sar took 30 days
        """,
    ),
    "UAN": (
        _CASE,
        """
        UAN «1111-2222-3333-4444»
        visa application «1111 2222 3333 4444»
        home office uan «1111–2222–3333–4444»
        """,
        """
        UAN not accepted
        visa took 18 months
        asylum in 2024
        """,
    ),
    "GWF reference": (
        _CASE,
        """
        «GWF012345678»
        «gwf 012345678»
        «GWF01234567»
        """,
        """
        GWF missing
        gwf 12
        GWF in 2024
        """,
    ),
    "Home Office reference (CID) and port reference": (
        _CASE,
        """
        home office «012345678»
        «A1234567/2»
        asylum «a1234567»
        port ref «01234567/1»
        """,
        """
        Home Office in 2024
        asylum took 3 years
        visa of 12/03/2024
        """,
    ),
    "ARC (asylum registration card)": (
        _CASE,
        """
        «ABC12/345678/A»
        «abc12/345678/a»
        «ABC12 345678 A»
        """,
        """
        ARC card expired
        ABC 12
        arc in 2024
        """,
    ),
    "BRP or residence card": (
        _CASE,
        """
        «ZZX123456»
        «zz1234567»
        BRP «ZZX123456» expired
        residence permit number - «BKX 301942» - sent
        («RFX 301942») adjourned
        biometric card «ZR4 301 942»
        """,
        """
        BRP expires 31/12/2024
        brp lost twice
        BRP since 2019
        the BRP took 301 days
        TAX 2024 refund
        permit for 12 weeks
        """,
    ),
    "eVisa share code": (
        _CASE,
        """
        share code «W12 3AB 4CD»
        share code is «w123ab4cd»
        right to rent «R12-3AB-4CD»
        my case «w51 g8t ku2» is stuck
        («W31B8FQN4») adjourned
        """,
        """
        share code expired
        share code was something else
        right to work check in 2024
        SAMSUNG21 and WINDOWS10
        see s20 s21 s22
        was r12 2nd 4pm ok
        """,
    ),
    "Return-of-documents record": (
        _CASE,
        """
        «ROD123456789»
        «rod 123456789»
        documents back: «ROD123456789»
        """,
        """
        rod 12
        return of documents in 2024
        fishing rod
        """,
    ),
    "Cerberus, UKVI customer, NASS, CAS, CoS numbers": (
        _CASE,
        """
        NASS ref «12345/6»
        UKVI customer number «98765432»
        cerberus «AB12345»
        CAS number «E4G8AB0C12345»
        """,
        """
        UKVI took 12 weeks
        Skilled Worker visa
        NASS in 2024
        """,
    ),
}
