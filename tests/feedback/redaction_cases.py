"""Texts that must be redacted and texts that must not, all invented.

A secret stands between « and ». Reserved ranges are used where there are some: Ofcom's drama
numbers, example domains, the ZZ99 pseudo-postcodes, addresses of RFC 5737 and RFC 3849.
"""

from __future__ import annotations

import re

MUST = {
    "EMAIL": """
        «jane.smith@example.com»
        mail «j.o'brien+court@mail.example.co.uk».
        write to «JANE_SMITH@EXAMPLE.ORG», not to me
        «jane . smith @ gmail . com» is what I typed
        «jane dot smith at gmail dot com»
        «jane [at] example [dot] co [dot] uk»
        «jane(at)example.com»
        email me at «jane_smith at hotmail.co.uk»
        «jane at outlook dot com» please
        «jane.smith at example.org» bounced
        reply to «zoë.müller@example.de»
        my mail is «jane@gmail»
        <«jane@example.com»>
        mailto:«jane@example.com»
    """,
    "PHONE": """
        «07700 900123»
        ring «07700-900-123» after six
        «07700.900.123»
        «+44 7700 900123»
        «+44 (0)7700 900 123»
        «(+44) (0)7700 900123»
        «(020) 7946 0123»
        my work line is «020 7946 0123 ext 12»
        «0044 20 7946 0123»
        «+48 601 234 567» is my mother's
        «01632960123»
        «01632 960 123», and «0113 496 0123»
        call «08081 570123»
        ring me on «960123»
        mobile: «7700 900123»
        «07700 900123» or «07700 900456»
        fy ffôn symudol yw «07700 900123»
        «0 7 7 0 0 9 0 0 1 2 3»
        «oh seven seven double oh nine hundred one two three»
        it is «zero one six three two, nine six oh, one two three»
        «07 seven hundred 900 one two three»
        «dim saith saith dim dim, naw dim dim, un dau tri» yw'r rhif
        ring me on «nine six oh one two three»
        «plus four four seven seven double oh nine double oh one two three»
    """,
    "POSTCODE": """
        «LS1 4AB»
        «sw1a1aa» was refused
        «SW1A  2AA»
        it is «zz99 3vz» not that
        «AB1 0AA»
        «BFPO 1234»
        «GIR 0AA»
        my postcode is «LS1-4AB»
    """,
    "ADDRESS": """
        they came to «No. 14 Tanner Alley» at six
        «12 High Street, Leeds»
        I moved to «Flat 3, 22 acacia avenue, leeds»
        «flat 12b Elm Court» has no number in your list
        I live at «7 the close»
        «221b Baker Street»
        «14 Heol y Bont, Caerdydd»
        «15 Bryn Glas»
        my address is «48 Quarry Rd» not 84
        «Rose Cottage, Mill Lane, Nether Wistow»
        I live at «49 Broadway»
        «Flat 8/2, 139 Ardmuir Street, Glasgow»
        it says «200 upper park st, cardiff»
        letters go to «95a skelburgh close»
        «2-4 Tinker's Lane, Upper Oxle»
        post goes to «31 The Shambles, York»
        «4 the Headrow, Leeds» is mine
    """,
    "DATE_OF_BIRTH": """
        dob «12/03/1968»
        DOB: «12.03.68»
        born «3rd March 1968» in Leeds
        my date of birth is «1968-03-12»
        born on «the third of March nineteen sixty-eight»
        my birthday is «12 March»
        «12/03/1968» (dob)
        «12 March 1968» is my date of birth
        D.O.B. «120368»
        date of birth «March 12th, 1968»
        fy nyddiad geni yw «12 Mawrth 1968»
        he was born «March 1968»
        wrong with my date of birth?? its «22 MAY 1941»
        dob «3.3.82»
        born on «the third of march nineteen eighty two»
        (born «the 14th of march 1981»)
        Hearing on 20/02/2023. Date of birth «140381».
        Hearing on 23 April. Date of birth «24 10 1957».
    """,
    "NINO": """
        National Insurance number «TY 90 80 70 E» refused
        «AB123456C»
        my number is «ab 12 34 56 c»
        «AB-12-34-56-C»
        «AB.12.34.56.C»
        «AB–12–34–56–C»
        «AB — 12 34 56 — C»
        «AB 123456 C»
        nino «QQ123456C»
        ni number «ab123456»
        «TN 01 02 80 F»
    """,
    "NHS_NUMBER": """
        NHS «999 012 3454»
        «999 012 3454»
        «999-012-3454»
        my nhs number, «9990123454», is wrong
        «9990123454»
    """,
    "PASSPORT": """
        passport «123456789»
        my passport number is «A1234567»
        «123456789» is my passport number
        old passport «A123456» was refused
        pasbort «123456789»
    """,
    "DRIVING_LICENCE": """
        «TESTS701019AB9XX»
        licence «tests 701019 ab9xx 45»
        my driving licence is «12345678», issued in Northern Ireland
    """,
    "VEHICLE_REGISTRATION": """
        «AB12 XYZ»
        «ab12xyz» is not mine
        reg «A123 BCD»
        «A123 BCD» was sold
        «ABC 123D» was scrapped
        car reg is «1234 AB»
        reg «fx68 wse» is wrong on the notice
        number plate «H7 LDN» not recognised
    """,
    "PAYMENT_CARD": """
        «4000 0000 0000 0002»
        «4111-1111-1111-1111» was charged twice
        «5555555555554444»
        «2223 0031 2200 3222»
        «3714 496353 98431»
        «3530 1113 3330 0000»
        «6304 0000 0000 0000»
    """,
    "BANK_ACCOUNT": """
        sort code «12-34-56 account 12345678»
        «00-00-00 12345678»
        «40-47-84» is my branch
        account number «12345678»
        sort code «123456»
        «12345678, sort code 12-34-56»
    """,
    "IBAN": """
        «GB82 WEST 1234 5698 7654 32»
        refund to «DE89 3704 0044 0532 0130 00» please
        «FR14 2004 1010 0505 0001 3M02 606» is what the bank gave us
        «gb82west12345698765432»
        my iban «GB00 1234 5678 9012 34» is refused
    """,
    "IP_ADDRESS": """
        blocked from «192.0.2.1»
        «2001:db8::1»
        my ip address is «10.0.0.1»
        «2001:0db8:0000:0000:0000:0000:0000:0001»
    """,
    "URL": """
        «https://example.org/a/b?x=1»
        see «www.example.org/claims/123».
        «example.co.uk/pay?ref=9» is dead
    """,
    "USERNAME": """
        sign in name: «rookery-83», still locked
        a fake account called «zz_nightjar_zz» again
        find me at fb/«mill.pond.5»
        I am «@jane_smith82» everywhere
        username is «jsmith82»
        C:\\Users\\«jsmith»\\Documents\\form.pdf
        username «kbirkinshaw84» locked
        «u/jane_82» on the forum
        my username is «kestrelquill» on there
        snapchat: «jo.quill»
        my insta is «name_99»
        forgot my password for username «heron-tansy-heron»
    """,
    "CASE_REFERENCE": """
        «1700 0000 0001 2345»
        «1700000000012345»
        my case is #«1716-2345-6789-0123»
        case «1716234567890124» not found
        «RC-1700-0000-0001-2345»
        «5QX12345»
        «123MC456»
        «K00ZE123»
        «k00 ze 123»
        «4ZZ00123»
        «ZZ800123»
        «ZZ/12345»
        warrant «A1234567» and bailiff «12345/24»
        «123A4567»
        «240001ZZ»
        «HWF-A3B-4CD»
        «hwfa3b4cd»
        «PA24-000123»
        «KB-2024-000123»
        «KB 2024 000123»
        «CO/1234/2019»
        «HQ19X01234»
        «ZW21C00123»
        «zz24 p 01234»
        «CTS 0405231104 3tpp8e9a»
        «PA/01234/2021»
        «HU / 51234 / 2024»
        «PA-51234-2024»
        «2301234/2020»
        «R123456/24/01»
        «UKEAT/0123/19/BA»
        «EA-2024-000123-AB»
        «SC001/21/00123»
        «24/02/12345»
        «UI-2024-000123»
        «UA-2024-000123-PIP»
        «LC-2024-123»
        «CPIP/1234/2015»
        «LON/00ZZ/LSC/2024/0123»
        «TC/2024/01234»
        «24\\123456»
        «X/12/123456-TM1A»
        infected blood claim «A12B34»
        «12AB3456724»
        «12 AB 34567 24»
        police URN «12/34/567/24»
        «TFL12345678»
        «T20217001»
        libra case number «2400012345»
        «24/9876/123456R»
        «24/63AB/01/123456Y»
        «2463AB0100000123456Y»
        «2003/0001234L»
        «03/1234L»
        PNC «030001234L»
        «123456/99L»
        «SF39/987N»
        fine account «12345678A»
        «12345678A»
        juror number «123456789»
        crime ref «42/12345/24»
        police gave me «CAD 1234/12MAR24»
        «A1234BC»
        prison number «ZZ1234»
        «X123456»
        probation CRN «X 123456»
        «L-123-ABC»
        legal aid «L 123 ABC»
        «LAA-AB1234»
        MAAT «5123456»
        «300001234567»
        «120224/001»
        provider «1A234B»
        «7000-0000-0013»
        lasting power of attorney «700000000002»
        «M-1234-1234-1234»
        lpa «2123456»
        «V-AB12-CD34-EF56»
        activation key «AB12 CD34 EF56»
        «P-AB12-CD34-EF56-G7»
        «A123 4567 8901»
        court of protection «1234567T»
        company number «01234567»
        FOI «240131001»
        UAN «1111-2222-3333-4444»
        «GWF012345678»
        «A1234567/2»
        home office «012345678»
        «ABC12/345678/A»
        «ZZX123456»
        share code «W12 3AB 4CD»
        «ROD123456789»
        case number «12345»
        my claim ref: «ABC/12345»
        ref no. «8812345»
        staff number «123456»
        appeal «AB/99/X1234»
        rhif achos «12345»
    """,
    "NUMBER": """
        «12345678»
        «1234567» and then
        «1234 5678 90»
        «4111 1111 1111 1112»
        utr «22345 67890»
        «GB 123 4567 82»
        «2234567890K»
        paye «123/AB456»
        «123PA00012345»
        council tax account «12345678»
        V5C «1234 567 8901»
        «INV12345678»
        "«4564 2241 7394»" it said
        it reads «nine one two three four four one two» on the letter
        «wyth saith chwech pedwar dau un naw»
    """,
}

KEPT = """
    Form C100 and N244, D8, SSCS1, EX160A, PA1P, IHT205, IHT421 were rejected
    forms FL401, FM1, LPA1, COP1 and COP3, CRM14, T495, ET1, ET3, N1SDT
    I sent a D8 the day before and a D81 after
    claim form N1 issued under Part 7
    Section 21 of the Housing Act 1988, s.8 and Part 36
    Matrimonial Causes Act 1973 and the Family Procedure Rules 2010 (SI 2010/2955)
    Regulation (EC) No 44/2001 and Directive 2011/7
    the 1998 Act and the 2018 Act
    CPR 3.1.2.4 and rule 3.1(2)
    [2024] EWHC 123 (Admin) and [2022] UKUT 316 (AAC)
    [2023] EAT 12 was quoted back at me
    [2020] UKSC 5
    my hearing is on 12/03/2024 at 10:30
    hearing on 3rd March 2024 and 2024-03-12 10:15:30
    adjourned from 21-03-24 to 04.05.2024
    sent on 12 March 2024, received 14/3/24
    2024-03-12T10:15:30Z
    8 8 2024
    20240131
    the date of birth box rejects my hearing date 12 March 2024
    he was born in Leeds
    the birth certificate was sent on 12 March 2024
    paid £1,234,567.89 and £255 and 1,250,000 pounds
    £1234567 is not what I typed
    a refund of 255.50 pounds, 593 GBP, 20 quid, 99 pence
    €12,000 or $4,500.00
    £12 million and £3k
    application fee of 593
    claim 5000 back
    error 500, error code 80070005, HTTP 504, status 404, ERR-22-1234
    Error ref 12345678 came up
    Error 0x80070057
    exception 1234567 on the last page
    404
    504 Gateway Time-out
    ERR_TOO_MANY_REDIRECTS
    Safari 17.1.2, iOS 17.1.2, Chrome 120.0.6099.109 on Windows 10
    Firefox/128.0 and Edge 120.0.2210.91
    version 3.14.159, build 22631.4317
    Android 14, One UI 6.1
    windows 11 pro 23H2
    MP4 and PDF 1.7
    ISO 27001 and WCAG 2.2 AA
    COVID-19
    10:15:00 to 11:30
    9am-5pm Mon-Fri
    court room 12 at 10.30
    from 09.00 to 17.00
    in 2019-2024 and 2019 2020 2021
    band D £1,900 in 2024/25
    a 2023 2024 tax return
    I am 67 and my son is 12
    my twins are 9 and my mum 82
    24/7 helpline, 101, 999, 111
    call 0300 123 1024 or 0345 408 4044 or 0800 1111 or 116 123
    0808 802 0300 is the one that answers
    +44 300 123 1024
    page 3 of 14, 100 to 200 people, 255 in 202
    question 12 to 14 and 16
    I waited 45 minutes on 2 occasions
    took 12 weeks and 3 days
    wait of 1h 30
    on 123456 a lot of people
    it was 2 mins down the road
    10 steps to close the page
    2 way street
    3 court hearings in 1 place
    I drive 40 miles each way
    room b1 2nd floor
    E2 1st class
    M25 junction 10 and A14
    SW1 and M1 areas
    the pip 2 form
    IE11 and edge
    in 24 and out
    HP15 the printer jams
    https://www.gov.uk
    www.gov.uk
    look at gov.uk or apply at gov.uk
    and/or, yes/no, he/she
    iPhone
    Safari 17.1.2
    /divorce/payment
    Samsung Galaxy S21
    PO Box 12747
    password must be 8-16 characters
    user name is wrong
    username not recognised
    login is slow
    meet @ 5pm
    @ the court
    offence code TH68001
    1234 people
    500mb limit, 10 GB, 1080x1920
    100% of 500
    5 x 3 = 15
    ticket 5
    step 1 2 3 4 5 6 7
    my case in 2023
    Case was closed
    case number not recognised
    reference number missing
    the reference is on the letter
    appeal 2 of 3
    my application from 2022
    account locked
    account number field is too short
    sort code box will not take dashes
    passport upload fails
    passport photo 4 MB
    driving licence renewal in 2025
    jury service for 10 days
    summons came in 3 days
    reg plate box is too small
    the car park holds 200
    van hire 2 days
    NHS trust, ward 12
    nhs 111 sent me
    legal aid for 6 months
    prison visit on 12/03/2024
    police came 3 times
    share code expired
    visa took 18 months
    LPA took 20 weeks
    iban is refused
    utr not needed
    ip address blocked
    my ip is hidden
    3.1.2.4
    1.2
    ratio 3:1, 4:2:2
    part 1, schedule 2, paragraph 14
    tel: none
    phone me
    phone rang 12 times
    call took 50 minutes
    number 9 in the queue
    I am number 1 in the queue
    1st, 2nd, 3rd and 21st
    Q4 2023 and H1 2024
    A4 paper, size 12 font
    100 Mbps
    0 out of 10
    10/10
    5 stars *****
    -------
    12345
    123456
    000000
    one two three
    one two three go
    one two three four five six seven
    two thousand and twenty four
    nine to five
    three hundred, four hundred, five hundred
    twenty twenty four and twenty twenty five
    un dau tri
    zero seven
    username is required
    username is case sensitive
    my login is blocked
    I live at 2 different addresses
    moved to 3 bedroom house
    statement_20240202.pdf
    nhs number on Chrome 125.0.6099.71
    tax code 1257L
    my account opened on 12.03.24
    at dot
    the dot com bubble
    look at me dot
    [PERSON] [CASE_REFERENCE] [DATE_OF_BIRTH]
    {"a": 1}
    <b>12</b>
    x1 y2 z3
    B&Q
    50-60 people
    1,000 2,000 3,000
    10 000 people
    21 days, 14 days, 7 days
    paid on 01.02.24, refunded on 15.02.24
    my appointment was 2.30pm on 5th June
    letter dated 5 June 2025
    from 2016/17 to 2021/22
    since Jan 2023
    week 32 of 2024
    £10k claim, £455 fee, 5% of £200,000
    fee went from £273 to £300
    1.5 million
    17 clicks, 9 pages, 3 passwords
    option 2 then option 4
    box 14 on page 9
    paragraph 12.3.4 of the guidance
    article 8 and article 6(1)
    s.25 MCA 1973
    r.9.26 FPR 2010
    Practice Direction 51ZH
    PD 36Q
    section 8(1)(a) order
    the EX50 leaflet
    N1, N9A, N9B, N180 and N181
    my D10 and D84
    SSCS5 not SSCS1
    PIP2 form
    UC50 health form
    ESA50
    P60 and P45
    SA100 for 2023-24
    form 6 of 12
    error E1234
    error ID: 7f3a2b
    status code 502
    HTTP/2 403
    Fault 12 of 40
    build 1.0.0
    v2.14.0
    iOS 17_1_2
    Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36
    1920 x 1080
    5 MB max, mine is 12.4 MB
    24 hours, 48 hours, 72 hrs
    7.5 hours on hold
    08:00 - 20:00
    Mon 9 - 5
    no.12 on the list
    20 year old
    aged 16 to 24
    band 6
    room 101
    floor 2
    gate 14
    bus 73
    zone 2
    table 4.2
    chapter 11
    grade 2 listed
    level 3
    category 1
    type 2 diabetes
    vitamin B12
    H1N1
    5G and 4G
    USB 3.0
    WiFi 6
    3D secure
    2FA code never came
    half past 12
    Mae'r dudalen wedi torri 3 gwaith
    £20 y mis am 12 mis
    tudalen 3 o 14
    ffurflen C100 a D8
    12 Mawrth 2024 oedd y gwrandawiad
    signed up at 3.32am at www.nhs.uk
    page 12 at www.gov.uk is blank
    version 2.1 at gov.uk
    form EX50 at www.gov.uk
    error HTTP 503 at bit.example
    Chrome/123.0.0.0. 16-06-25.
    macOS 14.2.1. 03/04/2023.
    Safari 17.2. 24-12-22.
    Android 14. 19/05/2023.
    paid GBP 438.00 - 11/08/2020
    made 10-11-25 at 12:34:00, GBP 456.00
    last sign in: 20 October 2024 10.00
    code AADSTS50011 every time
    paragraph 3 The Judge, Leeds
    username case-by-case
    username two-factor-authentication
"""
"""Look-alikes; the line must come back as it went in."""

PEOPLE = """
    My name is «tunde adeyinka» and i cant log in
    my name is «priya thwistead» and it keeps timing out
    I am «Bronwen Pugh», the executor
    I am «Tobiah Ravensdale» and I have waited eleven weeks
    I'm «Dave» and I hate this
    my husband «Tariq Mahmood» called
    my late mother «Bronwen Pugh»
    my sons «Aisha», «Bilal» and «Zoë»
    my daughter («Chloe», 7) lives with me
    My mum «May» is 82
    my son, «Will», is deaf
    his ex-wife «Karen» keeps the letters
    spoke to «Priya» in the call centre
    I spoke to a lady called «Sharon»
    spoke to someone called «rukhsana» who was nice
    «Ayaan» (7)
    my daughter «Zoya», aged 6
    my son «zyrah», 5, lives with me
    «Leo» 4 and «Mia» 2
    «Zyrael» (7) lives with his dad
    «Ayaan Khan» (7) and «Zoya Khan», 5
    my kids «ayaan» (7) and «zoya» (5)
    my daughter «hope», 7
    my 6 year old «Zoya» is upset
    our three kids, «Jaydn» 3, «Kaylum» 5 and «Rose» 9
    fy merch «Cadi», 6 oed
    the judge, «Harriet Vane», was kind
    the clerk «Tom» was lovely
    the usher («Beverley») was rude
    caseworker: «Olumide»
    District Judge «Patel» adjourned it
    HHJ «O'Brien-Smith» refused
    DJ «Siân ap Gwilym»
    Recorder «Okonjo»
    Mr Justice «Fancourt»
    Mrs «Adeyinka-Thornbury» in the back office
    MR «KAZIMIERZ WOJDYLAK» who died in june
    mr and mrs «khan» came
    Mr & Mrs «J. Okafor»
    mrs «may» was helpful
    Mr «Grant» refused my grant
    Ms «Chen Wei»
    Dr. «A. K. Sharma»
    «Mark» was very helpful at the help desk
    I asked «Mark» about it
    I emailed «Grace» and «Hope» twice
    «Grace» was fantastic
    thanks, «J. Okafor»
    Thank you so much «Angela»
    Regards, «Siobhán»
    Yours sincerely «Abdul»
    Signed: «olu bankole»
    Diolch, «Rhiannon»
    Fy enw i yw «Gwenllian Prys»
    Hello «Sarah», thanks
    Ask for «Wendy».
    «PRIYA SHARMA» WAS VERY HELPFUL AND KIND
    «tariq mahmood» never got the email
    «mark okafor» never got the email
    «jean-pierre dubois» helped me
    I was helped by «Nkechi» and «Oluwaseun» at the counter
    «Jane»'s evidence was lost, «jane» is upset
    «Nguyen Van Anh» could not type her name
    «Mohammed bin Rashid al-Hassan» applied
    «Ludwig van der Merwe» is my solicitor
    «Faith Adeyemi» did my form
    «Sue Perkins» and «Art Malik»
    child of the family «Jack»
    applicant «John Smith» v respondent «Mary Jones»
    «O'Dwyer-Pym» gets rejected because of the apostrophe
    «Krzysztof Wiśniewski» and «Nguyễn Thị Hoa»
    he was known as «Jim» but he is «Hamish Fitzwilliam», «H. Fitzwilliam» at the bank
    «Aoife Ní Dhomhnaill» waited
    «Chukwuemeka Obi» uploaded it
    «Ayşe Yılmaz» signed
    «Shanice Beckford» came with me
    «Yitzchak Rosenbaum» paid
    «Guadalupe Hernández» translated
    «Gethin Bowen-Achebe» would write
    «Hyun-woo Kim» could not
    «Abdirahman Warsame» was called Abraham
"""
"""Names of every origin, with and without a word that announces them."""

NO_PEOPLE = """
    my name is spelt wrong on the form
    Form E (7)
    page 4 and page 2
    aged 6 months
    children aged 6 and over
    Windows 10 and Windows 11
    Chrome 120 and Edge 12
    Firefox (12)
    Section (7)
    question 3 and question 4
    my son, 12, and my daughter, 9
    my daughter is aged 6
    Monday 4 and Friday 8
    May 4 and June 5
    Child Arrangements (7)
    my 12 year old laptop
    My name is not on the list
    my name was changed by deed poll
    I am Polish and I am Deaf
    I am Litigant in Person
    my husband died in March
    my son will be 12 in may
    my daughter can not log in
    the judge was late
    the clerk said no
    judge me if you like
    Mr and Mrs
    will mark the bill as paid
    May I suggest you hope for the best
    Hope this helps
    Grant of probate took a year
    the Will was lost
    Mark all as read
    Bill me later
    sue them
    Rose Cottage
    art for art's sake
    in May, June and April
    Kind regards
    many thanks
    Thanks HMCTS
    thanks Google Chrome for nothing
    Thank You
    Dear Sir or Madam
    Annwyl Syr
    Hi team
    Hi, My card is getting declined
    Hi I'm trying to pay
    Diolch yn fawr am eich help
    Mae'r dudalen ddim yn gweithio
    Beth ar y ddaear yw hyn
    Gwasanaeth Llysoedd
    Birmingham Civil Justice Centre was closed
    Manchester is too far. Leeds Combined Court instead
    Crown Court in Preston
    Stafford Combined Court
    I live in Lincoln
    Victoria Street car park
    Thomas More Building
    the Rolls Building
    Freeman hospital
    Royal Mail lost my Universal Credit letter
    Citizens Advice helped, and Shelter too
    Barclays Bank would not
    Santander and Lloyds app works
    my solicitor Clarke Willmott LLP
    Slater & Gordon
    Adobe Acrobat Reader crashed on Windows
    Internet Explorer, Safari, Microsoft Edge
    MS Edge says no
    MS Word
    Samsung Galaxy
    Help With Fees (EX160)
    Form E and Form D81
    case of Re B
    Amazon and Tesco
    Miss the deadline
    they asked for Attendance Allowance
    Lasting Power of Attorney
    Her Majesty's Courts
    Ministry of Justice
    Sent from my iPhone
    From Stoke
    THE FORM DOES NOT WORK AND MY SON WILL NOT SEE HIS MUM
    This Form Is Very Hard To Use On A Phone
    Save And Continue Does Nothing When I Click It
    GREAT SERVICE
    ok
    Good
    January and Easter Monday
    Welsh and English versions
    I need the Dr to get me on meds
    Google Chrome
    Attorney General
    Money Claim Online
"""
"""Words and things that resemble names; the line must come back as it went in."""

_SECRET = re.compile("«([^»]*)»")


def lines(block: str) -> list[str]:
    """Return the lines of a block without indentation."""
    return [line.strip() for line in block.strip("\n").splitlines() if line.strip()]


def unmark(line: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text without marks, and where its secrets stand."""
    text, secrets, at = "", [], 0
    for match in _SECRET.finditer(line):
        text += line[at : match.start()]
        secrets.append((len(text), len(text) + len(match[1])))
        text += match[1]
        at = match.end()
    return text + line[at:], secrets
