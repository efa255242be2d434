"""Cases for identifiers of people, money and contact: title, label, must-find, look-alikes.

A secret stands between « and »; ⏎ is a line break; ``{NUMBER}`` before a line names a label other
than the title's.
All numbers are invented, reserved for examples, or fail their check.
"""

PEOPLE_CASES: dict[str, tuple[str, str, str]] = {
    "National Insurance number": (
        "NINO",
        """
        my ni is «AB 12 34 56 C» and it says invalid
        «ab123456c»
        «AB–12–34–56–C» typed with the long dashes
        national insurance «AB123456» without the letter
        nino: «QQ 12 34 56 C»
        «AB 12⏎34 56 C»
        """,
        """
        my national insurance number was refused
        SSCS1 and EX160 and C100 all ask for it
        ni number box only takes 9 characters
        """,
    ),
    "UTR (self assessment, corporation tax)": (
        "NUMBER",
        """
        utr «22345 67890»
        self assessment «2234567890»
        «2234567890K»
        unique taxpayer reference is «22345⏎67890»
        """,
        """
        utr not needed here
        self assessment for 2023-24
        my tax return of 2023 2024
        """,
    ),
    "VAT number": (
        "NUMBER",
        """
        «GB 123 4567 82»
        vat «gb123456782»
        «XI 123 4567 82»
        «GB123456782000»
        """,
        """
        VAT100 form
        20% VAT on £1,200
        the VAT Act 1994
        """,
    ),
    "Employer PAYE reference": (
        "NUMBER",
        """
        paye «123/AB456»
        employer reference «123 / AB456»
        my PAYE ref is «123/a12345»
        """,
        """
        24/7 paye helpline
        101/2020 of the paye rules
        paye from 12/03/2024
        """,
    ),
    "PAYE Accounts Office reference": (
        "NUMBER",
        """
        «123PA00012345»
        accounts office «123pa0001234x»
        «123PA00012345»: not accepted
        """,
        """
        PA1P form
        123 pages
        P60 and P45
        """,
    ),
    "EORI": (
        "NUMBER",
        """
        «GB123456789000»
        eori gb«123456789000»?
        «XI123456789000»
        """,
        """
        EORI number not asked
        GB 2024
        XI jinping on the news
        """,
    ),
    "Benefit appeal: IBCA reference": (
        "CASE_REFERENCE",
        """
        ibca «A12B34»
        infected blood «a12b34»
        my IBCA ref is «K45278»
        wrong infected blood compensation reference! it should say «K41M27»
        """,
        """
        infected blood inquiry 2024
        ibca form IB1
        A12 and B34 roads
        infected blood compensation, page 12
        """,
    ),
    "DWP claim, child maintenance, UC journal numbers": (
        "CASE_REFERENCE",
        """
        DWP ref «AB123456»
        child maintenance «12AB3456» still wrong
        my MRN «ZX/12345» is dated last week
        pip claim number «98765»
        """,
        """
        Universal Credit for 12 weeks
        SSCS1 and PIP2
        ESA50 was sent on 12/03/2024
        mandatory reconsideration in 2024
        """,
    ),
    "Council Tax account": (
        "NUMBER",
        """
        council tax account «12345678»
        property reference «800-123-456»
        council tax ref: «80012345»
        """,
        """
        council tax band D £1,900
        council tax of 2024/25
        liability order hearing on 12/03/2024
        """,
    ),
    "NHS number (England, Wales, Isle of Man)": (
        "NHS_NUMBER",
        """
        «999 012 3454»
        nhs «9990123454»
        «999–012–3454» it said
        nhs «９９９ ０１２ ３４５４»
        {NUMBER} nhs no «999 012 3455» mistyped
        """,
        """
        nhs 111 sent me
        NHS trust, ward 12
        0800 1111
        """,
    ),
    "CHI number (Scotland) and H&C number (NI)": (
        "NHS_NUMBER",
        """
        chi number «010190 0007»
        CHI number is «0101900007»
        h&c «320 000 0015»
        {NUMBER} chi number «0101901234»
        """,
        """
        hearing 01/02/2024 10:30, chi not asked
        chi squared of 12.5
        010190
        """,
    ),
    "UK passport": (
        "PASSPORT",
        """
        passport «123456789»
        passport no. «123 456 789»
        old blue passport «A123456»
        my passport number: «a1234567»
        passport number i put «B 402817»
        """,
        """
        passport photo 4 MB
        passport took 10 weeks
        passport renewed in 2023
        my passport is a 10 year one
        """,
    ),
    "Driving licence, GB": (
        "DRIVING_LICENCE",
        """
        «TESTS701019AB9XX»
        «tests 701019 ab9xx 45»
        licence: «TESTS – 701019 – AB9XX»
        driver number («ymkc9710063v9gbp»)
        """,
        """
        driving licence renewal in 2025
        driving licence photo card D1
        licence number box
        """,
    ),
    "Driving licence, NI": (
        "DRIVING_LICENCE",
        """
        driving licence «12345678», Belfast
        DVA «12345678»
        driver number is «12345678»
        """,
        """
        DVA took 12 weeks
        licence expires 2031
        driving licence 5 MB upload
        """,
    ),
    "Vehicle registration, current": (
        "VEHICLE_REGISTRATION",
        """
        «AB12 XYZ»
        «ab12xyz» is not mine
        reg «fx68⏎wse»
        «AB12–XYZ»
        """,
        """
        in 24 and out
        on 12 may
        plate up or down
        """,
    ),
    "Vehicle registration, prefix": (
        "VEHICLE_REGISTRATION",
        """
        reg «A123 BCD»
        «A123 BCD» was sold
        «a123 bkd» was sold
        number plate «h7 ldn»
        a ticket for «R87 KWB» from last spring
        vehicle: «P7 XKD»
        I have two: «K412 OKR» and «h38 xkd»
        is it about the red van «G412  OKR»?
        """,
        """
        EX160A and T495 and N244
        A4 paper
        room B12 was full
        on the M25 NHS van lanes
        EX50 old and EX60 new
        C79 FGH, N24 THE list
        a ticket for THE B12 BUS
        parked in W14 BECAUSE it rained
        the reg page and the A38
        stuck on B3212, no reg plate in the photo
        """,
    ),
    "Vehicle registration, suffix": (
        "VEHICLE_REGISTRATION",
        """
        «ABC 123D» was scrapped
        my car reg is «abc 123d»
        plate «ABC123D»
        sold my car «MAY 381T»
        «KWB 381T» or «xkd 24p»
        """,
        """
        SSCS1A form
        PIP2
        CRM14 and CRM15
        my car since MAY 2019
        the car from JUL 2 until AUG 3
        """,
    ),
    "Vehicle registration, dateless and NI": (
        "VEHICLE_REGISTRATION",
        """
        car reg is «1234 AB»
        number plate «AAZ 1234»
        vehicle registration «ABC 123»
        registration number: «TX 2064»
        reg «12 KW»
        registration as «6173 ID»
        """,
        """
        room 101
        rule 12 of the CPR 1998
        the car park holds 200
        the car stood there at 1430 hrs
        reg plate scan over 600 dpi
        tax code 0T for my van
        registration in Court 4B
        registration upload of 12.4MB
        car park charge in MAY 2024
        """,
    ),
    "V5C document reference": (
        "NUMBER",
        """
        V5C «12345678901»
        log book «1234 567 8901»
        v5 says «12345678901»
        """,
        """
        V5C not received
        log book took 6 weeks
        v5 section 2
        """,
    ),
    "Postcode": (
        "POSTCODE",
        """
        «ZZ99 9ZZ»
        «sw1a1aa» was refused
        it is «ls1  4ab»
        postcode «L S 1 4 A B»
        postcode «LSI 4AB»
        «P01 2AB» with a nought
        my postcode «A1⏎1AA»
        «BFPO 1234»
        """,
        """
        SW1 and M1 areas
        section 1 2AB does not exist
        M25 junction 10
        """,
    ),
}
