"""Cases for money and contact: title, label, must-find, look-alikes.

A secret stands between « and »; ⏎ is a line break; ``{NUMBER}`` before a line names a label other
than the title's.
"""

CONTACT_CASES: dict[str, tuple[str, str, str]] = {
    "Sort code": (
        "BANK_ACCOUNT",
        """
        «40-47-84» is my branch
        sort code «00 00 00»
        sort code «123456»
        sort code: «12–34–56»
        """,
        """
        21-03-24 was the hearing
        10:15:00
        sort code box is too short
        """,
    ),
    "Bank account number": (
        "BANK_ACCOUNT",
        """
        account number «12345678»
        a/c «1234567»
        «12-34-56 12345678»
        paid from acc «1234 5678»
        """,
        """
        account locked
        20240131
        bank took 3 days
        """,
    ),
    "IBAN, UK": (
        "IBAN",
        """
        «GB82 WEST 1234 5698 7654 32»
        «gb82west12345698765432»
        «GB82–WEST–1234–5698–7654–32»
        {NUMBER} «GB92 XXXX 0000 0012 3456 79»
        """,
        """
        iban is refused
        GB only
        IBAN has 22 characters
        """,
    ),
    "Payment card": (
        "PAYMENT_CARD",
        """
        «4000 0000 0000 0002»
        card «5555555555554444» declined
        «2223 0031 2200 3222»
        «4000–0000–0000–0002»
        {NUMBER} «4000 0000 0000 0003»
        """,
        """
        card declined 3 times
        £4000 taken twice
        visa took 18 months
        """,
    ),
    "HMCTS payment reference": (
        "CASE_REFERENCE",
        """
        «RC-1700-0000-0001-2345»
        «rc 1700 0000 0001 2345»
        payment «RC1700000000012345»
        """,
        """
        RC-2024 meeting
        payment reference missing
        rc 12
        """,
    ),
    "Phone: mobile": (
        "PHONE",
        """
        «07700 900123»
        «+44 (0)7700 900 123»
        «07700.900.123»
        «07700⏎900123»
        «oh seven seven double oh nine hundred one two three»
        mobile «7700 900123»
        """,
        """
        call took 50 minutes
        07 of 12
        phone rang 12 times
        """,
    ),
    "Phone: landline and 03": (
        "PHONE",
        """
        «020 7946 0123»
        «(01632) 960123»
        «+44 1632 960123»
        «zero one six three two, nine six oh, one two three»
        ring «960123»
        """,
        """
        call 0300 123 1024 or 0345 408 4044
        101, 111, 999 and 116 123
        0808 802 0300
        """,
    ),
    "Ofcom drama ranges – for tests and examples": (
        "PHONE",
        """
        «0113 496 0123»
        «0191 498 0123»
        «08081 570123»
        «028 9018 0123»
        """,
        """
        0800 1111
        tel: none
        020
        """,
    ),
    "Email": (
        "EMAIL",
        """
        «jo.bloggs@example.com»
        «jo dot bloggs at example dot com»
        «jo(at)example.com»
        «jo [at] example [dot] co [dot] uk»
        «jo @ example . com»
        «JO_BLOGGS@EXAMPLE.ORG».
        «jo.bloggs_at_example_dot_org»
        it cut me off at «jo.bloggs@example»
        mailto:«jo.bloggs%40example.com»
        «jane dot smith@example dot com»
        «jane(dot)smith@example(dot)com»
        «jo-dot-bloggs-at-example-dot-com»
        «jo.bloggs(@)example.com»
        contact me at «d-ferro AT example.org»
        account «jo36 at families.example» deleted
        «jo\u200bbloggs@example.com»
        """,
        """
        look at gov.uk or apply at gov.uk
        meet @ 5pm
        the dot com bubble
        """,
    ),
    "IPv4, IPv6": (
        "IP_ADDRESS",
        """
        ip «192.0.2.1»
        «2001:db8::1»
        my address is «192.0.2.44»
        «198.51.100.7» was blocked
        """,
        """
        Safari 17.1.2
        rule 3.1.2.4
        10:15:00
        """,
    ),
}
